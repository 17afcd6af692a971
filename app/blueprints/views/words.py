"""The words in which filters and columns speak."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel import dates
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.blueprints.history.words import KINDS, PRIORITIES, STATES
from app.domain.case.filtering import CaseFilter
from app.i18n import day, money, organisation, writing_in_words

FIELD_WORDS: dict[str, LazyString] = {
    "kind": _l("Kind"),
    "state": _l("State"),
    "outcome": _l("Outcome"),
    "stage": _l("Stage"),
    "responsible": _l("Responsible"),
    "team": _l("Team"),
    "in_team": _l("Team itself"),
    "category": _l("Category"),
    "tag": _l("Tag"),
    "priority": _l("Priority"),
    "partner": _l("Partner"),
    "deadline": _l("Deadline"),
    "month": _l("Deadline in"),
    "deadline_from": _l("Deadline from"),
    "deadline_to": _l("Deadline up to"),
    "activity": _l("Next step"),
    "stale": _l("Movement"),
    "won": _l("Won"),
    "lost_reason": _l("Lost reason"),
    "revenue_from": _l("Revenue at least"),
    "revenue_to": _l("Revenue at most"),
    "created_from": _l("Created from"),
    "created_to": _l("Created up to"),
    "closed_from": _l("Closed from"),
    "closed_to": _l("Closed up to"),
    "channel": _l("Channel"),
    "source": _l("Source"),
    "medium": _l("Medium"),
    "campaign": _l("Campaign"),
    "plan": _l("Recurring plan"),
    "country": _l("Country"),
    "watched": _l("Watched"),
    "archived": _l("Archive"),
    "q": _l("Text"),
}
# What a value is called that is no record; the words of a field, else those of any.
VALUE_WORDS: dict[str, dict[str, LazyString]] = {
    "kind": KINDS,
    "state": {
        **STATES,
        "open": _l("not closed"),
        "current": _l("not closed, or won lately"),
        "closed": _l("closed"),
        "all": _l("any"),
    },
    "outcome": {"won": _l("won"), "lost": _l("lost")},
    "responsible": {"me": _l("me"), "none": _l("nobody")},
    "team": {"led": _l("those I lead")},
    "priority": dict(zip("0123", PRIORITIES, strict=True)),
    "deadline": {"overdue": _l("passed"), "this_month": _l("this month")},
    "activity": {
        "overdue": _l("overdue"),
        "today": _l("today"),
        "planned": _l("planned"),
        "none": _l("none planned"),
    },
    "stale": {"1": _l("stale")},
    "won": {"this_month": _l("this month")},
    "watched": {"1": _l("by me")},
    "archived": {"1": _l("only archived"), "any": _l("archived too")},
}
NONE = _l("none")
WITHOUT: dict[str, LazyString] = {
    "stage": _l("No stage"),
    "responsible": _l("Nobody"),
    "team": _l("No team"),
    "month": _l("No deadline"),
    "category": _l("No category"),
}
BY_WORDS: dict[str, LazyString] = {
    "stage": _l("Stage"),
    "responsible": _l("Responsible"),
    "team": _l("Team"),
    "month": _l("Month of deadline"),
    "priority": _l("Priority"),
    "category": _l("Category"),
}


@dataclass(frozen=True)
class Chip:
    """One field of a filter in words, and the address without it."""

    name: str
    word: str
    says: str
    without: str


def chips(asked: CaseFilter, address: Callable[[CaseFilter], str]) -> list[Chip]:
    """Everything that is asked for beyond what is usual in this place."""
    shown = asked.args.keys() - {"kind"}
    return [
        Chip(name, str(FIELD_WORDS[name]), says(name, asked), address(asked.without(name)))
        for name in FIELD_WORDS
        if name in shown
    ]


def says(name: str, asked: CaseFilter) -> str:
    """The values of a field, as one would say them."""
    return _(" or ").join(value_word(name, value, known) for value, known in asked.given[name].items())


def value_word(name: str, value: str, known: str) -> str:
    words = VALUE_WORDS.get(name, {})
    if known or value in words:
        return known or str(words[value])
    if value == "none":
        return str(NONE)
    if name == "month":
        return month_word(value)
    if name.endswith(("_from", "_to")):
        is_money = name.startswith("revenue")
        return (
            money(int(value) * 100, organisation().currency) if is_money else day(date.fromisoformat(value))
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
    """What the filter named that is no more."""
    return [
        _("%(field)s named something that is no more, or not yours to see. That part was left out.",
          field=FIELD_WORDS[name])
        for name in asked.unknown
    ]  # fmt: skip
