"""Taking back acts that changed more records than one transaction should: a job, in batches, by set statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import clock
from app.domain.configuration import Configured
from app.domain.errors import NotTheirs, Refused
from app.domain.history.bulk import Many
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.rewriting import Tie, change_many, plain_rows
from app.domain.history.tracking import Key, plain, revived, tracked_classes
from app.domain.history.undoing.asking import MOST_RECORDS, UNDOINGS, WHILE_FRESH, is_in_time
from app.domain.history.undoing.conflicts import points_nowhere
from app.domain.history.undoing.overtaken import FIELD_BY_FIELD
from app.domain.history.undoing.rows import is_derived, key_of
from app.domain.job import Job, handles
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

BATCH = 200


def plan(original: ChangeSet, sets: list[ChangeSet], *, by: User) -> ChangeSet:
    """Write down that all of it is to be taken back; the job does it. From here on it counts as undone."""
    if not is_in_time(original):
        raise Refused(_("This is more than 30 days old and can no longer be undone."))
    if not may_take_back(original, by):
        raise NotTheirs(
            _("What changed more than %(n)s records is taken back by an administrator.", n=MOST_RECORDS)
        )
    actor = by.as_actor()
    made = ChangeSet(
        kind="undo", actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name, at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    for each in sets:
        each.undone_by_id = made.id
    Job.plan("undo", made.id)
    return made


def may_take_back(original: ChangeSet, by: User) -> bool:
    """Administrators; and whoever did it, just now."""
    is_own = original.actor_kind == "user" and original.actor_id == by.id
    return by.is_administrator or (is_own and original.at > clock.now() - WHILE_FRESH)


@handles("undo")
def run(job: Job) -> None:
    """Take back what is left, the newest first; each batch is a transaction of its own."""
    made = db.session.get_one(ChangeSet, job.record_id)
    set_ids = list(db.session.scalars(sa.select(ChangeSet.id).where(ChangeSet.undone_by_id == made.id)))
    before = None
    while events := next_events(set_ids, before):
        before = events[-1].id
        take_back(made, events, set_ids)
        job.renew()
        made = db.session.get_one(ChangeSet, job.record_id)


def next_events(set_ids: list[int], before: int | None) -> list[Event]:
    """The next ones, as long as no record comes twice: what was changed last is taken back first.

    What is configured comes alone: whether it may go is only known when what named it has gone.
    """
    query = sa.select(Event).where(Event.change_set_id.in_(set_ids)).order_by(Event.id.desc()).limit(BATCH)
    if before is not None:
        query = query.where(Event.id < before)
    events = list(db.session.scalars(query.options(joinedload(Event.change_set))))
    keys = keys_of_events(events)
    seen: set[Key] = set()
    for number, event in enumerate(events):
        others = keys[event.id]
        if number and (not seen.isdisjoint(others) or configured_among(seen | others)):
            return events[:number]
        seen |= others
    return events


def keys_of_events(events: list[Event]) -> defaultdict[int, set[Key]]:
    found: defaultdict[int, set[Key]] = defaultdict(set)
    query = sa.select(Change.event_id, Change.record_kind, Change.record_id).distinct()
    for event_id, kind, record_id in db.session.execute(
        query.where(Change.event_id.in_([event.id for event in events]))
    ):
        found[event_id].add((kind, record_id))
    return found


@dataclass
class Taking:
    """The rows of a batch, with all that may stand in their way, locked and read at once."""

    events: dict[int, Event]
    rows: list[Change]
    set_ids: list[int]
    before: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    later: defaultdict[Key, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def lock(self) -> None:
        ids: defaultdict[str, set[int]] = defaultdict(set)
        for row in self.rows:
            ids[row.record_kind].add(row.record_id)
        for kind in sorted(ids):
            self.before[kind] = plain_rows(tracked_classes()[kind], ids[kind], lock=True)
            for change in later_changes(kind, ids[kind], self.set_ids):
                self.later[kind, change.record_id].append(change)

    def is_free(self, row: Change) -> bool:
        """Did nobody change this since, is it as the row left it, and does what it was still exist?"""
        cls = tracked_classes()[row.record_kind]
        now = self.before[row.record_kind].get(row.record_id)
        if now is None:
            return False
        later = [each for each in self.later[key_of(row)] if each.id > row.id]
        if row.field == "+":
            maker = self.events[row.event_id].change_set
            return all(
                (each.actor_kind, each.actor_id) == (maker.actor_kind, maker.actor_id) for each in later
            )
        if any(each.field == row.field for each in later):
            return False
        if ":" in row.field:
            return not points_nowhere_in(cls, row)
        return plain(now.get(row.field)) == row.new and not points_nowhere_in(cls, row)

    def free(self) -> list[Change]:
        """What can go back: what one verb changed stands or falls together, and so does a making."""
        by_event: defaultdict[int, list[Change]] = defaultdict(list)
        for row in self.rows:
            by_event[row.event_id].append(row)
        taken: list[Change] = []
        for event_id, rows in by_event.items():
            compared = [row for row in rows if not is_derived(row)]
            free = [row for row in compared if self.is_free(row)]
            is_whole = len(free) == len(compared)
            is_making = any(row.field == "+" for row in compared)
            if is_whole or (self.events[event_id].action in FIELD_BY_FIELD and not is_making):
                taken += free + [row for row in rows if is_derived(row) and free]
        return taken


def points_nowhere_in(cls: Any, row: Change) -> bool:
    return row.old is not None and points_nowhere(cls(), row.field, row.old)


def later_changes(kind: str, ids: Iterable[int], set_ids: list[int]) -> Iterable[Any]:
    """What other acts than these changed in the records, and still stands."""
    return db.session.execute(
        sa.select(Change.id, Change.record_id, Change.field, ChangeSet.actor_kind, ChangeSet.actor_id)
        .join(Event, Change.event_id == Event.id)
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .where(
            Change.record_kind == kind,
            Change.record_id.in_(ids),
            Change.undone_by_id.is_(None),
            ChangeSet.kind.not_in(UNDOINGS),
            ChangeSet.id.not_in(set_ids),
        )
    )


def take_back(made: ChangeSet, events: list[Event], set_ids: list[int]) -> None:
    """Put the old values back, with one event and one version a record, and note on the rows that it is done."""
    rows = db.session.scalars(
        sa.select(Change).where(
            Change.event_id.in_([event.id for event in events]), Change.undone_by_id.is_(None)
        )
    ).all()
    taking = Taking({event.id: event for event in events}, list(rows), set_ids)
    taking.lock()
    taken = taking.free()
    try:
        with db.session.begin_nested():
            put_back(made, taking, taken)
            verify(taken)
    except Refused:
        pass  # it is in use by now, or the last that administers: it stays, and counts among what was kept


def put_back(made: ChangeSet, taking: Taking, taken: list[Change]) -> None:
    many = Many(made)
    for kind in sorted({row.record_kind for row in taken}):
        cls, before = tracked_classes()[kind], taking.before[kind]
        mine = [row for row in taken if row.record_kind == kind and not is_derived(row)]
        after = {row.record_id: dict(before[row.record_id]) for row in mine}
        ties = []
        for row in mine:
            if row.field == "+":
                after[row.record_id]["deleted_at"] = clock.now()
            elif ":" in row.field:
                ties.append(tie_of(row))
            else:
                after[row.record_id][row.field] = revived(cls, row.field, row.old)
        change_many(many, cls, before, after, ties, action="undone")
    db.session.execute(
        sa.update(Change).where(Change.id.in_([row.id for row in taken])).values(undone_by_id=made.id)
    )


def verify(taken: list[Change]) -> None:
    """What an undo asks of each record that it changed, asked of what is configured: may it stand like this?"""
    for kind, record_id in sorted(configured_among({key_of(row) for row in taken})):
        record = db.session.get_one(tracked_classes()[kind], record_id, populate_existing=True)
        record.verify()
        record.settle()


def configured_among(keys: set[Key]) -> set[Key]:
    """Those of these records that others name or that let people in: entries of lists, teams, users."""
    return {key for key in keys if issubclass(tracked_classes()[key[0]], Configured)}


def tie_of(row: Change) -> Tie:
    """The link as it was before."""
    name = row.field.partition(":")[0]
    return Tie(row.record_id, name, row.new if row.old is None else row.old, row.old is not None)


def kept(made: ChangeSet) -> int:
    """How many records an undo left as they are, because others changed them since."""
    mine = sa.select(ChangeSet.id).where(ChangeSet.undone_by_id == made.id)
    standing = (
        sa.select(Change.record_kind, Change.record_id)
        .join(Event, Change.event_id == Event.id)
        .where(Event.change_set_id.in_(mine), Change.undone_by_id.is_(None))
        .distinct()
    )
    return db.session.scalar(sa.select(sa.func.count()).select_from(standing.subquery())) or 0
