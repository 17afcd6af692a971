"""The page that a watcher asks: alive, or what is missing."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from app import clock
from app.domain.heartbeat import SILENCE, Heartbeat
from app.extensions import db


@pytest.fixture
def worker(database):
    Heartbeat.beat("a worker")
    db.session.commit()
    return "a worker"


def test_alive(as_, worker):
    answer = as_().get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"database": "ok", "worker": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_worker_was_ever_heard(as_, database):
    answer = as_().get("/healthz")

    assert (answer.status_code, answer.json) == (503, {"database": "ok", "worker": "not heard"})


def test_a_worker_fell_silent(as_, worker):
    with clock.stopped_at(clock.now() + SILENCE + timedelta(seconds=1)):
        assert not Heartbeat.is_heard()


def test_a_worker_that_left_is_gone_at_once(as_, worker):
    Heartbeat.stop(worker)
    db.session.commit()

    assert as_().get("/healthz").status_code == 503


def test_a_worker_beats_one_row(worker):
    Heartbeat.beat(worker)
    Heartbeat.beat(worker)
    db.session.commit()

    assert db.session.query(Heartbeat).count() == 1


def test_a_database_that_does_not_answer(as_, monkeypatch):
    def away():
        raise OperationalError("select", {}, Exception("secret address of the database"))

    monkeypatch.setattr(Heartbeat, "is_heard", away)
    answer = as_().get("/healthz")

    assert (answer.status_code, answer.json) == (503, {"database": "does not answer", "worker": "unknown"})
    assert "secret" not in answer.text
