"""Two workers that look for moments at once: each moment is acted on once, and those of a case in order."""

import multiprocessing
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import Event, lock, write_many
from app.domain.rules import Rule, RuleFiring, timing
from app.extensions import db

pytestmark = [pytest.mark.fault, pytest.mark.database]

CASES, RULES, WORKERS, LOOKS = 60, 4, 3, 6


@pytest.fixture
def waiting(application):
    """Rules that wait so many minutes after a case was made, and cases that were made just now."""
    with application.app_context():
        for number in range(RULES):
            rule = Rule.make(
                by=SYSTEM,
                name=f"After {number}",
                triggers=[
                    {"key": "since_created", "number": number, "unit": "minutes", "direction": "after"}
                ],
                actions=[
                    {"key": "note", "text": "x"},
                    {"key": "field", "field": "city", "value": f"{number}"},
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
    with application.app_context():
        notes = db.session.execute(
            sa.select(Event.case_id, sa.func.count()).where(Event.action == "noted").group_by(Event.case_id)
        ).all()
        assert len(notes) == CASES
        assert {number for _case, number in notes} == {RULES}
        assert db.session.scalar(sa.select(sa.func.count()).where(RuleFiring.done_at.is_(None))) == 0
        last = db.session.scalars(sa.select(Case.city).distinct()).all()
        assert last == [f"{RULES - 1}"]
