"""The nightly look at the totals of the boards: are they what a recount of all cases says?"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa

from app.domain.counting import (
    EVERYBODY,
    NEVER,
    Amounts,
    CaseCount,
    CaseCountChange,
    Place,
    add,
    case_columns,
    is_counted,
    split,
)
from app.extensions import db

log = logging.getLogger(__name__)


def differences() -> sa.Select[Any]:
    """Where the counters and a recount of all cases disagree: place, and by how much the counters are short."""
    names = [*Place._fields, *Amounts._fields]
    added = sa.select(*(getattr(CaseCountChange, name) for name in names)).subquery()
    kept = sa.select(*(getattr(CaseCount, name) for name in names)).subquery()
    have = [less(sa.select(kept)), less(sa.select(added)), less(for_everybody(added))]
    real = recounted().subquery()
    both = sa.union_all(sa.select(real), for_everybody(real), *have).subquery()
    places = [both.c[name] for name in Place._fields]
    short = [sa.func.sum(both.c[name]).label(name) for name in Amounts._fields]
    return sa.select(*places, *short).group_by(*places).having(sa.or_(*(each != 0 for each in short)))


def for_everybody(rows: sa.Subquery) -> sa.Select[Any]:
    """The same rows, not saying whose."""
    whose = sa.literal(EVERYBODY).label("responsible_id")
    return sa.select(*(whose if column.name == "responsible_id" else column for column in rows.c))


def less(rows: sa.Select[Any]) -> sa.Select[Any]:
    """The same rows, to be taken off."""
    each = rows.subquery()
    return sa.select(*(-column if column.name in Amounts._fields else column for column in each.c))


def recounted() -> sa.Select[Any]:
    """All cases, counted anew."""
    cases = case_columns()
    won_on, next_on = (
        sa.func.coalesce(sa.cast(day, sa.String), NEVER) for day in (cases.c.won_on, cases.c.next_activity_on)
    )
    places = (
        cases.c.kind,
        sa.func.coalesce(cases.c.team_id, 0),
        won_on,
        sa.func.coalesce(cases.c.responsible_id, 0),
        sa.func.coalesce(cases.c.stage_id, 0),
        sa.func.coalesce(cases.c.currency, NEVER),
        sa.case((cases.c.won_on.is_not(None), NEVER), else_=next_on),
    )
    labelled = [each.label(name) for each, name in zip(places, Place._fields, strict=True)]
    each = sa.select(*labelled, cases.c.expected_revenue, cases.c.weighted).where(is_counted()).subquery()
    names = [each.c[name] for name in Place._fields]
    amounts = (
        sa.func.count(),
        sa.func.count(each.c.expected_revenue),
        sa.func.coalesce(sa.func.sum(each.c.expected_revenue), 0),
        sa.func.coalesce(sa.func.sum(each.c.weighted), 0),
    )
    labels = [value.label(name) for value, name in zip(amounts, Amounts._fields, strict=True)]
    return sa.select(*names, *labels).group_by(*names)


def mend() -> int:
    """The nightly recount: report where the counters are wrong, and put them right. Answers at how many places."""
    wrong = db.session.execute(differences()).all()
    for row in wrong:
        log.error("Counters are short by %s", dict(row._mapping))
    add(dict(split(wrong)))
    return len(wrong)
