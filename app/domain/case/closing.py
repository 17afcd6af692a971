"""Ending a case, well or badly, and taking it up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.actor import Acting
from app.domain.errors import Refused
from app.domain.history import Change, act, change_set
from app.domain.lists import LostReason
from app.domain.organisation import Organisation
from app.domain.stage import Stage
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case


class Closing:
    """A case ends done (won, lost or neither) or cancelled; whatever ended can be taken up again."""

    def close(self: Case, *, by: Acting) -> None:
        """Done, without saying whether it was won or lost."""
        if self.state == "done":
            return
        if self.is_closed:
            raise Refused(_("A cancelled case is reopened before it is closed."))
        with act("closed", self, by=by):
            self.end("done")

    def win(
        self: Case, *, by: Acting, stage: Stage | None = None, facts: dict[str, Any] | None = None
    ) -> None:
        """Done and won, in the team's first won stage unless another is named.

        `facts` are what that stage asks for and was said on the way.
        """
        if self.is_won:
            return
        if facts:
            with change_set("move", by=by):
                self.edit(facts, by=by)
                self.win(by=by, stage=stage)
            return
        if self.is_closed:
            raise Refused(_("A closed case is reopened before it is won."))
        if stage is not None and not (stage.is_won and stage.takes(self)):
            raise Refused(_("%(stage)s is no won stage of this team's cases.", stage=stage.name))
        into = stage or self.usual_won_stage()
        if into is not None and into is not self.stage:
            into.refuse_incomplete(self, by)
        with act("won", self, by=by):
            self.outcome = "won"
            if into is not None and into is not self.stage:
                self.stage, self.stage_changed_at = into, clock.now()
            self.find_stage()
            self.end("done")

    def usual_won_stage(self: Case) -> Stage | None:
        """Where it stands when it is won, unless a stage is named: where it is, or the team's first won one."""
        is_there = self.stage is not None and self.stage.is_won and self.stage.takes(self)
        return self.stage if is_there else Stage.first_won_of(self.team, self.kind)

    def lose(self: Case, *, by: Acting, reason: LostReason | None = None, words: str | None = None) -> None:
        """Done and lost. People say why; an import may not know."""
        if self.is_lost:
            return
        if self.is_closed:
            raise Refused(_("A closed case is reopened before it is lost."))
        if reason is None and by.as_actor().kind == "user":
            raise Refused(_("Say why it was lost."))
        with act("lost", self, by=by) as event:
            event.details = {"reason": reason.name if reason else None, "words": words}
            self.outcome, self.lost_reason_id, self.lost_words = "lost", reason.id if reason else None, words
            self.end("done")
            self.give_up_plans(by)

    def cancel(self: Case, *, by: Acting) -> None:
        """It will not be followed up."""
        if self.state == "cancelled":
            return
        if self.is_closed:
            raise Refused(_("A closed case is reopened before it is cancelled."))
        with act("cancelled", self, by=by):
            self.end("cancelled")
            self.give_up_plans(by)

    def reopen(self: Case, *, by: Acting) -> None:
        """Open again, in the stage and with the probability that it had before it was closed."""
        if not self.is_closed:
            return
        with act("reopened", self, by=by):
            self.unclose(by)
            self.take_up(by)

    def end(self: Case, state: str) -> None:
        self.state, self.closed_at = state, clock.now()
        self.closing_rate = self.rate_on(Organisation.current().today())

    def date_the_win(self: Case) -> None:
        """The day on which it was won, for as long as it is."""
        if self.outcome != "won" or self.closed_at is None:
            self.won_on = None
        elif self.won_on is None:
            self.won_on = Organisation.current().day_of(self.closed_at)

    def give_up_plans(self: Case, by: Acting) -> None:
        """Nobody goes on with what was given up. (What was won or done may well have next steps: they stay.)"""
        from app.domain.activity import Activity  # activities name cases

        db.session.flush()
        Activity.give_up(self, by=by)

    def unclose(self: Case, by: Acting) -> None:
        """Forget how it ended; the stage and the typed probability are as its change rows know them."""
        from app.domain.activity import Activity  # activities name cases

        if self.closed_at is not None and not self.is_won:
            Activity.take_up(self, self.closed_at, by=by)
        self.outcome, self.lost_reason_id, self.lost_words = "none", None, None
        self.closed_at, self.closing_rate = None, None
        if self.stage is not None and self.stage.is_won:
            stage = self.stage_before_winning()
            self.stage, self.stage_changed_at = stage, clock.now()
            self.probability_typed = self.probability_typed if stage is not None else None
        self.find_stage()

    def stage_before_winning(self: Case) -> Stage | None:
        """Where it stood when it was last not won, if that stage still exists."""
        moves = db.session.scalars(
            sa.select(Change.old)
            .where(
                Change.record_kind == "case",
                Change.record_id == self.id,
                Change.field == "stage_id",
                Change.undone_by_id.is_(None),
            )
            .order_by(Change.id.desc())
        )
        for stage_id in moves:
            stage = Stage.known(stage_id) if stage_id is not None else None
            if stage is not None and not stage.is_won and stage.takes(self):
                return stage
        return None
