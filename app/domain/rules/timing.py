"""Moments that have come: found for all cases by one query a rule, acted on once each and in order.

Each minute the cases are looked up whose moment has come since the last look, and those that were changed since
and whose moment had come before. What is found is written into `rule_firings`, whose unique key says that it is
known; then all that waits there is acted on in order of its moments. A worker that dies in between leaves rows
that the next one acts on; two at work at once write the same rows once, and wait for each other at each batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.rules.acting import act_on_due
from app.domain.rules.moments import Moment
from app.domain.rules.records import RuleFiring, RuleState
from app.domain.rules.registry import Clause, Part
from app.domain.rules.working import Working
from app.extensions import db

# Longer than any transaction: what it changed is seen once it is stored, though it happened before the last look.
OVERLAP = timedelta(hours=1)
FOUND_AT_ONCE = 1000


def evaluate() -> int:
    """Act on every moment that has come. Answers how many; safe to run twice, and by two at once."""
    find()
    return act_on_due()


def find() -> None:
    """Write down the moments that have come for each rule."""
    now, rules = clock.now(), [rule for rule in Configuration.current().rules if rule.plan.moments]
    checked = dict(db.session.execute(sa.select(RuleState.rule_id, RuleState.checked_until)).all())
    db.session.rollback()
    for rule in rules:
        find_for(rule, checked.get(rule.id), now)
    if rules:
        db.session.execute(
            sa.update(RuleState)
            .where(RuleState.rule_id.in_([rule.id for rule in rules]))
            .values(checked_until=now)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()


def find_for(rule: Working, checked: datetime | None, now: datetime) -> None:
    """The cases of one rule whose moment has come, a batch at a time, each in transactions of its own."""
    for part in rule.plan.moments:
        for stream in streams(rule, part, checked, now):
            for batch in stream.batches():
                rows = [
                    {"rule_id": rule.id, "case_id": case_id, "due_at": due, "sequence": rule.sequence}
                    for case_id, base, timed_from in batch
                    if rule.on_since < (due := part.entry.due(base, part.values)) <= now
                    and (timed_from is None or timed_from < due)
                ]
                db.session.rollback()
                if rows:
                    RuleFiring.note(rows)
                    db.session.commit()


class Stream(NamedTuple):
    """Cases in the order of a column, from one batch to the next."""

    query: sa.Select[Any]
    column: Any

    def batches(self) -> Iterator[list[Any]]:
        """Id, date and since when moments count, of all that are found; memory is that of one batch."""
        query = self.query.add_columns(self.column).order_by(self.column, Case.id).limit(FOUND_AT_ONCE)
        last: Any = None
        while True:
            place = sa.tuple_(self.column, Case.id)
            following = query if last is None else query.where(place > last_of(self.column, last))
            rows = db.session.execute(following).all()
            if rows:
                yield [row[:3] for row in rows]
            if len(rows) < FOUND_AT_ONCE:
                return
            last = rows[-1]


def last_of(column: Any, row: Any) -> Any:
    return sa.tuple_(sa.literal(row[3], column.type), sa.literal(row[0], Case.__table__.c.id.type))


def streams(rule: Working, part: Part, checked: datetime | None, now: datetime) -> Iterator[Stream]:
    """Where the cases are found: by their dates from the last look on, and by their last change before."""
    moment: Moment = part.entry
    since = rule.on_since if checked is None else max(rule.on_since, min(checked, now) - OVERLAP)
    which = rule.clause(is_timed=True)
    for column, where in moment.columns():
        query = sa.select(Case.id, column, Case.timed_from).where(which, *where)
        yield Stream(query.where(moment.lies_in(column, since, now, part.values)), column)
        if since > rule.on_since:
            touched: Clause = sa.and_(
                moment.lies_in(column, rule.on_since, since, part.values), Case.updated_at >= since
            )
            yield Stream(query.where(touched), Case.updated_at)
