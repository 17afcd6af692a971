"""What stands in the way of putting a field back: somebody's later change, or what is no longer there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import Key, Tracked, differs, tracked_classes
from app.domain.history.undoing.rows import UNDOINGS, field_of, key_of
from app.extensions import db


@dataclass
class Kept:
    """Something that Undo left alone, and who is in the way."""

    record: Any
    field: str
    who: str
    at: Any


def in_the_way(
    row: Change, records: dict[Key, Any], taken: list[Change], sets: list[ChangeSet]
) -> Kept | None:
    """Who changed this field since, or what it pointed to that is gone; None if it can go back."""
    record = records.get(key_of(row))
    if record is None:
        return kept_by_last(None, row)
    later = later_by_others(row, sets) if row.field == "+" else later_change(row, taken)
    if later is not None:
        return Kept(record, row.field, later.event.who, later.event.at)
    is_overlaid = any(field_of(each) == field_of(row) for each in taken)
    if row.field not in "+-" and not is_overlaid and differs(record, row.field, row.new):
        return kept_by_last(record, row)
    return kept_by_last(record, row) if points_nowhere(record, row.field, row.old) else None


def in_the_way_again(row: Change, records: dict[Key, Any], taken: list[Change]) -> Kept | None:
    """The same for a redo: does the field still stand as the Undo left it, and can it go forward?"""
    record = records.get(key_of(row))
    if record is None or points_nowhere(record, row.field, row.new, but=brought_back(taken)):
        return kept_by_last(record, row)
    if any(field_of(each) == field_of(row) for each in taken):
        return None  # an earlier row of this redo brings it there
    is_as_left = record.is_binned if row.field == "+" else not differs(record, row.field, row.old)
    return None if is_as_left else kept_by_last(record, row)


def later_change(row: Change, taken: list[Change]) -> Change | None:
    """The last change of the same field that still stands."""
    return db.session.scalar(
        still_standing(row).where(
            Change.field == row.field,
            Change.id.not_in([each.id for each in taken if field_of(each) == field_of(row)]),
        )
    )


def later_by_others(row: Change, sets: list[ChangeSet]) -> Change | None:
    """The last change that somebody else than its maker, and than what the making woke, made to a record."""
    maker = row.event.change_set
    return db.session.scalar(
        still_standing(row).where(
            Event.change_set_id.not_in([each.id for each in sets]),
            sa.or_(ChangeSet.actor_kind != maker.actor_kind, ChangeSet.actor_id != maker.actor_id),
        )
    )


def still_standing(row: Change) -> sa.Select[Change]:
    """Later changes of the same record that are not undone, newest first."""
    return (
        sa.select(Change)
        .join(Event, Change.event_id == Event.id)
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .where(
            Change.record_kind == row.record_kind,
            Change.record_id == row.record_id,
            Change.id > row.id,
            Change.undone_by_id.is_(None),
            ChangeSet.kind.not_in(UNDOINGS),
        )
        .order_by(Change.id.desc())
        .limit(1)
    )


def kept_by_last(record: Any, row: Change) -> Kept:
    """Whoever touched this field last is named."""
    last = db.session.scalar(
        sa.select(Change)
        .where(
            Change.record_kind == row.record_kind,
            Change.record_id == row.record_id,
            Change.field == row.field,
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    event = (last or row).event
    return Kept(record, row.field, event.who, event.at)


def brought_back(taken: list[Change]) -> set[Key]:
    """The records that this redo takes out of the bin."""
    return {key_of(row) for row in taken if row.field == "+"}


def points_nowhere(record: Tracked, name: str, value: Any, but: Collection[Key] = ()) -> bool:
    """Would this value name a stage, person or tag that is gone, in the bin, or out of the house?"""
    if value is None or name in "+-":
        return False
    mapper = sa.inspect(type(record))
    if ":" in name:
        relation = mapper.relationships[name.partition(":")[0]]
        return relation.secondary is not None and is_out(db.session.get(relation.mapper.class_, value))
    column = mapper.column_attrs[name].columns[0]
    by_table = {sa.inspect(cls).local_table.name: cls for cls in tracked_classes().values()}
    targets = [by_table[key.column.table.name] for key in column.foreign_keys if key.column.name == "id"]
    return any(
        is_out(db.session.get(target, value)) for target in targets if (target.record_kind, value) not in but
    )


def is_out(target: Any) -> bool:
    return target is None or target.is_binned or not getattr(target, "is_active", True)
