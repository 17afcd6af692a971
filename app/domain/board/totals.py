"""What the cases of each column are worth, and how pressing they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.amounts import digits_of
from app.domain.board.grouping import Grouping, Heading
from app.domain.case import Case
from app.domain.case.filter_fields import is_open, today, won_lately
from app.domain.configuration import Configuration
from app.domain.organisation import Organisation
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case.filtering import CaseFilter

WHOLE = Grouping("whole", sa.literal("all", sa.String))
# As many as are counted while one waits; beyond, 'more than' is said until somebody asks for the exact number.
COUNTED = 10_000
NOTHING = {"overdue": 0, "today": 0, "planned": 0, "none": 0}


@dataclass
class Total:
    """How many cases, what they are worth in each currency and in the organisation's, and when work on them is due."""

    count: int = 0
    is_more: bool = False
    sums: dict[str, int] = field(default_factory=dict)
    worth: int = 0
    weighted: int = 0
    without_rate: int = 0
    activities: dict[str, int] = field(default_factory=lambda: dict(NOTHING))

    def take(self, row: Any, rates: Rates) -> None:
        """Add a group of cases in one currency that are equally pressing."""
        rate = rates.of(row)
        revenue, weighted = int(row.revenue), int(row.weighted)
        self.count += row.count
        if row.valued:
            self.sums[row.currency] = self.sums.get(row.currency, 0) + revenue
        self.worth += rates.exchanged(revenue, row.currency, rate)
        self.weighted += rates.exchanged(weighted, row.currency, rate)
        self.without_rate += row.valued if rate is None else 0
        self.activities[row.pressing] += row.count

    def __add__(self, other: Total) -> Total:
        return Total(
            self.count + other.count,
            self.is_more or other.is_more,
            {each: self.sums.get(each, 0) + other.sums.get(each, 0) for each in {**self.sums, **other.sums}},
            self.worth + other.worth,
            self.weighted + other.weighted,
            self.without_rate + other.without_rate,
            {each: self.activities[each] + other.activities[each] for each in NOTHING},
        )


def totals_of(asked: CaseFilter, grouping: Grouping, most: int | None = None) -> dict[str, Total]:
    """The figures of each column that holds cases, by its value; of no more than so many cases."""
    query = cases_of(asked, grouping)
    return added_up(grouping, query.limit(most) if most is not None else query)


def total_of_all(asked: CaseFilter) -> Total:
    """All that a filter lets through together; of too many only that they are more than 10,000."""
    query = asked.apply(Case.visible_to(asked.reader)).with_only_columns(sa.literal(1).label("one"))
    count = (
        db.session.scalar(sa.select(sa.func.count()).select_from(query.limit(COUNTED + 1).subquery())) or 0
    )
    if count > COUNTED:
        return Total(COUNTED, is_more=True)
    return sum(totals_of(asked, WHOLE).values(), Total())


def values_of(asked: CaseFilter, grouping: Grouping) -> list[str]:
    """The columns that hold cases, by their values."""
    query = sa.select(cases_of(asked, grouping).subquery().c.column).distinct()
    return [grouping.written(raw) for raw in db.session.scalars(query)]


def at_least(asked: CaseFilter, grouping: Grouping, headings: list[Heading]) -> dict[str, Total]:
    """The same where there are too many to count: exact for small columns, 'more than' for the others."""
    share = max(COUNTED // len(headings), 1)
    each = [sa.select(cases_of(asked, grouping, one).limit(share + 1).subquery()) for one in headings]
    found = added_up(grouping, sa.union_all(*each))
    for total in found.values():
        total.is_more = total.count > share
    return found


def cases_of(
    asked: CaseFilter,
    grouping: Grouping,
    heading: Heading | None = None,
    *,
    seen: sa.Select[Any] | None = None,
) -> sa.Select[Any]:
    """What is counted of each case, or of those of one column: open ones along an index that holds all of it."""
    seen = seen if seen is not None else Case.visible_to(asked.reader)
    visible = seen.where(*asked.clauses_but("state"))
    if heading is not None:
        visible = visible.where(grouping.holds(heading))
    opened, closed = (
        visible.with_only_columns(*facts_of(grouping, is_closed=is_closed)) for is_closed in (False, True)
    )
    match asked.state:
        case "open":
            return opened.where(is_open())
        case "current":
            both = sa.union_all(opened.where(is_open()), closed.where(won_lately()))
            return sa.select(both.subquery())
        case _:
            return closed.where(asked.clauses["state"])


def facts_of(grouping: Grouping, *, is_closed: bool) -> list[Any]:
    """Its column, what it is worth and at which rate, when work on it is due."""
    due, now = Case.next_activity_on, today()
    closed: Any = sa.literal(False)
    rate: Any = sa.cast(sa.null(), Case.closing_rate.type)
    if is_closed:
        closed = sa.case((Case.closed_at.is_not(None), True), else_=False)
        rate = sa.case((Case.closed_at.is_not(None), Case.closing_rate), else_=None)
    pressing = sa.case(
        (due.is_(None), "none"), (due < now, "overdue"), (due == now, "today"), else_="planned"
    )
    return [
        grouping.expression.label("column"),
        Case.currency.label("currency"),
        closed.label("is_closed"),
        rate.label("rate"),
        pressing.label("pressing"),
        Case.expected_revenue.label("revenue"),
        Case.weighted.label("weighted"),
    ]


def added_up(grouping: Grouping, query: Any) -> dict[str, Total]:
    each = query.subquery()
    by = (each.c.column, each.c.currency, each.c.is_closed, each.c.rate, each.c.pressing)
    rows = db.session.execute(
        sa.select(
            *by,
            sa.func.count().label("count"),
            sa.func.coalesce(sa.func.sum(each.c.revenue), 0).label("revenue"),
            sa.func.coalesce(sa.func.sum(each.c.weighted), 0).label("weighted"),
            sa.func.count(each.c.revenue).label("valued"),
        ).group_by(*by)
    )
    return totals_by(grouping, rows, Rates())


def totals_by(grouping: Grouping, rows: Iterable[Any], rates: Rates) -> dict[str, Total]:
    """What these groups of cases come to, by column: each row one currency and one pressing of a column."""
    found: defaultdict[str, Total] = defaultdict(Total)
    for row in rows:
        found[grouping.written(row.column)].take(row, rates)
    return dict(found)


class Rates:
    """What currencies are worth in the organisation's."""

    def __init__(self) -> None:
        self.own = Organisation.current().currency
        self.rates, self.now = Configuration.current().rates, today()

    def of(self, row: Any) -> Decimal | None:
        """The rate for these cases: today's while they are open, else that of the day on which they were closed."""
        return row.rate if row.is_closed else self.today(row.currency)

    def today(self, currency: str | None) -> Decimal | None:
        return self.on(currency, self.now)

    def on(self, currency: str | None, day: date) -> Decimal | None:
        """What one unit was worth in the organisation's on that day; None if nobody said."""
        if currency in {None, self.own}:
            return Decimal(1)
        since = [rate for valid_from, rate in self.rates.get(str(currency), ()) if valid_from <= day]
        return since[-1] if since else None

    def exchanged(self, minor: int, currency: str | None, rate: Decimal | None) -> int:
        """The same in the organisation's minor units; nothing where nobody said a rate."""
        if currency in {None, self.own}:
            return minor
        if rate is None:
            return 0
        own, other = (digits_of(each) for each in (self.own, str(currency)))
        value = Decimal(minor).scaleb(own - other) * rate
        return int(value.to_integral_value(ROUND_HALF_UP))
