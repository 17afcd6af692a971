"""Reminding who is responsible, or the other side, of a case: now or on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from babel.dates import format_date
from flask_babel import get_locale

from app.domain.actor import Acting
from app.domain.case.letter import Letter, in_language
from app.domain.case.sparing import Spared, Unwanted
from app.domain.case.writing import Enclosed, checked, enclose, goes_at, person, refuse_gaps, whole_text
from app.domain.errors import Refused
from app.domain.file import Attachment
from app.domain.history import Event, act
from app.domain.message import Message
from app.domain.organisation import Organisation
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User


class Reminding:
    """A reminder is a mail about the case, and stands on its history like any other."""

    def remind_responsible(
        self: Case, text: str | None = None, *, by: Acting, at: datetime | None = None, files: bool = False
    ) -> Message:
        """Remind who is responsible, of what was said last unless by words of one's own; on request with its files."""
        user = self.responsible
        if user is None or not user.is_active:
            raise Refused(_("Nobody is responsible who could be reminded."))
        said = text or self.last_said
        with in_language(user.language):
            letter = self.reminder(said, by=by, at=at, files=files, to=user.name)
        return letter.to_colleague(user)

    def remind_partner(
        self: Case,
        text: str,
        *,
        by: Acting,
        at: datetime | None = None,
        files: bool = False,
        forward_last: bool = False,
        despite_wishes: bool = False,
    ) -> Message:
        """Remind the other side, if wished with the last that was said below, and the files of the case.

        One for later is called off when they write first. Raises Unwanted where they want no mail or none
        arrives, unless it is to go all the same.
        """
        partner = self.correspondent
        if partner is None:
            raise Refused(_("No address of the other side is known: give the case or its partner one."))
        name, address = partner[0], checked(partner[1])
        if not despite_wishes and (spared := self.spared_by_reminder(person(by))):
            raise Unwanted(spared)
        with in_language(self.language):
            last = self.quoted if forward_last else ""
            said = "\n\n".join(filter(None, (whole_text(text), signature_of(by), last)))
            refuse_gaps(text)
            letter = self.reminder(
                said,
                by=by,
                at=at,
                files=files,
                to=name or address,
                direction="out",
                until_answered=at is not None,
            )
        return letter.to_outside([(name, address)], [])

    def spared_by_reminder(self: Case, writer: User | None) -> list[Spared]:
        """The other side, if a reminder to them would go where no mail should."""
        whom = self.correspondent
        return self.spared([(whom[0], whom[1].strip())], writer) if whom is not None else []

    def reminder(
        self: Case,
        text: str,
        *,
        by: Acting,
        at: datetime | None,
        files: bool,
        to: str,
        direction: str | None = None,
        until_answered: bool = False,
    ) -> Letter:
        """What is to be said, on a line of history."""
        subject = self.reminder_subject
        said, due = whole_text(text), goes_at(at)
        enclosed: Iterable[Enclosed] = Attachment.on(self) if files else ()
        details = {"to": to, "what": subject}
        with act("mail reminder", self, by=by, body=said, direction=direction, details=details) as event:
            going = enclose(enclosed, event, by)
        return Letter(self, by, subject, said, event, None, going, due, until_answered=until_answered)

    @property
    def reminder_subject(self: Case) -> str:
        """What a reminder of it is called, in the language that is spoken."""
        return _("Reminder: %(subject)s", subject=self.mail_subject())

    @property
    def last_said(self: Case) -> str:
        """What was said last between us and the other side, else what the case is about."""
        last = self.last_words
        return (last.body if last is not None else None) or self.description or self.name

    @property
    def quoted(self: Case) -> str:
        """What was said last, as one quotes it."""
        last = self.last_words
        return quoted(last) if last is not None else self.description or ""


def quoted(event: Event) -> str:
    """Something that was said, with a mark before each line."""
    lines = "\n".join(f"> {line}".rstrip() for line in (event.body or "").splitlines())
    return f"{when_said(event)}\n{lines}"


def when_said(event: Event) -> str:
    """Who said it on which day, in the words that stand above a quotation."""
    day = format_date(Organisation.current().day_of(event.at), "long", locale=get_locale())
    return _("On %(day)s, %(name)s wrote:", day=day, name=event.who)


def signature_of(by: Acting) -> str:
    """What somebody puts under what they write."""
    writer = person(by)
    return (writer.signature if writer is not None else None) or ""
