"""Totals of the boards, kept on write: a column's figures cost the same for a hundred cases and for a million.

A writer only adds signed rows, in the transaction that changes the case, so that writers never wait for each
other. A job folds them into `case_counts`; whoever reads adds both. Cases that are archived, in the bin, lost or
cancelled are not counted, nor those that are done without having been won.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE, get_history

from app.domain.base import Base, BigId, Id, Minor, inserting
from app.extensions import db

NEVER = ""
# Stands for whoever is responsible: folded rows are kept by person, and added up for all of a team.
EVERYBODY = -1
FOLDED_AT_ONCE = 20_000
CLOSED = frozenset({"done", "cancelled"})


class Place(NamedTuple):
    """Where a case is counted. Nothing is NULL: what is missing is 0 or empty, so that equal places are equal."""

    kind: str
    team_id: int
    won_on: str
    responsible_id: int
    stage_id: int
    currency: str
    next_on: str


class Amounts(NamedTuple):
    """What is added up there: cases, those of them with a revenue, revenues and weighted revenues in minor units."""

    cases: int = 0
    valued: int = 0
    expected: int = 0
    weighted: int = 0

    def __neg__(self) -> Amounts:
        return Amounts(*(-each for each in self))


Image = tuple[Place, Amounts]


class Counted:
    """The columns of both tables."""

    kind: Mapped[str] = mapped_column(sa.String(20))
    team_id: Mapped[int] = mapped_column(BigId)
    won_on: Mapped[str] = mapped_column(sa.String(10))
    responsible_id: Mapped[int] = mapped_column(BigId)
    stage_id: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(sa.String(3))
    next_on: Mapped[str] = mapped_column(sa.String(10))
    cases: Mapped[int]
    valued: Mapped[int]
    expected: Mapped[Minor]
    weighted: Mapped[Minor]


class CaseCount(Counted, Base):
    """What has been folded: one row a place."""

    __tablename__ = "case_counts"

    id: Mapped[Id]

    __table_args__ = (
        sa.UniqueConstraint(*Place._fields, name="uq_case_counts_place"),
        sa.Index("ix_case_counts_responsible", "responsible_id", "kind", "won_on"),
    )


class CaseCountChange(Counted, Base):
    """What writers added since."""

    __tablename__ = "case_count_changes"

    id: Mapped[Id]


def image(case: Any, *, before: bool = False) -> Image | None:
    """Where and with what a case is counted, now or before the flush that is under way; None if it is not."""
    now = before_flush(case) if before else partial(getattr, case)
    if now("archived") or now("deleted_at") is not None:
        return None
    if now("state") in CLOSED and now("outcome") != "won":
        return None
    return placed({name: now(name) for name in COLUMNS})


COLUMNS = (*Place._fields[:6], "next_activity_on", "expected_revenue", "weighted")
LOOKED_AT = frozenset({*COLUMNS, "archived", "deleted_at", "state", "outcome"})


def placed(row: dict[str, Any]) -> Image:
    """The same of plain values."""
    revenue = row["expected_revenue"]
    return (
        Place(
            row["kind"],
            row["team_id"] or 0,
            written(row["won_on"]),
            row["responsible_id"] or 0,
            row["stage_id"] or 0,
            row["currency"] or NEVER,
            NEVER if row["won_on"] else written(row["next_activity_on"]),
        ),
        Amounts(1, int(revenue is not None), revenue or 0, row["weighted"]),
    )


def written(day: date | None) -> str:
    return day.isoformat() if day is not None else NEVER


def before_flush(case: Any) -> Callable[[str], Any]:
    """What a column held before: nothing, if it was never said since the case was made a moment ago."""

    def was(name: str) -> Any:
        history = get_history(case, name, PASSIVE_NO_INITIALIZE)
        if history.added:
            return history.deleted[0] if history.deleted else None
        return getattr(case, name)

    return was


def note(changes: Iterable[tuple[Image | None, Image | None]]) -> None:
    """Cases moved from one place to another, came or went: add what that comes to."""
    if rows := rows_of(changes):
        db.session.connection().execute(inserting(CaseCountChange), rows)


def rows_of(changes: Iterable[tuple[Image | None, Image | None]]) -> list[dict[str, Any]]:
    """What is to be added for that: a row for each place where it comes to anything."""
    sums: dict[Place, Counter[str]] = {}
    for old, new in changes:
        if old == new:
            continue
        for found, sign in ((old, -1), (new, 1)):
            if found is not None:
                place, amounts = found
                total = sums.setdefault(place, Counter())
                for name, value in amounts._asdict().items():
                    total[name] += sign * value
    rows = [
        place._asdict() | {name: total[name] for name in Amounts._fields} for place, total in sums.items()
    ]
    return [row for row in rows if any(row[name] for name in Amounts._fields)]


def note_made(rows: Iterable[dict[str, Any]]) -> None:
    """The same for cases that are made by set statements, of their plain rows."""
    note(
        (None, placed({name: row.get(name) for name in COLUMNS}))
        for row in rows
        if not row.get("archived")
        and row.get("deleted_at") is None
        and (row.get("state") not in CLOSED or row.get("outcome") == "won")
    )


@contextmanager
def changing(ids: Iterable[int]) -> Iterator[None]:
    """Around set statements that change these cases: what they were counted as, and what they are then."""
    wanted = list(ids)
    before = images_of(wanted)
    yield
    after = images_of(wanted)
    note((before.get(case_id), after.get(case_id)) for case_id in before.keys() | after.keys())


def images_of(ids: list[int]) -> dict[int, Image]:
    cases = case_columns()
    rows = db.session.execute(
        sa.select(cases.c.id, *(cases.c[name] for name in COLUMNS)).where(cases.c.id.in_(ids), is_counted())
    )
    return {row.id: placed(dict(row._mapping)) for row in rows}


def case_columns() -> sa.Table:
    return Base.metadata.tables["cases"]


def is_counted() -> sa.ColumnElement[bool]:
    cases = case_columns()
    return sa.and_(
        ~cases.c.archived,
        cases.c.deleted_at.is_(None),
        sa.or_(cases.c.state.not_in(sorted(CLOSED)), cases.c.outcome == "won"),
    )


@cache
def by_person() -> sa.Subquery:
    """What is counted, person by person; to be narrowed and added up by whoever asks."""
    return counts(CaseCount.responsible_id != EVERYBODY)


@cache
def by_team() -> sa.Subquery:
    """The same without saying whose: some fifty times fewer rows, for those who ask about whole teams."""
    return counts(CaseCount.responsible_id == EVERYBODY)


def counts(kept: sa.ColumnElement[bool]) -> sa.Subquery:
    """Of what has been folded those rows, and what writers added since."""
    names = [*Place._fields, *Amounts._fields]
    folded = sa.select(*(getattr(CaseCount, name) for name in names)).where(kept)
    return sa.union_all(folded, sa.select(*(getattr(CaseCountChange, name) for name in names))).subquery()


def is_to_be_folded() -> bool:
    """Has anything been added since it was last folded?"""
    return bool(db.session.scalar(sa.select(sa.select(CaseCountChange.id).exists())))


def fold() -> int:
    """Fold what writers added; answers how many rows. Safe at any time and by several at once."""
    sums: defaultdict[Place, list[int]] = defaultdict(lambda: [0] * len(Amounts._fields))
    gone = taken(db.session.connection())
    for place, amounts in split(gone):
        for each in (place, place._replace(responsible_id=EVERYBODY)):
            for at, value in enumerate(amounts):
                sums[each][at] += value
    add(sums)
    return len(gone)


def add(sums: Mapping[Place, Iterable[int]]) -> None:
    """Add these amounts to what has been folded."""
    rows = [
        place._asdict() | dict(zip(Amounts._fields, map(int, amounts), strict=True))
        for place, amounts in sorted(sums.items())
    ]
    if not rows:
        return
    connection = db.session.connection()
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    adding = insert(CaseCount)
    adding = adding.on_conflict_do_update(
        index_elements=list(Place._fields),
        set_={name: getattr(CaseCount, name) + adding.excluded[name] for name in Amounts._fields},
    )
    connection.execute(adding, rows)
    is_nothing = [getattr(CaseCount, name) == 0 for name in Amounts._fields]
    connection.execute(sa.delete(CaseCount).where(*is_nothing))


def taken(connection: sa.Connection) -> Sequence[Any]:
    """The oldest of the rows that writers added, which nobody else is folding; they are gone from there."""
    oldest = sa.select(CaseCountChange.id).order_by(CaseCountChange.id).limit(FOLDED_AT_ONCE)
    return connection.execute(
        sa.delete(CaseCountChange)
        .where(CaseCountChange.id.in_(oldest.with_for_update(skip_locked=True)))
        .returning(*(getattr(CaseCountChange, name) for name in (*Place._fields, *Amounts._fields)))
    ).all()


def split(rows: Iterable[Any]) -> Iterator[tuple[Place, Any]]:
    """Rows of both tables as place and amounts."""
    for row in rows:
        yield Place(*row[: len(Place._fields)]), row[len(Place._fields) :]
