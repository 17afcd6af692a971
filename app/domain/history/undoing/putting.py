"""Putting fields to values that the history remembers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.history.acts import act
from app.domain.history.records import Change, Event
from app.domain.history.tracking import Key, Tracked, expire_relations, link_key, revived
from app.domain.history.undoing.rows import key_of
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User


def put_back(
    rows: list[Change], words: list[Event], records: dict[Key, Any], *, by: User, forward: bool
) -> None:
    """Set every field to its old value (or, forward, to its new one): one event and one version a record."""
    by_record: defaultdict[Key, list[Change]] = defaultdict(list)
    actions: defaultdict[Key, set[str]] = defaultdict(set)
    said: defaultdict[Key, list[Event]] = defaultdict(list)
    for row in rows:
        by_record[key_of(row)].append(row)
        actions[key_of(row)].add(row.event.action)
    for event in words:
        actions[event.about_key].add(event.action)
        said[event.about_key].append(event)
    parts = parts_among(actions, records)
    of_parts = {key for found in parts.values() for key in found}
    for key in sorted(actions.keys() - of_parts):
        record = records[key]
        with act("redone" if forward else "undone", *record.subjects(), by=by) as event:
            event.details = {"actions": sorted(actions[key].union(*(actions[part] for part in parts[key])))}
            for part in (key, *parts[key]):
                for row in by_record[part]:
                    put(records[part], row.field, row.new if forward else row.old, forward=forward)
                acts = {row.event_id: row.event for row in by_record[part]}
                records[part].come_back([acts[id_] for id_ in sorted(acts)], forward=forward)
            if said[key]:
                record.reconsider(said[key], forward=forward)
            db.session.flush()
            for part in (key, *parts[key]):
                records[part].settle()
    for key in actions:
        records[key].verify()


def parts_among(keys: Iterable[Key], records: dict[Key, Any]) -> defaultdict[Key, list[Key]]:
    """What is told of on the line of the record that it belongs to, by that record; if it is there, too."""
    there, parts = set(keys), defaultdict[Key, list[Key]](list)
    for key in sorted(there):
        wholes = records[key].subjects()[1:] if records[key].is_told_along else ()
        whole = next((each.key for each in wholes if each.key in there), None)
        if whole is not None:
            parts[whole].append(key)
    return parts


def put(record: Tracked, name: str, value: Any, *, forward: bool) -> None:
    """One field to one value; a making goes to the bin, a link is made or cut."""
    if name == "+":
        record.deleted_at = None if forward else clock.now()
    elif ":" in name:
        put_link(record, *name.partition(":")[::2], is_there=value is not None)
    else:
        setattr(record, name, revived(type(record), name, value))
        expire_relations(record, name)


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
