"""Watchers outside take themselves off, by a link that only they were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.domain.actor import Outsider
from app.domain.history import act, locked
from app.domain.token import LONGEST, is_signed, short, signature
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.case.linking import CaseAddress

PURPOSE = "leave"
# Where one leaves: the pages say so once they are there.
pages: list[Callable[[str], str]] = []


def leaving_page(case: Case, address: str) -> str:
    """Where this watcher gets no more copies, if this Holdfast knows under which address it is reached."""
    token = f"{short(case.id)}-{signature(PURPOSE, case.id, address.casefold())}"
    return next((page(token) for page in pages), "")


def leaving_by(token: str, *, lock: bool = False) -> tuple[Case, CaseAddress] | None:
    """Whom this token takes off the watchers of which case; None once they are off, and for any other token."""
    from app.domain.case import Case  # whose verb this is

    case_id, _dash, signed = token.rpartition("-")
    if len(signed) != LONGEST or not (case_id.isascii() and case_id.isalnum()) or len(case_id) > 12:
        return None
    query = sa.select(Case).where(Case.id == int(case_id, 36))
    found = theirs(db.session.scalars(query).first(), signed)
    if found is None or not lock:
        return found
    # Only who has the link makes others wait; somebody else may have been quicker meanwhile.
    return theirs(next(iter(locked(query)), None), signed)


def theirs(case: Case | None, signed: str) -> tuple[Case, CaseAddress] | None:
    """The case, with the watcher for whom this was signed."""
    if case is None or case.is_binned:
        return None
    watchers = (each for each in case.addresses if is_signed(signed, PURPOSE, case.id, each.address))
    return next(((case, each) for each in watchers), None)


class Leaving:
    """Whoever gets copies may say that they want no more."""

    def leave(self: Case, watcher: CaseAddress) -> None:
        """No more copies to this address outside, nor those that are waiting to go."""
        from app.domain.message import Message

        with act("left", self, by=Outsider(watcher.address), details={"watcher": watcher.address}):
            self.addresses.remove(watcher)
        to_them = Message.recipients.any(address=watcher.address)
        for message in Message.waiting_about(self.id, Message.is_copy.is_(True), to_them):
            message.recall()
