"""Putting a case out of sight, or into the bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import clock
from app.domain.actor import Acting
from app.domain.errors import Refused
from app.domain.history import act
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.case import Case


class Archiving:
    """What is of no interest now is hidden from lists; what should never have been is binned for 30 days."""

    def archive(self: Case, *, by: Acting) -> None:
        """Hide it from lists and boards; nothing else about it changes."""
        if not self.archived:
            with act("archived", self, by=by):
                self.archived = True

    def unarchive(self: Case, *, by: Acting) -> None:
        if self.archived:
            with act("unarchived", self, by=by):
                self.archived = False

    def delete(self: Case, *, by: Acting) -> None:
        """To the bin, if it was never opened or the team allows it."""
        if self.is_binned:
            return
        if not self.is_deletable:
            raise Refused(_("A case that was opened is cancelled or archived, not deleted."))
        with act("deleted", self, by=by):
            self.deleted_at = clock.now()
            self.call_off_mail(by=by, because=_("the case was deleted"))
