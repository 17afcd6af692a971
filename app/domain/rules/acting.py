"""Acting on moments that have come: in their order, once each, and many at once where rules do nothing but set fields.

What waits in `rule_firings` is done a batch a transaction. A worker that dies leaves the rest of it to the next one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app import clock
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.history import Edit, Event, act, change_set, locked, store
from app.domain.history.reactions import attempt, listening
from app.domain.rules.facts import Facts
from app.domain.rules.records import RuleFiring, RuleRun
from app.domain.rules.working import Working, looked_at, note_failure
from app.extensions import db

log = logging.getLogger(__name__)

# Few enough that nobody waits long for the locks of so many cases: one by one, and with those done together.
DONE_AT_ONCE = 50
TAKEN_AT_ONCE = 200


def act_on_due() -> int:
    """Act on what waits, in order of its moments and of the rules, a batch a transaction. Answers how many."""
    number = 0
    while batch := waiting():
        work = Work(batch)
        work.do()
        number += len(work.done)
        db.session.commit()
    db.session.rollback()
    return number


# Of one case.
Moment = tuple[int, datetime]


class Firing(NamedTuple):
    """A moment that waits: which rule is to act on which case."""

    id: int
    rule_id: int
    case_id: int
    due_at: datetime
    sequence: int

    @property
    def moment(self) -> Moment:
        """What a rule that lets none after it act ends."""
        return self.case_id, self.due_at


def waiting() -> list[Firing]:
    """The next ones, locked: another worker that comes here waits, and then finds those after them."""
    kept = RuleFiring
    query = sa.select(kept.id, kept.rule_id, kept.case_id, kept.due_at, kept.sequence)
    query = query.where(kept.done_at.is_(None), kept.due_at <= clock.now())
    query = query.order_by(kept.due_at, kept.sequence, kept.id).limit(TAKEN_AT_ONCE)
    return [Firing(*row) for row in db.session.execute(query.with_for_update())]


class Work:
    """A batch of firings, with the rules and the locked cases that it is about.

    Each rule acts on its case; what it no longer wants is forgotten, and found again if it ever does.
    """

    def __init__(self, batch: list[Firing]) -> None:
        self.batch = batch
        self.rules = {rule.id: rule for rule in Configuration.current().rules}
        query = sa.select(Case).where(Case.id.in_([each.case_id for each in batch]))
        self.cases = {case.id: case for case in locked(query.options(selectinload(Case.tags)))}
        # The moments at which a rule let none after it act.
        self.over: set[Moment] = set()
        self.gone: list[int] = []
        self.done: list[int] = []
        # The database did not take together what would have been done like that: all of the batch is done one by one.
        self.is_refused = False

    def do(self) -> None:
        """Together what can be, else one by one; where these become many, the rest is left waiting."""
        at = alone = 0
        while at < len(self.batch) and alone < DONE_AT_ONCE:
            taken = 0 if self.is_refused else self.together(self.batch[at:])
            if taken:
                at += taken
            else:
                self.alone(self.batch[at])
                at, alone = at + 1, alone + 1
        self.end_after(self.batch[at - 1])
        self.note()

    def together(self, firings: list[Firing]) -> int:
        """Do as many of them at once as come first and only set fields. Answers how many that were."""
        sets = Sets(self.rules, self.cases, self.over.copy())
        with db.session.no_autoflush:
            taken = next((n for n, firing in enumerate(firings) if not sets.take(firing)), len(firings))
        try:
            sets.store()
        except Exception:
            log.exception("Not stored together; done one by one")
            db.session.expire_all()
            self.is_refused = True
            return 0
        self.gone += sets.gone
        self.done += sets.done
        self.over = sets.over
        return taken

    def alone(self, firing: Firing) -> None:
        """One rule on one case, by the verbs of the case."""
        if firing.moment in self.over:
            self.done.append(firing.id)
            return
        rule, case = self.rules.get(firing.rule_id), self.cases.get(firing.case_id)
        if rule is None or case is None or (trigger := wanted(rule, case, firing.due_at)) is None:
            self.gone.append(firing.id)
            return
        self.done.append(firing.id)
        outcome = fire(rule, case, inputs_of(trigger, firing))
        if outcome == "over":
            self.over.add(firing.moment)
        elif outcome == "paused":
            del self.rules[rule.id]

    def end_after(self, last: Firing) -> None:
        """What is over is over for those that wait beyond this one, too: whoever takes the next batch finds none."""
        cases = [case_id for case_id, due_at in self.over if due_at == last.due_at]
        if cases:
            kept = RuleFiring
            query = sa.select(kept.id).where(kept.done_at.is_(None), kept.due_at == last.due_at)
            query = query.where(kept.case_id.in_(cases), later_than(last))
            self.done += db.session.scalars(query)

    def note(self) -> None:
        """What has been done is never done again."""
        for ids, statement in (
            (self.gone, sa.delete(RuleFiring)),
            (self.done, sa.update(RuleFiring).values(done_at=clock.now())),
        ):
            if ids:
                db.session.execute(
                    statement.where(RuleFiring.id.in_(ids)).execution_options(synchronize_session=False)
                )


def later_than(firing: Firing) -> sa.ColumnElement[bool]:
    """Those of the same instant that come after this one in order."""
    return sa.tuple_(RuleFiring.sequence, RuleFiring.id) > sa.tuple_(
        sa.literal(firing.sequence), sa.literal(firing.id)
    )


@dataclass
class Sets:
    """Firings of rules that only set fields, one after the other in memory, and then stored together.

    It takes none that is more than that: whose rule does something else, fails, or would wake another rule.
    """

    rules: dict[int, Working]
    cases: dict[int, Case]
    over: set[Moment]
    gone: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listening = listening("edited")

    def take(self, firing: Firing) -> bool:
        """Do this one, too, if it is one of those; answers whether it is."""
        if firing.moment in self.over:
            self.done.append(firing.id)
            return True
        rule, case = self.rules.get(firing.rule_id), self.cases.get(firing.case_id)
        if rule is None or case is None:
            self.gone.append(firing.id)
            return True
        if not rule.only_sets:
            return False
        try:
            trigger = still_due(rule, case, firing.due_at)
        except Exception:
            return False  # one by one, it is said what failed
        if trigger is None:
            self.gone.append(firing.id)
            return True
        is_taken = self.edit(rule, case, inputs_of(trigger, firing))
        if is_taken:
            self.done.append(firing.id)
            if rule.stops:
                self.over.add(firing.moment)
        return is_taken

    def edit(self, rule: Working, case: Case, inputs: dict[str, Any]) -> bool:
        """Set what the rule sets; leave it where that fails or others would react."""
        edit = Edit(case, rule)
        try:
            decided = inputs | {"looked_at": looked_at(rule.plan, case)}
            for values in rule.sets(case):
                edit.set(values)
            is_plain = not (self.listening and any(self.wakes(event, rule) for event in edit.events()))
        except Exception:
            is_plain = False  # one by one, it is said what failed
        if not is_plain:
            edit.take_back()
            return False
        self.edits.append(edit)
        self.runs.append({"rule_id": rule.id, "case_id": case.id, "inputs": decided})
        return True

    def wakes(self, event: Event, rule: Working) -> bool:
        """Would anybody but the rule itself react to this?"""
        return any(each.as_actor() != rule.as_actor() and each.wants(event) for each in self.listening)

    def store(self) -> None:
        """Write all of it, with the log of the rules; nothing if the database refuses some of it."""
        with db.session.begin_nested():
            made = store(Case, self.edits, kind="rule")
            RuleRun.note_many(
                [
                    {**run, "outcome": "nothing" if set_id is None else "done", "change_set_id": set_id}
                    for run, set_id in zip(self.runs, made, strict=True)
                ]
            )


def inputs_of(trigger: str, firing: Firing) -> dict[str, Any]:
    """What the log of a rule says of why it acted."""
    return {"trigger": trigger, "due": firing.due_at.isoformat()}


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
    if due_at <= rule.on_since:
        return None  # it was switched off, or given other moments, and this one was in the hands of a worker
    facts = Facts(case)
    if not rule.is_for(facts, is_timed=True):
        return None
    for part in rule.plan.moments:
        base = part.entry.base_of(facts)
        if base is not None and part.entry.due(base, part.values) == due_at:
            return str(part.entry.key)
    return None


def fire(rule: Working, case: Case, inputs: dict[str, Any]) -> str:
    """One rule on one case: `over` if none after it is to act at this moment, `paused` if it failed too often."""
    outcome = ""

    def failed(error: Exception) -> None:
        nonlocal outcome
        with change_set("rule", by=rule), act("rule failed", by=rule, details={"error": str(error)}) as line:
            line.case_id, line.team_id = case.id, case.team_id
        outcome = "paused" if note_failure(rule, case.id, error, inputs) else ""

    _made, is_over = attempt(rule, lambda: rule.act_on(case, inputs=inputs), failed)
    return "over" if is_over else outcome
