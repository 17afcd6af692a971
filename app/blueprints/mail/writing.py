"""A mail while it is being written on the page of its case: what it begins with, and what is put into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa
from flask_babel import gettext as _
from markupsafe import Markup

from app.blueprints.files.storing import Stored, from_draft
from app.blueprints.mail.addresses import no_address, read_people, readable_people, write_people, write_person
from app.blueprints.mail.forms import MailForm
from app.domain import wording
from app.domain.case import Case
from app.domain.case.letter import Person, as_page, sender_of
from app.domain.case.reminding import quoted
from app.domain.case.sparing import Spared, Unwanted
from app.domain.case.writing import Addressed, were_exchanged
from app.domain.configuration import MailTemplateRow
from app.domain.errors import Refused
from app.domain.history import Event
from app.domain.mail_template import MailTemplate
from app.domain.message import Message
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db

# The fields of the form that are kept as drafts, and the part of the page that each is kept as.
PARTS = {"to": "mail-to", "cc": "mail-cc", "subject": "mail-subject", "text": "mail"}
FILES_PART = "mail-files"


@dataclass(frozen=True)
class Known:
    """Somebody who has to do with the case, and what they are to it."""

    person: Person
    role: str

    @property
    def written(self) -> str:
        return write_person(self.person)


@dataclass
class Writing:
    """The mail that one person is writing from a case."""

    case: Case
    writer: User
    drafts: dict[str, str]
    sent: MailForm | None = None
    # Was something put into it that the writer wants to go on from? Does it show how it will arrive?
    is_filled: bool = False
    is_previewed: bool = False
    filled_from: int | None = field(default=None)
    # Files that came with what was put into it.
    brought: list[Stored] = field(default_factory=list)
    # The lines of the preview that say what is wrong, each by its label.
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def form(self) -> MailForm:
        """As it was sent, else as far as it was typed before."""
        form = self.sent or MailForm(
            formdata=None,
            to=self.drafts.get("mail-to", write_people([each.person for each in self.people[:1]])),
            cc=self.drafts.get("mail-cc"),
            subject=self.drafts.get("mail-subject", self.case.name),
            text=self.drafts.get("mail"),
        )
        form.offer(self.templates)
        if form is not self.sent:
            form.files = from_draft(self.drafts.get(FILES_PART))
            form.template_id.process_data(None)
        return form.known_as("mail")

    @cached_property
    def templates(self) -> list[MailTemplateRow]:
        """Those that fit the case."""
        return MailTemplate.offered_for(self.case)

    def template(self, template_id: int | None) -> MailTemplate | None:
        is_offered = any(each.id == template_id for each in self.templates)
        return db.session.get(MailTemplate, template_id) if is_offered else None

    @property
    def is_kept(self) -> bool:
        return any(self.drafts.get(part) for part in (*PARTS.values(), FILES_PART))

    # Whom it may go to

    @cached_property
    def people(self) -> list[Known]:
        """Who has to do with the case and has an address, each once; first whom one most likely writes to."""
        case = self.case
        found: dict[str, Known] = {}
        for name, address, role in (
            (case.contact_name or case.company_name or "", case.email, _("wrote")),
            *self.partners,
        ):
            if address:
                found.setdefault(address.casefold(), Known((name, address), role))
        return list(found.values())

    @property
    def partners(self) -> list[tuple[str, str | None, str]]:
        """Contact and partner, as far as the writer may know of them."""
        both = ((self.case.contact, _("contact")), (self.case.partner, _("partner")))
        return [
            (one.name, one.email, role)
            for one, role in both
            if isinstance(one, Partner) and one.is_visible_to(self.writer)
        ]

    @cached_property
    def others(self) -> list[Known]:
        """Those of them whom it does not go to yet."""
        named = {address.casefold() for _name, address in self.named}
        return [each for each in self.people if each.person[1].casefold() not in named]

    @property
    def named(self) -> list[Person]:
        """Whom it names, as far as that can be read."""
        return readable_people(", ".join(filter(None, (self.form.to.data, self.form.cc.data))))

    @property
    def copied(self) -> list[str]:
        """Who watches the case, and so gets a copy."""
        return [
            *(user.name for user in self.case.watchers if user is not self.writer and user.is_active),
            *(each.address for each in self.case.addresses),
        ]

    @cached_property
    def spared(self) -> list[Spared]:
        """Who among them wants no mail, or gets none."""
        return self.case.spared(self.named, self.writer)

    # Sending

    def hand_over(self) -> bool:
        """It is written and waits for its time to go; or it is not, and its form says why."""
        form = self.form
        try:
            self.case.write_mail(
                self.whole_text,
                by=self.writer,
                to=form.to.people,
                cc=form.cc.people,
                subject=form.subject.data,
                files=[each.named for each in form.files],
                send_at=form.when,
                template=self.template(form.template_id.data),
                until_answered=form.until_answered.data,
                despite_gaps=form.is_complete.data,
                despite_wishes=form.is_meant.data,
            )
        except Unwanted as refusal:
            self.object(refusal)
        except Refused as refusal:
            form.text.errors = [str(refusal)]
        else:
            return True
        return False

    def object(self, refusal: Unwanted) -> None:
        """Say beside each line who in it is not to be written to."""
        for line in (self.form.to, self.form.cc):
            named = {address for _name, address in line.people}
            if theirs := [str(each) for each in refusal.spared if each.address in named]:
                line.errors = [" ".join(theirs)]

    # What it says

    @property
    def signature(self) -> str:
        """What stands below everything that this person writes."""
        own = (self.writer.signature or "").strip()
        return f"-- \n{own}" if own else ""

    @property
    def whole_text(self) -> str:
        """The text as it goes."""
        text = self.form.text.data or ""
        return joined(text, self.signature) if text and self.form.with_signature.data else text

    # How it will arrive

    @property
    def sender(self) -> str:
        return write_person(sender_of(self.case, self.writer))

    @property
    def subject(self) -> str:
        return self.case.mail_subject(self.form.subject.data)

    @cached_property
    def addressed(self) -> Addressed | None:
        """Who gets it, and as what; None while that cannot be read, and then `unreadable` says why."""
        people = []
        for line in (self.form.to, self.form.cc):
            try:
                people.append(read_people(line.data or ""))
            except ValueError as part:
                self.unreadable.append((line.label.text, no_address(part)))
        try:
            return self.case.addressed(*people, by=self.writer) if not self.unreadable else None
        except Refused as refusal:
            self.unreadable.append((self.form.to.label.text, str(refusal)))
            return None

    @property
    def page(self) -> Markup:
        """The text as mail programs show it, with what is still open marked."""
        return Markup(as_page(self.whole_text))  # noqa: S704  (made of escaped text)

    # What is put into it

    @property
    def says(self) -> list[tuple[str, str]]:
        """What this case says: the fields that have something to say, in words."""
        said = (
            (each, wording.fill(f"{{{{ {each.name} }}}}", self.case, user=self.writer))
            for each in wording.FIELDS.values()
        )
        return [(str(each.label), filled.text) for each, filled in said if filled.text and not filled.gaps]

    def use(self, template: MailTemplate | None) -> None:
        """Put a template in; what was typed stays below it, what another template had put in goes."""
        before = self.template(self.filled_from)
        old = before.filled(self.case, self.writer) if before is not None else None
        form = self.form
        typed = form.text.data or ""
        if old is not None and typed.startswith(old.text.strip()):
            typed = typed.removeprefix(old.text.strip()).strip()
        is_own = form.subject.data not in {None, self.case.name, old.subject if old else None}
        if template is not None:
            new = template.filled(self.case, self.writer)
            typed = joined(new.text, typed)
            form.subject.data = form.subject.data if is_own else new.subject
        elif not is_own:
            form.subject.data = self.case.name
        form.text.data, self.filled_from, self.is_filled = typed, template.id if template else None, True

    def add(self, written: str) -> None:
        """One more recipient."""
        self.form.to.data = ", ".join(filter(None, ((self.form.to.data or "").strip(" ,;"), written)))

    def answer(self, event_id: int | None) -> None:
        """Answer what was said, or what was said last: it stands below, with a mark before each line."""
        event = self.case.last_words if event_id is None else self.said(event_id)
        if event is None:
            raise Refused(_("Nothing has been said yet that could be answered."))
        self.form.text.data = joined(self.form.text.data, quoted(event))
        self.form.subject.data = replied(self.bare(event.details.get("what") or self.case.name))
        self.is_filled = True

    def bare(self, subject: str) -> str:
        """A subject without the number that it goes out with."""
        return subject.removeprefix(f"[#{self.case.id}] ")

    def said(self, event_id: int) -> Event | None:
        """A line of what was said between us and the other side."""
        return next(iter(self.case.events(Event.id == event_id, were_exchanged(), limit=1)), None)

    def write_again(self, event_id: int) -> None:
        """Take up what did not go out: the same words to the same people, below what is typed."""
        mails = list(
            db.session.scalars(
                sa.select(Message)
                .join(Event)
                .where(Event.id == event_id, Event.case_id == self.case.id, ~Message.is_copy)
                .order_by(Message.id)
            )
        )
        if not mails:
            raise Refused(_("There is no such mail on this case."))
        everybody = [each for mail in mails for each in mail.recipients]
        for kind, line in (("to", self.form.to), ("cc", self.form.cc)):
            line.data = write_people([(each.name, each.address) for each in everybody if each.kind == kind])
        event = mails[0].event
        said = (event.body if event is not None else None) or mails[0].text
        self.form.subject.data = self.bare(mails[0].subject)
        self.form.text.data = joined(self.form.text.data, said.strip().removesuffix(self.signature))
        self.bring([Stored(each.file_id, each.name, each.file.size) for each in mails[0].files])
        self.is_filled = True

    def bring(self, files: list[Stored]) -> None:
        """Files that go along, beside those that are there."""
        self.brought = [each for each in files if each not in self.form.files]
        self.form.files = (*self.form.files, *self.brought)


def joined(*parts: str | None) -> str:
    """One below the other, with a line between."""
    return "\n\n".join(filter(None, ((part or "").strip() for part in parts)))


def replied(subject: str) -> str:
    """The subject of an answer: Re: once."""
    return subject if subject.casefold().startswith("re:") else f"Re: {subject}"
