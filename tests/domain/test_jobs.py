"""Work that must happen happens once, whatever becomes of queue and workers."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app import clock
from app.domain import counting, recounting
from app.domain import job as jobs
from app.domain.errors import Refused
from app.domain.heartbeat import LOST_AFTER, Heartbeat, is_lost, last_sign
from app.domain.job import HANDLERS, LEASE, MOST_ATTEMPTS, GiveUp, Job, NotYet, handles, pause_after
from app.domain.message import Message
from app.domain.periodic import PeriodicRun
from app.extensions import db, huey


@pytest.fixture
def done(database):
    """Jobs of a kind that only these tests know: each notes what it was about."""
    ran = []

    @handles("count")
    def count(job):
        ran.append(job.record_id)

    yield ran
    del HANDLERS["count"]


def planned(kind="count", record_id=7, **facts):
    job = Job.plan(kind, record_id, **facts)
    db.session.commit()
    return job


def raising(error):
    def fail(_job):
        raise error

    return fail


def test_a_job_is_done_once_however_often_it_runs(done):
    job = planned()

    assert [Job.run(job.id) for _ in range(3)] == [True, False, False]
    assert done == [7]
    assert (job.state, job.attempts, job.lease_until) == ("done", 1, None)


def test_what_is_planned_for_later_is_not_done_before(done):
    job = planned(run_at=clock.now() + timedelta(seconds=10))

    assert not Job.run(job.id)
    with clock.stopped_at(clock.now() + timedelta(seconds=11)):
        assert Job.run(job.id)
    assert done == [7]


def test_the_queue_hears_of_a_job_after_the_commit_and_only_then(done):
    huey.storage.flush_all()
    Job.plan("count", 7)
    db.session.flush()
    assert huey.pending_count() == 0

    db.session.commit()

    assert huey.pending_count() == 1
    huey.execute(huey.dequeue())
    assert done == [7]


def test_what_was_rolled_back_is_not_heard_of(done):
    huey.storage.flush_all()
    Job.plan("count", 7)
    db.session.flush()
    db.session.rollback()
    planned(record_id=8)

    assert huey.pending_count() == 1


def test_a_job_for_later_is_scheduled_to_the_second(done):
    huey.storage.flush_all()
    job = planned(run_at=clock.now() + timedelta(seconds=10))

    waiting = huey.dequeue()
    assert waiting.eta == job.run_at.replace(tzinfo=None)
    huey.execute(waiting)
    assert done == []
    assert [each.eta for each in huey.scheduled()] == [waiting.eta]


def test_a_queue_that_is_down_loses_nothing(done, monkeypatch, caplog):
    def down(*_):
        raise ConnectionError("no queue")

    with monkeypatch.context() as broken:
        broken.setattr("tasks.run", down)
        job = planned()
    assert "did not take" in caplog.text
    huey.storage.flush_all()

    assert Job.sweep() == 1
    huey.execute(huey.dequeue())

    assert (done, job.state) == ([7], "done")


def test_a_worker_that_died_is_followed_by_another(done):
    job = planned()
    Job.claim(job.id)

    assert not Job.run(job.id)
    assert Job.sweep() == 0
    with clock.stopped_at(clock.now() + LEASE + timedelta(seconds=1)):
        assert Job.sweep() == 1
        assert Job.run(job.id)
    assert (done, job.attempts) == ([7], 2)


def test_who_comes_back_late_from_a_job_that_was_taken_over_changes_nothing(database):
    @handles("slow")
    def slow(job):
        job.error = "written by the one who was late"
        db.session.flush()
        db.session.execute(sa.update(Job).where(Job.id == job.id).values(attempts=2))

    job = planned("slow")
    Job.run(job.id)
    del HANDLERS["slow"]

    assert job.error is None
    assert job.state == "running"


def test_a_job_that_fails_is_tried_again_after_longer_and_longer_pauses(database, caplog):
    handles("fail")(raising(ValueError("out of order")))
    job = planned("fail")
    now = clock.now()

    for attempt in (1, 2, 3):
        with clock.stopped_at(now):
            assert Job.run(job.id)
        assert (job.state, job.attempts, job.error) == ("waiting", attempt, "out of order")
        assert job.run_at == now + pause_after(attempt)
        now = job.run_at

    del HANDLERS["fail"]


def test_tries_go_on_for_two_days():
    pauses = sum((pause_after(attempt) for attempt in range(1, MOST_ATTEMPTS)), timedelta())

    assert timedelta(days=1.5) < pauses < timedelta(days=2.5)


@pytest.mark.parametrize(
    ("error", "attempts"), [(GiveUp("no use"), 0), (ValueError("no use"), MOST_ATTEMPTS - 1)]
)
def test_a_job_that_is_given_up_says_so_to_what_it_was_about(database, error, attempts):
    told = []
    handles("fail", given_up=lambda job, reason: told.append((job.record_id, reason)))(raising(error))
    job = planned("fail")
    job.attempts = attempts
    db.session.commit()

    Job.run(job.id)
    del HANDLERS["fail"]

    assert (job.state, job.error) == ("failed", "no use")
    assert job.ended_at is not None
    assert told == [(7, "no use")]
    assert not Job.run(job.id)


def test_what_fails_leaves_nothing_of_its_work_behind(database):
    @handles("half")
    def half(job):
        db.session.execute(sa.update(Job).where(Job.id == job.id).values(record_id=99))
        raise ValueError

    job = planned("half")
    Job.run(job.id)
    del HANDLERS["half"]

    assert job.record_id == 7


def test_called_off_before_it_began(done):
    job = planned()

    assert Job.cancel_waiting("count", 7)
    db.session.commit()

    assert not Job.run(job.id)
    assert (done, job.state) == ([], "cancelled")


def test_too_late_to_call_off(done):
    job = planned()
    Job.claim(job.id)

    assert not Job.cancel_waiting("count", 7)


def test_what_a_job_waits_for_costs_it_no_attempt(database):
    handles("patient")(raising(NotYet("nothing there")))
    job, other = planned("patient"), planned("patient", 8, run_at=clock.now() + timedelta(hours=3))
    Job.run(job.id)
    assert (job.state, job.attempts, job.error) == ("waiting", 0, "nothing there")
    assert job.run_at > clock.now() + timedelta(hours=1)
    huey.storage.flush_all()

    assert Job.wake("patient")
    db.session.commit()
    del HANDLERS["patient"]

    assert job.run_at <= clock.now()
    assert other.run_at > clock.now(), "what was planned for later stays planned for later"
    assert huey.pending_count() == 1


def test_what_was_done_in_the_world_is_noted_until_the_database_takes_it(database, monkeypatch):
    monkeypatch.setattr(jobs.time, "sleep", lambda _seconds: None)
    done_outside, tries = [], []

    @handles("outside")
    def outside(job):
        done_outside.append(job.record_id)

        def note():
            tries.append(1)
            if len(tries) < 4:
                raise OperationalError("update", {}, Exception("database is locked"))

        return note

    job = planned("outside")
    Job.run(job.id)
    del HANDLERS["outside"]

    assert (done_outside, len(tries), job.state) == ([7], 4, "done")


def test_what_cannot_be_noted_is_not_done_again(database):
    @handles("outside")
    def outside(_job):
        def note():
            raise ValueError("a mistake of ours")

        return note

    job = planned("outside")
    Job.run(job.id)
    del HANDLERS["outside"]

    assert job.state == "failed"
    assert "a mistake of ours" in job.error


def test_the_rest_of_a_job_is_tried_again(database):
    handles("outside")(lambda _job: lambda: "one is missing")
    job = planned("outside")

    Job.run(job.id)
    del HANDLERS["outside"]

    assert (job.state, job.error) == ("waiting", "one is missing")


def test_a_kind_that_nobody_knows_yet_waits_for_who_does(database):
    job = planned("from a newer version")

    Job.run(job.id)

    assert job.state == "waiting"


def test_a_job_older_than_its_record_is_done_with(database, run_jobs):
    planned("send", 999_999)

    assert run_jobs() == 1
    assert db.session.scalars(sa.select(Job.state)).all() == ["done"]
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 0


def test_the_worker_sweeps_and_tidies(done):
    import tasks

    job = planned()
    huey.storage.flush_all()

    tasks.sweep.call_local()
    assert huey.pending_count() == 1
    with clock.stopped_at(clock.now() + timedelta(days=31)):
        Job.run(job.id)
    with clock.stopped_at(clock.now() + timedelta(days=62)):
        tasks.tidy.call_local()
    db.session.expire_all()

    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 0


def test_each_task_has_a_session_of_its_own(done):
    import tasks

    sessions = []
    tasks.in_application(lambda: sessions.append(db.session()))()

    assert sessions != [db.session()]


def test_a_worker_is_heard_from_its_start_to_its_end(database):
    import tasks

    pulse = tasks.Pulse()
    pulse.is_over.wait = lambda _seconds: pulse.is_over.set()
    pulse.beat()
    assert Heartbeat.is_heard()

    pulse.is_over.clear()
    pulse.stop()
    assert not Heartbeat.is_heard()


def test_what_fails_all_the_time_is_tried_less_often(database):
    import tasks

    pulse, pauses = tasks.Pulse(), []
    pulse.is_over.wait = lambda seconds: pauses.append(seconds) or pulse.is_over.set()
    pulse.repeat(lambda: 1 / 0, timedelta(seconds=1), "It failed")
    pulse.is_over.clear()
    pulse.repeat(lambda: None, timedelta(seconds=1), "It failed")
    assert pauses == [5, 1]


def test_a_worker_folds_the_totals_all_the_time(case):
    import tasks

    assert counting.is_to_be_folded()
    pulse = tasks.Pulse()
    pulse.is_over.wait = lambda _seconds: pulse.is_over.set()
    pulse.fold()
    assert not counting.is_to_be_folded()
    assert db.session.execute(recounting.differences()).all() == []


# What a person does about it


@pytest.fixture
def given_up(database):
    """A job that failed for good as long as the thing that it needs was missing."""
    missing = [True]

    @handles("bridge")
    def cross(_job):
        if missing:
            raise GiveUp("The bridge is out.")

    job = planned("bridge", 7)
    Job.run(job.id)
    yield job, missing
    del HANDLERS["bridge"]


def test_what_was_given_up_is_tried_again_as_if_it_were_new(given_up, ada, caplog):
    job, missing = given_up
    assert job.state == "failed"
    missing.clear()
    huey.storage.flush_all()

    job.retry(by=ada)
    db.session.commit()
    huey.execute(huey.dequeue())

    assert (job.state, job.attempts, job.error) == ("done", 1, None)
    assert f"Ada Admin has job {job.id} (bridge) tried again" in caplog.text


def test_what_nobody_needs_is_dropped(given_up, ada, caplog):
    job, _missing = given_up
    job.drop(by=ada)
    db.session.commit()

    assert job.state == "cancelled"
    assert f"Ada Admin dropped job {job.id} (bridge): The bridge is out." in caplog.text
    for verb in (job.retry, job.drop):
        with pytest.raises(Refused, match="Only what was given up"):
            verb(by=ada)


def test_what_is_planned_again_already_is_not_tried_twice(given_up, ada):
    job, _missing = given_up
    planned("bridge", 7)

    with pytest.raises(Refused, match="planned again already"):
        job.retry(by=ada)


# What runs by the clock


def test_what_runs_by_the_clock_leaves_a_note_of_how_it_went(database):
    def sweep():
        db.session.add(Job(kind="half done"))
        db.session.flush()
        if clock.now() > began:
            raise ValueError("The broom is broken.")

    began = clock.now()
    with clock.stopped_at(began):
        PeriodicRun.noted(sweep)()
    with clock.stopped_at(began + timedelta(minutes=1)), pytest.raises(ValueError, match="broom"):
        PeriodicRun.noted(sweep)()

    (run,) = PeriodicRun.all()
    assert (run.name, run.at, run.error) == ("sweep", began + timedelta(minutes=1), "The broom is broken.")
    assert run.went_well_at == began
    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 0


@pytest.mark.parametrize("name", ["sweep", "tidy", "remind", "recount"])
def test_all_of_it_does(name, database):
    import tasks

    getattr(tasks, name).call_local()

    assert [run.name for run in PeriodicRun.all()] == [name]


def test_a_worker_is_lost_after_a_minute_without_any_sign_of_one(database):
    def lost(after):
        with clock.stopped_at(began + after):
            return is_lost(db.session.execute(sa.select(*last_sign())).one())

    began = clock.now()
    assert lost(timedelta())
    with clock.stopped_at(began):
        Heartbeat.beat("a worker")
    assert not lost(LOST_AFTER)
    assert lost(LOST_AFTER + timedelta(seconds=1))
    Heartbeat.stop("a worker")
    PeriodicRun.note("sweep", began + timedelta(seconds=30), 5, None)
    assert not lost(LOST_AFTER)
