"""What people write into a case's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import clock
from app.domain.actor import Acting
from app.domain.history import Event, act
from app.domain.text import clean

if TYPE_CHECKING:
    from app.domain.case import Case


class Noting:
    """Notes are for colleagues; communications and calls are with the other side."""

    def note(self: Case, text: str, *, by: Acting, **told: Any) -> Event:
        """Write something down for colleagues."""
        with act("noted", self, by=by, body=clean(text), **told) as event:
            pass
        return event

    def log(self: Case, text: str, *, by: Acting, **told: Any) -> Event:
        """Write down a word exchanged with the other side: a letter, a talk at a fair …"""
        with act("communicated", self, by=by, body=clean(text), **told) as event:
            self.last_contact_at = clock.now()
        return event
