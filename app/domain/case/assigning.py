"""Who is responsible for a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import clock
from app.domain.actor import Acting
from app.domain.errors import Refused
from app.domain.history import act
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.configuration import TeamRow
    from app.domain.team import Team
    from app.domain.user import User


class Assigning:
    """A case is one person's, or waits for one; whoever hands it over keeps watching it."""

    def assign(self: Case, user: User | None, *, by: Acting) -> None:
        """Make it this person's, or nobody's."""
        if user is self.responsible:
            return
        if user is not None:
            self.refuse_person(user)
        with act("assigned", self, by=by) as event:
            event.details = {"to": user.name if user else None}
            self.responsible, self.assigned_at = user, clock.now() if user else None
            self.let_watch(by, unless=user)

    def hand_to_team(self: Case, team: Team, *, by: Acting) -> None:
        """Another team takes it, and who answers there; the stage stays if that team has it too."""
        if team is self.team:
            return
        self.refuse_team(team)
        with act("handed over", self, by=by) as event:
            event.details = {"origin": self.team.name if self.team else None, "target": team.name}
            self.team, self.responsible = team, team.who_answers
            self.assigned_at = clock.now() if self.responsible else None
            self.find_stage()
            self.let_watch(by, unless=self.responsible)

    def edit_who_answers(
        self: Case, values: dict[str, Any], *, by: Acting, read_at: int | None = None
    ) -> bool:
        """Responsible or team, as one edits a fact: what somebody else has set meanwhile is not overwritten unseen."""
        from app.domain.team import Team
        from app.domain.user import User

        wanted = self.wanted(values, read_at)
        if "team_id" in wanted:
            self.hand_to_team(db.session.get_one(Team, wanted["team_id"]), by=by)
        if "responsible_id" in wanted:
            self.assign(db.session.get(User, wanted["responsible_id"] or 0), by=by)
        return bool(wanted)

    def refuse_person(self: Case, user: User) -> None:
        if not (user.is_active and user.is_staff):
            raise Refused(_("%(name)s cannot be given cases.", name=user.name))

    def refuse_team(self: Case, team: Team | TeamRow) -> None:
        if not team.in_use or self.kind not in team.kinds:
            raise Refused(_("%(team)s does not take cases of this kind.", team=team.name))

    def let_watch(self: Case, by: Acting, *, unless: User | None) -> None:
        """Who gives a case away hears how it goes on."""
        from app.domain.user import User

        if isinstance(by, User) and by is not unless and by not in self.watchers:
            self.watchers.append(by)
