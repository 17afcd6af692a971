"""What piles up and is of no use any more. All of it may run at any time, and as often as one likes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import clock
from app.domain import counting, file_store, recounting
from app.domain.bin import empty_bin, pointers_to
from app.domain.configuration import ConfigurationMark
from app.domain.digest import Digest
from app.domain.draft import Draft
from app.domain.file import File
from app.domain.heartbeat import Heartbeat
from app.domain.importing.running import forget_failed
from app.domain.job import Job
from app.domain.notification import Notification
from app.domain.rules import RuleRehearsal, RuleRun
from app.domain.sent_form import SentForm
from app.domain.sign_in import Pass, SignIn
from app.domain.throttle import Throttle
from app.extensions import db

A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
A_MONTH = timedelta(days=30)
THREE_MONTHS = timedelta(days=90)
AT_ONCE = 1000


def tidy() -> None:
    """Empty the bin and clear away what is over."""
    empty_bin()
    now = clock.now()
    forget(Throttle, Throttle.key, Throttle.window_ends_at < now - A_DAY)
    forget(Heartbeat, Heartbeat.worker, Heartbeat.at < now - A_DAY)
    forget(SentForm, SentForm.key, SentForm.at < now - A_WEEK)
    forget(Pass, Pass.id, Pass.expires_at < now - A_MONTH)
    forget(SignIn, SignIn.id, sa.or_(SignIn.ended_at < now - A_MONTH, SignIn.seen_at < now - A_MONTH))
    forget(Job, Job.id, Job.ended_at < now - A_MONTH)
    forget(Draft, Draft.id, Draft.updated_at < now - A_MONTH)
    forget(Notification, Notification.id, Notification.read_at < now - THREE_MONTHS)
    db.session.execute(sa.delete(Digest).where(Digest.day < clock.today() - A_MONTH))
    forget(RuleRun, RuleRun.id, RuleRun.is_over())
    forget(RuleRehearsal, RuleRehearsal.id, RuleRehearsal.is_over())
    forget_failed(ended_before=now - A_MONTH)
    ConfigurationMark.fold()
    db.session.commit()
    clear_unused_files()


def fold_counters() -> None:
    """Fold what was added to the totals of the boards, a batch at a time; with nothing to fold, nobody waits for it."""
    while counting.is_to_be_folded() and counting.fold():
        db.session.commit()
    db.session.commit()


def recount() -> None:
    """Compare the totals with a recount; what differs is reported in the log and put right."""
    recounting.mend()
    db.session.commit()


def forget(cls: Any, key: Any, is_over: sa.ColumnElement[bool]) -> None:
    """Delete these rows, so many at once that nobody waits for it."""
    while True:
        some = sa.select(key).where(is_over).limit(AT_ONCE)
        gone = db.session.execute(sa.delete(cls).where(key.in_(some.scalar_subquery())))
        db.session.commit()
        if gone.rowcount < AT_ONCE:  # type: ignore[attr-defined]
            return


def clear_unused_files() -> None:
    """Delete the bytes that nothing names, a day after somebody last stored them."""
    is_unused = [~sa.exists().where(column == File.id) for column in pointers_to(File.__table__)]
    is_free = File.id.not_in(Draft.held_files())
    query = sa.select(File).where(File.stored_at < clock.now() - A_DAY, *is_unused, is_free)
    for file_id in list(db.session.scalars(query.with_only_columns(File.id).limit(AT_ONCE))):
        file = db.session.scalars(query.where(File.id == file_id).with_for_update()).first()
        if file is not None:
            file_store.drop(file.id, file.digest)
            db.session.delete(file)
        db.session.commit()
