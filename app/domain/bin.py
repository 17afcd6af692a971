"""The bin: what was deleted can be brought back for 30 days, and is then gone for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.actor import SYSTEM
from app.domain.base import Base
from app.domain.case import Case
from app.domain.file import Attachment
from app.domain.history import Event, act, locked
from app.domain.partner import Partner
from app.domain.rules import RuleFiring, RuleRun, WebhookCall
from app.extensions import db

KEPT_FOR = timedelta(days=30)
AT_ONCE = 500
# In this order: what hangs on a case or partner before these.
EMPTIED: tuple[Any, ...] = (Attachment, Activity, Case, Partner)
# What is deleted with a record, or is its history; anything else that points to it keeps it.
GOES_ALONG = {
    "cases": {
        "calls",
        "case_tags",
        "case_watchers",
        "case_addresses",
        "case_references",
        "events",
        "activities",
        "attachments",
        "rule_firings",
        "rule_runs",
        "webhook_calls",
    },
    "partners": {"partner_tag_links", "events", "activities", "attachments"},
    "files": {"file_pieces"},
}


def empty_bin() -> int:
    """Delete for good what has been in the bin for 30 days, each in an act of its own. Answers how many."""
    return sum(purge(cls, record_id) for cls in EMPTIED for record_id in expired(cls))


def expired(cls: Any) -> list[int]:
    """What has been in the bin for long enough, those first that nothing newer can hang on."""
    query = sa.select(cls.id).where(cls.deleted_at < clock.now() - KEPT_FOR)
    ids = list(db.session.scalars(query.order_by(cls.id.desc()).limit(AT_ONCE)))
    db.session.rollback()
    return ids


def purge(cls: Any, record_id: int) -> bool:
    """Delete one record for good, unless it was brought back meanwhile or something still points to it."""
    found = locked(sa.select(cls).where(cls.id == record_id, cls.deleted_at < clock.now() - KEPT_FOR))
    if not found or is_pointed_to(found[0]):
        db.session.rollback()
        return False
    record = found[0]
    details = {"kind": record.record_kind, "name": getattr(record, "name", "")}
    with act("purged", by=SYSTEM, details=details):
        for part in parts_of(record):
            db.session.delete(part)
        db.session.flush()
        forget_rules(record)
        leave_history(record)
        db.session.delete(record)
    db.session.commit()
    return True


def is_pointed_to(record: Any) -> bool:
    """Does any other record still name this one?"""
    mine = sa.inspect(type(record)).tables[0]
    return any(
        db.session.scalar(sa.select(sa.exists().where(column == record.id))) for column in pointers_to(mine)
    )


def pointers_to(table: sa.FromClause) -> list[sa.Column[Any]]:
    """Every column that names a row of this table from outside."""
    along = GOES_ALONG.get(str(table.name), set())  # type: ignore[attr-defined]
    return [
        key.parent
        for other in Base.metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table and other.name not in along
    ]


def parts_of(record: Any) -> list[Any]:
    """What hangs on this record and on nothing else: its files and its activities."""
    if not isinstance(record, (Case, Partner)):
        return []
    parts: list[Any] = []
    for cls in (Attachment, Activity):
        owner = cls.case_id if isinstance(record, Case) else cls.partner_id
        parts += db.session.scalars(sa.select(cls).where(owner == record.id))
    return parts


def forget_rules(record: Any) -> None:
    """What rules did to it is on its history."""
    if isinstance(record, Case):
        for cls in (RuleFiring, RuleRun, WebhookCall):
            db.session.execute(sa.delete(cls).where(cls.case_id == record.id))


def leave_history(record: Any) -> None:
    """Its lines of history belong to nobody's page from now on; the acts they were part of stay as they were."""
    if isinstance(record, (Case, Partner)):
        db.session.execute(
            sa.update(Event)
            .where(history_of(record))
            .values(case_id=None, partner_id=None)
            .execution_options(synchronize_session=False)
        )


def history_of(record: Case | Partner) -> sa.ColumnElement[bool]:
    return Event.case_id == record.id if isinstance(record, Case) else Event.partner_id == record.id
