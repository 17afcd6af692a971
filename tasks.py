"""Work that happens later: each task finds one record and calls one method.

`python -m huey.bin.huey_consumer tasks.huey` is the worker.
"""

import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps

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

FOLDED_EVERY = timedelta(seconds=1)

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
    housekeeping.fold_counters()  # done all the time, but here the workers' page would tell that it fails


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
    """What a worker does all the time, each in a thread of its own.

    It tells the health page that it is alive, and keeps the boards' totals short: whoever opens a board adds up what
    was written since they were last folded, and some hundred acts cost as much as all the rest of the board.
    """

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.is_over = threading.Event()
        self.beating = threading.Lock()

    def start(self) -> None:
        """Begin with the first of the worker's threads."""
        if self.beating.acquire(blocking=False):
            for work in (self.beat, self.fold):
                threading.Thread(target=work, name=f"pulse-{work.__name__}", daemon=True).start()

    def beat(self) -> None:
        self.repeat(partial(Heartbeat.beat, self.name), BEAT, "The worker's sign of life was not stored")

    def fold(self) -> None:
        self.repeat(housekeeping.fold_counters, FOLDED_EVERY, "The totals of the boards were not folded")

    def repeat(self, work: Callable[[], object], every: timedelta, otherwise: str) -> None:
        """Do this again and again; what failed is in the log, and tried again when it has had time to mend."""
        while not self.is_over.is_set():
            pause = every
            try:
                with application.app_context():
                    work()
                    db.session.commit()
            except Exception:
                application.logger.exception(otherwise)
                pause = max(every, BEAT)
            self.is_over.wait(pause.total_seconds())

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
