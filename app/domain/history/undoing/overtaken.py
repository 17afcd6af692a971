"""What could not be put back any more, known before anybody presses Undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.domain.asking import Among
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import tracked_classes
from app.domain.history.undoing.rows import UNDOINGS, family, has_mail_waiting
from app.extensions import db

# An edit is taken back field by field; every other act stands or falls as a whole.
FIELD_BY_FIELD = frozenset({"edited", "imported"})


def with_something_left(wanted: list[ChangeSet], sets: Iterable[ChangeSet]) -> set[int]:
    """Those of the wanted change sets of which Undo, or redo, could still do anything: one query, however many.

    `sets` are they and all that they woke.
    """
    if not wanted:
        return set()
    able = {row.change_set_id for row in standings(sets) if could_go(row)}
    return {
        each.id
        for each in wanted
        if any(one.id in able and one.undone_by_id == each.undone_by_id for one in family(each, sets))
    }


def could_go(row: Any) -> bool:
    """Is there anything in this line of history that nobody changed since?"""
    if row.is_words or row.has_mail:
        return True
    if row.action.startswith("mail "):
        return False  # what has gone is gone, and what was recalled is not sent after all
    by_field = row.action in FIELD_BY_FIELD and not row.is_undone
    return row.in_the_way < row.live if by_field else row.live > 0 and row.in_the_way == 0


def standings(sets: Iterable[ChangeSet]) -> Iterable[Any]:
    """For each line of these change sets: how much of it is live, and how much of that others changed since."""
    return db.session.execute(standings_of_sets(), {"sets": [each.id for each in sets]})


@cache
def standings_of_sets() -> Any:
    """The query for that, put together once: doing so takes longer than running it."""
    live = sa.and_(
        Change.event_id == Event.id,
        Change.undone_by_id.is_not_distinct_from(ChangeSet.undone_by_id),
        ~is_derived(),
    )
    return (
        sa.select(
            Event.change_set_id,
            Event.action,
            ChangeSet.undone_by_id.is_not(None).label("is_undone"),
            Event.is_words.label("is_words"),
            has_mail_waiting().label("has_mail"),
            sa.func.count(Change.id).label("live"),
            sa.func.sum(sa.case((changed_since(), 1), else_=0)).label("in_the_way"),
        )
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .outerjoin(Change, live)
        .where(Among(Event.change_set_id, "sets"))
        .group_by(Event.id, ChangeSet.id)
    )


def changed_since() -> sa.ColumnElement[bool]:
    """Did another act set the same field later, or somebody else anything of a record that was made?"""
    later, event, by = aliased(Change), aliased(Event), aliased(ChangeSet)
    same_record = (
        sa.exists()
        .where(
            later.record_kind == Change.record_kind,
            later.record_id == Change.record_id,
            later.id > Change.id,
            later.undone_by_id.is_(None),
            later.event_id == event.id,
            event.change_set_id == by.id,
            by.kind.not_in(UNDOINGS),
            sa.func.coalesce(by.root_id, by.id) != sa.func.coalesce(ChangeSet.root_id, ChangeSet.id),
        )
        .correlate(Change, ChangeSet)
    )
    by_others = sa.or_(by.actor_kind != ChangeSet.actor_kind, by.actor_id != ChangeSet.actor_id)
    # Two questions, and not one with an `or`, so that each finds its index.
    return sa.case(
        (Change.field == "+", same_record.where(by_others)),
        else_=same_record.where(later.field == Change.field),
    )


def is_derived() -> sa.ColumnElement[bool]:
    fields: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for kind, cls in tracked_classes().items():
        fields[cls.derived].add(kind)
    return sa.or_(
        *(
            sa.and_(Change.record_kind.in_(kinds), Change.field.in_(names))
            for names, kinds in fields.items()
            if names
        )
    )
