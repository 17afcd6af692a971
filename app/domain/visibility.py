"""Who may know of what: the one place that decides it, for pages, search, counts, files and rules alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

if TYPE_CHECKING:
    from app.domain.user import User


@dataclass(frozen=True)
class Scope:
    """A reason why somebody may know of a record, asked of the database or of one record at hand."""

    clause: Callable[[Any, User], sa.ColumnElement[bool]]
    holds: Callable[[Any, User], bool]


# By record kind ("case", "partner"), then by the scope's name in the permission rows.
SCOPES: dict[str, dict[str, Scope]] = {}


class Visible:
    """A record that not everybody may know of."""

    record_kind: Any
    id: Any
    deleted_at: Any

    @classmethod
    def visible_to(cls, user: User) -> sa.Select[Self]:
        """What this person may know of. Every search starts here."""
        return sa.select(cls).where(cls.deleted_at.is_(None), cls.in_scopes(user.scopes("see", cls), user))

    @classmethod
    def in_scopes(cls, scopes: dict[str, frozenset[str]], user: User) -> sa.ColumnElement[bool]:
        """Within any of these scopes; `scopes` holds them by kind of case, `*` for every kind."""
        if "all" in scopes.get("*", ()):
            return sa.true()
        clauses = []
        for kind, names in scopes.items():
            found = [SCOPES[cls.record_kind][name].clause(cls, user) for name in sorted(names)]
            if found:
                clauses.append(sa.or_(*found) if kind == "*" else sa.and_(cls.kind == kind, sa.or_(*found)))  # type: ignore[attr-defined]
        return sa.or_(*clauses) if clauses else sa.false()

    def is_visible_to(self, user: User) -> bool:
        """The same, of one record that is at hand."""
        return self.deleted_at is None and user.is_within(user.scopes("see", type(self)), self)
