"""Writing to the other side, and to anyone, about a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app import clock
from app.domain import wording
from app.domain.actor import Acting
from app.domain.case.letter import Letter, Person, listed
from app.domain.case.sparing import Unwanted
from app.domain.errors import Gaps, Refused
from app.domain.file import LARGEST, Attachment, File, safe_name
from app.domain.history import ChangeSet, Event, act
from app.domain.message import BEFORE_SENDING, UNSPOKEN, Message, one_line
from app.domain.permission import STAFF
from app.domain.reach import is_mail_address
from app.domain.text import clean
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.mail_template import MailTemplate
    from app.domain.user import User

MOST_ADDRESSED = 100
LONGEST_SUBJECT = 300
LONGEST_TEXT = 1_000_000
# A new file with its name, or one that is attached to the case already.
Enclosed = tuple[str, File] | Attachment


@dataclass(frozen=True)
class Addressed:
    """Whom a mail goes to: those outside, our own, and who gets a copy; each of them once."""

    to: list[Person]
    cc: list[Person]
    colleagues: list[User]
    watching: list[User]
    watching_outside: list[str]

    @property
    def people(self) -> list[Person]:
        """To whom it is written, as everybody may know."""
        return [*self.to, *self.cc, *((user.name, user.email) for user in self.colleagues)]

    @property
    def copies(self) -> list[Person]:
        """Who gets a copy without being written to."""
        inside = [(user.name, user.email) for user in self.watching]
        return [*inside, *(("", address) for address in self.watching_outside)]


class Writing:
    """What is written from a case leaves from it, and comes back to it."""

    def write_mail(
        self: Case,
        text: str,
        *,
        by: Acting,
        to: Iterable[Person],
        cc: Iterable[Person] = (),
        subject: str | None = None,
        html: str | None = None,
        files: Iterable[Enclosed] = (),
        send_at: datetime | None = None,
        template: MailTemplate | None = None,
        until_answered: bool = False,
        despite_gaps: bool = False,
        despite_wishes: bool = False,
    ) -> Message:
        """Write to these people (pairs of name and address); who watches the case gets a copy.

        It is final now and goes out in ten seconds, or at `send_at`; `until_answered` calls it off when the other
        side writes first. Without words of its own it says what the template says. Raises Gaps while fields
        in it are empty and Unwanted where somebody wants no mail or none arrives, unless it is to go all the
        same, and Refused for what is no address.
        """
        if template is not None and not text.strip():
            filled = template.filled(self, person(by))
            text, subject = filled.text, subject or filled.subject
        subject = self.mail_subject(subject)
        text = whole_text(text)
        if not despite_gaps:
            refuse_gaps(subject, text, html or "")
        whom = self.addressed(to, cc, by=by)
        if not whom.people:
            raise Refused(_("Say whom it goes to."))
        if not despite_wishes and (spared := self.spared([*whom.to, *whom.cc], person(by))):
            raise Unwanted(spared)
        details = {"what": subject, "to": listed(whom.people), "template": template and template.name}
        with act("mail planned", self, by=by, body=text) as event:
            enclosed = enclose(known_again(self, list(files)), event, by)
            event.details |= {name: told for name, told in details.items() if told}
            if whom.to or whom.cc:
                event.direction = "out"  # an answer once it has left, if it ever does
            letter = Letter(
                self,
                by,
                subject,
                text,
                event,
                html,
                enclosed,
                goes_at(send_at),
                until_answered=until_answered,
            )
            return post(letter, whom)

    def addressed(self: Case, to: Iterable[Person], cc: Iterable[Person] = (), *, by: Acting) -> Addressed:
        """Who would get what is written to these people, and as what: nobody twice, and no copy to who writes."""
        named = {
            kind: [(one_line(name), checked(address)) for name, address in people]
            for kind, people in (("to", to), ("cc", cc))
        }
        if sum(map(len, named.values())) > MOST_ADDRESSED:
            raise Refused(_("A mail goes to up to %(most)s people at once.", most=MOST_ADDRESSED))
        ours = colleagues_at(address for people in named.values() for _name, address in people)
        outside: dict[str, list[Person]] = {"to": [], "cc": []}
        seen: set[str] = set()
        colleagues = []
        for kind, people in named.items():
            for name, address in people:
                folded = address.casefold()
                if folded in seen:
                    continue
                seen.add(folded)
                if folded in ours:
                    colleagues.append(ours[folded])
                else:
                    outside[kind].append((name, address))
        if (writer := person(by)) is not None:
            seen.add(writer.email)
        known = sorted(self.watchers, key=lambda user: user.id)
        watching = [user for user in known if user.is_active and user.is_staff and user.email not in seen]
        seen |= {user.email for user in watching}
        # What we say among ourselves stays among us.
        goes_out = bool(outside["to"] or outside["cc"])
        beyond = sorted(each.address for each in self.addresses if goes_out and each.address not in seen)
        return Addressed(outside["to"], outside["cc"], colleagues, watching, beyond)

    def mail_subject(self: Case, wanted: str | None = None) -> str:
        """What a mail about it is called, with the number by which an answer finds back."""
        number, called = f"[#{self.id}]", one_line(wanted or "")[:LONGEST_SUBJECT] or one_line(self.name)
        return called if number in called else f"{number} {called}"

    @property
    def correspondent(self: Case) -> Person | None:
        """Whom on the other side one writes to: at the address it came from, else who speaks for them.

        It keeps that address when it is about somebody else by now; who is known there is no longer written to.
        """
        speaker = self.speaker
        if self.email and not self.came_from_another:
            return self.contact_name or (speaker.name if speaker is not None else ""), self.email
        known = next((each for each in (self.contact, self.partner) if each is not None and each.email), None)
        return (known.name, known.email or "") if known is not None else None

    @property
    def came_from_another(self: Case) -> bool:
        """Is the address that it came from that of somebody else whom we know?

        Of another than its contact, or, where it has none, than its partner and their people.
        """
        from app.domain.partner import Partner  # partners are written about, too

        about = [one for one in (self.contact, self.partner) if one is not None]
        if not about or any(one.email == self.email for one in about):
            return False
        at_it = Partner.email_folded == self.email_folded, Partner.deleted_at.is_(None)
        known = db.session.execute(sa.select(Partner.id, Partner.company_id).where(*at_it)).all()
        theirs = {row.id for row in known} | (
            {row.company_id for row in known} if self.contact is None else set()
        )
        return bool(known) and theirs.isdisjoint(one.id for one in about)

    @property
    def last_words(self: Case) -> Event | None:
        """The newest that was said between us and the other side, unless it was taken back."""
        return next(iter(self.events(were_exchanged(), limit=1)), None)

    def heard_from(self: Case, *, by: Acting) -> None:
        """The other side has said something: what was to go only if they did not is called off."""
        self.call_off_mail(Message.until_answered.is_(True), by=by, because=_("the other side wrote first"))

    def call_off_mail(self: Case, *which: sa.ColumnElement[bool], by: Acting, because: str) -> None:
        """What is still to go about it does not; a line for each letter says why."""
        told: set[int | None] = set()
        for message in Message.waiting_about(self.id, *which):
            if message.recall() and message.event_id not in told:
                told.add(message.event_id)
                message.tell("mail recalled", by=by, because=because)


def were_exchanged() -> sa.ColumnElement[bool]:
    """Which lines of history are words with the other side, that were not taken back before they were heard."""
    taken_back = sa.exists().where(ChangeSet.id == Event.change_set_id, ChangeSet.undone_by_id.is_not(None))
    mailed = sa.exists().where(Message.event_id == Event.id, Message.state.not_in(UNSPOKEN))
    is_mail = Event.action.in_(("mail planned", "mail received"))
    return sa.and_(
        sa.or_(Event.action == "communicated", sa.and_(is_mail, mailed)), Event.body.is_not(None), ~taken_back
    )


def person(by: Acting) -> User | None:
    """Who writes, if that is one of our people, and not a rule or Holdfast itself."""
    from app.domain.user import User

    return by if isinstance(by, User) else None


def post(letter: Letter, whom: Addressed) -> Message:
    """One mail to those outside, one of their own to each of ours and to everybody who gets a copy."""
    people = whom.people
    sent = [letter.to_outside(whom.to, whom.cc)] if whom.to or whom.cc else []
    sent += [letter.to_colleague(user, others_than(user, people)) for user in whom.colleagues]
    for user in whom.watching:
        letter.to_colleague(user, people, is_copy=True)
    for address in whom.watching_outside:
        letter.to_watcher(address, people)
    return sent[0]


def others_than(user: User, people: Sequence[Person]) -> list[Person]:
    """Who else it is written to, if it is not to them alone."""
    return list(people) if any(address != user.email for _name, address in people) else []


def checked(address: str) -> str:
    """An address that mail could be sent to. Raises Refused for anything else."""
    found = address.strip()
    if not is_mail_address(found):
        raise Refused(_("“%(address)s” is no mail address.", address=one_line(address)[:100]))
    return found


def colleagues_at(addresses: Iterable[str]) -> dict[str, User]:
    """Those of our people whose addresses are among these."""
    from app.domain.user import User

    folded = {address.casefold() for address in addresses}
    query = sa.select(User).where(
        User.email.in_(folded),
        User.role.in_(STAFF),
        User.deactivated_at.is_(None),
        User.deleted_at.is_(None),
    )
    return {user.email: user for user in db.session.scalars(query)}


def whole_text(text: str) -> str:
    """What is to be said. Raises Refused if that is nothing, or too much."""
    said = clean(text).replace("\r\n", "\n").strip()
    if not said:
        raise Refused(_("Write something first."))
    if len(said) > LONGEST_TEXT:
        raise Refused(_("This text is too long: at most %(n)s characters.", n=LONGEST_TEXT))
    return said


def refuse_gaps(*texts: str) -> None:
    """Raise Gaps for fields of a template that had nothing to say."""
    if gaps := dict.fromkeys(name for text in texts for name in wording.gaps_in(text)):
        names = ", ".join(
            str(wording.FIELDS[name].label) if name in wording.FIELDS else name for name in gaps
        )
        raise Gaps(_("There is nothing to say yet in these places: %(names)s.", names=names), tuple(gaps))


def enclose(files: Iterable[Enclosed], event: Event, by: Acting) -> list[tuple[str, File]]:
    """Files that go along, by their names: what is new is attached to the case, on this line of its history."""
    enclosed = list(files)
    made = Attachment.told_by(event, [each for each in enclosed if not isinstance(each, Attachment)], by=by)
    new = iter(made)
    going = [each if isinstance(each, Attachment) else next(new) for each in enclosed]
    if sum(each.file.size for each in going) > LARGEST:
        raise Refused(_("The files of a mail can have up to 25 MB together."))
    old = [each.name for each in enclosed if isinstance(each, Attachment)]
    told = {"files": [each.name for each in made], "enclosed": old}
    event.details = event.details | {name: names for name, names in told.items() if names}
    return [(each.name, each.file) for each in going]


def known_again(case: Case, files: list[Enclosed]) -> list[Enclosed]:
    """What hangs on the case already by the same name is that, as when a mail that failed is written again."""
    new = [each[1].id for each in files if not isinstance(each, Attachment)]
    if not new:
        return files
    query = sa.select(Attachment).where(
        Attachment.case_id == case.id, Attachment.file_id.in_(new), Attachment.deleted_at.is_(None)
    )
    there = {(each.file_id, each.name): each for each in db.session.scalars(query)}
    return [
        each if isinstance(each, Attachment) else there.get((each[1].id, safe_name(each[0])), each)
        for each in files
    ]


def goes_at(send_at: datetime | None) -> datetime | None:
    """When it leaves: never before one could take it back."""
    return max(send_at, clock.now() + BEFORE_SENDING) if send_at is not None else None
