"""What waits for somebody today: one list, the most pressing first, each thing once and with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectin_polymorphic

from app import clock
from app.domain.activity import Activity
from app.domain.asking import Among
from app.domain.call import Call
from app.domain.case import Case
from app.domain.case.filter_fields import is_stale
from app.domain.configuration import Configuration
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User

MOST = 50
# The lower, the more pressing. Equal ones go by how long they have waited.
RANKS = {"overdue": 0, "late": 0, "answer": 1, "call": 2, "today": 3, "deadline": 3, "stale": 4}
Clause = sa.ColumnElement[bool]
TODAY = sa.bindparam("today", type_=sa.Date())


@dataclass(frozen=True)
class Reason:
    """Why something stands on the list, and since when: a day, or the instant at which it began."""

    kind: str
    since: date | datetime

    @property
    def rank(self) -> tuple[int, Any]:
        return RANKS[self.kind], self.since

    def days(self, today: date, zone: ZoneInfo) -> int:
        """How many days it has been so."""
        since = self.since.astimezone(zone).date() if isinstance(self.since, datetime) else self.since
        return (today - since).days

    @property
    def full_days(self) -> int:
        """How many times a day has gone by since that instant, as what is allowed is counted too."""
        assert isinstance(self.since, datetime)
        return (clock.now() - self.since).days


@dataclass
class Thing:
    """Something to see to: a step, or a case that has none due; with every reason there is for it."""

    about_kind: str
    about_id: int
    step_id: int | None = None
    reasons: list[Reason] = field(default_factory=list)
    about: Any = None
    step: Activity | None = None

    @property
    def key(self) -> str:
        """Its name among the others."""
        return f"step-{self.step_id}" if self.step_id else f"{self.about_kind}-{self.about_id}"

    @property
    def rank(self) -> tuple[Any, ...]:
        return (*self.reasons[0].rank, self.about_id, self.step_id or 0)

    @property
    def number(self) -> str | None:
        """Where one would call them."""
        people = (self.about, getattr(self.about, "contact", None), getattr(self.about, "partner", None))
        names = ("number", "phone", "mobile")
        found = (getattr(each, name, None) for each in people if each is not None for name in names)
        return next(filter(None, found), None)


class Day:
    """The day of one person, by the clock on their wall.

    Each reason is asked of the database with a limit, so that it costs the same with ten cases and with a hundred
    thousand. A case whose next step is planned for a later day waits for that day, unless the other side waits for us.
    """

    def __init__(self, user: User) -> None:
        self.user, self.zone = user, zone_of(user)
        self.today = clock.now().astimezone(self.zone).date()

    @cached_property
    def things(self) -> list[Thing]:
        """The first of them, with what is to be read of each."""
        shown = self.ranked[:MOST]
        steps, cases, partners = self.records_of(shown)
        for thing in shown:
            thing.step = steps.get(thing.step_id or 0)
            thing.about = (cases if thing.about_kind == "case" else partners)[thing.about_id]
        return shown

    @property
    def has_more(self) -> bool:
        """Is there more than anybody reads?"""
        return len(self.ranked) > MOST

    @cached_property
    def ranked(self) -> list[Thing]:
        """Every step that is due, and every case that has a reason and no such step."""
        things = list(self.steps())
        of_case: dict[int, Thing] = {}
        for thing in things:
            if thing.about_kind == "case":
                of_case.setdefault(thing.about_id, thing)
        for case_id, reason in self.cases():
            if case_id not in of_case:
                of_case[case_id] = Thing("case", case_id)
                things.append(of_case[case_id])
            of_case[case_id].reasons.append(reason)
        for thing in things:
            thing.reasons.sort(key=lambda reason: RANKS[reason.kind])
        return sorted(things, key=lambda thing: thing.rank)

    def steps(self) -> Iterator[Thing]:
        """The steps of theirs that are due, on what they may still know of, the oldest first."""
        for id_, due_on, case_id, partner_id in self.ask("steps", self.due_steps):
            kind = "overdue" if due_on < self.today else "today"
            about_kind = "case" if case_id is not None else "partner"
            yield Thing(about_kind, case_id or partner_id or 0, id_, [Reason(kind, due_on)])

    def due_steps(self) -> sa.Select[*tuple[Any, ...]]:
        known = [
            sa.and_(column.is_not(None), *clauses(cls.visible_to(self.user)))
            for column, cls in ((Activity.case_id, Case), (Activity.partner_id, Partner))
        ]
        return (
            sa.select(Activity.id, Activity.due_on, Activity.case_id, Activity.partner_id)
            .outerjoin(Case, Activity.case_id == Case.id)
            .outerjoin(Partner, Activity.partner_id == Partner.id)
            .where(
                Activity.user_id == self.user.id,
                Activity.state == "planned",
                Activity.due_on <= TODAY,
                Activity.deleted_at.is_(None),
                sa.or_(*known),
            )
            .order_by(Activity.due_on, Activity.id)
            .limit(MOST + 1)
        )

    def cases(self) -> Iterator[tuple[int, Reason]]:
        """The open cases of theirs that want something, and what."""
        for case_id, deadline in self.ask("deadline", lambda: self.first(*of_deadline())):
            yield case_id, Reason("late" if deadline < self.today else "deadline", deadline)
        for case_id, since in self.ask("answer", lambda: self.first(*unanswered())):
            yield case_id, Reason("answer", since)
        for case_id, since in self.ask("call", lambda: self.first(*to_be_called())):
            yield case_id, Reason("call", since)
        # What has stood too long follows from how long each stage allows, at this very instant.
        for case_id, since in db.session.execute(self.first(*idle()), {"today": self.today}):
            yield case_id, Reason("stale", since)

    def ask(self, about: str, put: Callable[[], sa.Select[*tuple[Any, ...]]]) -> Iterable[Any]:
        """The rows of a statement that is put together once for this person."""
        tomorrow = begins(self.today + timedelta(days=1), self.zone)
        query = self.user.question((Day, about), put)
        return db.session.execute(query, {"today": self.today, "tomorrow": tomorrow})

    def first(self, since: Any, *which: Clause) -> sa.Select[*tuple[Any, ...]]:
        """Of their open cases those that have waited longest."""
        mine = (Case.responsible_id == self.user.id, ~Case.is_closed, ~Case.archived)
        query = Case.visible_to(self.user).with_only_columns(Case.id, since).where(*mine, *which)
        return query.order_by(since, Case.id).limit(MOST + 1)

    def records_of(self, things: list[Thing]) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any]]:
        """Steps, cases and partners by their ids, a statement for each."""
        ids: defaultdict[str, set[int]] = defaultdict(set)
        for thing in things:
            ids[thing.about_kind].add(thing.about_id)
            ids["step"] |= {thing.step_id} - {None}  # type: ignore[arg-type]
        return (
            by_id(Activity, ids["step"]),
            by_id(Case, ids["case"]),
            by_id(Partner, ids["partner"]),
        )


def of_deadline() -> tuple[Any, ...]:
    """By when cases are to be done, and which of them are due."""
    return Case.deadline, Case.deadline <= TODAY, is_on(), Case.kind != "call"


def unanswered() -> tuple[Any, ...]:
    """Since when the other side waits, and which cases it is."""
    return Case.unanswered_since, Case.unanswered_since.is_not(None)


def to_be_called() -> tuple[Any, ...]:
    """When calls are to be made, and which of them are due."""
    begun = sa.func.coalesce(Case.scheduled_at, Case.created_at)
    return begun, Case.kind == "call", begun < sa.bindparam("tomorrow", type_=Case.created_at.type)


def idle() -> tuple[Any, ...]:
    """Since when nothing moved, and where that is too long."""
    moved = sa.func.coalesce(Case.stage_changed_at, Case.created_at)
    since = sa.case((Case.last_contact_at > moved, Case.last_contact_at), else_=moved)
    return since, is_stale(), is_on(), Case.kind != "call"


def is_on() -> Clause:
    """Does it wait for no later day?"""
    return sa.or_(Case.next_activity_on.is_(None), Case.next_activity_on <= TODAY)


def stale_limit(case: Case) -> int | None:
    """How many days without a move or a word the stage of a case allows."""
    stage = Configuration.current().stages.get(case.stage_id or 0)
    return stage.stale_days if stage is not None else None


def zone_of(user: User) -> ZoneInfo:
    """The clock on somebody's wall: their own choice, else the organisation's."""
    try:
        return ZoneInfo(user.zone or Organisation.current().zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins there."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def clauses(query: sa.Select[Any]) -> list[Clause]:
    return [query.whereclause] if query.whereclause is not None else []


@cache
def among(cls: Any) -> sa.Select[Any]:
    """The records of a class by their ids, with what a day reads of each."""
    beside = {
        Activity: (joinedload(Activity.type),),
        Case: (
            joinedload(Case.partner),
            joinedload(Case.contact),
            selectin_polymorphic(Case, [Call]),
            *Case.loaded_for_permissions(),
        ),
    }
    return sa.select(cls).where(Among(cls.id, "ids")).options(*beside.get(cls, ()))


def by_id(cls: Any, ids: set[int]) -> dict[int, Any]:
    return {each.id: each for each in db.session.scalars(among(cls), {"ids": ids})} if ids else {}
