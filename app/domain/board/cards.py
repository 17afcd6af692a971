"""The cards of a board: what is written on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app import clock
from app.domain.case import Case, case_tags
from app.domain.lists import RecurringPlan, Tag
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db

MOST_TAGS = 3
Clause = sa.ColumnElement[bool]


class Named(NamedTuple):
    """Somebody or something by id and name."""

    id: int
    name: str


@dataclass
class Card:
    """What a card says of its case."""

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
    state: str
    outcome: str
    responsible: Named | None
    stale: int | None
    tags: list[Named] = field(default_factory=list)

    @property
    def more_tags(self) -> int:
        return max(len(self.tags) - MOST_TAGS, 0)

    @property
    def is_closed(self) -> bool:
        return self.state in {"done", "cancelled"}


def cards_of(ids: Sequence[int], stale_days: dict[int, int], reader: User) -> dict[int, Card]:
    """The cards of these cases, by id, in one statement; another reads all their tags."""
    rows = db.session.execute(written_on_cards(reader).where(Case.id.in_(ids)))
    now = clock.now()
    cards = {
        row.id: Card(
            row.id,
            row.version,
            row.name,
            row.partner or row.company_name or row.contact_name or row.email or "",
            row.expected_revenue,
            row.currency,
            row.recurring_revenue,
            row.months,
            row.priority,
            row.next_activity_on,
            row.state,
            row.outcome,
            Named(row.user_id, row.user) if row.user_id else None,
            stale(row, stale_days.get(row.stage_id), now),
        )
        for row in rows
    }
    tags = (
        sa.select(case_tags.c.case_id, Tag.id, Tag.name)
        .join(Tag, Tag.id == case_tags.c.tag_id)
        .where(case_tags.c.case_id.in_(ids))
        .order_by(Tag.sequence, Tag.id)
    )
    for case_id, tag_id, name in db.session.execute(tags):
        cards[case_id].tags.append(Named(tag_id, name))
    return cards


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
            RecurringPlan.months, Case.priority, Case.next_activity_on, Case.state, Case.outcome,
            Case.stage_id, Case.stage_changed_at, Case.created_at, Case.last_contact_at,
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


def stale(row: Any, limit: int | None, now: datetime) -> int | None:
    """Days without movement or word, where these are more than the stage allows."""
    if limit is None or row.state in {"done", "cancelled"}:
        return None
    moved = row.stage_changed_at or row.created_at
    days = (now - max(moved, row.last_contact_at or moved)).days
    return days if days >= limit else None
