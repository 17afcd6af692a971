"""Which cases a rule is for now, and what it costs to find them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.rules.timing import streams
from app.domain.rules.working import Working
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User

MOST_COUNTED = 10_000
# What a database looks at in a second, on an ordinary machine and with some conditions to ask.
ROWS_A_SECOND = 500_000


def matching(rule: Working, user: User | None = None) -> sa.Select[Case]:
    """The cases that it is for now; of a rule that only waits for moments, those for which one has come.

    With a user, only those of them that they may know of.
    """
    query = Case.visible_to(user) if user is not None else sa.select(Case)
    moments = rule.plan.moments
    query = query.where(rule.clause(is_timed=bool(moments) and not rule.events))
    if moments and not rule.events:
        now = clock.now()
        query = query.where(sa.or_(*(part.entry.has_come(now, part.values) for part in moments)))
    return query


def count(rule: Working, user: User | None = None) -> int:
    """How many these are; counts no further than 10,001, which is said as 'more than 10,000'."""
    some = matching(rule, user).with_only_columns(Case.id).limit(MOST_COUNTED + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


@dataclass(frozen=True)
class Cost:
    """What one look for moments costs: how many cases are looked at each minute, and in how many seconds."""

    is_indexed: bool
    rows: int

    @property
    def seconds(self) -> float:
        return self.rows / ROWS_A_SECOND


def cost(rule: Working) -> Cost:
    """What it costs each minute to find the cases of this rule, by what the database says it would do."""
    now = clock.now()
    plans = [
        explained(stream.query.order_by(stream.column, Case.id).limit(1000), stream.column.key)
        for part in rule.plan.moments
        for stream in streams(rule, part, max(now - timedelta(minutes=1), rule.on_since), now)
    ]
    return Cost(all(plan.is_indexed for plan in plans), sum(plan.rows for plan in plans))


def explained(query: sa.Select[Any], column: str) -> Cost:
    """Would it read all cases, or find them by an index?"""
    connection = db.session.connection()
    compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
    if connection.dialect.name == "postgresql":
        # A small table is read whole whatever there is; what counts is whether it would have to be.
        with connection.begin_nested():
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            found = connection.exec_driver_sql(
                f"EXPLAIN (FORMAT JSON) {str(compiled).replace('%', '%%')}"
            ).scalar_one()
            connection.exec_driver_sql("SET LOCAL enable_seqscan = on")
        nodes = list(nodes_of(found[0]["Plan"]))
        scans = not any(finds(node, column) for node in nodes)
        looked_at = sum(node["Plan Rows"] for node in nodes if node.get("Relation Name") == "cases")
        return Cost(not scans, all_cases() if scans else int(looked_at))
    lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    scans = any(re.match(r"SCAN cases\b", line[3]) for line in lines)
    return Cost(not scans, all_cases() if scans else 0)


def finds(node: dict[str, Any], column: str) -> bool:
    """Does this step find cases by their date or by whose they are? Walking along an index for its states is none."""
    asked = str(node.get("Index Cond", ""))
    return column in asked or "_id = " in asked


def nodes_of(plan: dict[str, Any]) -> Any:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes_of(each)


def all_cases() -> int:
    """About how many cases there are; ids are given one after the other."""
    return db.session.scalar(sa.select(sa.func.max(Case.id))) or 0
