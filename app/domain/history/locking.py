"""Who changes a record locks it before the first check, and before reading what it computes with."""

from collections import defaultdict
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.domain.history.tracking import Key, Tracked, tracked_classes
from app.extensions import db

Row = TypeVar("Row", bound=Tracked)


def locked_keys(session: Session) -> set[Key]:
    """Which records this transaction has locked."""
    keys: set[Key] = session.info.setdefault("locked", set())
    return keys


def locked(statement: sa.Select[Row]) -> list[Row]:
    """The records that a statement finds, each locked and as it stands now."""
    return taken(locking(statement))


def locking(statement: sa.Select[Row]) -> sa.Select[Row]:
    """The statement that locks what this one finds, for `taken`.

    FOR NO KEY UPDATE: a plain FOR UPDATE deadlocks with inserts that refer to a common partner.
    """
    entity = statement.column_descriptions[0]["entity"]
    table = (
        sa.inspect(entity).local_table if not sa.inspect(entity).inherits else sa.inspect(entity).tables[0]
    )
    return (
        statement.order_by(None)
        .order_by(table.c.id)
        .with_for_update(key_share=True, of=table)
        .execution_options(populate_existing=True)
    )


def taken(statement: sa.Select[Row], **values: Any) -> list[Row]:
    """The records that a locking statement finds, with these values in it."""
    session = db.session()
    rows = session.scalars(statement, values).all()
    locked_keys(session).update(row.key for row in rows)
    return list(rows)


def lock(*records: Tracked | None) -> None:
    """Lock these records, always in one order (wholes, then their parts; kind; id), and read them afresh.

    Locking in any other order gives deadlocks; reading before locking loses updates.
    """
    session = db.session()
    held = locked_keys(session)
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for record in records:
        if record is not None and record.id is not None and record.key not in held:
            wanted[record.record_kind].add(record.id)
    lock_ids(wanted)


def lock_ids(wanted: dict[str, set[int]]) -> list[Any]:
    """Lock records by kind and id; answers those that exist."""
    found: list[Any] = []
    classes = tracked_classes()
    for kind in sorted(wanted, key=lambda kind: (is_part(classes[kind]), kind)):
        cls = classes[kind]
        found += locked(sa.select(cls).where(cls.id.in_(wanted[kind])))
    return found


def is_part(cls: type[Tracked]) -> bool:
    """Do such records hang on others? Acts on the whole come to its parts with the whole locked already."""
    return cls.is_part_of is not Tracked.is_part_of


@event.listens_for(db.session, "after_transaction_end")
def unlock(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("locked", None)
