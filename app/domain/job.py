"""Work that must happen, written down in the transaction of its cause."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import clock, jobs
from app.domain.actor import Acting
from app.domain.base import Base, Id
from app.domain.errors import Refused
from app.extensions import _, db, durable

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=4)
LOOK_AGAIN = timedelta(days=1)
MOST_ATTEMPTS = 22
NOTING_TRIES = 60

# Notes what was done out in the world; answers why it must be tried again, or None when it is done.
Note = Callable[[], str | None]


@dataclass(frozen=True)
class Handler:
    """What does a kind of job, and what to do about its record when it is given up, or taken up again by hand."""

    do: Callable[[Job], Note | None]
    given_up: Callable[[Job, str], None] | None = None
    taken_up: Callable[[Job], None] | None = None


HANDLERS: dict[str, Handler] = {}


class GiveUp(Exception):
    """Trying this job again is of no use."""


class NotYet(Exception):
    """What the job needs is not there yet. It waits, without an attempt being counted, until it is woken."""


class TakenOver(Exception):
    """The lease ran out and another worker has the job: what was done here is rolled back."""


class Job(Base):
    """One piece of work. The queue carries only its id; this row says whether it is to be done."""

    __tablename__ = "jobs"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(sa.String(30))
    record_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
        sa.Index("ix_jobs_due", "state", "run_at"),
        sa.Index("ix_jobs_record", "kind", "record_id"),
        # Two who press at once plan one piece of work.
        sa.Index(
            "uq_jobs_alive",
            "kind",
            "record_id",
            unique=True,
            sqlite_where=sa.text("state in ('waiting', 'running') and record_id is not null"),
            postgresql_where=sa.text("state in ('waiting', 'running') and record_id is not null"),
        ),
    )

    @classmethod
    def plan(cls, kind: str, record_id: int | None = None, *, run_at: datetime | None = None) -> Job:
        """Write down that this must happen; the queue hears of it when the transaction is committed."""
        job = cls(kind=kind, record_id=record_id, run_at=run_at or clock.now())
        db.session.add(job)
        return job

    @classmethod
    def alive(cls, kind: str, record_id: int) -> list[int]:
        """The job of this kind about a record that waits or is being done, if there is one."""
        query = sa.select(cls.id).where(
            cls.kind == kind, cls.record_id == record_id, cls.state.in_(("waiting", "running"))
        )
        return list(db.session.scalars(query))

    @classmethod
    def plan_once(cls, kind: str, record_id: int) -> None:
        """Plan it, unless it is planned already or under way and will see how things stand now."""
        if not cls.alive(kind, record_id):
            cls.plan(kind, record_id)

    @classmethod
    def cancel_waiting(cls, kind: str, record_id: int) -> bool:
        """Call off work that has not begun; no row means that it has been done or is being done."""
        called_off = db.session.execute(
            sa.update(cls)
            .where(cls.kind == kind, cls.record_id == record_id, cls.state == "waiting")
            .values(state="cancelled", ended_at=clock.now())
        )
        return bool(called_off.rowcount)  # type: ignore[attr-defined]

    @classmethod
    def hurry(cls, kind: str, record_id: int) -> bool:
        """Do what waits for this record now. Answers whether anything waited."""
        return cls.wake_those(cls.kind == kind, cls.record_id == record_id)

    @classmethod
    def wake(cls, kind: str) -> bool:
        """What these jobs could not do without is there now."""
        return cls.wake_those(
            cls.kind == kind, cls.attempts == 0, cls.error.is_not(None), cls.run_at > clock.now()
        )

    @classmethod
    def wake_those(cls, *which: sa.ColumnElement[bool]) -> bool:
        now = clock.now()
        woken = db.session.scalars(
            sa.update(cls)
            .where(cls.state == "waiting", *which)
            .values(run_at=now, error=None)
            .returning(cls.id)
        ).all()
        for job_id in woken:
            remember(db.session(), job_id, now)
        return bool(woken)

    @classmethod
    def run(cls, job_id: int) -> bool:
        """Claim a due job and do it; harmless for one that is done, taken or called off. Answers whether it ran.

        A handler's own writes and the job's end are one transaction: killed at any point, it has happened
        once or will be tried again when its lease is over. A handler that did something out in the world
        answers with the function that notes it, because that must not be done again when noting it fails.
        """
        job = cls.claim(job_id)
        if job is None:
            return False
        attempt = job.attempts
        try:
            note = HANDLERS[job.kind].do(job)
            if note is None:
                cls.finish(job_id, attempt)
            else:
                cls.store(note, job_id, attempt)
        except TakenOver as late:
            db.session.rollback()
            log.warning("%s", late)
        except Exception as error:
            db.session.rollback()
            cls.put_off(job_id, attempt, error)
        return True

    @classmethod
    def claim(cls, job_id: int) -> Job | None:
        """Take it, if it is due and nobody has it, with a lease that outlives a killed worker."""
        now = clock.now()
        is_free = sa.or_(cls.state == "waiting", sa.and_(cls.state == "running", cls.lease_until < now))
        claimed = db.session.execute(
            sa.update(cls)
            .where(cls.id == job_id, cls.run_at <= now, is_free)
            .values(state="running", attempts=cls.attempts + 1, lease_until=now + LEASE)
            .returning(cls.id)
        ).scalar()
        job = db.session.get(cls, claimed, populate_existing=True) if claimed is not None else None
        if job is not None and job.attempts > MOST_ATTEMPTS:
            job.give_up(Unfinished("Every worker that took it died of it."))
            job = None
        db.session.commit()
        return job

    def renew(self) -> None:
        """Still at it: a long job says so between its batches, and commits what it has done so far.

        Raises TakenOver when it took longer than its lease and another worker has it.
        """
        kept = db.session.execute(
            sa.update(Job)
            .where(Job.id == self.id, Job.state == "running", Job.attempts == self.attempts)
            .values(lease_until=clock.now() + LEASE)
        )
        if not kept.rowcount:  # type: ignore[attr-defined]
            raise TakenOver(f"Job {self.id} was taken over after attempt {self.attempts}.")
        db.session.commit()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the lease while waiting for somebody outside, in no transaction and however slow they are."""
        job_id, attempt, engine, is_over = self.id, self.attempts, db.engine, threading.Event()
        db.session.rollback()

        def keep() -> None:
            mine = sa.update(Job).where(Job.id == job_id, Job.attempts == attempt, Job.state == "running")
            while not is_over.wait(LEASE.total_seconds() / 4):
                with suppress(sa.exc.SQLAlchemyError), engine.begin() as connection:
                    connection.execute(mine.values(lease_until=clock.now() + LEASE))

        threading.Thread(target=keep, name=f"lease of job {job_id}", daemon=True).start()
        try:
            yield
        finally:
            is_over.set()

    @classmethod
    def finish(cls, job_id: int, attempt: int) -> None:
        """Note the end together with the work, unless somebody else has taken it over since."""
        ended = db.session.execute(
            sa.update(cls)
            .where(cls.id == job_id, cls.state == "running", cls.attempts == attempt)
            .values(state="done", ended_at=clock.now(), lease_until=None, error=None)
        )
        if not ended.rowcount:  # type: ignore[attr-defined]
            raise TakenOver(f"Job {job_id} was taken over after attempt {attempt}.")
        db.session.commit()

    @classmethod
    def store(cls, note: Note, job_id: int, attempt: int) -> None:
        """Note what was done together with the job's end, as often as it takes for the database to take it.

        What cannot be noted for another reason is given up: done twice is worse than not noted.
        """
        for tries in range(NOTING_TRIES):
            try:
                durable()
                unfinished = note()
                if unfinished is None:
                    cls.finish(job_id, attempt)
                else:
                    cls.put_off(job_id, attempt, Unfinished(unfinished))
                return
            except sa.exc.DBAPIError as error:
                db.session.rollback()
                log.warning("Job %s is done but not yet noted: %s", job_id, error)
                time.sleep(min(0.1 * 2**tries, 5))
            except TakenOver:
                raise
            except Exception as error:
                raise GiveUp(f"It was done, but that could not be noted: {error}") from error
        raise TakenOver(f"Job {job_id} was done, but the database took no note of it.")

    @classmethod
    def put_off(cls, job_id: int, attempt: int, error: Exception) -> None:
        """Try again later, each time after a longer pause; in the end keep it, with its error, for a person."""
        job = db.session.get(cls, job_id, with_for_update=True, populate_existing=True)
        if job is None or job.state != "running" or job.attempts != attempt:
            db.session.rollback()
            return
        job.error, job.lease_until = str(error) or type(error).__name__, None
        if isinstance(error, NotYet):
            job.state, job.attempts, job.run_at = "waiting", job.attempts - 1, clock.now() + LOOK_AGAIN
        elif isinstance(error, GiveUp) or job.attempts >= MOST_ATTEMPTS:
            job.give_up(error)
        else:
            expected = isinstance(error, Unfinished)
            log.warning("Job %s (%s): %s", job.id, job.kind, error, exc_info=None if expected else error)
            job.state, job.run_at = "waiting", clock.now() + pause_after(job.attempts)
            remember(db.session(), job.id, job.run_at)
        db.session.commit()

    def give_up(self, error: Exception) -> None:
        """Nobody tries this again unless a person says so; what it was about hears of it."""
        log.warning("Job %s (%s) was given up: %s", self.id, self.kind, error, exc_info=error)
        self.state, self.ended_at = "failed", clock.now()
        handler = HANDLERS.get(self.kind)
        if handler is not None and handler.given_up is not None:
            handler.given_up(self, str(error))

    def retry(self, *, by: Acting) -> None:
        """Somebody has put right what was in its way: try it again now, as if it were new."""
        self.refuse_unless_failed()
        if self.record_id is not None and Job.alive(self.kind, self.record_id):
            raise Refused(_("This is planned again already."))
        self.state, self.attempts, self.run_at, self.ended_at = "waiting", 0, clock.now(), None
        handler = HANDLERS.get(self.kind)
        if handler is not None and handler.taken_up is not None:
            handler.taken_up(self)
        remember(db.session(), self.id, self.run_at)
        log.warning("%s has job %s (%s) tried again.", by.as_actor().name, self.id, self.kind)

    def drop(self, *, by: Acting) -> None:
        """Nobody needs it any more."""
        self.refuse_unless_failed()
        self.state = "cancelled"
        log.warning("%s dropped job %s (%s): %s", by.as_actor().name, self.id, self.kind, self.error)

    def refuse_unless_failed(self) -> None:
        if self.state != "failed":
            raise Refused(_("Only what was given up is tried again or dropped."))

    @classmethod
    def sweep(cls, limit: int = 500) -> int:
        """Wake what is due and may have been forgotten by a queue or a killed worker. Answers how many."""
        now = clock.now()
        due = sa.or_(
            sa.and_(cls.state == "waiting", cls.run_at <= now),
            sa.and_(cls.state == "running", cls.lease_until < now),
        )
        ids = list(db.session.scalars(sa.select(cls.id).where(due).order_by(cls.run_at, cls.id).limit(limit)))
        db.session.rollback()
        for job_id in ids:
            jobs.later(job_id)
        return len(ids)


class Unfinished(Exception):
    """Part of it is done and noted; the rest is to be tried again, and that is nothing unheard of."""


def handles(
    kind: str,
    *,
    given_up: Callable[[Job, str], None] | None = None,
    taken_up: Callable[[Job], None] | None = None,
) -> Callable[[Callable[[Job], Note | None]], Callable[[Job], Note | None]]:
    """Say which function does the jobs of a kind, and which ones hear of those given up and taken up again."""

    def register(function: Callable[[Job], Note | None]) -> Callable[[Job], Note | None]:
        HANDLERS[kind] = Handler(function, given_up, taken_up)
        return function

    return register


def pause_after(attempts: int) -> timedelta:
    """15 s, 30 s, 1 min … up to four hours: two days until the last attempt."""
    return min(timedelta(seconds=15) * 2 ** (attempts - 1), LONGEST_PAUSE)


def remember(session: Session, job_id: int, run_at: datetime) -> None:
    """The queue is to hear of this job once the transaction is committed."""
    session.info.setdefault("planned_jobs", []).append((job_id, run_at))


@sa_event.listens_for(db.session, "after_flush")
def remember_new_jobs(session: Session, _context: Any) -> None:
    for job in session.new:
        if isinstance(job, Job):
            remember(session, job.id, job.run_at)


@sa_event.listens_for(db.session, "after_commit")
def tell_the_queue(session: Session) -> None:
    """Only after the commit: on one SQLite file, a queue that is told earlier waits for us and we for it."""
    if session.in_nested_transaction():
        return
    for job_id, run_at in session.info.pop("planned_jobs", []):
        try:
            jobs.later(job_id, run_at)
        except Exception:
            # The row is safe and the sweep finds it; whoever saved must not be told that it failed.
            log.exception("The queue did not take job %s", job_id)


@sa_event.listens_for(db.session, "after_rollback")
def forget_jobs(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("planned_jobs", None)
