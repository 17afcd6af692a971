"""A worker that is killed at any moment loses no job and does none of them twice."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from app.domain.job import Job
from app.extensions import db
from tests.real_data import ROOT

KILLS = 100 if os.environ.get("SOAK") else 10
# More than a worker does before it is killed, so that it mostly dies in the middle of one.
JOBS_A_KILL = 25

pytestmark = [pytest.mark.fault, pytest.mark.database]


@pytest.fixture
def application(application):
    with application.app_context():
        db.session.execute(sa.text("create table effects (job_id bigint)"))
        db.session.commit()
    return application


@pytest.fixture
def workers(environ, application):
    """Start workers, one after the other; each comes as its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environ,
        cwd=ROOT,
    )

    def start():
        process.stdin.write("\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    def end(pid, number):
        os.kill(pid, number)
        assert process.stdout.readline() == "ended\n"

    yield start, end
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def test_a_killed_worker_loses_and_repeats_nothing(application, workers, tmp_path):
    start, end = workers
    busy = tmp_path / "busy"
    chance = random.Random(7)

    with application.app_context():
        for _ in range(KILLS):
            for _ in range(JOBS_A_KILL):
                Job.plan("counted")
            db.session.commit()
            busy.unlink(missing_ok=True)
            pid = start()
            wait_for(busy)
            time.sleep(chance.uniform(0, 0.3))
            end(pid, signal.SIGKILL)
        pid = start()
        wait_until_done()
        end(pid, signal.SIGTERM)
        effects = dict(
            db.session.execute(sa.text("select job_id, count(*) from effects group by job_id")).all()
        )
        jobs = dict(db.session.execute(sa.select(Job.id, Job.attempts)).all())

    assert effects == dict.fromkeys(jobs, 1)
    assert len(jobs) == KILLS * JOBS_A_KILL
    assert max(jobs.values()) > 1, "no worker died in the middle of a job: this proved nothing"


def wait_for(sign):
    until = time.monotonic() + 30
    while not sign.exists():
        assert time.monotonic() < until, "the worker began nothing"
        time.sleep(0.005)


def wait_until_done():
    """Sweep as the worker does every minute, only more often, until nothing is left to do."""
    until = time.monotonic() + 60 + KILLS
    while are_left():
        assert time.monotonic() < until, "some jobs were never done"
        Job.sweep()
        time.sleep(0.5)


def are_left():
    left = db.session.scalar(sa.select(sa.exists().where(Job.state != "done")))
    db.session.rollback()
    return left
