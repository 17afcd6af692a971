"""Taking acts back, and taking them up again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.errors import NotTheirs, Refused
from app.domain.history.acts import act, change_set
from app.domain.history.locking import lock_ids
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import (
    Key,
    Tracked,
    differs,
    expire_relations,
    find_record,
    link_key,
    revived,
    tracked_classes,
)
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

FOR_DAYS = 30
WHILE_FRESH = timedelta(minutes=30)
FIELD_BY_FIELD = frozenset({"edited", "imported"})
UNDOINGS = frozenset({"undo", "redo"})


@dataclass
class Kept:
    """Something that Undo left alone, and who is in the way."""

    record: Any
    field: str
    who: str
    at: Any


@dataclass
class Undone:
    """What an Undo did: what it took back, what it left, and which mail had already gone."""

    change_set: ChangeSet | None = None
    taken_back: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    recalled: int = 0

    @property
    def is_complete(self) -> bool:
        return not self.kept and not self.gone


def undo(original: ChangeSet, *, by: User) -> Undone:
    """Put back what a change set and all that it caused has changed, where nobody changed it since.

    Wakes no rule. Fields that one verb set together stand or fall together; only `edited` and `imported`
    go field by field. Raises Refused when there is nothing to undo, it is too late, or it is not theirs.
    """
    sets = with_all_it_caused(original)
    refuse_unless_undoable(original, sets, by)
    records = lock_records(sets)
    answer = Undone()
    for event in newest_first(sets):
        rows = [row for row in live_rows(event) if not is_derived(row)]
        kept = [kept for row in rows if (kept := in_the_way(row, records, answer.taken_back))]
        if kept and event.action not in FIELD_BY_FIELD:
            answer.kept += kept
            continue
        refused = {(each.record and each.record.key, each.field) for each in kept}
        answer.kept += kept
        answer.taken_back += [r for r in rows if (key_of(r), r.field) not in refused]
    with change_set("undo", by=by, wakes_rules=False) as made:
        put_back(answer.taken_back, records, made, by=by, forward=False)
        recall_mail(sets, answer)
    if answer.taken_back or answer.recalled:
        answer.change_set = made
        mark(sets, answer.taken_back, made)
    return answer


def redo(original: ChangeSet, *, by: User) -> Undone:
    """Take an undone change set up again, where nothing has changed since the Undo; mails stay recalled."""
    if not original.is_undone:
        raise Refused(_("This was not undone."))
    refuse_unless_theirs(original, by)
    sets = [each for each in with_all_it_caused(original) if each.undone_by_id == original.undone_by_id]
    records = lock_records(sets)
    answer = Undone()
    for event in (event for each in sets for event in each.events):
        rows = [r for r in rows_of(event) if r.undone_by_id == original.undone_by_id and not is_derived(r)]
        kept = [
            Kept(records.get(key_of(row)), row.field, *last_change(row))
            for row in rows
            if not is_as_undone(records.get(key_of(row)), row, answer.taken_back)
        ]
        answer.kept += kept
        answer.taken_back += [] if kept else rows
    with change_set("redo", by=by, wakes_rules=False) as made:
        put_back(answer.taken_back, records, made, by=by, forward=True)
    if answer.taken_back:
        answer.change_set = made
        session = db.session()
        session.execute(
            sa.update(Change)
            .where(Change.id.in_([r.id for r in answer.taken_back]))
            .values(undone_by_id=None)
        )
        session.execute(
            sa.update(ChangeSet).where(ChangeSet.id.in_([s.id for s in sets])).values(undone_by_id=None)
        )
    return answer


def may_undo(original: ChangeSet, user: User) -> bool:
    """Would Undo be offered to this person?"""
    try:
        refuse_unless_undoable(original, with_all_it_caused(original), user)
    except Refused:
        return False
    return True


def with_all_it_caused(original: ChangeSet) -> list[ChangeSet]:
    """A change set and those that it woke, directly or through others, oldest first."""
    found, seen = [original], {original.id}
    candidates = db.session.scalars(
        sa.select(ChangeSet).where(ChangeSet.root_id == original.first_cause_id).order_by(ChangeSet.id)
    )
    for candidate in candidates:
        if candidate.cause_id in seen:
            found.append(candidate)
            seen.add(candidate.id)
    return found


def refuse_unless_undoable(original: ChangeSet, sets: list[ChangeSet], by: User) -> None:
    if original.is_undone:
        raise Refused(_("This has been undone already."))
    if original.kind in UNDOINGS:
        raise Refused(_("An undo is not undone: do the original again."))
    if original.at < clock.now() - timedelta(days=FOR_DAYS):
        raise Refused(_("This is more than 30 days old and can no longer be undone."))
    refuse_unless_theirs(original, by)


def refuse_unless_theirs(original: ChangeSet, by: User) -> None:
    records = [find_record(kind, id_, db.session) for kind, id_ in sorted(keys_of([original]))]
    if not is_theirs(original, records, by):
        raise NotTheirs(_("Only the person who did this, or who leads the team, can undo it."))


def is_theirs(original: ChangeSet, records: list[Any], by: User) -> bool:
    """One's own acts while one may still edit, or just now; others' by who may edit it all and leads the team."""
    may_edit = bool(records) and all(record is not None and by.may("edit", record) for record in records)
    is_own = original.actor_kind == "user" and original.actor_id == by.id
    if is_own and (may_edit or original.at > clock.now() - WHILE_FRESH):
        return True
    return may_edit and all(by.leads(record) for record in records)


def offers(sets: Iterable[ChangeSet], user: User) -> dict[int, str]:
    """Which of these change sets this person may undo or redo, by id; the number of queries does not grow."""
    candidates = [
        each
        for each in {each.id: each for each in sets}.values()
        if each.kind not in UNDOINGS and each.at >= clock.now() - timedelta(days=FOR_DAYS)
    ]
    keys = keys_by_set(candidates)
    records = load_records({key for found in keys.values() for key in found})
    return {
        each.id: "redo" if each.is_undone else "undo"
        for each in candidates
        if each.id in keys and is_theirs(each, [records.get(key) for key in keys[each.id]], user)
    }


def keys_by_set(sets: list[ChangeSet]) -> dict[int, set[Key]]:
    """The records that each change set changed; one that only wrote a line changed none."""
    rows = db.session.execute(
        sa.select(Event.change_set_id, Change.record_kind, Change.record_id)
        .join(Event, Change.event_id == Event.id)
        .where(Event.change_set_id.in_([each.id for each in sets]))
        .distinct()
    )
    found: defaultdict[int, set[Key]] = defaultdict(set)
    for set_id, kind, record_id in rows:
        found[set_id].add((kind, record_id))
    return found


def load_records(keys: set[Key]) -> dict[Key, Any]:
    """These records, with one query a kind."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for kind, record_id in keys:
        wanted[kind].add(record_id)
    return {
        record.key: record
        for kind, ids in sorted(wanted.items())
        for cls in [tracked_classes()[kind]]
        for record in db.session.scalars(sa.select(cls).where(cls.id.in_(ids)))
    }


def keys_of(sets: list[ChangeSet]) -> set[Key]:
    rows = db.session.execute(
        sa.select(Change.record_kind, Change.record_id)
        .join(Event, Change.event_id == Event.id)
        .where(Event.change_set_id.in_([each.id for each in sets]))
        .distinct()
    )
    return {(kind, record_id) for kind, record_id in rows}


def lock_records(sets: list[ChangeSet]) -> dict[Key, Any]:
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for kind, record_id in keys_of(sets):
        wanted[kind].add(record_id)
    return {record.key: record for record in lock_ids(wanted)}


def newest_first(sets: list[ChangeSet]) -> Iterator[Event]:
    return iter(sorted((event for each in sets for event in each.events), key=lambda event: -event.id))


def rows_of(event: Event) -> list[Change]:
    return list(db.session.scalars(sa.select(Change).where(Change.event_id == event.id).order_by(Change.id)))


def live_rows(event: Event) -> list[Change]:
    return [row for row in rows_of(event) if row.undone_by_id is None]


def is_derived(row: Change) -> bool:
    return row.field in tracked_classes()[row.record_kind].derived


def in_the_way(row: Change, records: dict[Key, Any], taken: list[Change]) -> Kept | None:
    """Who changed this field since, or what it pointed to that is gone; None if it can go back."""
    record = records.get(key_of(row))
    if record is None:
        return Kept(None, row.field, *last_change(row))
    later = later_rows(row, taken, whole_record=row.field == "+")
    if later is not None:
        return Kept(record, row.field, later.event.who, later.event.at)
    is_overlaid = any(is_same_field(each, row) for each in taken)
    if row.field not in "+-" and not is_overlaid and differs(record, row):
        return Kept(record, row.field, *last_change(row))
    if points_nowhere(record, row.field, row.old):
        return Kept(record, row.field, *last_change(row))
    return None


def key_of(row: Change) -> Key:
    return row.record_kind, row.record_id


def is_same_field(one: Change, other: Change) -> bool:
    return (key_of(one), one.field) == (key_of(other), other.field)


def later_rows(row: Change, taken: list[Change], *, whole_record: bool) -> Change | None:
    """The last change of the same field (or, for a making, of the record by others) that still stands."""
    query = (
        sa.select(Change)
        .join(Event, Change.event_id == Event.id)
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .where(
            Change.record_kind == row.record_kind,
            Change.record_id == row.record_id,
            Change.id > row.id,
            Change.id.not_in([each.id for each in taken]),
            Change.undone_by_id.is_(None),
            ChangeSet.kind.not_in(("undo", "redo")),
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    if whole_record:
        maker = row.event.change_set
        query = query.where(
            Event.change_set_id != maker.id,
            sa.or_(ChangeSet.actor_kind != maker.actor_kind, ChangeSet.actor_id != maker.actor_id),
        )
    else:
        query = query.where(Change.field == row.field)
    return db.session.scalar(query)


def last_change(row: Change) -> tuple[str, Any]:
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
    return event.who, event.at


def points_nowhere(record: Tracked, name: str, value: Any) -> bool:
    """Would this value name a stage, user or tag that no longer exists?"""
    if value is None or name in "+-":
        return False
    mapper = sa.inspect(type(record))
    if ":" in name:
        relation = mapper.relationships[name.partition(":")[0]]
        return relation.secondary is not None and db.session.get(relation.mapper.class_, value) is None
    column = mapper.column_attrs[name].columns[0]
    for key in column.foreign_keys:
        target = key.column
        found = db.session.scalar(sa.select(target).where(target == value))
        if found is None:
            return True
    return False


def is_as_undone(record: Tracked | None, row: Change, taken: list[Change]) -> bool:
    """Does the record still stand as the Undo left this field?"""
    if record is None:
        return False
    if any(is_same_field(each, row) for each in taken):
        return True  # an earlier row of this redo brings it there
    if row.field == "+":
        return record.is_binned
    undone = Change(record_kind=row.record_kind, record_id=row.record_id, field=row.field, new=row.old)
    return not differs(record, undone)


def put_back(
    rows: list[Change], records: dict[Key, Any], made: ChangeSet, *, by: User, forward: bool
) -> None:
    """Set every field to its old value (or, forward, to its new one): one event and one version a record."""
    by_record: defaultdict[Key, list[Change]] = defaultdict(list)
    for row in rows:
        by_record[key_of(row)].append(row)
    for key, changes in sorted(by_record.items()):
        record = records[key]
        with act("redone" if forward else "undone", record, by=by) as event:
            event.details = {"actions": sorted({row.event.action for row in changes})}
            for row in changes:
                put(record, row, row.new if forward else row.old, forward=forward)
            db.session.flush()
            record.after_undo()


def put(record: Tracked, row: Change, value: Any, *, forward: bool) -> None:
    """One field to one value; a making goes to the bin, a link is made or cut."""
    if row.field == "+":
        record.deleted_at = None if forward else clock.now()
    elif ":" in row.field:
        put_link(record, *row.field.partition(":")[::2], is_there=value is not None)
    else:
        setattr(record, row.field, revived(type(record), row.field, value))
        expire_relations(record, row.field)


def put_link(record: Tracked, name: str, key: str, *, is_there: bool) -> None:
    links = getattr(record, name)
    present = next((target for target in links if str(link_key(target)) == key), None)
    if is_there and present is None:
        target = sa.inspect(type(record)).relationships[name].mapper.class_
        links.append(
            target.from_key(key) if hasattr(target, "from_key") else db.session.get(target, int(key))
        )
    elif not is_there and present is not None:
        links.remove(present)


def recall_mail(sets: list[ChangeSet], answer: Undone) -> None:
    """Take back the mail that these acts planned, and name what has gone."""
    from app.domain.message import Message  # messages belong to events, and so know us

    for message in Message.planned_by(sets):
        if message.recall():
            answer.recalled += 1
        elif message.has_gone:
            answer.gone.append(message.to_line)


def mark(sets: list[ChangeSet], taken: list[Change], made: ChangeSet) -> None:
    """Note on the rows, and on the change sets of which nothing is left, that they have been undone."""
    session = db.session()
    events = {row.event_id for row in taken}
    rows = [row for each in sets for event in each.events for row in rows_of(event)]
    undone = {row.id for row in taken} | {
        row.id for row in rows if row.event_id in events and is_derived(row)
    }
    session.execute(sa.update(Change).where(Change.id.in_(undone)).values(undone_by_id=made.id))
    standing = {row.event.change_set_id for row in rows if row.undone_by_id is None and row.id not in undone}
    done = [each.id for each in sets if each.id not in standing]
    session.execute(sa.update(ChangeSet).where(ChangeSet.id.in_(done)).values(undone_by_id=made.id))
