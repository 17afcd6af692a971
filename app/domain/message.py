"""Mail, in and out: what was written to whom, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.base import Base, Id, link_to
from app.domain.history import ChangeSet, Event
from app.domain.job import Job
from app.extensions import db

# Long enough to take it back.
BEFORE_SENDING = timedelta(seconds=10)
STATES = ("draft", "waiting", "sent", "failed", "recalled", "stored", "filed", "quarantined")


class Message(Base):
    """One mail with all its recipients. The outbox is a view of those that go out."""

    __tablename__ = "messages"

    id: Mapped[Id]
    message_id: Mapped[str] = mapped_column(sa.String(998), index=True)
    in_reply_to: Mapped[str | None] = mapped_column(sa.String(998))
    thread: Mapped[str | None] = mapped_column(sa.String(998), index=True)
    direction: Mapped[str] = mapped_column(sa.String(3), default="out")
    sender_name: Mapped[str] = mapped_column(sa.String(200), default="")
    sender: Mapped[str] = mapped_column(sa.String(254))
    reply_to: Mapped[str | None] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text, default="")
    html: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(12), default="waiting")
    event_id: Mapped[int | None] = link_to("events.id")
    send_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)
    # Passwords and sign-in links pass through here on their way out; they are nobody else's to read.
    is_secret: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    event: Mapped[Event | None] = relationship()
    recipients: Mapped[list[Recipient]] = relationship(
        back_populates="message", cascade="all, delete-orphan", order_by="Recipient.id"
    )

    __table_args__ = (
        sa.CheckConstraint(f"state in {STATES}", name="state"),
        sa.CheckConstraint("direction in ('in', 'out')", name="direction"),
        sa.Index("ix_messages_outbox", "direction", "id"),
    )

    @classmethod
    def send(
        cls,
        to: Iterable[tuple[str, str]],
        subject: str,
        text: str,
        *,
        sender: str,
        sender_name: str = "",
        event: Event | None = None,
        send_at: datetime | None = None,
        **facts: Any,
    ) -> Message:
        """Put a mail into the outbox: it is final now, and goes out unless it is recalled first.

        `to` is pairs of name and address. Its job is written in the same transaction.
        """
        message = cls(
            message_id=make_msgid(domain=sender.rpartition("@")[2] or "localhost"),
            sender=one_line(sender),
            sender_name=one_line(sender_name),
            subject=one_line(subject),
            text=text,
            event=event,
            send_at=send_at or clock.now() + BEFORE_SENDING,
            recipients=[Recipient(name=one_line(name), address=one_line(address)) for name, address in to],
            **facts,
        )
        db.session.add(message)
        db.session.flush()
        Job.plan("send", message.id, run_at=message.send_at)
        return message

    @classmethod
    def planned_by(cls, sets: list[ChangeSet]) -> list[Message]:
        """The mail that these change sets put into the outbox."""
        query = (
            sa.select(cls)
            .join(Event, cls.event_id == Event.id)
            .where(cls.direction == "out", Event.change_set_id.in_([each.id for each in sets]))
            .order_by(cls.id)
        )
        return list(db.session.scalars(query))

    def recall(self) -> bool:
        """Take it back, if it has not gone and is not just going. Answers whether it stays here."""
        if self.state != "waiting" or not Job.cancel_waiting("send", self.id):
            return False
        self.state = "recalled"
        return True

    @property
    def has_gone(self) -> bool:
        return self.state in {"waiting", "sent"}

    @property
    def to_line(self) -> str:
        return ", ".join(each.name or each.address for each in self.recipients)


class Recipient(Base):
    """One address that a message goes to, and whether it arrived there."""

    __tablename__ = "recipients"

    id: Mapped[Id]
    message_id: Mapped[int] = link_to("messages.id")
    kind: Mapped[str] = mapped_column(sa.String(3), default="to")
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    address: Mapped[str] = mapped_column(sa.String(254), index=True)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    answer: Mapped[str | None] = mapped_column(sa.Text)

    message: Mapped[Message] = relationship(back_populates="recipients")

    __table_args__ = (
        sa.CheckConstraint("kind in ('to', 'cc', 'bcc')", name="kind"),
        sa.CheckConstraint("state in ('waiting', 'sent', 'refused', 'failed')", name="state"),
    )

    def __str__(self) -> str:
        return formataddr((self.name, self.address))


def one_line(text: str) -> str:
    """Nothing that a header could be broken with: a name cannot bring a Bcc of its own."""
    return " ".join(text.replace("\0", "").split())
