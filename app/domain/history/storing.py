"""Putting down what an act did: its change set, its line, the changes and what totals come to.

These rows are many and nobody changes them afterwards, so they go past the session's unit of work, which takes ten
times as long over each. On PostgreSQL all of them are one statement, as each is a way to the server and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.domain.asking import connection
from app.domain.base import Base, inserting
from app.domain.counting import CaseCountChange
from app.domain.history.bulk import Row, columns_of
from app.domain.history.records import Change, ChangeSet, Event
from app.extensions import db


def put_down(
    change_set: ChangeSet, event: Event | None, changes: Sequence[Row] = (), counts: Sequence[Row] = ()
) -> None:
    """Store the change set unless it is stored, this line of it, and rows of changes and totals.

    A change whose `event_id` is empty is one that this line made. Set and line are the session's from then on.
    """
    session = db.session()
    told: Row = {}
    if event is not None:
        told = {name: vars(event).get(name) for name in columns_of(Event)}
        for relation in ("case", "partner"):
            if (record := vars(event).get(relation)) is not None:
                told[f"{relation}_id"] = record.id
    made: Row = {}
    if sa.inspect(change_set).transient:
        made = {name: vars(change_set).get(name) for name in columns_of(ChangeSet)}
    if not (made or told or changes or counts):
        return
    is_postgresql = connection().dialect.name == "postgresql"
    put = put_at_once if is_postgresql else put_one_by_one
    set_id, event_id = put(change_set.id, made, told, changes, counts)
    session.add(event or change_set)
    if made:
        vars(change_set).update(made, id=set_id)
        note_stored(session, change_set)
    if event is not None:
        vars(event).update(told, id=event_id, change_set_id=set_id)
        note_stored(session, event)


def put_one_by_one(
    set_id: int, made: Row, told: Row, changes: Sequence[Row], counts: Sequence[Row]
) -> tuple[int, int | None]:
    """Table after table; answers the ids of the change set and the line."""
    execute, event_id = connection().execute, None
    if made:
        set_id = execute(inserting(ChangeSet), made).lastrowid
    if told:
        told["change_set_id"] = set_id
        event_id = execute(inserting(Event), told).lastrowid
    if changes:
        execute(inserting(Change), [row | {"event_id": row["event_id"] or event_id} for row in changes])
    if counts:
        execute(inserting(CaseCountChange), counts)
    return set_id, event_id


def put_at_once(
    set_id: int, made: Row, told: Row, changes: Sequence[Row], counts: Sequence[Row]
) -> tuple[int, int | None]:
    """The same by one statement."""
    given = {f"set_{name}": value for name, value in made.items()}
    given |= {f"event_{name}": value for name, value in told.items()}
    given |= {"set_id": set_id} if not made else {}
    given |= {"changes": list(changes)} if changes else {}
    given |= {"counts": list(counts)} if counts else {}
    statement = putting_at_once(bool(made), bool(told), bool(changes), bool(counts))
    set_id, event_id = connection().execute(statement, given).one()
    return set_id, event_id


@cache
def putting_at_once(
    with_set: bool, with_event: bool, with_changes: bool, with_counts: bool
) -> sa.Select[Any]:
    """Each insert hands its id on to the next; rows of changes and totals are handed over as one value."""
    set_id: Any = sa.bindparam("set_id", type_=sa.BigInteger)
    event_id: Any = sa.null()
    parts: list[sa.CTE] = []
    if with_set:
        parts.append(sa.insert(ChangeSet).values(bound(ChangeSet, "set")).returning(ChangeSet.id).cte("made"))
        set_id = sa.select(parts[-1].c.id).scalar_subquery()
    if with_event:
        values = bound(Event, "event") | {"change_set_id": set_id}
        parts.append(sa.insert(Event).values(values).returning(Event.id).cte("told"))
        event_id = sa.select(parts[-1].c.id).scalar_subquery()
    if with_changes:
        parts.append(handed_over(Change, "changes", event_id))
    if with_counts:
        parts.append(handed_over(CaseCountChange, "counts", event_id))
    return sa.select(set_id, event_id).add_cte(*parts)


def bound(cls: type[Base], prefix: str) -> dict[str, Any]:
    """A place for each value of one such record."""
    columns = columns_of(cls).items()
    return {name: sa.bindparam(f"{prefix}_{name}", type_=column.type) for name, column in columns}


def handed_over(cls: type[Change | CaseCountChange], given: str, event_id: Any) -> sa.CTE:
    """Rows that are one value in JSON. A change that names no line is of the one that is stored along."""
    types = {name: column.type for name, column in columns_of(cls).items() if name != "undone_by_id"}
    rows = sa.func.jsonb_to_recordset(sa.bindparam(given, type_=JSONB)).table_valued(
        *(sa.column(name, JSONB() if isinstance(type_, sa.JSON) else type_) for name, type_ in types.items())
    )
    one = rows.render_derived(f"given_{given}", with_types=True).c
    chosen = [sa.func.coalesce(one[name], event_id) if name == "event_id" else one[name] for name in types]
    return sa.insert(cls).from_select(list(types), sa.select(*chosen)).returning(cls.id).cte(given)


def note_stored(session: Session, record: Any) -> None:
    """Tell the session that a record of it is stored as it is, in the words of its own unit of work.

    What it knows of the record ends with the savepoint or transaction in which that was stored.
    """
    session._register_persistent({sa.inspect(record)})
