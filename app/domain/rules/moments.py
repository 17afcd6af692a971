"""Moments that come by themselves: so long before or after a date of the case."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.domain.case import Case
from app.domain.case.filter_fields import begins
from app.domain.rules.parameters import Choice, Number
from app.domain.rules.registry import TRIGGERS, Clause, Trigger, Values
from app.domain.rules.words import duration, put

UNITS: dict[str, Any] = {
    "minutes": _l("minutes"),
    "hours": _l("hours"),
    "days": _l("days"),
    "weeks": _l("weeks"),
    "months": _l("months"),
}
LENGTHS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
DIRECTIONS: dict[str, Any] = {"after": _l("after"), "before": _l("before")}
# Months are of different length, and a day begins at another instant in summer.
SLACK = {"months": timedelta(days=4)}
SUMMER = timedelta(hours=3)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Moment(Trigger):
    """So long before or after a date of the case; `column` holds it, `other` where that is empty.

    A date is due before it from where its day begins, and after it from where its day ends, on the organisation's
    clock. Months keep the day of the month, or take the last one there is.
    """

    is_timed = True
    column: str = field(kw_only=True)
    other: str | None = field(default=None, kw_only=True)
    is_date: bool = field(default=False, kw_only=True)
    # After and before it, as sentences say it; nobody knows before what will happen by itself.
    after: Any = field(kw_only=True)
    before: Any = field(default=None, kw_only=True)

    def happened(self, values: Values, event: Any, facts: Any) -> bool:
        return False

    def say(self, values: Values) -> str:
        said = self.before if values["direction"] == "before" and self.before else self.after
        return put(said, long=duration(values["number"], values["unit"]))

    def base_of(self, facts: Any) -> Any:
        """The date of this case, or None."""
        held = getattr(facts, self.column)
        return held if held is not None or self.other is None else getattr(facts, self.other)

    def due(self, base: date | datetime, values: Values) -> datetime:
        """The moment that it comes to."""
        number = values["number"] * (-1 if values["direction"] == "before" else 1)
        unit = values["unit"]
        if isinstance(base, datetime):
            return moved(base, number, unit)
        day = base if number < 0 or values["direction"] == "before" else base + timedelta(days=1)
        if unit in {"days", "weeks", "months"}:
            return begins(shifted(day, number, unit))
        return moved(begins(day), number, unit)

    def columns(self) -> list[tuple[Any, list[Clause]]]:
        """Where the database holds the date: a column, and which cases it is asked of.

        Columns as they are stored, so that their indexes are found.
        """
        column: Any = getattr(Case, self.column)
        if self.other is None:
            return [(column, [])]
        return [(column, []), (getattr(Case, self.other), [column.is_(None)])]

    def lies_in(self, column: Any, since: datetime, until: datetime, values: Values) -> Clause:
        """The cases whose moment may lie after `since` and not after `until`; a little more than these."""
        return column.between(self.back(since, values, -1), self.back(until, values, 1))

    def has_come(self, now: datetime, values: Values) -> Clause:
        """The cases whose moment has come, give or take a little where it counts months or days."""
        return sa.or_(
            *(sa.and_(*where, column <= self.back(now, values, 1)) for column, where in self.columns())
        )

    def back(self, instant: datetime, values: Values, sign: int) -> Any:
        """The date of which this instant is the moment, by at most a little to one side."""
        number = values["number"] * (1 if values["direction"] == "before" else -1)
        slack = SLACK.get(values["unit"], timedelta()) + (SUMMER if self.is_date else timedelta())
        base = clamped(moved(clamped(instant), number, values["unit"]) + sign * slack)
        return base.date() + timedelta(days=sign) if self.is_date else base


def clamped(instant: datetime) -> datetime:
    return min(max(instant, EARLIEST), LATEST)


def moved(instant: datetime, number: int, unit: str) -> datetime:
    """An instant so many units later, or earlier."""
    try:
        if unit == "months":
            return datetime.combine(shifted(instant.date(), number, unit), instant.timetz())
        return instant + LENGTHS[unit] * number
    except (OverflowError, ValueError):
        return LATEST if number > 0 else EARLIEST


def shifted(day: date, number: int, unit: str) -> date:
    """A day so many days, weeks or months later, or earlier."""
    try:
        if unit != "months":
            return day + LENGTHS[unit] * number
        years, month = divmod(day.year * 12 + day.month - 1 + number, 12)
        return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
    except (OverflowError, ValueError):
        return LATEST.date() if number > 0 else EARLIEST.date()


LONG = (
    Number(name="number", label=_l("How many"), most=10_000),
    Choice(name="unit", label=_l("Unit"), options=lambda: list(UNITS.items())),
)
EITHER_WAY = (
    *LONG,
    Choice(name="direction", label=_l("Before or after"), options=lambda: list(DIRECTIONS.items())),
)


def since(key: str, label: Any, after: Any, column: str, **options: Any) -> Moment:
    """Time after something that happened: when it will happen, nobody knows before."""
    return Moment(
        key,
        label,
        parameters=LONG,
        check=lambda values: {**values, "direction": "after"},
        after=after,
        column=column,
        **options,
    )


def around(key: str, label: Any, after: Any, before: Any, column: str, **options: Any) -> Moment:
    """Time before or after a date that is set."""
    return Moment(key, label, parameters=EITHER_WAY, after=after, before=before, column=column, **options)


TRIGGERS.add(
    since(
        "since_created",
        _l("Time since it was made"),
        _l("was made more than %(long)s ago"),
        "created_at",
    ),
    since(
        "since_opened",
        _l("Time since it was opened"),
        _l("has been open for more than %(long)s"),
        "opened_at",
    ),
    since(
        "since_action",
        _l("Time since our last action"),
        _l("has had nothing done about it for more than %(long)s"),
        "last_action_at",
        other="created_at",
    ),
    since(
        "since_contact",
        _l("Time since the last contact"),
        _l("is without a contact for more than %(long)s"),
        "last_contact_at",
        other="created_at",
    ),
    around(
        "deadline",
        _l("Time before or after the deadline"),
        _l("is past its deadline for %(long)s"),
        _l("has its deadline in %(long)s"),
        "deadline",
        is_date=True,
    ),
    around(
        "scheduled",
        _l("Time before or after what it is scheduled for"),
        _l("was scheduled for %(long)s ago"),
        _l("is scheduled in %(long)s"),
        "scheduled_at",
    ),
    since(
        "since_stage",
        _l("Time since its stage changed"),
        _l("has stood in its stage for more than %(long)s"),
        "stage_changed_at",
        other="created_at",
    ),
)
