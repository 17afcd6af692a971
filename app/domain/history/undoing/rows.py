"""The change rows of acts that are being taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import Key, tracked_classes
from app.extensions import db

UNDOINGS = frozenset({"undo", "redo"})


class Kin(NamedTuple):
    """A change set as far as it matters to what is told together with it."""

    id: int
    cause_id: int | None
    root_id: int | None
    undone_by_id: int | None
    # Did it change too many records to look at each of them now?
    is_large: bool

    @property
    def first_cause_id(self) -> int:
        return self.root_id or self.id


Member = TypeVar("Member", ChangeSet, Kin)


def family(original: Member, candidates: Iterable[Member]) -> list[Member]:
    """A change set and those of the candidates that it woke, directly or through others, oldest first."""
    found = {original.id: original}
    for candidate in sorted(candidates, key=lambda each: each.id):
        if candidate.cause_id in found:
            found[candidate.id] = candidate
    return list(found.values())


def rows_by_event(sets: list[ChangeSet]) -> list[tuple[Event, list[Change]]]:
    """What each event of these change sets changed, oldest first."""
    rows: dict[Event, list[Change]] = {}
    found = db.session.scalars(
        sa.select(Change)
        .join(Event, Change.event_id == Event.id)
        .where(Event.change_set_id.in_([each.id for each in sets]))
        .options(joinedload(Change.event).joinedload(Event.change_set))
        .order_by(Change.event_id, Change.id)
        .execution_options(populate_existing=True)
    )
    for row in found:
        rows.setdefault(row.event, []).append(row)
    return list(rows.items())


def words_of(sets: list[ChangeSet]) -> list[Event]:
    """What people wrote in these change sets: to be struck out, or to stand again."""
    return list(
        db.session.scalars(
            sa.select(Event)
            .where(Event.change_set_id.in_([each.id for each in sets]), Event.is_words)
            .order_by(Event.id)
        )
    )


def has_mail_waiting() -> sa.ColumnElement[bool]:
    """Has this line of history planned a mail that is still to go?"""
    from app.domain.message import Message  # messages belong to events, and so know us

    return sa.exists().where(Message.event_id == Event.id, Message.state == "waiting")


def key_of(row: Change) -> Key:
    return row.record_kind, row.record_id


def field_of(row: Change) -> tuple[str, int, str]:
    """Which field of which record a row speaks of."""
    return row.record_kind, row.record_id, row.field


def is_derived(row: Change) -> bool:
    """Does this field follow from others, and so is neither compared nor put back?"""
    return row.field in tracked_classes()[row.record_kind].derived
