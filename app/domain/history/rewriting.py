"""Changing many records at once, by set statements, with the same rows of history that acts write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app import clock
from app.domain import configuration
from app.domain.history.bulk import Many, Row, keys_of, put
from app.domain.history.records import Change
from app.domain.history.tracking import Tracked, business_columns, plain
from app.extensions import db


class Tie(NamedTuple):
    """A link of a record that is to be there, or not: `Tie(12, "tags", 5, True)`."""

    record_id: int
    name: str
    key: Any
    is_there: bool


def plain_rows(cls: type[Tracked], ids: Iterable[int], *, lock: bool = False) -> dict[int, Row]:
    """The columns of these records by id, as they stand now; locked in order of id if they will be changed."""
    table = sa.inspect(cls).base_mapper.local_table
    columns = keys_of(cls, table)
    query = sa.select(*(column.label(key) for key, column in columns.items()))
    query = query.where(table.c.id.in_(sorted(set(ids)))).order_by(table.c.id)
    if lock:
        query = query.with_for_update(key_share=True)
    return {row["id"]: dict(row) for row in db.session.connection().execute(query).mappings()}


def change_many(
    many: Many,
    cls: type[Tracked],
    before: dict[int, Row],
    after: dict[int, Row],
    ties: Iterable[Tie] = (),
    *,
    action: str = "edited",
) -> set[int]:
    """Turn records that were locked as `before` into `after`; answers the ids of those that changed.

    What follows from other columns is derived. Each changed record gets one event and one version more, and
    a change for every field and link. All of it is one change set; edits that are one each are `together`.
    """
    fields, links = differences(cls, before, after, ties)
    touched = fields.keys() | links.keys()
    if not touched:
        return set()
    rows, now = [after[id_] if id_ in after else before[id_] for id_ in sorted(touched)], clock.now()
    for row in rows:
        row["version"], row["updated_at"] = before[row["id"]]["version"] + 1, now
    update(cls, rows, fields)
    put_links(cls, [tie for found in links.values() for tie in found])
    event_of = many.tell_of(cls, rows, action)
    put(
        Change.__table__,
        [
            {
                "event_id": event_of[row["id"]],
                "record_kind": cls.record_kind,
                "record_id": row["id"],
                "version": row["version"],
                **change,
            }
            for row in rows
            for change in changes_of(before[row["id"]], row, fields.get(row["id"], ()), links[row["id"]])
        ],
        keys_of(Change, Change.__table__),
    )
    return touched


def differences(
    cls: type[Tracked], before: dict[int, Row], after: dict[int, Row], ties: Iterable[Tie] = ()
) -> tuple[dict[int, list[str]], defaultdict[int, list[Tie]]]:
    """The fields and the links of each record that would be other than they are, with what is derived."""
    cls.derive_rows(list(after.values()))
    fields = {id_: names for id_, row in after.items() if (names := changed_fields(cls, before[id_], row))}
    return fields, new_ties(cls, ties)


def changed_fields(cls: type[Tracked], before: Row, after: Row) -> list[str]:
    """Which columns of this record are to be other than they are."""
    return [name for name in business_columns(cls) if name in before and before[name] != after[name]]


def changes_of(before: Row, after: Row, names: Iterable[str], ties: list[Tie]) -> Iterable[Row]:
    for name in names:
        yield {"field": name, "old": plain(before[name]), "new": plain(after[name])}
    for tie in ties:
        old, new = (None, tie.key) if tie.is_there else (tie.key, None)
        yield {"field": f"{tie.name}:{tie.key}", "old": old, "new": new}


def update(cls: type[Tracked], rows: list[Row], fields: Mapping[int, Iterable[str]]) -> None:
    """Write the changed columns, those records together that change in the same ones; totals follow."""
    table = sa.inspect(cls).base_mapper.local_table
    configuration.touch(table)
    columns = keys_of(cls, table)
    alike: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[tuple(fields.get(row["id"], ()))].append(row)
    with cls.counting_rows([row["id"] for row in rows]):
        for changed, together in alike.items():
            names = (*changed, *cls.untold, "version", "updated_at")
            set_columns(table, {name: columns[name] for name in ("id", *names)}, together)


def set_columns(table: Any, columns: dict[str, Any], rows: list[Row]) -> None:
    """Give each row these columns, by its id: on PostgreSQL in one statement, where each costs as much as its row."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        given: Any = from_arrays(columns)
        values: Any = {f"new_{name}": [row[name] for row in rows] for name in columns}
    else:
        given = {name: sa.bindparam(f"new_{name}", type_=column.type) for name, column in columns.items()}
        values = [{f"new_{name}": row[name] for name in columns} for row in rows]
    new = {column: given[name] for name, column in columns.items() if name != "id"}
    connection.execute(sa.update(table).where(table.c.id == given["id"]).values(new), values)


def from_arrays(columns: dict[str, Any]) -> Any:
    """The columns of a table that is handed over as one array a column."""
    arrays = [
        sa.bindparam(f"new_{name}", type_=postgresql.ARRAY(column.type, dimensions=1))
        for name, column in columns.items()
    ]
    given = sa.func.unnest(*arrays).table_valued(
        *(sa.column(name, column.type) for name, column in columns.items())
    )
    return given.render_derived("given").c


def new_ties(cls: type[Tracked], ties: Iterable[Tie]) -> defaultdict[int, list[Tie]]:
    """Those links that are not yet as they should be, by record."""
    wanted: defaultdict[str, dict[tuple[int, Any], Tie]] = defaultdict(dict)
    for tie in ties:
        wanted[tie.name][tie.record_id, tie.key] = tie
    found: defaultdict[int, list[Tie]] = defaultdict(list)
    for name, each in wanted.items():
        _table, owner, target = link_columns(cls, name)
        query = sa.select(owner, target).where(owner.in_({tie.record_id for tie in each.values()}))
        there = {tuple(pair) for pair in db.session.connection().execute(query)}
        for pair, tie in each.items():
            if (pair in there) != tie.is_there:
                found[tie.record_id].append(tie)
    return found


def put_links(cls: type[Tracked], ties: list[Tie]) -> None:
    """Make and cut links, those of one name together."""
    alike: defaultdict[tuple[str, bool], list[Row]] = defaultdict(list)
    for tie in ties:
        alike[tie.name, tie.is_there].append({"its_owner": tie.record_id, "its_target": tie.key})
    for (name, is_there), pairs in alike.items():
        table, owner, target = link_columns(cls, name)
        configuration.touch(table)
        mine: Any = sa.bindparam("its_owner")
        theirs: Any = sa.bindparam("its_target")
        if is_there:
            statement: Any = sa.insert(table).values({owner: mine, target: theirs})
        else:
            statement = sa.delete(table).where(owner == mine, target == theirs)
        db.session.connection().execute(statement, pairs)


def link_columns(cls: type[Tracked], name: str) -> tuple[sa.Table, Any, Any]:
    """The table of a link between two records, with its two columns."""
    relation = sa.inspect(cls).relationships[name]
    assert isinstance(relation.secondary, sa.Table), f"{name} is no link between two records"
    (_own, owner), *_ = relation.synchronize_pairs
    (_its, target), *_ = relation.secondary_synchronize_pairs
    return relation.secondary, owner, target
