"""Edits of many records, each a change set of its own, stored together: the rows that one after the other would write.

Each is done to its record in memory, so that the next one meets what it left; then all are stored by set statements.
Nobody is told of them and no rule reacts: whoever edits like this has made sure that none would. Nor is anything
verified or settled in other records, as edits of lists and people ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.domain.actor import Acting
from app.domain.history.bulk import Row, fresh_ids, keys_of, put
from app.domain.history.editing import Editable
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.rewriting import update
from app.domain.history.tracking import Key, column_changes, expire_relations
from app.extensions import db


class Line(NamedTuple):
    """One event of an edit: on whose history it stands, and what it changed, old and new by field."""

    told: Row
    changed: dict[str, tuple[Any, Any]]


@dataclass
class Edit:
    """What one change set does to a record that is locked."""

    record: Editable
    by: Acting
    lines: list[Line] = field(default_factory=list)
    version: int = 1
    # What stood in each column that is other than it was.
    was: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key: Key = self.record.key

    def set(self, values: dict[str, Any]) -> None:
        """Edit these fields. Belongs where the session does not flush by itself."""
        record = self.record
        wanted = record.to_edit(values)
        if not wanted:
            return
        record.set_fields(wanted, given=values.keys())
        record.tidy()
        record.derive()
        changed = {name: (old, new) for name, old, new in column_changes(record)}
        if changed:
            record.updated_at = clock.now()
            record.version += "version" not in self.was
            self.version = record.version
        case, partner = record.told_on()
        told = {
            "case_id": case.id if case is not None else None,
            "partner_id": partner.id if partner is not None else None,
            "team_id": case.team_id if case is not None else None,
        }
        self.lines.append(Line(told, changed))
        self.keep()

    def keep(self) -> None:
        """Let the session take the record for unchanged: it is stored together with the others."""
        for name, old in list(sa.inspect(self.record).committed_state.items()):
            new = getattr(self.record, name)
            if new != old:
                self.was.setdefault(name, old)
            set_committed_value(self.record, name, new)

    def take_back(self) -> None:
        """The record is as it was, as if nobody had tried."""
        self.keep()
        for name, old in self.was.items():
            set_committed_value(self.record, name, old)
            expire_relations(self.record, name)

    def events(self) -> Iterator[Event]:
        """Its lines of history, for those who may react to them."""
        for told, changed in self.lines:
            event = Event(action="edited", details={}, **told)
            event.case, event.partner = self.record.told_on()
            event.note({(*self.key, name): values for name, values in changed.items()})
            yield event


def store(cls: type[Editable], edits: list[Edit], *, kind: str) -> list[int | None]:
    """Store edits of such records in their order; answers the change set of each, None where nothing was edited.

    All or none: where the database refuses one, nothing has been stored. What the session holds is read again.
    """
    done = [edit for edit in edits if edit.lines]
    if not done:
        return [None] * len(edits)
    rows, fields = images_of(cls, done)
    db.session.expire_all()
    with db.session.begin_nested():
        update(cls, rows, fields)
        set_ids = iter(write_history(done, kind))
    return [next(set_ids) if edit.lines else None for edit in edits]


def images_of(cls: type[Editable], edits: list[Edit]) -> tuple[list[Row], dict[int, list[str]]]:
    """What is to be stored of each record, and which of its columns are other than they were."""
    always = {"version", "updated_at", *cls.untold}
    records = {edit.record.id: edit.record for edit in edits if edit.was}
    names: dict[int, set[str]] = {id_: set() for id_ in records}
    for edit in edits:
        if edit.was:
            names[edit.record.id] |= edit.was.keys() - always
    rows = [
        {"id": id_, **{name: getattr(records[id_], name) for name in names[id_] | always}}
        for id_ in sorted(records)
    ]
    return rows, {id_: sorted(found) for id_, found in names.items()}


def write_history(edits: list[Edit], kind: str) -> list[int]:
    """A change set, its events and their changes for each of these edits; answers the change sets."""
    now = clock.now()
    set_ids = fresh_ids(ChangeSet, len(edits))
    event_ids = iter(fresh_ids(Event, sum(len(edit.lines) for edit in edits)))
    sets: list[Row] = []
    events: list[Row] = []
    changes: list[Row] = []
    for set_id, edit in zip(set_ids, edits, strict=True):
        actor = edit.by.as_actor()
        signed = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name}
        sets.append({"id": set_id, "kind": kind, "at": now, **signed})
        record = {"record_kind": edit.key[0], "record_id": edit.key[1], "version": edit.version}
        for told, changed in edit.lines:
            event_id = next(event_ids)
            events.append({"id": event_id, "change_set_id": set_id, "action": "edited", "at": now, **told})
            changes += [
                {"event_id": event_id, "field": name, "old": old, "new": new, **record}
                for name, (old, new) in changed.items()
            ]
    for kept, rows in ((ChangeSet, sets), (Event, events), (Change, changes)):
        put(kept.__table__, rows, keys_of(kept, kept.__table__))
    return set_ids
