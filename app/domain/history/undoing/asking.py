"""Who may take an act back, until when, and what belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm.util import identity_key

from app import clock
from app.domain.asking import Among, ask
from app.domain.errors import NotTheirs, Refused
from app.domain.history.reading import ChangeSetRow
from app.domain.history.records import ChangeSet, Event
from app.domain.history.tracking import Key, tracked_classes
from app.domain.history.undoing.overtaken import keys_by_set, standings, with_something_left
from app.domain.history.undoing.rows import UNDOINGS, Kin, family
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

FOR_DAYS = 30
# Through the records themselves some two hundred a second: more would keep every writer waiting.
MOST_RECORDS = 200
WHILE_FRESH = timedelta(minutes=30)
# The demo is the ground that people try things on, not one of their acts.
NOBODYS = frozenset({"demo"})


def with_all_it_caused(original: ChangeSet) -> list[ChangeSet]:
    """A change set and those that it woke, directly or through others, oldest first.

    They are locked and read afresh, so that no two people take the same act back, or up again, at once.
    """
    is_among = sa.or_(ChangeSet.id == original.id, ChangeSet.root_id == original.first_cause_id)
    query = sa.select(ChangeSet).where(is_among).order_by(ChangeSet.id).with_for_update(key_share=True)
    return family(original, db.session.scalars(query.execution_options(populate_existing=True)))


def refuse_unless_undoable(original: ChangeSet, sets: list[ChangeSet], by: User) -> None:
    refuse_unless_standing(original)
    refuse_unless_in_time_and_theirs(original, sets, by)


def refuse_unless_standing(original: ChangeSet) -> None:
    if original.is_undone:
        raise Refused(_("This has been undone already."))
    if original.kind in UNDOINGS:
        raise Refused(_("An undo is not undone: do the original again."))


def refuse_unless_redoable(original: ChangeSet, sets: list[ChangeSet], by: User) -> None:
    if not original.is_undone:
        raise Refused(_("This was not undone."))
    refuse_unless_in_time_and_theirs(original, sets, by)


def refuse_unless_in_time_and_theirs(original: ChangeSet, sets: list[ChangeSet], by: User) -> None:
    if not is_in_time(original):
        raise Refused(_("This is more than 30 days old and can no longer be undone."))
    keys = keys_by_set(standings([each.id for each in sets]))
    records = load_records(set().union(*keys.values()))
    changed = [records.get(key) for key in keys.get(original.id, ())]
    if not is_theirs(original, changed, list(records.values()), by):
        raise NotTheirs(_("Only the person who did this, or who leads the team, can undo it."))


def is_in_time(original: ChangeSet | ChangeSetRow) -> bool:
    return original.at >= clock.now() - timedelta(days=FOR_DAYS)


def is_theirs(original: ChangeSet | ChangeSetRow, changed: list[Any], concerned: list[Any], by: User) -> bool:
    """One's own acts while one may still edit what they changed, or just now.

    Others' acts: who may edit all records concerned, those of the rules it woke among them, and leads the team.
    """
    if original.kind in NOBODYS:
        return False
    if original.actor_kind == "user" and original.actor_id == by.id:
        return original.at > clock.now() - WHILE_FRESH or may_edit_all(changed, by)
    return may_edit_all(concerned, by) and all(by.leads(record) for record in concerned)


def may_edit_all(records: list[Any], by: User) -> bool:
    return bool(records) and all(record is not None and by.may("edit", record) for record in records)


def offers(sets: Iterable[ChangeSet | ChangeSetRow], user: User) -> dict[int, str]:
    """Which of these change sets this person may undo or redo, by id; the number of queries does not grow."""
    candidates = {each.id: each for each in sets if each.kind not in UNDOINGS | NOBODYS and is_in_time(each)}
    if not candidates:
        return {}
    kin = kin_of(candidates.values())
    large = {each.id for each in kin if each.is_large}
    offered = {
        id_: "undo"
        for id_ in large & candidates.keys()
        if user.is_administrator and not candidates[id_].is_undone
    }
    standing = standings([each.id for each in kin if not each.is_large])
    keys = keys_by_set(standing)
    concerned: defaultdict[int, set[Key]] = defaultdict(set)
    for each in kin:
        concerned[each.first_cause_id] |= keys[each.id]
    beyond = {each.first_cause_id for each in kin if each.is_large and each.root_id is not None}
    small = {
        cause: found
        for cause, found in concerned.items()
        if cause not in beyond and len(found) <= MOST_RECORDS
    }
    records = load_records(set().union(*small.values()))
    theirs = [
        each
        for each in candidates.values()
        if keys[each.id]
        and each.first_cause_id in small
        and is_theirs(
            each,
            [records.get(key) for key in keys[each.id]],
            [records.get(key) for key in concerned[each.first_cause_id]],
            user,
        )
    ]
    left = with_something_left(theirs, kin, standing)
    return offered | {each.id: "redo" if each.is_undone else "undo" for each in theirs if each.id in left}


def kin_of(sets: Iterable[ChangeSet | ChangeSetRow]) -> list[Kin]:
    """These change sets, and all that what set them going woke, directly or through others."""
    asked = list(sets)
    roots = {each.first_cause_id for each in asked}
    return list(map(Kin._make, ask(kin_of_sets(), sets=[each.id for each in asked], roots=roots)))


def large_among(set_ids: Iterable[int]) -> set[int]:
    """Which of these change sets changed too many records to look at each of them now."""
    asked = list(set_ids)
    return set(db.session.scalars(sa.select(ChangeSet.id).where(ChangeSet.id.in_(asked), is_large())))


# Every page with a history asks this, and putting it together takes longer than running it.
@cache
def kin_of_sets() -> Any:
    columns = ChangeSet.id, ChangeSet.cause_id, ChangeSet.root_id, ChangeSet.undone_by_id, is_large()
    asked = sa.select(*columns).where(Among(ChangeSet.id, "sets"))
    return asked.union(sa.select(*columns).where(Among(ChangeSet.root_id, "roots")))


def is_large() -> sa.ColumnElement[bool]:
    beyond = (
        sa.select(Event.id)
        # Put as a span that has an order, so that only the index answers: where one set holds most lines of all,
        # PostgreSQL takes any for such a one and looks for its lines in the whole table.
        .where(Event.change_set_id >= ChangeSet.id, Event.change_set_id <= ChangeSet.id)
        .order_by(Event.change_set_id)
        .correlate(ChangeSet)
        .limit(1)
        .offset(MOST_RECORDS)
        .scalar_subquery()
    )
    return beyond.is_not(None)


def load_records(keys: set[Key]) -> dict[Key, Any]:
    """These records, with one query a kind for those that are not at hand, and with what permissions ask of them."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    found = {}
    for kind, record_id in keys:
        at_hand = db.session.identity_map.get(identity_key(tracked_classes()[kind], record_id))
        if at_hand is None or sa.inspect(at_hand).expired:
            wanted[kind].add(record_id)
        else:
            found[kind, record_id] = at_hand
    return found | {
        record.key: record
        for kind, ids in sorted(wanted.items())
        for cls in [tracked_classes()[kind]]
        for record in db.session.scalars(
            sa.select(cls).where(cls.id.in_(ids)).options(*cls.loaded_for_permissions())
        )
    }
