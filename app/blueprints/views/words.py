"""The words in which filters and columns speak."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel import dates
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from app.blueprints.history.words import KINDS, PRIORITIES, STATES
from app.domain.case.filter_fields import FIELDS, Choice, Ids, whole
from app.domain.case.filtering import CaseFilter
from app.i18n import day, money, writing_in_words

FIELD_WORDS: dict[str, LazyString] = {
    "kind": _("Kind"),
    "state": _("State"),
    "outcome": _("Outcome"),
    "stage": _("Stage"),
    "responsible": _("Responsible"),
    "team": _("Team"),
    "in_team": _("Team itself"),
    "category": _("Category"),
    "tag": _("Tag"),
    "priority": _("Priority"),
    "partner": _("Partner"),
    "deadline": _("Deadline"),
    "month": _("Deadline in"),
    "deadline_from": _("Deadline from"),
    "deadline_to": _("Deadline up to"),
    "activity": _("Next step"),
    "stale": _("Movement"),
    "won": _("Won"),
    "lost_reason": _("Lost reason"),
    "revenue_from": _("Revenue at least"),
    "revenue_to": _("Revenue at most"),
    "created_from": _("Created from"),
    "created_to": _("Created up to"),
    "closed_from": _("Closed from"),
    "closed_to": _("Closed up to"),
    "channel": _("Channel"),
    "source": _("Source"),
    "medium": _("Medium"),
    "campaign": _("Campaign"),
    "plan": _("Recurring plan"),
    "country": _("Country"),
    "watched": _("Watched"),
    "archived": _("Archive"),
    "q": _("Text"),
}
# What a value is called that is no record; the words of a field, else those of any.
VALUE_WORDS: dict[str, dict[str, LazyString]] = {
    "kind": KINDS,
    "state": {
        **STATES,
        "open": _("not closed"),
        "current": _("not closed, or won lately"),
        "closed": _("closed"),
        "all": _("any"),
    },
    "outcome": {"won": _("won"), "lost": _("lost")},
    "responsible": {"me": _("me"), "none": _("nobody")},
    "team": {"led": _("those I lead")},
    "priority": dict(zip("0123", PRIORITIES, strict=True)),
    "deadline": {"overdue": _("passed"), "this_month": _("this month")},
    "activity": {
        "overdue": _("overdue"),
        "today": _("today"),
        "planned": _("planned"),
        "none": _("none planned"),
    },
    "stale": {"1": _("stale")},
    "won": {"this_month": _("this month")},
    "watched": {"1": _("by me")},
    "archived": {"1": _("only archived"), "any": _("archived too")},
}
NONE = _("none")
WITHOUT: dict[str, LazyString] = {
    "stage": _("No stage"),
    "responsible": _("Nobody"),
    "team": _("No team"),
    "month": _("No deadline"),
    "category": _("No category"),
}
BY_WORDS: dict[str, LazyString] = {
    "stage": _("Stage"),
    "responsible": _("Responsible"),
    "team": _("Team"),
    "month": _("Month of deadline"),
    "priority": _("Priority"),
    "category": _("Category"),
}


@dataclass(frozen=True)
class Chip:
    """One field of a filter in words, and the address without it."""

    name: str
    word: str
    says: str
    without: str


def chips(
    asked: CaseFilter, address: Callable[[CaseFilter], str], *, of_one_kind: bool = False
) -> list[Chip]:
    """Everything that is asked for beyond what is usual in this place; a board is always of one kind, and says so."""
    shown = asked.args.keys() - ({"kind"} if of_one_kind else frozenset())
    return [
        Chip(name, str(FIELD_WORDS[name]), says(name, asked), address(asked.without(name)))
        for name in FIELD_WORDS
        if name in shown
    ]


def says(name: str, asked: CaseFilter) -> str:
    """The values of a field, as one would say them."""
    return gettext(" or ").join(value_word(name, value, known) for value, known in asked.given[name].items())


def value_word(name: str, value: str, known: str) -> str:
    words = VALUE_WORDS.get(name, {})
    if known or value in words:
        return known or str(words[value])
    if value == "none":
        return str(NONE)
    if name == "month":
        return month_word(value)
    if name.endswith(("_from", "_to")):
        return (
            money(*whole(value), exact=True) if name.startswith("revenue") else day(date.fromisoformat(value))
        )
    return f"“{value}”"


def month_word(month: str) -> str:
    """A month by name: November 2026."""
    return dates.format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=writing_in_words())


def column_word(by: str, value: str, name: str) -> str:
    """What stands above a column."""
    if value == "none":
        return str(WITHOUT[by])
    if by == "month":
        return month_word(value)
    if by == "priority":
        word = str(PRIORITIES[int(value)])
        return word[:1].upper() + word[1:]
    return name


def warnings(asked: CaseFilter) -> list[str]:
    """What the filter named that is no more, or said in a way that nobody understands."""
    return [left_out(name) for name in asked.unknown]


def left_out(name: str) -> str:
    """Why a part of a filter does not count."""
    if isinstance(FIELDS[name], (Choice, Ids)):
        told = _("%(field)s named something that is no more, or not yours to see. That part was left out.")
    else:
        told = _("%(field)s was not written so that it can be understood. That part was left out.")
    return str(told) % {"field": FIELD_WORDS[name]}
