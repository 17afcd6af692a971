"""What people are told of: in the page, by mail, in their digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app import clock
from app.domain.base import Base, Id, Json, link_to
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.history import ChangeSet, Event
from app.domain.history.tracking import Key
from app.domain.notification.choosing import TYPES, NotificationChoice, ways_of
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db

__all__ = ["MOST_COUNTED", "TYPES", "Notification", "NotificationChoice", "Unread"]

# Beyond it, one says 'more than': nobody counts what they do not read.
MOST_COUNTED = 99
# Whoever begins to want a digest is not told what happened long before.
FRESH = timedelta(days=7)
BLANK = dict.fromkeys(("change_set_id", "event_id", "record_kind", "record_id", "day"))
UNREAD: dict[str, Any] = {
    f"{database}_where": sa.text(f"read_at IS NULL AND {shown}")
    for database, shown in (("sqlite", "in_page = 1"), ("postgresql", "in_page"))
}
UNSENT: dict[str, Any] = {
    f"{database}_where": sa.text(f"sent_at IS NULL AND read_at IS NULL AND {mailed}")
    for database, mailed in (("sqlite", "by_mail = 1"), ("postgresql", "by_mail"))
}


@dataclass(frozen=True)
class Unread:
    """How much somebody has not read yet, and the newest of it."""

    count: int
    newest: int

    @property
    def mark(self) -> str:
        """Another one as soon as the bell shows something else."""
        return f"{self.count}-{self.newest}"


class Notification(Base):
    """Something that one person is told because it concerns them, once for each act.

    Made in the transaction of its cause. What its event is about is read with the reader's eyes whenever it is
    shown; what an Undo took back is not told any more. `in_page`, `by_mail`, `in_digest` are the ways that they
    had chosen by then.
    """

    __tablename__ = "notifications"

    id: Mapped[Id]
    user_id: Mapped[int] = link_to("users.id", index=False)
    type: Mapped[str] = mapped_column(sa.String(20))
    change_set_id: Mapped[int | None] = link_to("change_sets.id", index=False)
    event_id: Mapped[int | None] = link_to("events.id", index=False)
    # What it is about, if that has no history: a mail, an import, a rule.
    record_kind: Mapped[str | None] = mapped_column(sa.String(30))
    record_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    # Of what is told once a day.
    day: Mapped[date | None]
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    in_page: Mapped[bool] = mapped_column(default=True)
    by_mail: Mapped[bool] = mapped_column(default=False)
    in_digest: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    event: Mapped[Event | None] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("user_id", "change_set_id"),
        sa.UniqueConstraint("user_id", "type", "day"),
        sa.CheckConstraint(f"type in {tuple(TYPES)}", name="type"),
        sa.Index("ix_notifications_user_id", "user_id", "id"),
        sa.Index("ix_notifications_unread", "user_id", "id", **UNREAD),
        sa.Index("ix_notifications_unsent", "user_id", "at", **UNSENT),
    )

    @classmethod
    def tell(
        cls,
        kind: str,
        users: Iterable[int],
        *,
        about: Key | None = None,
        day: date | None = None,
        **details: Any,
    ) -> None:
        """Tell these people of what is no line of history, by the ways that each has chosen.

        `about` is the kind and id of a record that has none, such as a mail; of what has a day they hear once.
        """
        record_kind, record_id = about or (None, None)
        facts = {"record_kind": record_kind, "record_id": record_id, "day": day, "details": details}
        cls.write([{"user_id": user_id, "type": kind, **facts} for user_id in dict.fromkeys(users)])

    @classmethod
    def write(cls, rows: list[dict[str, Any]]) -> None:
        """Store these in one statement, each with its reader's ways; nothing for whom none of them is left."""
        if not rows:
            return
        colleagues, now = dict(Configuration.current().choices(User)), clock.now()
        told = [
            {**BLANK, "at": now, **row, **ways._asdict()}
            for row in rows
            if row["user_id"] in colleagues and any(ways := ways_of(row["user_id"], row["type"]))
        ]
        if told:
            insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
            db.session.connection().execute(insert(cls).on_conflict_do_nothing(), told)

    @classmethod
    def visible_to(cls, user: User) -> sa.Select[Notification]:
        """What this person was told, of what they may know by now and what nobody has taken back."""
        cases, partners = (
            known.visible_to(user)
            .with_only_columns(known.id)
            .where(known.id == named)
            .correlate(Event)
            .exists()
            for known, named in ((Case, Event.case_id), (Partner, Event.partner_id))
        )
        seen = sa.or_(cases, sa.and_(Event.case_id.is_(None), partners))
        return (
            sa.select(cls)
            .outerjoin(Event, cls.event_id == Event.id)
            .outerjoin(ChangeSet, Event.change_set_id == ChangeSet.id)
            .where(cls.user_id == user.id)
            .where(sa.or_(cls.event_id.is_(None), sa.and_(ChangeSet.undone_by_id.is_(None), seen)))
        )

    @classmethod
    def shown_to(cls, user: User) -> sa.Select[Notification]:
        """The same, of what they want to see in the page."""
        return cls.visible_to(user).where(cls.in_page)

    @classmethod
    def unread_by(cls, user: User) -> sa.Select[tuple[int, int]]:
        """How many of these they have not read, as far as one counts, and the id of the newest."""
        some = cls.shown_to(user).where(cls.read_at.is_(None)).with_only_columns(cls.id)
        few = some.order_by(cls.id.desc()).limit(MOST_COUNTED + 1).subquery()
        return sa.select(sa.func.count(few.c.id), sa.func.coalesce(sa.func.max(few.c.id), 0))

    @classmethod
    def loaded(cls) -> tuple[Any, ...]:
        """What its words need."""
        event = joinedload(cls.event)
        return (
            event.joinedload(Event.change_set),
            event.joinedload(Event.case),
            event.joinedload(Event.partner),
        )

    def read(self) -> None:
        """They know it now."""
        if self.read_at is None:
            self.read_at = clock.now()

    def unread(self) -> None:
        """They want to come back to it."""
        self.read_at = None

    @classmethod
    def read_all(cls, user: User) -> datetime | None:
        """They know all of it now; answers the instant by which it can be taken back, if there was any."""
        now = clock.now()
        theirs = sa.update(cls).where(cls.user_id == user.id, cls.in_page, cls.read_at.is_(None))
        done = db.session.execute(theirs.values(read_at=now).execution_options(synchronize_session=False))
        return now if done.rowcount else None  # type: ignore[attr-defined]

    @classmethod
    def unread_since(cls, user: User, read_at: datetime) -> None:
        """Take it back that they know what was read at one stroke."""
        theirs = sa.update(cls).where(cls.user_id == user.id, cls.read_at == read_at)
        db.session.execute(theirs.values(read_at=None).execution_options(synchronize_session=False))

    @classmethod
    def for_digest(cls, user: User) -> list[Notification]:
        """What a digest tells this person, oldest first: of the last week, neither read nor mailed so far.

        It is taken, in the transaction that sends the digest: nothing tells it a second time.
        """
        return cls.taken(user, sa.and_(cls.in_digest, cls.at > clock.now() - FRESH))

    @classmethod
    def for_letter(cls, user: User) -> list[Notification]:
        """The same for what they want by mail at once."""
        return cls.taken(user, cls.by_mail)

    @classmethod
    def taken(cls, user: User, way: sa.ColumnExpressionArgument[bool]) -> list[Notification]:
        unsent = cls.user_id == user.id, way, cls.sent_at.is_(None), cls.read_at.is_(None)
        statement = sa.update(cls).where(*unsent).values(sent_at=clock.now()).returning(cls.id)
        ids = list(db.session.scalars(statement.execution_options(synchronize_session=False)))
        query = cls.visible_to(user).where(cls.id.in_(ids)).order_by(cls.id).options(*cls.loaded())
        return list(db.session.scalars(query.execution_options(populate_existing=True)))

    @classmethod
    def waiting_for_mail(cls, since: timedelta) -> list[int]:
        """Whose oldest unsent mail has waited so long that others have had the time to join it."""
        unsent = sa.select(cls.user_id).where(cls.by_mail, cls.sent_at.is_(None), cls.read_at.is_(None))
        return list(db.session.scalars(unsent.where(cls.at <= clock.now() - since).distinct()))
