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
    """As one of ours would write it: answers find back, who watches gets a copy. Nobody to write to, nothing to do."""
    letter = written(doing.values, doing.case, doing.rule)
    if letter.to:
        refuse_gaps(letter)
        doing.case.write_mail(
            letter.text, by=doing.rule, to=letter.to, subject=letter.subject, despite_gaps=True
        )


def remind_responsible(doing: Doing) -> None:
    """As one of ours would have them reminded."""
    letter = to_responsible(doing.values, doing.case, doing.rule)
    if letter.to:
        refuse_gaps(letter)
        doing.case.remind_responsible(letter.text, by=doing.rule)


def remind_partner(doing: Doing) -> None:
    letter = to_partner(doing.values, doing.case, doing.rule)
    if letter.to:
        refuse_gaps(letter)
        doing.case.remind_partner(letter.text, by=doing.rule)


def tell(doing: Doing) -> None:
    """A word to our own people: by mail, and at their bells."""
    letter = told(doing.values, doing.case, doing.rule)
    if not letter.to:
        return
    refuse_gaps(letter)
    to = ", ".join(name or address for name, address in letter.to)
    name, address = sender_of(doing.case, doing.rule)
    people = colleagues(doing.values, doing.case, doing.rule)
    details = {"to": to, "what": letter.subject, "told": sorted({each.id for each in people})}
    with act("told", doing.case, by=doing.rule, details=details) as line:
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
    """In the rule's words, else of what was said last, as a reminder is; in the language of who is reminded."""
    user = case.responsible
    with in_language(user.language if user is not None else None):
        subject = case.reminder_subject
    if not values.get("text"):
        return Letter(once(ours([user])), subject, case.last_said)
    filled = wording.fill(values["text"], case, user=user, language=user.language if user else None)
    return Letter(once(ours([user])), subject, filled.text, filled.gaps)


def to_partner(values: Any, case: Case, _rule: Working) -> Letter:
    filled = wording.fill(values["text"], case, user=case.responsible, language=case.language)
    with in_language(case.language):  # of who reads it, not of whoever woke the rule
        subject = case.reminder_subject
    return Letter(once(partner_of(case)), subject, filled.text, filled.gaps)


# What is said where the rule says nothing itself; an address that is not known leaves no gap.
USUAL = "#{{ case.number }} {{ case.name }}\n{{ case.address | }}"


def ours(people: Sequence[User | None]) -> list[To]:
    return [(user.name, user.email) for user in people if user is not None and user.is_active]


def partner_of(case: Case) -> list[To]:
    """Whom on the other side one would write to."""
    found = case.correspondent
    return willing(case, [found]) if found is not None else []


def willing(case: Case, to: list[To]) -> list[To]:
    """Those whom a rule may write to: nobody outside who wants no mail, or from whom it came back."""
    spared = {each.address.casefold() for each in case.spared(to)}
    return [one for one in to if one[1].casefold() not in spared]


def watchers_of(case: Case) -> list[To]:
    """Our own; those outside get a copy of whatever goes out, with the way to end it, and nobody sees who they are."""
    return ours(list(case.watchers))


RECIPIENTS: dict[str, Any] = {
    "responsible": lambda case, _values: ours([case.responsible]),
    "leader": lambda case, _values: ours([case.team.leader if case.team is not None else None]),
    "partner": lambda case, _values: partner_of(case),
    "watchers": lambda case, _values: watchers_of(case),
    "addresses": lambda case, values: willing(case, [("", each) for each in values.get("addresses", ())]),
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
