"""Rehearsing a rule: whom it would have hit over the past days, had it been on; nothing is done and nothing sent.

The history is read again: each event is shown to the rule with the case as it stood right after it, each moment
with the case as it stood at the next full minute, which is when the worker looks. What the conditions ask of
partners and lists is asked as these stand today, and what earlier rules did in answer to the same event counts
for it, as it did then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import clock
from app.domain.case import Case
from app.domain.case.conversing import spoken_at
from app.domain.history import Change, ChangeSet, Event
from app.domain.history.tracking import business_columns, revived
from app.domain.permission import STAFF
from app.domain.rules.conditions import not_binned
from app.domain.rules.facts import Facts
from app.domain.rules.sending import Letter, letters_of
from app.domain.rules.timing import Stream
from app.domain.rules.working import Working
from app.domain.user import User
from app.extensions import db

AT_ONCE = 200
MOST_HITS = 1000
# Acts that wake no rule.
ASLEEP = ("undo", "redo", "import")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hit:
    """A case that the rule would have acted on, when, and what it would have written as the case stands today."""

    case_id: int
    name: str
    at: datetime
    trigger: str
    letters: tuple[Letter, ...] = ()


@dataclass
class Rehearsal:
    """Whom a rule would have hit; `is_cut` if these are more than are told."""

    days: int
    hits: list[Hit] = field(default_factory=list)
    is_cut: bool = False


def rehearse(rule: Working, days: int) -> Rehearsal:
    """Whom it would have hit in the past days, in order of time."""
    until = clock.now()
    since = until - timedelta(days=days)
    found = Rehearsal(days)
    for case, at, trigger in (*on_events(rule, since), *on_moments(rule, since, until)):
        if len(found.hits) >= MOST_HITS:
            found.is_cut = True
            break
        letters = tuple(letter for part in rule.plan.actions for letter in letters_of(part, case, rule))
        found.hits.append(Hit(case.id, case.name, at, trigger, letters))
    found.hits.sort(key=lambda hit: (hit.at, hit.case_id))
    return found


# -- what happened


def on_events(rule: Working, since: datetime) -> Iterator[tuple[Case, datetime, str]]:
    """Events that would have woken it, each case once for one first cause."""
    seen: set[tuple[int, int]] = set()
    for event, last in told(rule, since):
        case = event.case
        root = event.change_set.first_cause_id
        assert case is not None
        is_own = (event.change_set.actor_kind, event.change_set.actor_id) == ("rule", rule.id)
        if is_own or (root, case.id) in seen:
            continue
        facts = Past.of(case).facts(event.at, last)
        trigger = rule.woken_by(event, facts)
        if trigger and rule.is_for(facts):
            seen.add((root, case.id))
            yield case, event.at, trigger


def told(rule: Working, since: datetime) -> Iterator[tuple[Event, int]]:
    """The events of these days that can wake it, each with the last one of its act, a batch at a time."""
    if not rule.events:
        return
    query = (
        sa.select(Event)
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .where(Event.at >= since, Event.case_id.is_not(None), ChangeSet.kind.not_in(ASLEEP))
        .options(joinedload(Event.change_set), joinedload(Event.case), sa.orm.selectinload(Event.changes))
        .order_by(Event.id)
        .limit(AT_ONCE)
    )
    if rule.actions is not None:
        query = query.where(Event.action.in_(sorted(rule.actions)))
    after = 0
    while True:
        batch = list(db.session.scalars(query.where(Event.id > after)).unique())
        ends = dict(
            db.session.execute(
                sa.select(Event.change_set_id, sa.func.max(Event.id))
                .where(Event.change_set_id.in_({event.change_set_id for event in batch}))
                .group_by(Event.change_set_id)
            ).all()
        )
        for event in batch:
            if event.case is not None and not event.case.is_binned:
                yield event, ends[event.change_set_id]
        if len(batch) < AT_ONCE:
            return
        after = batch[-1].id


# -- moments that came


def on_moments(rule: Working, since: datetime, until: datetime) -> Iterator[tuple[Case, datetime, str]]:
    """Moments that came in these days, each once a case."""
    if not rule.plan.moments:
        return
    for case in moved_or_due(rule, since, until):
        past = Past.of(case)
        seen: set[datetime] = set()
        for start, end, last in past.spans(since, until):
            facts = past.facts(start, last)
            for part in rule.plan.moments:
                base = part.entry.base_of(facts)
                due = part.entry.due(base, part.values) if base is not None else None
                if due is None or due in seen or not since < due <= until:
                    continue
                if case.timed_from is not None and due <= case.timed_from:
                    continue
                at = next_minute(max(due, start))
                if at < end and rule.is_for(past.facts(at, last), is_timed=True):
                    seen.add(due)
                    yield case, at, str(part.entry.key)


def next_minute(instant: datetime) -> datetime:
    """When the worker looks next."""
    full = instant.replace(second=0, microsecond=0)
    return full if full == instant else full + MINUTE


def moved_or_due(rule: Working, since: datetime, until: datetime) -> Iterator[Case]:
    """The cases for which a moment may have come: by their dates as they are, or changed in these days."""
    known: set[int] = set()
    changed = sa.select(Event.case_id).where(Event.at >= since, Event.case_id.is_not(None))
    for which in ([Case.id.in_(changed)], *due_now(rule, since, until)):
        columns: list[Any] = [Case.id, Case.id, Case.timed_from]
        query = sa.select(*columns).where(not_binned(), *which)
        for batch in Stream(query, Case.id).batches():
            fresh = [row[0] for row in batch if row[0] not in known]
            known.update(fresh)
            yield from db.session.scalars(sa.select(Case).where(Case.id.in_(fresh)).order_by(Case.id))


def due_now(rule: Working, since: datetime, until: datetime) -> Iterator[list[Any]]:
    for part in rule.plan.moments:
        for column, where in part.entry.columns():
            yield [rule.clause(is_timed=True), *where, part.entry.lies_in(column, since, until, part.values)]


# -- the past of a case


@dataclass
class Past:
    """What happened to a case, newest last: its changes, and the lines that moved its last action and contact."""

    case: Case
    # (event, at, field, old)
    changes: list[tuple[int, datetime, str, Any]]
    # (event, at, when it was an action of ours, when it was a contact)
    lines: list[tuple[int, datetime, datetime | None, datetime | None]]

    @classmethod
    def of(cls, case: Case) -> Past:
        """Read once for a case, and kept for as long as the case is."""
        kept: Past | None = case.__dict__.get("_past")
        if kept is not None:
            return kept
        changes = db.session.execute(
            sa.select(Event.id, Event.at, Change.field, Change.old)
            .join(Event, Change.event_id == Event.id)
            .where(Change.record_kind == "case", Change.record_id == case.id)
            .order_by(Change.id)
        )
        ours = sa.and_(ChangeSet.actor_kind == "user", User.role.in_(STAFF))
        # What rules write is no contact.
        is_contact = sa.or_(
            Event.direction == "in",
            sa.and_(sa.func.coalesce(Event.direction, "") == "out", ChangeSet.actor_kind == "user"),
        )
        lines = db.session.execute(
            sa.select(Event.id, Event.at, sa.case((ours, Event.at)), sa.case((is_contact, spoken_at())))
            .join(ChangeSet, Event.change_set_id == ChangeSet.id)
            .outerjoin(User, ChangeSet.actor_id == User.id)
            .where(Event.case_id == case.id)
            .order_by(Event.id)
        )
        past = cls(case, [tuple(row) for row in changes], [tuple(row) for row in lines])
        case.__dict__["_past"] = past
        return past

    def facts(self, at: datetime, last: int) -> Facts:
        """The case as it stood after this event, and up to the next one."""
        then: dict[str, Any] = {}
        tags = {tag.id for tag in self.case.tags}
        for event, _at, name, old in reversed(self.changes):
            if event <= last:
                break
            if name.startswith("tags:"):
                tags = tags | {old} if old is not None else tags - {int(name.partition(":")[2])}
            elif name in business_columns(Case):
                then[name] = revived(Case, name, old)
        if "name" in then:
            from app.domain.text import fold

            then["name_folded"] = fold(then["name"])
        then["tags"] = frozenset(tags)
        then["last_action_at"] = self.newest(last, 2, self.case.last_action_at)
        then["last_contact_at"] = self.newest(last, 3, self.case.last_contact_at)
        return Facts(self.case, at=at, then=then)

    def newest(self, last: int, which: int, now: datetime | None) -> datetime | None:
        """When the last line of a sort was written; what is kept where no line has moved it since."""
        if not any(line[which] for line in self.lines if line[0] > last):
            return now
        before = [at for line in self.lines if line[0] <= last and isinstance(at := line[which], datetime)]
        return max(before) if before else None

    def spans(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, int]]:
        """The times between its events, from one to the next, each with the last event before it."""
        start, last = since, 0
        for at, group in groupby(self.lines, key=lambda line: line[1]):
            newest = max(line[0] for line in group)
            if at > start:
                if last:
                    yield start, at, last
                start = at
            last = newest
        if last:
            yield start, until + timedelta.resolution, last
