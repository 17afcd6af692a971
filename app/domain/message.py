"""Mail, in and out: what was written to whom, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid
from typing import TYPE_CHECKING, Any
from unicodedata import category

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from app import clock
from app.domain.actor import SYSTEM, Acting
from app.domain.base import Base, BigId, Id, link_to, where_named
from app.domain.errors import Refused
from app.domain.file import File
from app.domain.history import ChangeSet, Event, act, lock
from app.domain.job import Job
from app.domain.text import clean
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

# Long enough to take it back.
BEFORE_SENDING = timedelta(seconds=10)
BREAKS = frozenset({"Cc", "Zl", "Zp"})
UNDONE: dict[str, Any] = {
    f"{database}_where": sa.text("state IN ('waiting', 'failed')") for database in ("sqlite", "postgresql")
}
STATES = ("draft", "waiting", "sent", "failed", "recalled", "stored", "filed", "quarantined")
# What no person wrote says so in its headers (RFC 3834), so that no machine answers it.
AUTOMATIC = ("auto-generated", "auto-replied")
# What never was part of a conversation, or is so no longer.
UNSPOKEN = ("draft", "recalled", "quarantined")
LATEST = 200


@dataclass(frozen=True)
class Outcome:
    """What became of a mail for one recipient: sent, refused for good, or waiting for another try."""

    state: str
    answer: str


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
    event_id: Mapped[int | None] = link_to("events.id", index=False)
    send_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)
    # Passwords and sign-in links pass through here on their way out; they are nobody else's to read.
    is_secret: Mapped[bool] = mapped_column(default=False)
    # Called off by itself when the other side writes first.
    until_answered: Mapped[bool] = mapped_column(default=False)
    # To somebody who watches, of what was written to others.
    is_copy: Mapped[bool] = mapped_column(default=False)
    automatic: Mapped[str | None] = mapped_column(sa.String(14))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    event: Mapped[Event | None] = relationship()
    recipients: Mapped[list[Recipient]] = relationship(
        back_populates="message", cascade="all, delete-orphan", order_by="Recipient.id"
    )
    files: Mapped[list[MessageFile]] = relationship(
        cascade="all, delete-orphan", order_by="MessageFile.place"
    )

    __table_args__ = (
        sa.CheckConstraint(f"state in {STATES}", name="state"),
        sa.CheckConstraint(f"automatic in {AUTOMATIC}", name="automatic"),
        sa.CheckConstraint("direction in ('in', 'out')", name="direction"),
        sa.Index("ix_messages_outbox", "direction", "id"),
        # What has not left, or cannot: few among all that has.
        sa.Index("ix_messages_undone", "direction", "state", "created_at", **UNDONE),
        *where_named("messages", "event_id"),
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
        cc: Iterable[tuple[str, str]] = (),
        files: Iterable[tuple[str, File]] = (),
        event: Event | None = None,
        send_at: datetime | None = None,
        mark: str | None = None,
        **facts: Any,
    ) -> Message:
        """Put a mail into the outbox: it is final now, and goes out unless it is recalled first.

        `to` and `cc` are pairs of name and address, `files` of name and file; `mark` stands in its Message-ID.
        Its job is written in the same transaction.
        """
        message = cls(
            message_id=make_msgid(mark, domain=sender.rpartition("@")[2] or "localhost"),
            sender=one_line(sender),
            sender_name=one_line(sender_name),
            subject=one_line(subject),
            text=clean(text),
            event=event,
            send_at=send_at or clock.now() + BEFORE_SENDING,
            recipients=[
                Recipient(kind=kind, name=one_line(name), address=one_line(address))
                for kind, whom in (("to", to), ("cc", cc))
                for name, address in whom
            ],
            files=[MessageFile(place=n, name=name, file=file) for n, (name, file) in enumerate(files)],
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
        """Take it back from whom it has not reached, unless it is just going. Answers whether that was anybody."""
        if self.state != "waiting" or not Job.cancel_waiting("send", self.id):
            return False
        for recipient in self.waits:
            recipient.state = "recalled"
        self.state = "sent" if any(each.state == "sent" for each in self.recipients) else "recalled"
        return True

    @classmethod
    def waiting_about(cls, case_id: int, *where: sa.ColumnElement[bool]) -> list[Message]:
        """What is still to go about this case."""
        query = (
            sa.select(cls)
            .join(Event, cls.event_id == Event.id)
            .where(Event.case_id == case_id, cls.state == "waiting", *where)
            .order_by(cls.id)
        )
        return list(db.session.scalars(query))

    @classmethod
    def in_outbox_of(cls, user: User) -> sa.Select[Message]:
        """The mail that went out, or is to, and that this person may know of: theirs, and that of their cases."""
        query = sa.select(cls).where(cls.direction == "out")
        if user.is_administrator:
            return query
        from app.domain.case import Case  # cases and partners plan mail
        from app.domain.partner import Partner

        cases = Case.visible_to(user).with_only_columns(Case.id)
        partners = Partner.visible_to(user).with_only_columns(Partner.id)
        of_partner = sa.and_(Event.case_id.is_(None), Event.partner_id.in_(partners))
        own = sa.and_(ChangeSet.actor_kind == "user", ChangeSet.actor_id == user.id)
        theirs = (
            sa.select(Event.id)
            .join(ChangeSet, Event.change_set_id == ChangeSet.id)
            .where(sa.or_(Event.case_id.in_(cases), of_partner, own))
        )
        return query.where(cls.event_id.in_(theirs))

    def may_be_handled_by(self, user: User) -> bool:
        """May they call it off or try it again? Whoever caused it, and whoever leads the team that it is of."""
        if self.event is None:
            return user.is_administrator
        maker, about = self.event.change_set, self.event.case or self.event.partner
        is_own = (maker.actor_kind, maker.actor_id) == ("user", user.id)
        return is_own or (user.leads(about) if about is not None else user.is_administrator)

    def hold(self) -> None:
        """Lock it and read it afresh, after what it is about: in any other order Undo and this wait for each other."""
        if self.event is not None:
            lock(self.event.case, self.event.partner)
        itself = sa.select(Message).where(Message.id == self.id).options(selectinload(Message.recipients))
        fresh = itself.with_for_update(of=Message).execution_options(populate_existing=True)
        db.session.scalars(fresh).one()

    def cancel(self, *, by: Acting) -> None:
        """Call it off before it goes. Raises Refused when it is just going or has gone."""
        self.hold()
        if self.state == "recalled":
            return
        if not self.recall():
            raise Refused(_("This mail is being sent or has gone already."))
        self.tell("mail recalled", by=by)

    def retry(self, *, by: Acting) -> None:
        """Try what failed once more, and what waits for a better hour now."""
        self.hold()
        unreached = [each for each in self.recipients if each.state in {"failed", "refused"}]
        is_over = self.state != "waiting"
        for recipient in unreached:
            recipient.state = "waiting"
        if unreached:
            self.state, self.error = "waiting", None
        if unreached and is_over:
            Job.plan("send", self.id)
        elif not Job.hurry("send", self.id):
            raise Refused(_("This mail is being sent or has gone already."))
        self.tell("mail tried again", by=by, to=self.to_line)

    def conclude(self, outcomes: dict[int, Outcome]) -> str | None:
        """Note what became of it; answers why some of it must be tried again, or None."""
        self.hold()
        for recipient in self.recipients:
            if recipient.id in outcomes:
                recipient.state = outcomes[recipient.id].state
                recipient.answer = clean(outcomes[recipient.id].answer)
        self.leave()
        refused = [each for each in self.recipients if each.id in outcomes and each.state == "refused"]
        waiting = [each for each in self.recipients if each.state == "waiting"]
        if refused:
            self.fail(refused)
        if waiting:
            return next((each.answer for each in waiting if each.answer), "")
        self.end()
        return None

    def give_up(self, reason: str) -> None:
        """Whom it could not reach in two days of trying, it does not reach."""
        self.hold()
        left = [each for each in self.recipients if each.state == "waiting"]
        for recipient in left:
            recipient.state, recipient.answer = "failed", recipient.answer or clean(reason)
        if left:
            self.fail(left)
        self.end()

    def fail(self, recipients: list[Recipient]) -> None:
        """Say on the history of its case whom it did not reach, and why."""
        from app.domain.notification import Notification  # these tell of cases, and cases write mail

        self.error = "\n".join(f"{each.address}: {each.answer}" for each in recipients)
        to = ", ".join(each.address for each in recipients)
        self.tell("mail failed", by=SYSTEM, to=to, reason=self.error)
        maker = self.event.change_set if self.event is not None else None
        if maker is not None and maker.actor_kind == "user" and maker.actor_id is not None:
            about = "message", self.id
            Notification.tell("mail failed", [maker.actor_id], about=about, what=self.subject, to=to)

    def leave(self) -> None:
        """It has reached the first of them: what it says to the other side has been said."""
        reached = [each for each in self.recipients if each.state == "sent"]
        if not reached or self.sent_at is not None:
            return
        self.sent_at, event = clock.now(), self.event
        if event is None or event.case is None or event.direction != "out" or self.is_copy:
            return
        if any(each.user_id is None for each in reached):
            event.case.mail_left(event, self.sent_at)

    def end(self) -> None:
        """Sent, if it reached anybody."""
        ends = {each.state for each in self.recipients}
        if "sent" in ends:
            self.state = "sent"
        else:
            self.state = "recalled" if ends <= {"recalled"} else "failed"

    def tell(self, action: str, *, by: Acting, **details: Any) -> None:
        """A line in the history of what it is about, if it is about anything."""
        about = (self.event.case or self.event.partner) if self.event else None
        if about is not None:
            lock(about)
            with act(action, about, by=by, details={"what": self.subject, **details}):
                pass

    @property
    def job(self) -> Job | None:
        """The last piece of work planned for it: when it will be tried, or why it was not sent."""
        return db.session.scalars(
            sa.select(Job)
            .where(Job.kind == "send", Job.record_id == self.id)
            .order_by(Job.id.desc())
            .limit(1)
        ).first()

    @property
    def has_gone(self) -> bool:
        """Has it reached anybody, or is it just going?"""
        return self.state in {"waiting", "sent"}

    @property
    def waits(self) -> list[Recipient]:
        """Who is still to get it."""
        return [each for each in self.recipients if each.state == "waiting"]

    @property
    def gone_away(self) -> list[Recipient]:
        """Who is not to get it any more, as their account was closed since it was written."""
        return [each for each in self.waits if each.user is not None and not each.user.is_active]

    @property
    def writer(self) -> User | None:
        """Who wrote it, if that was one of our people."""
        from app.domain.user import User

        made = self.event.change_set if self.event is not None else None
        if made is None or made.actor_kind != "user" or made.actor_id is None:
            return None
        return db.session.get(User, made.actor_id)

    @property
    def to_line(self) -> str:
        """Whom it is for, or, of one that was called off halfway, whom it has reached."""
        return ", ".join(
            each.name or each.address
            for each in self.recipients
            if self.state == "recalled" or each.state != "recalled"
        )


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
    # One of our own people.
    user_id: Mapped[int | None] = link_to("users.id", index=False)

    message: Mapped[Message] = relationship(back_populates="recipients")
    user: Mapped[User | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("kind in ('to', 'cc', 'bcc')", name="kind"),
        sa.CheckConstraint("state in ('waiting', 'sent', 'refused', 'failed', 'recalled')", name="state"),
    )

    def __str__(self) -> str:
        return formataddr((self.name, self.address))


class MessageFile(Base):
    """A file that goes out with a mail, under the name that it had when the mail was written."""

    __tablename__ = "message_files"

    message_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("messages.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[int] = link_to("files.id")
    name: Mapped[str] = mapped_column(sa.String(255))

    file: Mapped[File] = relationship()


@dataclass(frozen=True)
class Thread:
    """The conversation that a case is: how it began, and what each address has seen last of it."""

    root: str | None
    newest: dict[str, str]

    @classmethod
    def of(cls, case_id: int) -> Thread:
        """As the mail about this case tells it; of a long one only the latest messages are looked at."""
        said = (
            sa.select(Message.id, Message.message_id, Message.thread, Message.sender)
            .join(Event, Message.event_id == Event.id)
            .where(Event.case_id == case_id, Message.state.not_in(UNSPOKEN))
        )
        first = db.session.execute(said.order_by(Message.id).limit(1)).first()
        if first is None:
            return cls(None, {})
        latest = db.session.execute(said.order_by(Message.id.desc()).limit(LATEST)).all()
        ids = {row.id: row.message_id for row in latest}
        seen = sa.select(Recipient.message_id, Recipient.address).where(Recipient.message_id.in_(ids))
        pairs = [(row.id, row.sender) for row in latest]
        pairs += [(row.message_id, row.address) for row in db.session.execute(seen)]
        newest = {address.casefold(): ids[message_id] for message_id, address in sorted(pairs)}
        return cls(first.thread or first.message_id, newest)

    def answered_by(self, addresses: Iterable[str]) -> str | None:
        """What a mail to these answers: the last that any of them has seen, else how it began."""
        seen = (self.newest.get(address.casefold()) for address in addresses)
        return next((message_id for message_id in seen if message_id), self.root)


def one_line(text: str) -> str:
    """Nothing that a header could be broken with: a name cannot bring a Bcc of its own."""
    return " ".join("".join(" " if category(sign) in BREAKS else sign for sign in clean(text)).split())
