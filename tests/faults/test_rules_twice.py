"""Several workers that look for moments, and one that is killed: each moment is acted on once, and in order."""

import multiprocessing
import os
import random
import signal
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import ChangeSet, Event, lock, write_many
from app.domain.rules import Rule, RuleFiring, RuleRun, acting, timing
from app.extensions import db

pytestmark = [pytest.mark.fault, pytest.mark.database]

CASES, RULES, WORKERS, LOOKS = 60, 5, 3, 6
NOTED = [{"key": "note", "text": "x"}]


@pytest.fixture
def waiting(application):
    """Rules that wait so many minutes after a case was made, and cases that were made just now.

    Every second rule only sets fields: those are done together.
    """
    with application.app_context():
        for number in range(RULES):
            rule = Rule.make(
                by=SYSTEM,
                name=f"After {number}",
                triggers=[
                    {"key": "since_created", "number": number, "unit": "minutes", "direction": "after"}
                ],
                actions=[
                    {"key": "field", "field": "city", "value": f"{number}"},
                    *(NOTED if number % 2 else ()),
                ],
            )
            lock(rule)
            rule.switch_on(by=SYSTEM)
        db.session.commit()
        start = clock.now() + timedelta(minutes=5)
        with clock.stopped_at(start - timedelta(minutes=2)):
            rows = [{"name": f"Case {n}", "state": "draft", "created_at": start} for n in range(CASES)]
            write_many("import", by=SYSTEM).make(Case, rows)
            db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return start


def work(application, number, start, together):
    """Look again and again, with a clock that jumps to and fro, at the same time as the others."""
    luck = random.Random(number)
    with application.app_context():
        for _ in range(LOOKS):
            together.wait(60)
            with clock.stopped_at(start + timedelta(minutes=luck.uniform(-3, 10))):
                timing.evaluate()
        together.wait(60)
        with clock.stopped_at(start + timedelta(minutes=11)):
            timing.evaluate()
        db.session.remove()


def test_two_workers_and_clocks_that_jump_act_on_each_moment_once(application, waiting):
    context = multiprocessing.get_context("fork")
    together = context.Barrier(WORKERS)
    workers = [
        context.Process(target=work, args=(application, number, waiting, together))
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)

    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    assert_each_once(application)


def die_in_the_middle(application, start):
    """Act on what is due, and be killed when the second batch has been written and is not yet stored."""
    batches = iter(range(2))
    note = acting.Work.note

    def note_or_die(self):
        note(self)
        if next(batches) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    acting.Work.note = note_or_die
    with application.app_context(), clock.stopped_at(start + timedelta(minutes=11)):
        timing.evaluate()


def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_the_next(application, waiting):
    worker = multiprocessing.get_context("fork").Process(
        target=die_in_the_middle, args=(application, waiting)
    )
    worker.start()
    worker.join(120)

    assert worker.exitcode == -signal.SIGKILL
    with application.app_context():
        done = sa.select(sa.func.count()).where(RuleFiring.done_at.is_not(None))
        assert 0 < db.session.scalar(done) < CASES * RULES
        db.session.rollback()
        with clock.stopped_at(waiting + timedelta(minutes=11)):
            timing.evaluate()
        db.session.remove()
    assert_each_once(application)


def act_with_a_rule_that_is_being_switched_off(application, start, looked, is_locked):
    """Look at what waits, and pause a rule once somebody who switches it off has it."""
    with application.app_context(), clock.stopped_at(start + timedelta(minutes=11)):
        rule_id = acting.waiting()[0].rule_id
        looked.set()
        is_locked.wait(60)
        db.session.get_one(Rule, rule_id).pause("It failed too often.")
        db.session.commit()
        db.session.remove()


def test_a_rule_is_switched_off_while_a_worker_that_acts_for_it_wants_to_pause_it(application, waiting):
    """On SQLite the one waits for the other as a whole."""
    with application.app_context(), clock.stopped_at(waiting + timedelta(minutes=11)):
        timing.find()
        is_sqlite = db.engine.dialect.name == "sqlite"
        db.session.remove()
        db.engine.dispose()
    context = multiprocessing.get_context("fork")
    looked, is_locked = context.Event(), context.Event()
    worker = context.Process(
        target=act_with_a_rule_that_is_being_switched_off, args=(application, waiting, looked, is_locked)
    )
    worker.start()
    looked.wait(60)
    if is_sqlite:
        is_locked.set()
    with application.app_context():
        rule = db.session.scalars(sa.select(Rule).order_by(Rule.id)).first()
        lock(rule)
        is_locked.set()
        rule.switch_off(by=SYSTEM)
        db.session.commit()
        worker.join(60)

        assert worker.exitcode == 0
        assert not rule.is_on
        with clock.stopped_at(waiting + timedelta(minutes=11)):
            timing.evaluate()
        assert db.session.scalar(sa.select(sa.func.count(RuleRun.id)).where(RuleRun.rule_id == rule.id)) == 0
        assert db.session.scalar(sa.select(sa.func.count()).where(RuleFiring.done_at.is_(None))) == 0
        db.session.remove()


def assert_each_once(application):
    """Every rule acted on every case once, and the last one last."""
    with application.app_context():
        sets = sa.select(ChangeSet.actor_id, Event.case_id, sa.func.count(ChangeSet.id.distinct()))
        sets = sets.join(Event).where(ChangeSet.kind == "rule").group_by(ChangeSet.actor_id, Event.case_id)
        acts = [number for _rule, _case, number in db.session.execute(sets)]
        runs = sa.select(sa.func.count(RuleRun.id)).group_by(RuleRun.rule_id, RuleRun.case_id)
        assert acts == [1] * (CASES * RULES)
        assert list(db.session.scalars(runs)) == [1] * (CASES * RULES)
        assert db.session.scalar(sa.select(sa.func.count()).where(RuleFiring.done_at.is_(None))) == 0
        last = db.session.scalars(sa.select(Case.city).distinct()).all()
        assert last == [f"{RULES - 1}"]
        db.session.remove()
