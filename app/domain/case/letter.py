"""A letter about a case: what one mail says to several people, each in a way of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import nh3
from flask_babel import force_locale
from markupsafe import Markup, escape

from app.domain import wording
from app.domain.actor import Acting
from app.domain.case.leaving import leaving_page
from app.domain.file import File
from app.domain.history import Event
from app.domain.message import Message, Thread
from app.domain.organisation import Organisation
from app.domain.replying import ReplyTo
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

# Name and address of somebody.
Person = tuple[str, str]
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'’]")


@dataclass
class Letter:
    """What is written about a case, by whom, on which line of its history."""

    case: Case
    by: Acting
    subject: str
    text: str
    event: Event
    html: str | None = None
    files: list[tuple[str, File]] = field(default_factory=list)
    send_at: datetime | None = None
    until_answered: bool = False

    def __post_init__(self) -> None:
        self.thread = Thread.of(self.case.id)

    def to_outside(self, to: list[Person], cc: list[Person]) -> Message:
        """To the other side, who see each other; their answers come back to this case."""
        message = self.send(to or cc, cc if to else [])
        return self.answerable(message, ReplyTo(self.case.id, recipient_id=message.recipients[0].id))

    def to_colleague(self, user: User, others: Sequence[Person] = (), *, is_copy: bool = False) -> Message:
        """To one of our own, for nobody else's eyes: what they answer is known to be theirs."""
        with in_language(user.language):
            before = _("%(name)s wrote to %(others)s:", name=self.who, others=listed(others))
            page = wording.page_of(self.case)
            after = _("The case: %(page)s", page=page) if page else ""
        to = [(user.name, user.email)]
        message = self.send(to, before=before if others else "", after=after, is_copy=is_copy)
        message.recipients[0].user = user
        return self.answerable(message, ReplyTo(self.case.id, user_id=user.id))

    def to_watcher(self, address: str, others: Sequence[Person]) -> Message:
        """To somebody outside who gets copies, with the way to get no more."""
        with in_language(self.case.language):
            before = _("%(name)s wrote to %(others)s:", name=self.who, others=listed(others))
            page = leaving_page(self.case, address)
            after = _("You get copies of the mail about this. To get no more: %(page)s", page=page)
        message = self.send([("", address)], before=before, after=after if page else "", is_copy=True)
        return self.answerable(message, ReplyTo(self.case.id, recipient_id=message.recipients[0].id))

    def send(
        self,
        to: list[Person],
        cc: Iterable[Person] = (),
        *,
        before: str = "",
        after: str = "",
        is_copy: bool = False,
    ) -> Message:
        """Put it into the outbox for these people, as the next word of the conversation."""
        name, address = sender_of(self.case, self.by)
        message = Message.send(
            to,
            self.subject,
            "\n\n".join(filter(None, (before, self.text, f"-- \n{after}" if after else ""))),
            html=self.page(before, after),
            sender=address,
            sender_name=name,
            cc=cc,
            files=self.files,
            event=self.event,
            send_at=self.send_at,
            until_answered=self.until_answered,
            is_copy=is_copy,
            automatic=None if getattr(self.by, "is_staff", False) else "auto-generated",
            mark=f"case-{self.case.id}",
            thread=self.thread.root,
            in_reply_to=self.thread.answered_by([each.casefold() for _name, each in (*to, *cc)]),
        )
        if self.thread.root is None:
            self.thread = Thread(message.message_id, {})
        return message

    def answerable(self, message: Message, reply_to: ReplyTo) -> Message:
        message.reply_to = reply_to.address(message.sender.rpartition("@")[2])
        db.session.flush()
        return message

    def page(self, before: str, after: str) -> str:
        """The same for mail programs that show pages: plain words as paragraphs, where nothing else was given."""
        body = nh3.clean(self.html) if self.html else as_page(self.text)
        parts = (as_page(before) if before else "", body, f"<hr>{as_page(after)}" if after else "")
        return "".join(parts)

    @property
    def who(self) -> str:
        return sender_of(self.case, self.by)[0]


def sender_of(case: Case, by: Acting) -> Person:
    """A person writes in their own name, a rule in the team's; the address is the team's, else the organisation's."""
    organisation, team, actor = Organisation.current(), case.team, by.as_actor()
    own_name = actor.name if actor.kind == "user" else ""
    name = own_name or (team.name if team is not None else organisation.name)
    return name, (team.reply_to if team is not None else None) or organisation.sender


@contextmanager
def in_language(language: str | None) -> Iterator[None]:
    """What Holdfast itself says in a letter is in the language of who reads it, else in the organisation's."""
    with force_locale((language or Organisation.current().language).replace("-", "_")):
        yield


def listed(people: Sequence[Person]) -> str:
    """Who they are, in a line."""
    return ", ".join(f"{name} <{address}>" if name else address for name, address in people)


def as_page(text: str) -> str:
    """Plain words as HTML: paragraphs, lines, and links that can be followed."""
    paragraphs = (part for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip())
    return "".join(f"<p>{linked(part)}</p>\n" for part in paragraphs)


def linked(text: str) -> str:
    done, end = Markup(""), 0
    for found in LINK.finditer(text):
        done += escape(text[end : found.start()])
        done += Markup('<a href="{0}">{0}</a>').format(found[0])
        end = found.end()
    return (done + escape(text[end:])).replace("\n", Markup("<br>\n"))
