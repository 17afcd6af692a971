"""The history as it is read: plain rows, for a page shows dozens of lines and changes none of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.domain.asking import ask
from app.domain.history.records import MOST_PINNED, WORDS, ChangeSet, Event, pinned_ids


class ChangeSetRow(NamedTuple):
    """The act that a line of history belongs to, as `ChangeSet` keeps it."""

    id: int
    kind: str
    actor_kind: str
    actor_id: int | None
    actor_name: str
    at: datetime
    cause_id: int | None
    root_id: int | None
    undone_by_id: int | None

    @property
    def first_cause_id(self) -> int:
        return self.root_id or self.id

    @property
    def is_undone(self) -> bool:
        return self.undone_by_id is not None


class AboutRow(NamedTuple):
    """The case or partner that a line is about, as it is today."""

    name: str
    team_id: int | None
    currency: str | None


class EventRow(NamedTuple):
    """One line of the history of a case or partner, as `Event` keeps it.

    `about` is only known where lines about several records are read together.
    """

    id: int
    change_set_id: int
    case_id: int | None
    partner_id: int | None
    action: str
    at: datetime
    team_id: int | None
    channel_id: int | None
    state_of_mind_id: int | None
    body: str | None
    direction: str | None
    pinned_at: datetime | None
    details: dict[str, Any]
    change_set: ChangeSetRow
    # Was what woke its rule taken back?
    is_cause_undone: bool
    about: AboutRow | None

    @classmethod
    def newest(
        cls,
        *where: sa.ColumnElement[bool],
        before: int | None = None,
        limit: int = 50,
        with_about: bool = True,
    ) -> list[Self]:
        """Lines of history, newest first, a page at a time."""
        query = lines(with_about).where(*where).order_by(Event.id.desc()).limit(limit)
        return cls.made_of(ask(query if before is None else query.where(Event.id < before)))

    @classmethod
    def opening(cls, case_id: int, limit: int) -> list[Self]:
        """The newest lines of a case that are not pinned, and all that are: what its history opens with."""
        return cls.made_of(ask(opening_lines(limit), case_id=case_id))

    @classmethod
    def pinned_among(cls, where: sa.ColumnElement[bool]) -> list[Self]:
        """Those of these lines that are pinned, newest first."""
        return cls.newest(Event.id.in_(pinned_ids(where)), limit=MOST_PINNED, with_about=False)

    @classmethod
    def made_of(cls, rows: Iterable[Any]) -> list[Self]:
        """Rows of `lines`, as long as these were asked for."""
        return [
            cls._make(
                (
                    *row[:OWN],
                    ChangeSetRow._make(row[OWN:ACTS]),
                    row[ACTS],
                    AboutRow._make(row[ACTS + 1 :]) if len(row) > ACTS + 1 else None,
                )
            )
            for row in rows
        ]

    @classmethod
    def of(cls, event: Event) -> Self:
        """A line that has just been written, on the page of what it is about."""
        own, act = (getattr(event, name) for name in cls._fields[:OWN]), event.change_set
        done = ChangeSetRow._make(getattr(act, name) for name in ChangeSetRow._fields)
        return cls._make((*own, done, act.cause is not None and act.cause.is_undone, None))

    @property
    def who(self) -> str:
        return self.change_set.actor_name

    @property
    def is_words(self) -> bool:
        """Is it nothing but what somebody wrote?"""
        return self.action in WORDS

    @property
    def about_key(self) -> tuple[str, int]:
        """The record whose history it stands on."""
        return ("case", self.case_id) if self.case_id is not None else ("partner", self.partner_id or 0)


# Where in a row of the query the columns of the line end, and those of its change set.
OWN = EventRow._fields.index("change_set")
ACTS = OWN + len(ChangeSetRow._fields)


@cache
def lines(with_about: bool) -> sa.Select[Any]:
    """Lines of history with all that a row of them holds."""
    from app.domain.case import Case  # cases and partners keep a history
    from app.domain.partner import Partner

    cause = aliased(ChangeSet)
    query = (
        sa.select(
            *(getattr(Event, name) for name in EventRow._fields[:OWN]),
            *(getattr(ChangeSet, name) for name in ChangeSetRow._fields),
            cause.undone_by_id.is_not(None),
        )
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .outerjoin(cause, ChangeSet.cause_id == cause.id)
    )
    if not with_about:
        return query
    cases, partners = Case.__table__, Partner.__table__
    query = query.outerjoin(cases, Event.case_id == cases.c.id).outerjoin(
        partners, sa.and_(Event.partner_id == partners.c.id, Event.case_id.is_(None))
    )
    return query.add_columns(
        sa.func.coalesce(cases.c.name, partners.c.name),
        cases.c.team_id,
        sa.func.coalesce(cases.c.currency, partners.c.currency),
    )


@cache
def opening_lines(limit: int) -> sa.Select[Any]:
    here = Event.case_id == sa.bindparam("case_id")
    # More are pinned than are shown on top where two cases became one: those stand on their days.
    newest = (
        sa.select(Event.id)
        .where(here, Event.id.not_in(pinned_ids(here)))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    ids = sa.select(newest.subquery()).union_all(sa.select(pinned_ids(here).subquery()))
    return lines(with_about=False).where(Event.id.in_(ids)).order_by(Event.id.desc())
