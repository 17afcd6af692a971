"""The cards of a board: what is written on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app import clock
from app.domain.asking import Among, ask
from app.domain.case import Case, case_tags
from app.domain.lists import RecurringPlan, Tag
from app.domain.partner import Partner
from app.domain.user import User

MOST_TAGS = 3
Clause = sa.ColumnElement[bool]


class Named(NamedTuple):
    """Somebody or something by id and name."""

    id: int
    name: str


class Card(NamedTuple):
    """What a card says of its case; two that say the same are the same."""

    id: int
    version: int
    name: str
    who: str
    revenue: int | None
    currency: str | None
    recurring: int | None
    months: int | None
    priority: int
    due: date | None
    is_closed: bool
    responsible: Named | None
    stale: int | None
    tags: tuple[Named, ...]

    @property
    def more_tags(self) -> int:
        return max(len(self.tags) - MOST_TAGS, 0)


def cards_of(ids: Sequence[int], stale_days: dict[int, int], reader: User) -> dict[int, Card]:
    """The cards of these cases, by id, in one statement; another reads all their tags."""
    tags = tags_of(ids)
    now = clock.now()
    found = ask(those_of(reader), ids=ids)
    return {row[0]: card_of(row, tags[row[0]], stale_days, now) for row in found}


def tags_of(ids: Sequence[int]) -> defaultdict[int, list[Named]]:
    """The tags of these cases, in their order."""
    found: defaultdict[int, list[Named]] = defaultdict(list)
    for case_id, tag_id, name in ask(tags_by_case(), ids=ids):
        found[case_id].append(Named(tag_id, name))
    return found


@cache
def tags_by_case() -> Any:
    return (
        sa.select(case_tags.c.case_id, Tag.id, Tag.name)
        .join(Tag, Tag.id == case_tags.c.tag_id)
        .where(Among(case_tags.c.case_id, "ids"))
        .order_by(Tag.sequence, Tag.id)
    )


def those_of(reader: User) -> Any:
    """The query for cards by the ids of their cases."""
    wanted = Among(Case.id, "ids")
    return reader.question("cards", lambda: written_on_cards(reader).where(wanted))


def card_of(row: Sequence[Any], tags: list[Named], stale_days: dict[int, int], now: datetime) -> Card:
    (
        id_, version, name, revenue, currency, recurring, months, priority, due, state, stage_id,
        stage_changed_at, created_at, last_contact_at, company, contact, email, partner, user_id, user,
    ) = row  # fmt: skip
    is_closed = state in {"done", "cancelled"}
    limit = None if is_closed else stale_days.get(stage_id)
    return Card(
        id_,
        version,
        name,
        partner or company or contact or email or "",
        revenue,
        currency,
        recurring,
        months,
        priority,
        due,
        is_closed,
        Named(user_id, user) if user_id else None,
        stale(limit, stage_changed_at or created_at, last_contact_at, now) if limit is not None else None,
        tuple(tags),
    )


def written_on_cards(reader: User) -> sa.Select[Any]:
    """What is written on a card; partners that the reader may not know of have no name."""
    known = known_partners(reader)
    return facts_of_cases().outerjoin(Partner, sa.and_(Partner.id == Case.partner_id, *known))


@cache
def facts_of_cases() -> Any:
    """The part of that which is the same for every reader: putting it together takes longer than running it."""
    return (
        sa.select(
            Case.id, Case.version, Case.name, Case.expected_revenue, Case.currency, Case.recurring_revenue,
            RecurringPlan.months, Case.priority, Case.next_activity_on, Case.state, Case.stage_id,
            Case.stage_changed_at, Case.created_at, Case.last_contact_at,
            Case.company_name, Case.contact_name, Case.email,
            Partner.name.label("partner"), User.id.label("user_id"), User.name.label("user"),
        )
        .select_from(Case)
        .outerjoin(User, User.id == Case.responsible_id)
        .outerjoin(RecurringPlan, RecurringPlan.id == Case.recurring_plan_id)
    )  # fmt: skip


def known_partners(reader: User) -> tuple[Clause, ...]:
    """Which partners may be named: those that the reader may know of."""
    known = Partner.visible_to(reader).whereclause
    return () if known is None else (known,)


def stale(limit: int, moved: datetime, last_contact_at: datetime | None, now: datetime) -> int | None:
    """Days without movement or word, where these are more than the stage allows."""
    days = (now - max(moved, last_contact_at or moved)).days
    return days if days >= limit else None
