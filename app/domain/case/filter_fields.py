"""The fields by which cases are filtered: how each is written in an address, and which cases it lets through."""

from __future__ import annotations

import calendar
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app import clock
from app.domain.amounts import digits_of
from app.domain.case import KINDS, STATES, Case, case_tags, case_watchers
from app.domain.configuration import Configuration, Configured
from app.domain.finding import holds
from app.domain.lists import (
    Campaign,
    Category,
    Channel,
    Country,
    LostReason,
    Medium,
    RecurringPlan,
    Source,
    Tag,
)
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.text import clean, fold
from app.domain.user import User
from app.domain.visibility import Visible
from app.extensions import db

Clause = sa.ColumnElement[bool]
LARGEST_ID = 2**63 - 1
MOST_VALUES = 50
RECENT = timedelta(days=30)
LONGEST_TEXT = 100


class Field(ABC):
    """One thing that cases are asked for by; several of its values mean any of them."""

    many = False

    @abstractmethod
    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        """Those of the values that mean something, each with its name where it has one."""

    @abstractmethod
    def clause(self, values: list[str], reader: User) -> Clause:
        """The cases that have one of these values."""


class Choice(Field):
    """One or several of some words, each with the cases that it stands for."""

    def __init__(self, clauses: dict[str, Callable[[User], Clause]], *, many: bool = False) -> None:
        self.clauses, self.many = clauses, many

    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        known = [value for value in typed if value in self.clauses]
        return dict.fromkeys(known if self.many else known[:1], "")

    def clause(self, values: list[str], reader: User) -> Clause:
        return sa.or_(*(self.clauses[value](reader) for value in values))


class Ids(Field):
    """Entries of a list, people or partners, by their ids; `none` for cases without one."""

    many = True

    def __init__(self, column: Any, cls: Any, *words: str) -> None:
        self.column, self.cls, self.words = column, cls, frozenset(words)

    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        names = self.names({int(each) for each in typed if is_id(each)}, reader)
        found = {each: names.get(each, "") for each in typed if each in self.words or each in names}
        return dict(list(found.items())[:MOST_VALUES])

    def names(self, ids: set[int], reader: User) -> dict[str, str]:
        if not ids:
            return {}
        if issubclass(self.cls, Configured):
            listed = Configuration.current().listed(self.cls)
            return {str(each.id): each.name for each in listed if each.id in ids and not each.is_gone}
        if issubclass(self.cls, Visible):
            query = self.cls.visible_to(reader).with_only_columns(self.cls.id, self.cls.name)
        else:
            query = sa.select(self.cls.id, self.cls.name).where(self.cls.deleted_at.is_(None))
        return {str(id_): name for id_, name in db.session.execute(query.where(self.cls.id.in_(ids)))}

    def clause(self, values: list[str], reader: User) -> Clause:
        return self.clause_of(self.ids(values, reader), "none" in values)

    def clause_of(self, ids: list[int], is_none: bool) -> Clause:
        """The cases of these records, and those without any."""
        found = [self.has(ids)] if ids else []
        if is_none:
            found.append(self.has_none())
        return sa.or_(*found) if found else sa.false()

    def ids(self, values: list[str], reader: User) -> list[int]:
        return [int(value) for value in values if is_id(value)]

    def has(self, ids: list[int]) -> Clause:
        return self.column == ids[0] if len(ids) == 1 else self.column.in_(ids)

    def has_none(self) -> Clause:
        return self.column.is_(None)


class People(Ids):
    """Whose it is; `me` is whoever looks."""

    def __init__(self) -> None:
        super().__init__(Case.responsible_id, User, "none", "me")

    def ids(self, values: list[str], reader: User) -> list[int]:
        return sorted({*super().ids(values, reader), *([reader.id] if "me" in values else [])})


class Teams(Ids):
    """Teams with all below them; `led` are those that whoever looks leads."""

    def __init__(self) -> None:
        super().__init__(Case.team_id, Team, "none", "led")

    def ids(self, values: list[str], reader: User) -> list[int]:
        asked = super().ids(values, reader)
        found = {*asked, *(reader.reach.led if "led" in values else ())}
        if asked:
            teams = Configuration.current().teams.values()
            found |= {team.id for team in teams if any(f"/{each}/" in team.path for each in asked)}
        return sorted(found)


class Tags(Ids):
    """Any of some tags."""

    def has(self, ids: list[int]) -> Clause:
        return Case.id.in_(sa.select(case_tags.c.case_id).where(case_tags.c.tag_id.in_(ids)))

    def has_none(self) -> Clause:
        return Case.id.not_in(sa.select(case_tags.c.case_id))


class Partners(Ids):
    """Of a company or of a person there."""

    def has(self, ids: list[int]) -> Clause:
        return sa.or_(Case.partner_id.in_(ids), Case.contact_id.in_(ids))


class Words(Field):
    """Some letters of the name of a case or of its partner, or its number."""

    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        return {text: "" for each in typed[:1] if (text := clean(each).strip()[:LONGEST_TEXT])}

    def clause(self, values: list[str], reader: User) -> Clause:
        text, folded = values[0].lstrip("#"), fold(values[0])
        if values[0].startswith("#") and is_id(text):
            return Case.id == int(text)
        partners = Partner.visible_to(reader).with_only_columns(Partner.id)
        found = [
            holds(Case.name_folded, folded),
            Case.partner_id.in_(partners.where(holds(Partner.name_folded, folded))),
        ]
        return sa.or_(*found, Case.id == int(text)) if is_id(text) else sa.or_(*found)


class Days(Field):
    """A day, and the cases before or after it."""

    def __init__(self, clause: Callable[[date], Clause]) -> None:
        self.of_day = clause

    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        return {each: "" for each in typed[:1] if read_day(each)}

    def clause(self, values: list[str], reader: User) -> Clause:
        day = read_day(values[0])
        assert day is not None
        return self.of_day(day)


class Months(Field):
    """A month by its number, `2026-11`, or `none`."""

    many = True

    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        return {each: "" for each in typed[:MOST_VALUES] if each == "none" or read_day(f"{each}-01")}

    def clause(self, values: list[str], reader: User) -> Clause:
        found = [
            Case.deadline.is_(None) if each == "none" else Case.deadline.between(*month_of(each))
            for each in values
        ]
        return sa.or_(*found)


# In whole amounts no sign before three digits can mean anything else, whatever is written where one lives.
SIGN_OF_THOUSANDS = re.compile(r"(?<=\d)[.,'’\s](?=\d{3}(?:\D|$))")


class Whole(Field):
    """A whole amount of the organisation's currency; only cases that are worth something in it are compared.

    Rates move by the day: converted, a kept view would let other cases through without anybody touching them.
    """

    def __init__(self, clause: Callable[[int], Clause]) -> None:
        self.of_amount = clause

    def read(self, typed: list[str], reader: User) -> dict[str, str]:
        plain = [SIGN_OF_THOUSANDS.sub("", each.strip()) for each in typed[:1]]
        return {each: "" for each in plain if each.isascii() and each.isdigit() and len(each) <= 12}

    def clause(self, values: list[str], reader: User) -> Clause:
        minor, currency = whole(values[0])
        return sa.and_(self.of_amount(minor), Case.currency == currency)


def whole(typed: str) -> tuple[int, str]:
    """A whole amount in the smallest unit of the organisation's currency, and which that is."""
    currency = Organisation.current().currency
    return int(typed) * 10 ** digits_of(currency), currency


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_ID


def read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year <= 2199 else None


def month_of(text: str) -> tuple[date, date]:
    """First and last day of a month."""
    first = date.fromisoformat(f"{text}-01")
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def today() -> date:
    return Organisation.current().today()


def this_month() -> tuple[date, date]:
    return month_of(today().isoformat()[:7])


def begins(day: date) -> datetime:
    """The instant at which a day begins where the organisation is."""
    return datetime.combine(day, time(), ZoneInfo(Organisation.current().zone)).astimezone(UTC)


def is_open() -> Clause:
    return sa.not_(Case.is_closed)


def was_won() -> Clause:
    return Case.outcome == sa.literal_column("'won'")


def won_lately() -> Clause:
    """Won within the last 30 days: what boards show beside what is open."""
    return sa.and_(was_won(), Case.won_on >= today() - RECENT)


def is_stale() -> Clause:
    """Longer without movement or word than its stage allows."""
    now, moved = clock.now(), sa.func.coalesce(Case.stage_changed_at, Case.created_at)
    stages = sa.select(Stage.id, Stage.stale_days).where(
        Stage.stale_days.is_not(None), Stage.deleted_at.is_(None)
    )
    limits = [
        (stage_id, now - timedelta(days=int(days or 0))) for stage_id, days in db.session.execute(stages)
    ]
    late = [
        sa.and_(
            Case.stage_id == stage_id,
            moved <= limit,
            sa.or_(Case.last_contact_at.is_(None), Case.last_contact_at <= limit),
        )
        for stage_id, limit in limits
    ]
    return sa.and_(is_open(), sa.or_(*late)) if late else sa.false()


def in_month(column: Any) -> Clause:
    """In this month of the organisation, of a column of instants."""
    first, last = this_month()
    return sa.and_(column >= begins(first), column < begins(last + timedelta(days=1)))


def watched(reader: User) -> Clause:
    return Case.id.in_(sa.select(case_watchers.c.case_id).where(case_watchers.c.user_id == reader.id))


FIELDS: dict[str, Field] = {
    "kind": Choice({kind: lambda _reader, kind=kind: Case.kind == kind for kind in KINDS}, many=True),
    "state": Choice(
        {
            "open": lambda _reader: is_open(),
            "current": lambda _reader: sa.or_(is_open(), won_lately()),
            "closed": lambda _reader: sa.not_(is_open()),
            "all": lambda _reader: sa.true(),
            **{
                f"{state}": lambda _reader, state=state: Case.state == state
                for state in STATES
                if state != "open"
            },
        }
    ),
    "outcome": Choice(
        {"won": lambda _reader: was_won(), "lost": lambda _reader: Case.outcome == "lost"}, many=True
    ),
    "stage": Ids(Case.stage_id, Stage, "none"),
    "responsible": People(),
    "team": Teams(),
    "in_team": Ids(Case.team_id, Team, "none"),
    "category": Ids(Case.category_id, Category, "none"),
    "tag": Tags(None, Tag, "none"),
    "priority": Choice(
        {str(each): lambda _reader, each=each: Case.priority == each for each in range(4)}, many=True
    ),
    "partner": Partners(Case.partner_id, Partner, "none"),
    "deadline": Choice(
        {
            "overdue": lambda _reader: sa.and_(Case.deadline < today(), is_open()),
            "this_month": lambda _reader: Case.deadline.between(*this_month()),
            "none": lambda _reader: Case.deadline.is_(None),
        }
    ),
    "month": Months(),
    "deadline_from": Days(lambda day: Case.deadline >= day),
    "deadline_to": Days(lambda day: Case.deadline <= day),
    "activity": Choice(
        {
            "overdue": lambda _reader: Case.next_activity_on < today(),
            "today": lambda _reader: Case.next_activity_on == today(),
            "planned": lambda _reader: Case.next_activity_on > today(),
            "none": lambda _reader: Case.next_activity_on.is_(None),
        },
        many=True,
    ),
    "stale": Choice({"1": lambda _reader: is_stale()}),
    "won": Choice({"this_month": lambda _reader: sa.and_(was_won(), in_month(Case.closed_at))}),
    "lost_reason": Ids(Case.lost_reason_id, LostReason, "none"),
    "revenue_from": Whole(lambda minor: Case.expected_revenue >= minor),
    "revenue_to": Whole(lambda minor: Case.expected_revenue <= minor),
    "created_from": Days(lambda day: Case.created_at >= begins(day)),
    "created_to": Days(lambda day: Case.created_at < begins(day + timedelta(days=1))),
    "closed_from": Days(lambda day: Case.closed_at >= begins(day)),
    "closed_to": Days(lambda day: Case.closed_at < begins(day + timedelta(days=1))),
    "channel": Ids(Case.channel_id, Channel, "none"),
    "source": Ids(Case.source_id, Source, "none"),
    "medium": Ids(Case.medium_id, Medium, "none"),
    "campaign": Ids(Case.campaign_id, Campaign, "none"),
    "plan": Ids(Case.recurring_plan_id, RecurringPlan, "none"),
    "country": Ids(Case.country_id, Country, "none"),
    "watched": Choice({"1": watched}),
    "archived": Choice({"1": lambda _reader: sa.and_(Case.archived), "any": lambda _reader: sa.true()}),
    "q": Words(),
}
