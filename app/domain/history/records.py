"""What the history is written in: change sets, their events, and the changes that these made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app import clock
from app.domain.base import Base, Id, Json, link_to, where_named, where_set
from app.domain.errors import Refused
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.partner import Partner
    from app.domain.user import User


Changed = dict[tuple[str, int, str], tuple[Any, Any]]
WORDS = frozenset({"noted", "communicated"})
MOST_PINNED = 20


class ChangeSet(Base):
    """One act of a person, rule, import, job or undo: what one Undo takes back."""

    __tablename__ = "change_sets"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(sa.String(20))
    actor_kind: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor_name: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    cause_id: Mapped[int | None] = link_to("change_sets.id", index=False)
    root_id: Mapped[int | None] = link_to("change_sets.id", index=False)
    depth: Mapped[int] = mapped_column(default=0)
    undone_by_id: Mapped[int | None] = link_to("change_sets.id", index=False)

    cause: Mapped[ChangeSet | None] = relationship(foreign_keys=[cause_id], remote_side="ChangeSet.id")
    events: Mapped[list[Event]] = relationship(order_by="Event.id", viewonly=True)

    __table_args__ = (
        sa.Index("ix_change_sets_actor", "actor_kind", "actor_id", "id"),
        *where_named("change_sets", "cause_id", "root_id"),
    )

    @classmethod
    def visible_to(cls, user: User) -> sa.Select[ChangeSet]:
        """The acts that this person may know of: their own, and those on cases and partners that they see."""
        if user.is_administrator:
            return sa.select(cls)
        from app.domain.case import Case
        from app.domain.partner import Partner

        cases = Case.visible_to(user).with_only_columns(Case.id)
        partners = Partner.visible_to(user).with_only_columns(Partner.id)
        seen = cls.events.any(
            sa.or_(Event.case_id.in_(cases), sa.and_(Event.case_id.is_(None), Event.partner_id.in_(partners)))
        )
        theirs = sa.and_(cls.actor_kind == "user", cls.actor_id == user.id)
        return sa.select(cls).where(sa.or_(theirs, seen))

    @property
    def first_cause_id(self) -> int:
        """The change set that set all this going: itself, if nothing woke it."""
        return self.root_id or self.id

    @property
    def is_undone(self) -> bool:
        return self.undone_by_id is not None


class Event(Base):
    """One line of the history of a case or partner: who did what, as it was that day."""

    __tablename__ = "events"

    id: Mapped[Id]
    change_set_id: Mapped[int] = link_to("change_sets.id")
    case_id: Mapped[int | None] = link_to("cases.id", index=False)
    partner_id: Mapped[int | None] = link_to("partners.id", index=False)
    action: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    team_id: Mapped[int | None] = link_to("teams.id", index=False)
    channel_id: Mapped[int | None] = link_to("channels.id", index=False)
    state_of_mind_id: Mapped[int | None] = link_to("states_of_mind.id", index=False)
    body: Mapped[str | None] = mapped_column(sa.Text)
    # Which way words went between us and the other side: in or out; of other lines nothing.
    direction: Mapped[str | None] = mapped_column(sa.String(3))
    # Where people look first. It says nothing of the business, so pinning is no act and has no line of its own.
    pinned_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    change_set: Mapped[ChangeSet] = relationship()
    case: Mapped[Case | None] = relationship()
    partner: Mapped[Partner | None] = relationship()
    changes: Mapped[list[Change]] = relationship(back_populates="event", order_by="Change.id", viewonly=True)

    __table_args__ = (
        sa.Index("ix_events_case_id", "case_id", "id", **where_set("case_id")),
        sa.Index("ix_events_partner_id", "partner_id", "id", **where_set("partner_id")),
        sa.Index("ix_events_pinned_case_id", "case_id", "pinned_at", **where_set("pinned_at")),
        sa.Index("ix_events_pinned_partner_id", "partner_id", "pinned_at", **where_set("pinned_at")),
    )

    @classmethod
    def newest(
        cls, *where: sa.ColumnElement[bool], before: int | None = None, limit: int = 50
    ) -> list[Event]:
        """Lines of history, newest first, a page at a time; each with its change set and the cause of that."""
        query = sa.select(cls).where(*where).order_by(cls.id.desc()).limit(limit)
        if before is not None:
            query = query.where(cls.id < before)
        return list(db.session.scalars(query.options(joinedload(cls.change_set).joinedload(ChangeSet.cause))))

    def pin(self) -> None:
        """Keep it on top of the history for everybody."""
        if not self.is_words:
            raise Refused(_("Only what somebody wrote is pinned."))
        if self.pinned_at is None:
            here = Event.case_id == self.case_id if self.case_id else Event.partner_id == self.partner_id
            if len(db.session.scalars(pinned_ids(here)).all()) >= MOST_PINNED:
                raise Refused(_("%(most)s lines are pinned already. Take one off first.", most=MOST_PINNED))
            self.pinned_at = clock.now()

    def unpin(self) -> None:
        """It stands on its day again, and only there."""
        self.pinned_at = None

    @property
    def changed(self) -> Changed:
        """What it changed, by record and field: old and new, as the history keeps them."""
        noted = self.noted
        if noted is None:
            noted = {(row.record_kind, row.record_id, row.field): (row.old, row.new) for row in self.changes}
        return noted

    @property
    def noted(self) -> Changed | None:
        """The same, if it is of this transaction; else nothing."""
        return self.__dict__.get("_noted")

    def note(self, changed: Changed) -> None:
        """Know what it changed without asking the database again."""
        self.__dict__["_noted"] = changed

    @property
    def who(self) -> str:
        return self.change_set.actor_name

    @hybrid_property
    def is_words(self) -> bool:
        """Is it nothing but what somebody wrote? Taken back, it stays on the history, struck out."""
        return self.action in WORDS

    @is_words.inplace.expression
    @classmethod
    def _is_words(cls) -> sa.ColumnElement[bool]:
        return cls.action.in_(WORDS)

    @property
    def about_key(self) -> tuple[str, int]:
        """The record whose history it stands on."""
        return ("case", self.case_id) if self.case_id is not None else ("partner", self.partner_id or 0)


def pinned_ids(where: sa.ColumnElement[bool]) -> sa.Select[int]:
    """Those of the pinned lines, found by when they were pinned: by their ids SQLite would read all lines."""
    pinned = sa.select(Event.id).where(where, Event.pinned_at.is_not(None))
    return pinned.order_by(Event.pinned_at.desc()).limit(MOST_PINNED)


class Change(Base):
    """What an event changed: one field of one record, from old to new (ids, not names).

    Field `+` is the making of the record, `-` its deletion (old is the whole row), `tags:5` a link.
    `version` is the record's version after the change.
    """

    __tablename__ = "changes"

    id: Mapped[Id]
    event_id: Mapped[int] = link_to("events.id")
    record_kind: Mapped[str] = mapped_column(sa.String(30))
    record_id: Mapped[int] = mapped_column(sa.BigInteger)
    version: Mapped[int]
    field: Mapped[str] = mapped_column(sa.String(80))
    old: Mapped[Any] = mapped_column(Json, nullable=True)
    new: Mapped[Any] = mapped_column(Json, nullable=True)
    undone_by_id: Mapped[int | None] = link_to("change_sets.id", index=False)

    event: Mapped[Event] = relationship(back_populates="changes", viewonly=True)

    __table_args__ = (sa.Index("ix_changes_record", "record_kind", "record_id", "field", "version"),)
