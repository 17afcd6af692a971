"""Texts with fields of a case in them, as templates, rules and reminders write. No logic: nothing to escape from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_precision
from flask_babel import lazy_gettext as _l

from app.domain.errors import Refused
from app.domain.organisation import Organisation
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

# Between braces: a name with a dot in it, and after a bar what stands there when it is empty.
FIELD = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|([^{}]*))?\}\}")
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
LONGEST = 100_000
GAP = "⟨{name}⟩"
GAPS = re.compile(r"⟨([^⟨⟩\s]{1,60})⟩")
# Where cases have their pages: the pages say so once they are there.
pages: list[Callable[[Case], str]] = []


def page_of(case: Case) -> str:
    """The address of a case for people outside, if this Holdfast knows under which it is reached."""
    return next((address(case) for address in pages), "")


@dataclass(frozen=True)
class About:
    """What a text is filled from: a case, who writes, and in whose language."""

    case: Case
    user: User | None
    locale: Locale

    @property
    def partner(self) -> Any:
        return self.case.partner

    @property
    def contact(self) -> Any:
        return self.case.contact or self.case.partner

    @property
    def who(self) -> str:
        """Whose case it is, by what it came in with."""
        case = self.case
        return case.contact_name or case.company_name or case.email or ""

    @property
    def team(self) -> Any:
        return self.case.team

    def day(self, value: date | None) -> str:
        return format_date(value, locale=self.locale) if value else ""

    def moment(self, value: datetime | None) -> str:
        zone = ZoneInfo(Organisation.current().zone)
        return format_datetime(value, "short", tzinfo=zone, locale=self.locale) if value else ""

    def money(self, minor: int | None) -> str:
        if minor is None:
            return ""
        currency = self.case.currency or Organisation.current().currency
        return format_currency(minor / 10 ** get_currency_precision(currency), currency, locale=self.locale)


def of(record: Any, name: str) -> str:
    """A fact of a record that may not be there."""
    value = getattr(record, name, None)
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Field:
    """Something that a text can say about a case."""

    name: str
    label: Any
    value: Callable[[About], str]


FIELDS = {
    field.name: field
    for field in (
        Field("case.number", _l("Number of the case"), lambda about: str(about.case.id)),
        Field("case.name", _l("What it is about"), lambda about: about.case.name),
        Field("case.description", _l("Its description"), lambda about: of(about.case, "description")),
        Field("case.address", _l("Its page in Holdfast"), lambda about: page_of(about.case)),
        Field("case.stage", _l("Its stage"), lambda about: of(about.case.stage, "name")),
        Field("case.category", _l("Its category"), lambda about: of(about.case.category, "name")),
        Field("case.deadline", _l("Its deadline"), lambda about: about.day(about.case.deadline)),
        Field("case.made", _l("When it was made"), lambda about: about.moment(about.case.created_at)),
        Field(
            "case.expected_revenue",
            _l("What it is worth"),
            lambda about: about.money(about.case.expected_revenue),
        ),
        Field("case.email", _l("The address it came from"), lambda about: of(about.case, "email")),
        Field("case.phone", _l("The telephone number it came from"), lambda about: of(about.case, "phone")),
        Field("partner.name", _l("Partner"), lambda about: of(about.partner, "name") or about.who),
        Field("partner.email", _l("The partner's e-mail"), lambda about: of(about.partner, "email")),
        Field("partner.city", _l("The partner's city"), lambda about: of(about.partner, "city")),
        Field(
            "contact.name",
            _l("Contact"),
            lambda about: of(about.contact, "name") or of(about.case, "contact_name") or about.who,
        ),
        Field("contact.email", _l("The contact's e-mail"), lambda about: of(about.contact, "email")),
        Field("responsible.name", _l("Responsible"), lambda about: of(about.case.responsible, "name")),
        Field(
            "responsible.email",
            _l("The responsible's e-mail"),
            lambda about: of(about.case.responsible, "email"),
        ),
        Field("user.name", _l("Who writes"), lambda about: of(about.user, "name")),
        Field("user.email", _l("The writer's e-mail"), lambda about: of(about.user, "email")),
        Field("team.name", _l("Team"), lambda about: of(about.team, "name")),
        Field("team.reply_to", _l("The team's address"), lambda about: of(about.team, "reply_to")),
        Field("organisation.name", _l("Our name"), lambda _about: Organisation.current().name),
    )
}


@dataclass(frozen=True)
class Filled:
    """A text with its fields filled, and the names of those that had nothing to say."""

    text: str
    gaps: tuple[str, ...]


def check(text: str) -> None:
    """Raise Refused with a sentence for what no case can fill: before it is saved, not when it is sent."""
    if len(text) > LONGEST:
        raise Refused(_("This text is too long: at most %(n)s characters.", n=LONGEST))
    for found in FIELD.finditer(text):
        if found[1] not in FIELDS:
            raise Refused(
                _(
                    "There is no field “%(name)s”. The list beside the text shows what there is.",
                    name=found[1] or found[0],
                )
            )
    left = BRACES.search(FIELD.sub("", text))
    if left is not None:
        raise Refused(_("“%(sign)s” stands alone here: a field is written {{ case.name }}.", sign=left[0]))


def gaps_in(text: str) -> list[str]:
    """The names of the gaps that are still to be seen in a filled text."""
    return GAPS.findall(text)


def fill(text: str, case: Case, *, user: User | None = None, language: str | None = None) -> Filled:
    """Put a case into a text. An empty field takes the words after its bar, else leaves a gap that can be seen."""
    if "{{" not in text:
        return Filled(text[:LONGEST], ())
    organisation = Organisation.current()
    locale = Locale.parse((language or organisation.language).replace("-", "_"))
    about = About(case, user, locale)
    gaps: list[str] = []

    def put(found: re.Match[str]) -> str:
        field = FIELDS.get(found[1])
        said = field.value(about) if field is not None else ""
        if said or found[2] is not None:
            return said or found[2].strip()
        gaps.append(found[1])
        return GAP.format(name=found[1])

    filled = FIELD.sub(put, text[:LONGEST])
    return Filled(filled[:LONGEST], tuple(gaps))
