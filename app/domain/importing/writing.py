"""How dates and numbers are written: found from whole columns, or asked for."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from app.domain.errors import Refused
from app.extensions import _

# Python's own letters, and how a person would say it.
DATES = {
    "%Y-%m-%d": "year-month-day",
    "%d.%m.%Y": "day.month.year",
    "%m/%d/%Y": "month/day/year",
    "%d/%m/%Y": "day/month/year",
    "%Y/%m/%d": "year/month/day",
    "%d-%m-%Y": "day-month-year",
    "%m-%d-%Y": "month-day-year",
    "%d.%m.%y": "day.month.year",
    "%m/%d/%y": "month/day/year",
    "%d/%m/%y": "day/month/year",
    "%Y%m%d": "yearmonthday",
    "%d %b %Y": "day month year",
    "%d %B %Y": "day month year",
    "%b %d, %Y": "month day, year",
    "%B %d, %Y": "month day, year",
}
TIME = re.compile(r"[T ]\d{1,2}:\d{2}")
BLANKS = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’_"))
SYMBOLS = re.compile(r"^[^\d.,+−-]{0,4}|[^\d.,]{0,4}$")


class Unclear(Refused):
    """A column can be read in more than one way."""


@lru_cache(maxsize=16_384)
def day_in(text: str, form: str) -> date | None:
    """The date that a text says in this form, if it does."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  (a date has no zone)
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def days_in(text: str) -> tuple[tuple[str, date], ...]:
    """Each form in which a text is a date, and which one."""
    part = day_part(text)
    return tuple((form, day) for form in DATES if (day := day_in(part, form)) is not None)


class Forms:
    """Which forms of a date a column has seen. Memory is that of the forms, whatever its length."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.cells = 0
        self.hits: Counter[str] = Counter()
        # Pairs of forms that read some cell as different days.
        self.disagree: set[tuple[str, str]] = set()
        self.example = ""

    def see(self, text: str) -> None:
        self.cells += 1
        days = days_in(text)
        self.hits.update(form for form, _day in days)
        self.example = self.example or text
        if len(days) > 1:
            self.disagree |= {(one, other) for one, a in days for other, b in days if a != b}

    def found(self) -> str | None:
        """The form of the column; None where there is nothing to read. Raises Unclear if two fit as well."""
        if not self.hits:
            return None
        best, most = self.hits.most_common(1)[0]
        rivals = [form for form in DATES if self.hits[form] == most and form != best]
        for rival in rivals:
            if (best, rival) in self.disagree:
                raise Unclear(
                    _(
                        "%(column)s may be %(one)s or %(other)s (“%(example)s”). Name its format in the mapping.",
                        column=self.column,
                        one=f"{DATES[best]} ({best})",
                        other=f"{DATES[rival]} ({rival})",
                        example=self.example,
                    )
                )
        return best


def day_part(text: str) -> str:
    """The date of an instant."""
    found = TIME.search(text)
    return text[: found.start()] if found else text


class Marks:
    """Which decimal mark the numbers of a column have."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.sure: Counter[str] = Counter()
        self.unclear = ""

    def see(self, text: str) -> None:
        number = bare(text)
        marks = [sign for sign in number if sign in ".,"]
        if not marks:
            return
        last = marks[-1]
        if len(set(marks)) == 2:
            self.sure[last] += 1
        elif len(marks) > 1:
            self.sure["," if last == "." else "."] += 1
        elif len(number) - number.rindex(last) - 1 != 3 or number.lstrip("+-").startswith(("0", last)):
            self.sure[last] += 1
        else:
            self.unclear = self.unclear or text

    def found(self) -> str:
        """The mark; a point where no number has one. Raises Unclear if it may be either."""
        if not self.sure and self.unclear:
            raise Unclear(
                _(
                    "“%(example)s” in %(column)s may be in thousands or have decimals."
                    " Name its decimal mark in the mapping.",
                    example=self.unclear,
                    column=self.column,
                )
            )
        return self.sure.most_common(1)[0][0] if self.sure else "."


def bare(text: str) -> str:
    """A number without its currency and blanks."""
    return SYMBOLS.sub("", text.strip()).translate(BLANKS).replace("−", "-")


def number_in(text: str, mark: str) -> Decimal | None:
    """The number that a text says, given its decimal mark; None if it is none."""
    number = bare(text)
    thousands = "," if mark == "." else "."
    whole, _mark, _rest = number.partition(mark)
    groups = whole.lstrip("+-").split(thousands)
    if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]):
        return None
    try:
        found = Decimal(number.replace(thousands, "").replace(mark, "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
