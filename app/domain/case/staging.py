"""Moving a case along its pipeline."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.actor import Acting
from app.domain.asking import ask
from app.domain.configuration import Configuration
from app.domain.errors import Refused
from app.domain.history import Change, Event, act, change_set
from app.domain.history.tracking import named_id
from app.domain.stage import Stage
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.case import Case


@cache
def moves_of_case() -> sa.Select[Any]:
    """From which stage to which a case went, how often, and the sum of the instants of that (in seconds since 1970)."""
    return (
        sa.select(Change.old, Change.new, sa.func.count(), sa.func.sum(sa.extract("epoch", Event.at)))
        .join(Event, Change.event_id == Event.id)
        .where(
            Change.record_kind == "case",
            Change.record_id == sa.bindparam("case_id"),
            Change.field == "stage_id",
        )
        .group_by(Change.old, Change.new)
    )


class Staging:
    """A case stands in one stage of its team's pipeline; a won stage is where won cases stand."""

    def move_to(self: Case, stage: Stage, *, by: Acting, facts: dict[str, Any] | None = None) -> None:
        """Into another stage: into a won one it is won, out of one it is reopened first.

        `facts` are what the stage asks for and was said on the way.
        """
        if stage.id == named_id(self, "stage"):
            return
        if facts:
            with change_set("move", by=by):
                self.edit(facts, by=by)
                self.move_to(stage, by=by)
            return
        stage.refuse_unused()
        if not stage.takes(self):
            raise Refused(_("%(stage)s is no stage of this team's cases.", stage=stage.name))
        if self.is_closed and not self.is_won:
            raise Refused(_("A closed case is reopened before it moves."))
        stage.refuse_incomplete(self, by)
        with change_set("move", by=by):
            if stage.is_won and not self.is_won:
                self.win(by=by, stage=stage)
                return
            if self.is_won and not stage.is_won:
                self.reopen(by=by)
            if stage.id != (left := named_id(self, "stage")):
                with act("moved", self, by=by) as event:
                    event.details = {
                        "from": Configuration.current().names(Stage).get(left or 0),
                        "to": stage.name,
                    }
                    self.stage, self.stage_changed_at = stage, clock.now()

    def stays(self: Case) -> dict[int, timedelta]:
        """How long it has stood in each stage so far, by the stage's id.

        That is when it left, less when it came, all times together: no move need be looked at beside the one before.
        Where the history lacks a move, nothing is said of the stages that do not add up.
        """
        spent, left = defaultdict[int | None, float](float), Counter[int | None]()
        for old, new, times, instants in ask(moves_of_case(), case_id=self.id):
            spent[old] += float(instants)
            spent[new] -= float(instants)
            left[old] += times
            left[new] -= times
        # It began in the one stage that it left once more than it came there: in the one where it is, if there is none.
        first = next((stage for stage, more in left.items() if more > 0), self.stage_id)
        for stage, sign, instant in (
            (first, -1, self.created_at),
            (self.stage_id, 1, self.closed_at or clock.now()),
        ):
            spent[stage] += sign * instant.timestamp()
            left[stage] += sign
        return {
            stage_id: max(timedelta(seconds=time), timedelta())
            for stage_id, time in spent.items()
            if stage_id and not left[stage_id]
        }

    def convert(self: Case, *, by: Acting) -> None:
        """A lead that is worth pursuing becomes an opportunity: the same record, with all it had."""
        if self.kind == "opportunity":
            return
        if self.kind != "lead":
            raise Refused(_("Only a lead becomes an opportunity."))
        if self.is_closed:
            raise Refused(_("A closed lead is reopened before it is converted."))
        with act("converted", self, by=by):
            self.kind = "opportunity"
            self.find_stage()

    def find_stage(self: Case) -> None:
        """Stand where a case of this team, kind and outcome may stand; where it is, if that is such a place."""
        if self.stage is not None and self.stage.takes(self) and self.stage.is_won == self.is_won:
            return
        ask = Stage.first_won_of if self.is_won else Stage.first_of
        found = ask(self.team, self.kind)
        if found is None and self.stage is not None and self.stage.takes(self):
            return  # a team without a won stage wins where the case stands
        if found is not self.stage:
            self.stage, self.stage_changed_at = found, clock.now()
