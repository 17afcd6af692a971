"""The figures of a board from the totals that are kept on write: the same effort for any number of cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain import counting
from app.domain.board.totals import Rates, Total, added_up, cases_of, total_of
from app.domain.case import Case
from app.domain.case.filter_fields import RECENT, today
from app.domain.lists import CurrencyRate
from app.domain.organisation import Organisation
from app.domain.visibility import SCOPES
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.board.grouping import Grouping
    from app.domain.case.filtering import CaseFilter

COLUMNS = {"stage": "stage_id", "responsible": "responsible_id", "team": "team_id"}
COLUMN_OF = {"team": "team_id", "in_team": "team_id", "responsible": "responsible_id", "stage": "stage_id"}
FIELDS = frozenset({"kind", "state"} | COLUMN_OF.keys())
Clause = sa.ColumnElement[bool]


def can_count(asked: CaseFilter, grouping: Grouping) -> bool:
    """Is it about whole teams, people and stages, in columns of these?"""
    return grouping.by in COLUMNS and asked.given.keys() <= FIELDS and asked.state in {"open", "current"}


def counted_totals(asked: CaseFilter, grouping: Grouping) -> dict[str, Total]:
    """The figures of each column that has cases, by its value; watched cases beyond one's teams are counted live."""
    kept = counting.totals()
    names = scope_names(asked)
    seen = [clause for name, clause in scopes(asked, kept).items() if name in names]
    found = read(asked, grouping, kept, sa.true() if "all" in names else sa.or_(sa.false(), *seen))
    if "all" not in names and (beyond := names - scopes(asked, kept).keys()):
        for value, total in live(asked, grouping, beyond).items():
            found[value] = found.get(value, Total()) + total
    return found


def scope_names(asked: CaseFilter) -> frozenset[str]:
    """Why the reader may know of cases of this kind."""
    scopes = asked.reader.scopes("see", Case)
    return scopes.get("*", frozenset()).union(*(scopes.get(kind, ()) for kind in asked.given["kind"]))


def scopes(asked: CaseFilter, columns: Any) -> dict[str, Clause]:
    """The reasons that whole teams and persons give, asked of the totals or of the cases."""
    reader, reach = asked.reader, asked.reader.reach
    c = columns.c if hasattr(columns, "c") else columns
    nobody = c.responsible_id == 0 if hasattr(columns, "c") else c.responsible_id.is_(None)
    return {
        "own": c.responsible_id == reader.id,
        "open_teams": c.team_id.in_(sorted(reach.open)),
        "led": c.team_id.in_(sorted(reach.led)),
        "unassigned_in_my_teams": sa.and_(nobody, c.team_id.in_(sorted(reach.member))),
    }


def read(asked: CaseFilter, grouping: Grouping, kept: sa.CTE, seen: Clause) -> dict[str, Total]:
    """Both tables of totals, narrowed by what is asked for and added up."""
    c, now = kept.c, today()
    is_foreign = sa.and_(c.won_on != counting.NEVER, c.currency != Organisation.current().currency)
    by = {
        "column": sa.func.nullif(c[COLUMNS[grouping.by]], 0),
        "currency": sa.func.nullif(c.currency, counting.NEVER),
        "is_closed": c.won_on != counting.NEVER,
        "won_on": sa.case((is_foreign, c.won_on), else_=None),
        "pressing": sa.case(
            (c.next_on == counting.NEVER, "none"),
            (c.next_on < now.isoformat(), "overdue"),
            (c.next_on == now.isoformat(), "today"),
            else_="planned",
        ),
    }
    columns = [each.label(name) for name, each in by.items()]
    amounts = {"count": c.cases, "valued": c.valued, "revenue": c.expected, "weighted": c.weighted}
    sums = [sa.func.sum(each).label(name) for name, each in amounts.items()]
    rows = db.session.execute(
        sa.select(*columns, *sums)
        .where(seen, *wanted(asked, c))
        .group_by(*(sa.text(str(place + 1)) for place in range(len(columns))))
        .having(sa.func.sum(c.cases) != 0)
    )
    rates = RatesByDay()
    found: dict[str, Total] = {}
    for row in rows:
        value = grouping.written(row.column)
        found[value] = found.get(value, Total()) + total_of(row, rates)
    return found


class RatesByDay(Rates):
    """Totals know the day on which their cases were won; what another currency was worth then is looked up."""

    def of(self, row: Any) -> Decimal | None:
        if not row.is_closed or row.currency in {None, self.own}:
            return self.today(row.currency)
        days = [
            (day, rate) for day, rate in self.history.get(row.currency, ()) if day.isoformat() <= row.won_on
        ]
        return days[-1][1] if days else None

    @cached_property
    def history(self) -> dict[str, list[tuple[date, Decimal]]]:
        """What each currency was worth, from which day on."""
        found: dict[str, list[tuple[date, Decimal]]] = {}
        rows = sa.select(CurrencyRate.currency_code, CurrencyRate.valid_from, CurrencyRate.rate)
        for code, day, rate in db.session.execute(
            rows.where(CurrencyRate.deleted_at.is_(None)).order_by(CurrencyRate.valid_from)
        ):
            found.setdefault(code, []).append((day, rate))
        return found


def wanted(asked: CaseFilter, c: Any) -> list[Clause]:
    """What is asked for, in the words of the totals."""
    clauses = [c.kind.in_(list(asked.given["kind"]))]
    clauses.append(c.won_on == counting.NEVER if asked.state == "open" else lately(c))
    for name, column in COLUMN_OF.items():
        if name in asked.given:
            nothing = [0] if "none" in asked.given[name] else []
            clauses.append(c[column].in_([*asked.ids(name), *nothing]))
    return clauses


def lately(c: Any) -> Clause:
    """Not closed, or won in the last thirty days."""
    return sa.or_(c.won_on == counting.NEVER, c.won_on >= (today() - RECENT).isoformat())


def live(asked: CaseFilter, grouping: Grouping, names: frozenset[str]) -> dict[str, Total]:
    """Cases that are seen for other reasons alone, such as those that one watches: they are few."""
    others = sa.or_(*(SCOPES["case"][name].clause(Case, asked.reader) for name in sorted(names)))
    usual = [clause for name, clause in scopes(asked, Case).items() if name in scope_names(asked)]
    is_usual = sa.case((sa.or_(sa.false(), *usual), 1), else_=0) == 1
    seen = sa.select(Case).where(Case.__table__.c.deleted_at.is_(None), others, ~is_usual)
    query = cases_of(asked, grouping, seen=seen)
    return added_up(grouping, query)
