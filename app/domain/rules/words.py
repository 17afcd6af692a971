"""What parts of cases are called in the sentences of rules, and how fields are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale, ngettext
from flask_babel import lazy_gettext as _l

from app.extensions import _


def put(text: Any, **values: Any) -> str:
    """A text of ours with these values in it, in the language of whoever reads."""
    return str(text) % values


KIND_WORDS: dict[str, Any] = {
    "lead": _l("lead"),
    "opportunity": _l("opportunity"),
    "call": _l("call"),
    "meeting": _l("meeting"),
    "task": _l("task"),
    "request": _l("request"),
    "issue": _l("issue"),
    "bug": _l("bug"),
    "claim": _l("claim"),
}
KIND_NOUNS: dict[str, Any] = {
    "lead": _l("a lead"),
    "opportunity": _l("an opportunity"),
    "call": _l("a call"),
    "meeting": _l("a meeting"),
    "task": _l("a task"),
    "request": _l("a request"),
    "issue": _l("an issue"),
    "bug": _l("a bug"),
    "claim": _l("a claim"),
}
STATE_WORDS: dict[str, Any] = {
    "draft": _l("a draft"),
    "open": _l("open"),
    "pending": _l("pending"),
    "done": _l("done"),
    "cancelled": _l("cancelled"),
}
OUTCOME_WORDS: dict[str, Any] = {"none": _l("neither won nor lost"), "won": _l("won"), "lost": _l("lost")}
PRIORITY_WORDS: dict[int, Any] = {0: _l("normal"), 1: _l("medium"), 2: _l("high"), 3: _l("very high")}


@dataclass(frozen=True)
class Field:
    """A field that rules may compare and, if `may_be_set`, set: a text, a day, a number or an amount."""

    label: Any
    sort: str
    is_instant: bool = False
    may_be_set: bool = False
    longest: int = 0


def text(label: Any, longest: int) -> Field:
    return Field(label, "text", may_be_set=True, longest=longest)


def instant(label: Any) -> Field:
    return Field(label, "day", is_instant=True)


FIELDS: dict[str, Field] = {
    "name": text(_l("Name"), 300),
    "description": text(_l("Description"), 10_000),
    "company_name": text(_l("Company"), 200),
    "contact_name": text(_l("Contact's name"), 200),
    "function": text(_l("Function"), 120),
    "language": text(_l("Language"), 10),
    "email": text(_l("E-mail"), 254),
    "phone": text(_l("Phone"), 60),
    "mobile": text(_l("Mobile"), 60),
    "website": text(_l("Website"), 300),
    "street": text(_l("Street"), 200),
    "zip": text(_l("Postcode"), 20),
    "city": text(_l("City"), 120),
    "referred_by": text(_l("Referred by"), 200),
    "currency": Field(_l("Currency"), "text"),
    "planned_cost": Field(_l("Planned cost"), "money"),
    "recurring_revenue": Field(_l("Recurring revenue"), "money"),
    "probability_typed": Field(_l("Probability typed"), "number", may_be_set=True),
    "deadline": Field(_l("Deadline"), "day", may_be_set=True),
    "next_activity_on": Field(_l("Next activity"), "day"),
    "created_at": instant(_l("Created")),
    "opened_at": instant(_l("Opened")),
    "assigned_at": instant(_l("Assigned")),
    "stage_changed_at": instant(_l("Stage changed")),
    "scheduled_at": instant(_l("Scheduled")),
    "closed_at": instant(_l("Closed")),
    "last_action_at": instant(_l("Last action")),
    "last_contact_at": instant(_l("Last contact")),
}


@dataclass(frozen=True)
class Operator:
    """A way to compare. `holds` serves values and, but for texts, columns alike."""

    label: Any
    says: Any
    sorts: frozenset[str]
    holds: Callable[[Any, Any], Any]


EVERY = frozenset({"text", "day", "number", "money"})
FIGURES = EVERY - {"text"}
OPERATORS: dict[str, Operator] = {
    "is": Operator(_l("is"), _l("is %(value)s"), EVERY, lambda held, value: held == value),
    "is_not": Operator(
        _l("is not"), _l("is not %(value)s"), frozenset({"text"}), lambda held, value: held != value
    ),
    "contains": Operator(
        _l("contains"), _l("contains “%(value)s”"), frozenset({"text"}), lambda held, value: value in held
    ),
    "lacks": Operator(
        _l("does not contain"),
        _l("does not contain “%(value)s”"),
        frozenset({"text"}),
        lambda held, value: value not in held,
    ),
    "at_least": Operator(
        _l("is at least, or not before"),
        _l("is at least %(value)s"),
        FIGURES,
        lambda held, value: held >= value,
    ),
    "at_most": Operator(
        _l("is at most, or not after"), _l("is at most %(value)s"), FIGURES, lambda held, value: held <= value
    ),
    "empty": Operator(_l("is empty"), _l("is empty"), EVERY, lambda held, _value: held is None),
    "filled": Operator(_l("is filled"), _l("is filled"), EVERY, lambda held, _value: held is not None),
}


def duration(number: int, unit: str) -> str:
    """So many minutes, hours, days, weeks or months."""
    match unit:
        case "minutes":
            return ngettext("%(num)s minute", "%(num)s minutes", number)
        case "hours":
            return ngettext("%(num)s hour", "%(num)s hours", number)
        case "days":
            return ngettext("%(num)s day", "%(num)s days", number)
        case "weeks":
            return ngettext("%(num)s week", "%(num)s weeks", number)
        case _:
            return ngettext("%(num)s month", "%(num)s months", number)


def day_words(typed: str) -> str:
    """A day as one says it: a date, or so many days from the one on which the rule looks."""
    if typed[:1] not in "+-" and typed != "0":
        return str(format_date(date.fromisoformat(typed), "long", locale=get_locale()))
    days = int(typed)
    if not days:
        return _("today")
    if days > 0:
        return ngettext("in %(num)s day", "in %(num)s days", days)
    return ngettext("%(num)s day ago", "%(num)s days ago", -days)
