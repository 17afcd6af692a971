"""Storing one record of which nothing but its columns was set, past the session's unit of work.

For every flush that one looks through all that a record may be linked with, ten times as long as it writes; most
acts make or change one record and link nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import MANYTOONE, Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain.asking import connection
from app.domain.configuration import Configured
from app.domain.history.bulk import columns_of, default_of
from app.domain.history.tracking import Tracked, has_changed


def plainly_changed(session: Session) -> Tracked | None:
    """The one record that waits to be stored, if nothing but its columns was set."""
    waiting = [*session.new, *session.dirty, *session.deleted]
    record = waiting[0] if len(waiting) == 1 and not session.deleted else None
    return record if isinstance(record, Tracked) and is_plain(record) else None


def is_plain(record: Tracked) -> bool:
    """Were only columns of its one table set, and what it is part of? Links have rows of their own.

    Of all that listen to flushes only the history is told of such a record. The others need not know:
    `configuration.mark_change` asks for what is configured, which is never plain, and `job.remember_new_jobs` for
    jobs, which are not tracked and so go through the session's flush.
    """
    mapper, state = sa.inspect(type(record)), sa.inspect(record)
    is_known = state.has_identity or record.id is None  # one that brings its id does not get one
    if len(mapper.tables) != 1 or isinstance(record, Configured) or not is_known:
        return False
    links = [name for name in set_since(record) if name in mapper.relationships]
    return not any(f"{name}_id" not in mapper.column_attrs and has_changed(record, name) for name in links)


def set_since(record: Tracked) -> list[str]:
    """What was set since it was stored; of a new record all that it has."""
    state: Any = sa.inspect(record)
    return list(state.committed_state if state.has_identity else state.dict)


def put_new(record: Any) -> None:
    """Store a new record; what it does not say is by default."""
    name_what_it_is_part_of(record)
    cls: Any = type(record)
    columns, held = columns_of(cls), vars(record)
    row = {name: held.get(name) for name in columns}
    row |= {name: default_of(columns[name]) for name, value in row.items() if value is None}
    said = {name: value for name, value in row.items() if value is not None}
    stored = connection().execute(putting_new(cls, tuple(said)), said)
    (given_id,) = stored.inserted_primary_key or (None,)
    held.update(row, id=given_id)


def put_again(record: Any) -> None:
    """Store the columns that were set, unless somebody else has stored the record since it was read."""
    name_what_it_is_part_of(record)
    cls: Any = type(record)
    columns, state = columns_of(cls), sa.inspect(record)
    was: Any = state.committed_state
    names = tuple(name for name in was if name in columns and was[name] != state.dict[name])
    if not names:
        return  # it is part of what it was part of
    given = {f"new_{name}": state.dict[name] for name in names}
    given |= {"its_id": record.id, "its_version": was.get("version", record.version)}
    stored = connection().execute(putting_again(cls, names), given)
    if stored.rowcount != 1:
        raise StaleDataError(f"{record.key} was stored by somebody else.")


def name_what_it_is_part_of(record: Tracked) -> None:
    """Where a record was set, its id is what is stored."""
    relations, held = sa.inspect(type(record)).relationships, vars(record)
    for name in set_since(record):
        if name in relations and has_changed(record, name) and relations[name].direction is MANYTOONE:
            setattr(record, f"{name}_id", held[name].id if held[name] is not None else None)


# Of a case a third is said, mostly the same third: what is not said is no part of the statement.
@lru_cache(maxsize=500)
def putting_new(cls: Any, names: tuple[str, ...]) -> sa.Insert:
    columns = columns_of(cls)
    values = {columns[name]: sa.bindparam(name, type_=columns[name].type) for name in names}
    return sa.insert(sa.inspect(cls).local_table).values(values)


@lru_cache(maxsize=500)
def putting_again(cls: Any, names: tuple[str, ...]) -> sa.Update:
    table, columns = sa.inspect(cls).local_table, columns_of(cls)
    is_it = table.c.id == sa.bindparam("its_id"), table.c.version == sa.bindparam("its_version")
    new = {columns[name]: sa.bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    return sa.update(table).where(*is_it).values(new)
