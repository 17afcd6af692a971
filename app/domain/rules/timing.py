"""Moments that have come: found for all cases by one query a rule, acted on once each and in order.

Each minute the cases are looked up whose moment has come since the last look, and those that were changed since
and whose moment had come before. What is found is written into `rule_firings`, whose unique key says that it is
known; then all that waits there is acted on in order of its moments. A worker that dies in between leaves rows
that the next one acts on; two at work at once write the same rows once, and wait for each other at each batch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app import clock
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.history import act, change_set, locked
from app.domain.history.reactions import attempt
from app.domain.rules.facts import Facts
from app.domain.rules.moments import Moment
from app.domain.rules.records import RuleFiring, RuleState
from app.domain.rules.registry import Clause, Part
from app.domain.rules.working import Working, note_failure
from app.extensions import db

log = logging.getLogger(__name__)

# Longer than any transaction: what it changed is seen once it is stored, though it happened before the last look.
OVERLAP = timedelta(hours=1)
FOUND_AT_ONCE = 1000
# Few enough that nobody waits long for the locks of so many cases.
DONE_AT_ONCE = 50


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


def act_on_due() -> int:
    """Act on what waits, in order of its moments and of the rules, a batch a transaction. Answers how many."""
    number, stopped = 0, Stopped()
    while True:
        batch = waiting()
        if not batch:
            db.session.rollback()
            return number
        number += act_on(batch, stopped)
        db.session.commit()


def waiting() -> list[RuleFiring]:
    """The next ones, locked: another worker that comes here waits, and then finds those after them."""
    query = sa.select(RuleFiring).where(RuleFiring.done_at.is_(None), RuleFiring.due_at <= clock.now())
    query = query.order_by(RuleFiring.due_at, RuleFiring.sequence, RuleFiring.id).limit(DONE_AT_ONCE)
    return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


class Stopped:
    """The case and moment for which a rule let none after it act; one is enough, as they come in order."""

    def __init__(self) -> None:
        self.at: datetime | None = None
        self.cases: set[int] = set()

    def stop(self, firing: RuleFiring) -> None:
        if self.at != firing.due_at:
            self.at, self.cases = firing.due_at, set()
        self.cases.add(firing.case_id)

    def holds(self, firing: RuleFiring) -> bool:
        return self.at == firing.due_at and firing.case_id in self.cases


def act_on(batch: list[RuleFiring], stopped: Stopped) -> int:
    """Let each rule act on its case; what it no longer wants is forgotten, and found again if it ever does."""
    rules = {rule.id: rule for rule in Configuration.current().rules}
    query = sa.select(Case).where(Case.id.in_([each.case_id for each in batch]))
    cases = {case.id: case for case in locked(query.options(selectinload(Case.tags)))}
    gone, done = [], []
    for firing in batch:
        rule, case = rules.get(firing.rule_id), cases.get(firing.case_id)
        if rule is None or case is None or (trigger := wanted(rule, case, firing.due_at)) is None:
            gone.append(firing.id)
            continue
        done.append(firing.id)
        if stopped.holds(firing):
            continue
        outcome = fire(rule, case, trigger, firing.due_at)
        if outcome == "over":
            stopped.stop(firing)
        elif outcome == "paused":
            del rules[rule.id]
    for ids, statement in (
        (gone, sa.delete(RuleFiring)),
        (done, sa.update(RuleFiring).values(done_at=clock.now())),
    ):
        if ids:
            db.session.execute(
                statement.where(RuleFiring.id.in_(ids)).execution_options(synchronize_session=False)
            )
    return len(done)


def wanted(rule: Working, case: Case, due_at: datetime) -> str | None:
    """The same as `still_due`; a rule that cannot say so keeps none of the others from their moments."""
    try:
        return still_due(rule, case, due_at)
    except Exception as error:
        log.exception("%s failed to look at case %s", rule.name, case.id)
        note_failure(rule, case.id, error, {"due": due_at.isoformat()})
        return None


def still_due(rule: Working, case: Case, due_at: datetime) -> str | None:
    """By which trigger this is its moment still, the case being one that it is for; None if it is not."""
    facts = Facts(case)
    if not rule.is_for(facts, is_timed=True):
        return None
    for part in rule.plan.moments:
        base = part.entry.base_of(facts)
        if base is not None and part.entry.due(base, part.values) == due_at:
            return str(part.entry.key)
    return None


def fire(rule: Working, case: Case, trigger: str, due_at: datetime) -> str:
    """One rule on one case: `over` if none after it is to act at this moment, `paused` if it failed too often."""
    outcome = ""
    inputs = {"trigger": trigger, "due": due_at.isoformat()}

    def failed(error: Exception) -> None:
        nonlocal outcome
        with change_set("rule", by=rule), act("rule failed", by=rule, details={"error": str(error)}) as line:
            line.case_id, line.team_id = case.id, case.team_id
        outcome = "paused" if note_failure(rule, case.id, error, inputs) else ""

    _made, is_over = attempt(rule, lambda: rule.act_on(case, inputs=inputs), failed)
    return "over" if is_over else outcome
