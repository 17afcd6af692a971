"""Acts: the only way to change the business, and the listeners that write down what each one changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.domain import counting
from app.domain.actor import Acting
from app.domain.history import locking
from app.domain.history.plainly import plainly_changed, put_again, put_new
from app.domain.history.records import ChangeSet, Event
from app.domain.history.storing import note_stored, put_down
from app.domain.history.tracking import (
    Key,
    Tracked,
    column_changes,
    has_changed,
    is_set,
    link_changes,
    named_id,
    row_of,
    tracked_classes,
)
from app.extensions import db

DEEPEST = 5
# Who hears of a change set as it ends, in its transaction, unless it only takes back or plays what was.
ears: list[Callable[[Unit], None]] = []


class OutsideAct(RuntimeError):
    """Business was about to be stored without a line of history."""


class NotLocked(RuntimeError):
    """An act began on a record that was not locked before it was read."""


class CommitInsideAct(RuntimeError):
    """A transaction was about to end in the middle of an act, or after one that failed."""


@dataclass
class Frame:
    """One event while it is open, with the first old and last new value of every field it changed."""

    event: Event
    subjects: tuple[Tracked, ...] = ()
    rows: dict[tuple[str, int, str], tuple[Any, Any]] = field(default_factory=dict)

    def note(self, key: Key, name: str, old: Any, new: Any) -> None:
        first, _ = self.rows.get((*key, name), (old, None))
        self.rows[*key, name] = first, new


@dataclass
class Unit:
    """A change set while it is open."""

    change_set: ChangeSet
    open_frames: list[Frame] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    versions: dict[Key, int] = field(default_factory=dict)
    counted: dict[Key, tuple[Any, Any]] = field(default_factory=dict)
    wakes_rules: bool = True

    def count(self, key: Key, old: Any, new: Any) -> None:
        """Note how a record was counted before all of this, and how it is now."""
        first, _ = self.counted.get(key, (old, None))
        self.counted[key] = first, new

    @property
    def begun(self) -> Event | None:
        """The line that has begun and is not stored: the last one, if any; those before it are."""
        last = self.frames[-1].event if self.frames else None
        return last if last is not None and sa.inspect(last).transient else None

    def store_lines(self, session: Session) -> None:
        """Store the lines as far as they have begun, in that order, after the records that they are about."""
        flush(session)
        if (line := self.begun) is not None:
            put_down(self.change_set, line)

    def write(self, session: Session) -> None:
        """Store what each event changed, with the event if it is not stored."""
        if not self.frames:
            return
        flush(session)
        for frame in self.frames:
            frame.event.note(
                {key: (old, new) for key, (old, new) in frame.rows.items() if is_told(key, old, new)}
            )
        rows = [
            {
                "event_id": frame.event.id,
                "record_kind": kind,
                "record_id": record_id,
                "version": self.versions.get((kind, record_id), 1),
                "field": name,
                "old": old,
                "new": new,
            }
            for frame in self.frames
            for (kind, record_id, name), (old, new) in frame.event.changed.items()
        ]
        put_down(self.change_set, self.begun, rows, counting.rows_of(self.counted.values()))
        set_committed_value(self.change_set, "events", [frame.event for frame in self.frames])


def is_told(key: tuple[str, int, str], old: Any, new: Any) -> bool:
    """Did this come to anything?"""
    return key[2] in {"+", "-"} or old != new


@dataclass
class Journal:
    """What a session knows of the acts that are open in it."""

    unit: Unit | None = None
    made: ChangeSet | None = None
    told: list[Event] = field(default_factory=list)
    is_spoiled: bool = False

    @classmethod
    def of(cls, session: Session) -> Journal:
        return session.info.setdefault("journal", cls())


@contextmanager
def change_set(
    kind: str, *, by: Acting, cause: ChangeSet | None = None, wakes_rules: bool = True
) -> Iterator[ChangeSet]:
    """All changes of one act of a person, rule, import, job or undo; joins the one that is open.

    When the outermost ends, and only then, rules react to its events in order.
    """
    session = db.session()
    journal = Journal.of(session)
    if journal.unit is not None:
        yield journal.unit.change_set
        return
    actor = by.as_actor()
    unit = journal.unit = Unit(
        ChangeSet(
            kind=kind,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            at=clock.now(),
            cause_id=cause.id if cause else None,
            root_id=cause.first_cause_id if cause else None,
            depth=cause.depth + 1 if cause else 0,
        ),
        wakes_rules=wakes_rules,
    )
    try:
        with session.no_autoflush:
            yield unit.change_set
            unit.write(session)
            for ear in ears if unit.frames and wakes_rules else ():
                ear(unit)
    except BaseException:
        journal.is_spoiled = True
        raise
    finally:
        journal.unit = None
    if cause is None and unit.frames:
        journal.made, journal.told = unit.change_set, []
    journal.told += [frame.event for frame in unit.frames]
    if cause is None and unit.wakes_rules:
        from app.domain.history.reactions import react  # reactions are acts themselves

        react([frame.event for frame in unit.frames])


def written_down() -> ChangeSet | None:
    """The change set that is open, stored with its lines so far for what names them by id; None if it has none."""
    session = db.session()
    unit = Journal.of(session).unit
    if unit is None or not unit.frames:
        return None
    unit.store_lines(session)
    return unit.change_set


def line_begun() -> Event | None:
    """The newest line of the change set that is open, while more can still be said in it; None if none has begun."""
    unit = Journal.of(db.session()).unit
    return unit.begun if unit is not None else None


def just_made() -> ChangeSet | None:
    """The change set that this session made last, for the Undo beside what is said about it; None if none."""
    return Journal.of(db.session()).made


def just_told() -> list[Event]:
    """The lines of history of that change set and of all that it caused, newest first."""
    session = db.session()
    return [event for event in reversed(Journal.of(session).told) if event in session]


@contextmanager
def act(action: str, *subjects: Tracked, by: Acting, **told: Any) -> Iterator[Event]:
    """One line of history, with everything that changes while it is open.

    `subjects` are what it is about: locked before they were read, or new. `told` sets columns of the event
    (body, channel_id, details …). Raises NotLocked for a subject that was not locked.
    """
    session = db.session()
    journal = Journal.of(session)
    with change_set("act", by=by):
        unit = journal.unit
        assert unit is not None
        unit.store_lines(session)  # what was changed so far belongs to the act around this one
        details = told.pop("details", {})
        event = Event(change_set=unit.change_set, action=action, at=clock.now(), details=details, **told)
        frame = Frame(event, subjects)
        unit.frames.append(frame)
        unit.open_frames.append(frame)
        for subject in subjects:
            for changed in subject.subjects():
                take_in(session, event, changed)
        for subject in subjects:
            tell_on(event, subject)
            note_action(subject, by)
        try:
            yield event
            for subject in subjects:
                tell_on(event, subject)  # it may belong to another team or partner now
            flush(session)
        finally:
            unit.open_frames.pop()


def take_in(session: Session, event: Event, subject: Tracked) -> None:
    """A subject is new, and then it is made by this act, or it was locked."""
    state = sa.inspect(subject)
    if state.transient or state.pending:
        session.add(subject)
    elif subject.key not in locking.locked_keys(session):
        raise NotLocked(f"{subject.key} was not locked before '{event.action}'.")


def tell_on(event: Event, subject: Tracked) -> None:
    """Put the event into the histories of what its subject concerns, as these stand now.

    What is set again as it is would make a whole flush of its own.
    """
    case, partner = subject.told_on()
    if case is not None:
        team_id = named_id(case, "team")  # of a team that was set and is not stored the column knows nothing
        if (event.case, event.team_id) != (case, team_id):
            event.case, event.team_id = case, team_id
    if partner is not None and event.partner is not partner:
        event.partner = partner


def note_action(subject: Tracked, by: Acting) -> None:
    """What the subject concerns was acted on: it is stored together with what the act changes."""
    for told in subject.told_on():
        if told is not None:
            told.note_action(by)


def flush(session: Session) -> None:
    """Store what changed. A single record of which only columns were set goes past the session's unit of work."""
    record = plainly_changed(session)
    session.info.pop("touched", None)
    if record is not None:
        refuse_what_is_outside(session)
    if record is None or "touched" not in session.info:
        session.flush()
        return
    put = put_new if record in session.new else put_again
    put(record)
    note_what_changed(session)
    note_stored(session, record)


def tracked(records: Any) -> list[Tracked]:
    return [record for record in records if isinstance(record, Tracked)]


def is_touched(session: Session, record: Tracked) -> bool:
    """Is anything of it to be stored otherwise? What was set is looked at first, all of a case takes long."""
    was_set: Any = sa.inspect(record).committed_state
    return any(has_changed(record, name) for name in was_set) or session.is_modified(record)


@sa_event.listens_for(db.session, "before_flush")
def refuse_what_is_outside(session: Session, *_about: Any) -> None:
    new, gone = tracked(session.new), tracked(session.deleted)
    dirty = [record for record in tracked(session.dirty) if is_touched(session, record)]
    if not (new or dirty or gone):
        return
    unit = Journal.of(session).unit
    if unit is None or not unit.open_frames:
        raise OutsideAct(f"Changed outside an act: {[*new, *dirty, *gone]}")
    for record in new + dirty:
        record.tidy()
        record.derive()
    for record in new:
        record.version = 1
    for record in dirty:
        record.updated_at = clock.now()
        if record.key not in unit.versions:
            record.version += 1
            unit.versions[record.key] = record.version
    unit.versions.update((record.key, record.version) for record in gone)
    session.info["touched"] = new, dirty, gone


@sa_event.listens_for(db.session, "after_flush")
def note_what_changed(session: Session, *_about: Any) -> None:
    """Note old and new: only now do foreign keys and new ids exist."""
    new, dirty, gone = session.info.pop("touched", ((), (), ()))
    unit = Journal.of(session).unit
    if unit is None or not (new or dirty or gone):
        return
    frame = unit.open_frames[-1]
    for record in new:
        frame.note(record.key, "+", None, None)
        unit.versions[record.key] = 1
        unit.count(record.key, None, record.counted_as())
        locking.locked_keys(session).add(record.key)
    for record in gone:
        frame.note(record.key, "-", row_of(record), None)
        unit.count(record.key, record.counted_as(before=True), None)
    for record in dirty:
        if is_set(record, *record.counted):
            unit.count(record.key, record.counted_as(before=True), record.counted_as())
        for name, old, value in column_changes(record):
            frame.note(record.key, name, old, value)
    for record in (*new, *dirty):
        for name, old, value in link_changes(record):
            frame.note(record.key, name, old, value)


@sa_event.listens_for(db.session, "do_orm_execute")
def refuse_hidden_writes(state: ORMExecuteState) -> None:
    """Set statements on business tables go through the history module, which says so."""
    if state.is_select or state.execution_options.get("history"):
        return
    table = getattr(state.statement, "table", None)
    if table is not None and table.name in business_tables():
        raise OutsideAct(f"A statement writes to {table.name} past the history.")


@cache
def business_tables() -> frozenset[str]:
    """The tables of tracked records and of their links."""
    names: set[str] = set()
    for cls in tracked_classes().values():
        mapper = sa.inspect(cls)
        names.update(table.name for table in mapper.tables)
        for link in cls.links:
            relation = mapper.relationships[link]
            target = relation.secondary if relation.secondary is not None else relation.mapper.local_table
            names.add(target.name)
    return frozenset(names)


@sa_event.listens_for(db.session, "before_commit")
def refuse_half_an_act(session: Session) -> None:
    journal = Journal.of(session)
    if session.in_nested_transaction():
        return
    if journal.unit is not None or journal.is_spoiled:
        raise CommitInsideAct("Roll back, or let the act end, before the transaction does.")


@sa_event.listens_for(db.session, "after_rollback")
def forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("journal", None)
