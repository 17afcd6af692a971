"""A case as a rule looks at it: as it stands, or as it stood at a moment that is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.history import Event
from app.domain.organisation import Organisation
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case

# Lines of history that are a word exchanged with the other side.
EXCHANGED = ("communicated", "mail planned", "mail received")


class Facts:
    """What conditions ask of a case. `then` holds the columns that were different at the moment `at`."""

    def __init__(
        self, case: Case, *, at: datetime | None = None, then: Mapping[str, Any] | None = None
    ) -> None:
        self.case, self.at, self.then = case, at or clock.now(), then or {}
        self.is_past = then is not None

    def __getattr__(self, name: str) -> Any:
        return self.then[name] if name in self.then else getattr(self.case, name)

    @property
    def today(self) -> date:
        """The date on the organisation's wall at that moment."""
        return Organisation.current().day_of(self.at)

    @property
    def tag_ids(self) -> frozenset[int]:
        then: frozenset[int] | None = self.then.get("tags")
        return then if then is not None else frozenset(tag.id for tag in self.case.tags)

    @property
    def partner_ids(self) -> list[int]:
        """Its company and its contact."""
        return [each for each in (self.partner_id, self.contact_id) if each is not None]

    def communications(self, most: int) -> int:
        """How many words have been exchanged so far; counts no further than `most`."""
        lines = sa.select(Event.id).where(Event.case_id == self.case.id, Event.action.in_(EXCHANGED))
        if self.is_past:
            lines = lines.where(Event.at <= self.at)
        return db.session.scalar(sa.select(sa.func.count()).select_from(lines.limit(most).subquery())) or 0
