"""Work that happens later: each task finds one record and calls one method.

`python -m huey.bin.huey_consumer tasks.huey` is the worker.
"""

import os
import socket
import threading
from collections.abc import Callable
from functools import partial, wraps
from itertools import count

from flask import Flask, current_app, has_app_context
from huey import crontab

from app import create_app, webhooks
from app.domain import housekeeping
from app.domain.heartbeat import BEAT, Heartbeat
from app.domain.job import Job
from app.domain.notification.due import tell_due
from app.domain.periodic import PeriodicRun
from app.domain.rules import timing
from app.extensions import db, huey
from app.mail import digest, notices, outbound

__all__ = ["evaluate", "huey", "recount", "remind", "run", "send_digests", "sweep", "tidy", "webhooks"]

# A page that hands over a job brings its application along; the worker makes its own.
application: Flask = current_app._get_current_object() if has_app_context() else create_app()  # type: ignore[attr-defined]


def in_application(work: Callable[..., None]) -> Callable[..., None]:
    """Each task has a session of its own, which ends with it."""

    @wraps(work)
    def inside(*args: int) -> None:
        with application.app_context():
            work(*args)

    return inside


@huey.task()
@in_application
def run(job_id: int) -> None:
    """Do one stored job."""
    Job.run(job_id)


@huey.periodic_task(crontab())
@in_application
@PeriodicRun.noted
def sweep() -> None:
    """Every minute, and when the worker starts: wake what a queue or a killed worker forgot."""
    outbound.wake_kept()
    notices.plan_letters()
    db.session.commit()
    Job.sweep()


@huey.periodic_task(crontab(minute="*/5"))
@in_application
@PeriodicRun.noted
def send_digests() -> None:
    """Every five minutes, and when the worker starts: send their day to those whose hour has come."""
    digest.send_digests()


@huey.periodic_task(crontab())
@in_application
@PeriodicRun.noted
def evaluate() -> None:
    """Every minute, and when the worker starts: let rules act on the moments that have come."""
    timing.evaluate()


@huey.periodic_task(crontab(minute="7"))
@in_application
@PeriodicRun.noted
def tidy() -> None:
    """Every hour: clear away what is over."""
    housekeeping.tidy()


@huey.periodic_task(crontab(minute="12"))
@in_application
@PeriodicRun.noted
def remind() -> None:
    """Every hour: say once a day what is due, when the day has begun."""
    tell_due()
    db.session.commit()


@huey.periodic_task(crontab(hour="3", minute="17"))
@in_application
@PeriodicRun.noted
def recount() -> None:
    """Every night: are the totals of the boards what a recount says?"""
    housekeeping.recount()


class Pulse:
    """What a worker does all the time: it tells the health page that it is alive, and keeps the boards' totals short.

    Whoever opens a board adds up what was written since they were last folded: some hundred acts cost as much as all
    the rest of the board.
    """

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.is_over = threading.Event()
        self.beating = threading.Lock()

    def start(self) -> None:
        """Begin with the first of the worker's threads."""
        if self.beating.acquire(blocking=False):
            threading.Thread(target=self.beat, name="pulse", daemon=True).start()

    def beat(self) -> None:
        for second in count():
            if self.is_over.is_set():
                return
            if second % BEAT.seconds == 0:
                self.do(partial(Heartbeat.beat, self.name), "The worker's sign of life was not stored")
            self.do(housekeeping.fold_counters, "The totals of the boards were not folded")
            self.is_over.wait(1)

    @staticmethod
    def do(work: Callable[[], object], otherwise: str) -> None:
        try:
            with application.app_context():
                work()
                db.session.commit()
        except Exception:
            application.logger.exception(otherwise)

    def stop(self) -> None:
        """Say that this worker has left in good order."""
        if not self.is_over.is_set():
            self.is_over.set()
            with application.app_context():
                Heartbeat.stop(self.name)
                db.session.commit()


pulse = Pulse()
huey.on_startup()(pulse.start)
huey.on_shutdown()(pulse.stop)
