"""Handing a case up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import clock
from app.domain.actor import Acting
from app.domain.errors import Refused
from app.domain.history import act
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.case import Case


class Escalating:
    """A case too big for its team is handed to the team above."""

    def escalate(self: Case, *, by: Acting) -> None:
        """Hand the case to the parent team and to whoever answers there."""
        if self.is_closed:
            raise Refused(_("A closed case is reopened before it is escalated."))
        origin = self.team
        target = origin.parent if origin is not None else None
        if origin is None or target is None:
            raise Refused(
                _("%(team)s has no team above it.", team=origin.name)
                if origin
                else _("The case has no team.")
            )
        with act("escalated", self, by=by) as event:
            event.details = {"origin": origin.name, "target": target.name}
            self.team, self.responsible = target, target.who_answers
            self.assigned_at = clock.now() if self.responsible else None
            self.find_stage()
            self.let_watch(by, unless=self.responsible)
