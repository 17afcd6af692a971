"""Who may know of what: the one place that decides it, for pages, search, counts, files and rules alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy import event

from app.extensions import db

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
        if cls not in user.sights:
            user.sights[cls] = cls.in_scopes(user.scopes("see", cls), user)
        return sa.select(cls).where(cls.deleted_at.is_(None), user.sights[cls])

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

    def is_known_to(self, user: User) -> bool:
        """The same where it stands among others: one query asks about all of its kind that are at hand."""
        cls = type(self)
        if "all" in user.scopes("see", cls).get("*", ()):
            return self.deleted_at is None
        session = db.session()
        known: dict[tuple[int, str, int], bool] = session.info.setdefault("known", {})
        if (user.id, cls.record_kind, self.id) not in known:
            whole = sa.inspect(cls).base_mapper.class_
            at_hand = session.identity_map.keys()
            ids = [identity[0] for kind, identity, *_ in at_hand if issubclass(kind, whole)]
            seen = set(
                session.scalars(whole.visible_to(user).where(whole.id.in_(ids)).with_only_columns(whole.id))
            )
            known |= {(user.id, cls.record_kind, each): each in seen for each in ids}
        return known[user.id, cls.record_kind, self.id]

    def is_visible_to(self, user: User) -> bool:
        """The same, of one record that is at hand."""
        return self.deleted_at is None and user.is_within(user.scopes("see", type(self)), self)


@event.listens_for(db.session, "after_transaction_end")
def forget(session: Any, transaction: Any) -> None:
    """What was known holds as long as nothing can have changed."""
    if transaction.parent is None:
        session.info.pop("known", None)
