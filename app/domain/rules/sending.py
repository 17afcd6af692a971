"""Mail that rules send: rendered first, so that a rehearsal can show it, and put into the outbox as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain import wording
from app.domain.case.letter import in_language, sender_of
from app.domain.errors import Refused
from app.domain.history import act
from app.domain.message import Message
from app.domain.reach import is_mail_address
from app.domain.user import User
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.rules.actions import Doing
    from app.domain.rules.registry import Part
    from app.domain.rules.working import Working

To = tuple[str, str]


@dataclass(frozen=True)
class Letter:
    """A mail as it would go out: to whom, what it says, and the fields that have nothing to say."""

    to: tuple[To, ...]
    subject: str
    text: str
    gaps: tuple[str, ...] = ()


def letters_of(part: Part, case: Case, rule: Working) -> list[Letter]:
    """What this action of a rule would write about a case; no letter where nobody would get it."""
    make = WRITERS.get(part.entry.key)
    letter = make(part.values, case, rule) if make is not None else None
    return [letter] if letter is not None and letter.to else []


def send(doing: Doing) -> None:
    """Put it into the outbox, and say so on the history. Nobody to send it to is nothing to do."""
    write(doing, written(doing.values, doing.case, doing.rule))


def tell(doing: Doing) -> None:
    """By mail, and at their bells."""
    people = colleagues(doing.values, doing.case, doing.rule)
    post(
        doing,
        told(doing.values, doing.case, doing.rule),
        "told",
        told={each.name: each.id for each in people},
    )


def remind_responsible(doing: Doing) -> None:
    post(doing, to_responsible(doing.values, doing.case, doing.rule), "reminded")


def remind_partner(doing: Doing) -> None:
    write(doing, to_partner(doing.values, doing.case, doing.rule))


def write(doing: Doing, letter: Letter) -> None:
    """Mail of the case, as one of ours would write it: answers to it find back, and who watches gets a copy."""
    if letter.to:
        refuse_gaps(letter)
        doing.case.write_mail(
            letter.text, by=doing.rule, to=letter.to, subject=letter.subject, despite_gaps=True
        )


def post(doing: Doing, letter: Letter, action: str, **details: Any) -> None:
    """A word to our own people."""
    if not letter.to:
        return
    refuse_gaps(letter)
    to = ", ".join(name or address for name, address in letter.to)
    name, address = sender_of(doing.case, doing.rule)
    with act(
        action, doing.case, by=doing.rule, details={"to": to, "what": letter.subject, **details}
    ) as line:
        Message.send(
            letter.to,
            letter.subject,
            letter.text,
            sender=address,
            sender_name=name,
            event=line,
            automatic="auto-generated",
        )


def refuse_gaps(letter: Letter) -> None:
    if letter.gaps:
        raise Refused(
            _("There is nothing to say yet in these places: %(names)s.", names=", ".join(letter.gaps))
        )


def written(values: Any, case: Case, _rule: Working) -> Letter:
    """A mail to those whom the rule names, each once."""
    to: list[To] = []
    for whom in values["to"]:
        to += RECIPIENTS[whom](case, values)
    subject, text = (wording.fill(values[name], case, user=case.responsible) for name in ("subject", "text"))
    called = case.mail_subject(subject.text)
    return Letter(once(to), called, text.text, (*subject.gaps, *text.gaps))


def told(values: Any, case: Case, rule: Working) -> Letter:
    """A word to colleagues about what the rule met."""
    text = values.get("text") or USUAL
    subject = wording.fill("#{{ case.number }} {{ case.name }}", case).text
    filled = wording.fill(text, case)
    return Letter(
        once(ours(colleagues(values, case, rule))), f"{rule.name}: {subject}", filled.text, filled.gaps
    )


def colleagues(values: Any, case: Case, rule: Working) -> list[User]:
    """Whom of ours the rule tells."""
    people: list[User | None] = []
    for whom in values["whom"]:
        if whom == "owner":
            people.append(db.session.get(User, rule.owner_id) if rule.owner_id else None)
        else:
            leader = case.team.leader if case.team is not None else None
            people.append(case.responsible if whom == "responsible" else leader)
    return [user for user in people if user is not None and user.is_active]


def to_responsible(values: Any, case: Case, _rule: Working) -> Letter:
    filled = wording.fill(values.get("text") or USUAL, case)
    subject = _("Reminder: #%(number)s %(name)s", number=case.id, name=case.name)
    return Letter(once(ours([case.responsible])), subject, filled.text, filled.gaps)


def to_partner(values: Any, case: Case, _rule: Working) -> Letter:
    filled = wording.fill(values["text"], case, user=case.responsible, language=case.language)
    with in_language(case.language):  # of who reads it, not of whoever woke the rule
        subject = case.mail_subject(_("Reminder: %(name)s", name=case.name))
    return Letter(once(partner_of(case)), subject, filled.text, filled.gaps)


# What is said where the rule says nothing itself; an address that is not known leaves no gap.
USUAL = "#{{ case.number }} {{ case.name }}\n{{ case.address | }}"


def ours(people: Sequence[User | None]) -> list[To]:
    return [(user.name, user.email) for user in people if user is not None and user.is_active]


def partner_of(case: Case) -> list[To]:
    """Whoever speaks for them, at the address that the case came with if there is one."""
    speaker = case.contact or case.partner
    if speaker is not None and speaker.do_not_mail:
        return []
    address = case.email or (speaker.email if speaker is not None else None)
    return [(speaker.name if speaker is not None else case.contact_name or "", address)] if address else []


def watchers_of(case: Case) -> list[To]:
    """Our own; those outside get a copy of whatever goes out, with the way to end it, and nobody sees who they are."""
    return ours(list(case.watchers))


RECIPIENTS: dict[str, Any] = {
    "responsible": lambda case, _values: ours([case.responsible]),
    "leader": lambda case, _values: ours([case.team.leader if case.team is not None else None]),
    "partner": lambda case, _values: partner_of(case),
    "watchers": lambda case, _values: watchers_of(case),
    "addresses": lambda _case, values: [("", each) for each in values.get("addresses", ())],
}
WRITERS: dict[str, Any] = {
    "mail": written,
    "tell": told,
    "remind_responsible": to_responsible,
    "remind_partner": to_partner,
}


def once(to: list[To]) -> tuple[To, ...]:
    """Every address once, and only such as are addresses."""
    found: dict[str, To] = {}
    for name, address in to:
        if is_mail_address(address.strip()):
            found.setdefault(address.strip().casefold(), (name, address.strip()))
    return tuple(found.values())
