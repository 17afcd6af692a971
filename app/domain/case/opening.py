"""Taking a case up, letting it wait, and starting it over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import clock
from app.domain.actor import Acting
from app.domain.configuration import Configuration, TeamRow
from app.domain.errors import Refused
from app.domain.history import act, named
from app.domain.history.tracking import named_id
from app.domain.stage import Stage
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.case import Case


class Opening:
    """A case is recorded as a draft, worked on while open, and pending while the other side must answer."""

    def refuse_unfit(self: Case, by: Acting) -> None:
        """What people may not do to a case they may not begin it with: a team, person or stage that it cannot have."""
        if by.as_actor().kind != "user":
            return
        team, person, stage = self.team_row, named(self, "responsible"), named(self, "stage")
        if team is not None:
            self.refuse_team(team)
        if person is not None:
            self.refuse_person(person)
        if stage is not None:
            stage.refuse_unused()
            if team is not None and stage.id not in {row.id for row in Stage.rows_of(team, self.kind)}:
                raise Refused(_("%(stage)s is no stage of this team's cases.", stage=stage.name))
            stage.refuse_incomplete(self, by)

    def begin(self: Case, by: Acting) -> None:
        """Start a new case: open and theirs for who may edit its kind; others hand it in and watch it."""
        from app.domain.user import User

        if named(self, "stage") is None:
            self.stage = Stage.first_of(self.team_row, self.kind)
        if isinstance(by, User) and by.may_with_some("edit", self.kind):
            self.take_up(by)
            return
        team = named(self, "team")
        if named(self, "responsible") is None and team is not None:
            self.responsible = team.takes_drafts
        self.assigned_at = clock.now() if named(self, "responsible") is not None else None
        if isinstance(by, User) and by.is_staff:
            self.watchers.append(by)

    @property
    def team_row(self: Case) -> TeamRow | None:
        """Its team, as far as every process knows all of them."""
        return Configuration.current().teams.get(named_id(self, "team") or 0)

    def open(self: Case, *, by: Acting) -> None:
        """Take the case up; it is the actor's if it is nobody's yet."""
        if self.state == "open":
            return
        if self.is_closed:
            raise Refused(_("A closed case is reopened, not opened."))
        with act("opened", self, by=by):
            self.take_up(by)

    def take_up(self: Case, by: Acting) -> None:
        from app.domain.user import User

        self.state, self.opened_at = "open", self.opened_at or clock.now()
        if named(self, "responsible") is None and isinstance(by, User):
            self.responsible = by
        if self.assigned_at is None and named(self, "responsible") is not None:
            self.assigned_at = clock.now()

    def wait(self: Case, *, by: Acting) -> None:
        """The next move is the other side's."""
        if self.state == "pending":
            return
        if self.is_closed:
            raise Refused(_("A closed case does not wait: reopen it first."))
        with act("waiting", self, by=by):
            self.state = "pending"

    def reset(self: Case, *, by: Acting) -> None:
        """Make it a draft again, as if nobody had decided anything; when it was first opened stays known."""
        if self.state == "draft":
            return
        with act("reset", self, by=by):
            self.unclose(by)
            self.state = "draft"
