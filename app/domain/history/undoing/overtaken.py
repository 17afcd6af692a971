"""What could not be put back any more, known before anybody presses Undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.domain.asking import AmongUnseen, ask
from app.domain.history.reading import ChangeSetRow
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import Key, tracked_classes
from app.domain.history.undoing.rows import UNDOINGS, Kin, family, has_mail_waiting

# An edit is taken back field by field; every other act stands or falls as a whole.
FIELD_BY_FIELD = frozenset({"edited", "imported"})


class Standing(NamedTuple):
    """What a line of history changed in one record, and how much of that could still be taken back, or up again."""

    change_set_id: int
    event_id: int
    action: str
    is_undone: bool
    is_words: bool
    has_mail: bool
    case_id: int | None
    partner_id: int | None
    # A line that only told of its record changed nothing.
    record_kind: str | None
    record_id: int | None
    live: int
    # So many of the live ones others changed since.
    in_the_way: int

    @property
    def keys(self) -> Iterable[Key]:
        """The record that it changed, and the one that a note or a mail was written on."""
        if self.record_kind is not None and self.record_id is not None:
            yield self.record_kind, self.record_id
        if self.is_words or self.has_mail:
            if self.case_id is not None:
                yield "case", self.case_id
            elif self.partner_id is not None:
                yield "partner", self.partner_id


def standings(set_ids: list[int]) -> list[Standing]:
    """How all that these change sets did stands today: one query, however many they are."""
    return list(map(Standing._make, ask(standings_of_sets(), sets=set_ids)))


def keys_by_set(standing: Iterable[Standing]) -> defaultdict[int, set[Key]]:
    """The records that each change set changed, or wrote a note or a mail on; one that only told of itself has none."""
    found: defaultdict[int, set[Key]] = defaultdict(set)
    for each in standing:
        found[each.change_set_id].update(each.keys)
    return found


def with_something_left(
    wanted: list[ChangeSet | ChangeSetRow], kin: Iterable[Kin], standing: Iterable[Standing]
) -> set[int]:
    """Those of the wanted change sets of which Undo, or redo, could still do anything.

    `kin` are they and all that they woke, and `standing` is how all that stands.
    """
    by_line: defaultdict[int, list[Standing]] = defaultdict(list)
    for each in standing:
        by_line[each.event_id].append(each)
    able = {line[0].change_set_id for line in by_line.values() if could_go(line)}
    causes = {each.cause_id for each in kin}
    own = {each.id: each for each in kin}
    return {
        each.id
        for each in wanted
        if any(
            one.id in able and one.undone_by_id == each.undone_by_id
            for one in (family(own[each.id], kin) if each.id in causes else (each,))
        )
    }


def could_go(line: list[Standing]) -> bool:
    """Is there anything in this line of history that nobody changed since?"""
    told = line[0]
    if told.is_words or told.has_mail:
        return True
    if told.action.startswith("mail "):
        return False  # what has gone is gone, and what was recalled is not sent after all
    live, in_the_way = sum(each.live for each in line), sum(each.in_the_way for each in line)
    by_field = told.action in FIELD_BY_FIELD and not told.is_undone
    return in_the_way < live if by_field else live > 0 and in_the_way == 0


@cache
def standings_of_sets() -> Any:
    """The query for that, put together once: doing so takes longer than running it."""
    is_live = sa.and_(
        Change.id.is_not(None),
        Change.undone_by_id.is_not_distinct_from(ChangeSet.undone_by_id),
        ~is_derived(),
    )
    return (
        sa.select(
            Event.change_set_id,
            Event.id,
            Event.action,
            ChangeSet.undone_by_id.is_not(None),
            Event.is_words,
            has_mail_waiting(),
            Event.case_id,
            Event.partner_id,
            Change.record_kind,
            Change.record_id,
            sa.func.sum(sa.case((is_live, 1), else_=0)),
            sa.func.sum(sa.case((is_live, sa.case((changed_since(), 1), else_=0)), else_=0)),
        )
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .outerjoin(Change, Change.event_id == Event.id)
        # Said of both: PostgreSQL, which takes a change set for one of many lines, would read all change sets.
        .where(AmongUnseen(Event.change_set_id, "sets"), AmongUnseen(ChangeSet.id, "sets"))
        .group_by(Event.id, ChangeSet.id, Change.record_kind, Change.record_id)
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
            later.version >= Change.version,  # says no more, but the index knows it
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
