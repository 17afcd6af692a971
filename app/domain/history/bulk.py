"""Many records at once: imports and demo data write the rows that acts write, by set statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from app import clock
from app.domain import configuration
from app.domain.actor import Acting
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import Tracked, link_key
from app.extensions import db, room

Row = dict[str, Any]
AT_ONCE = (100, 10, 1)


def write_many(kind: str, *, by: Acting, into: ChangeSet | None = None) -> Many:
    """Open a change set of this kind for records to come by the thousand, or go on with one.

    Each record gets one event and one `+` change, no rule wakes and nobody is notified:

        many = write_many("import", by=ada)
        for rows in batches_of(5_000):
            many.make(Case, rows, action="imported")
            db.session.commit()

    Memory is that of one batch. Whoever was interrupted goes on with `into=`, so all of it stays one change set.
    """
    if into is None:
        actor = by.as_actor()
        into = ChangeSet(
            kind=kind, actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name, at=clock.now()
        )
        db.session.add(into)
        db.session.flush()
    return Many(into)


class Many:
    """A change set that is written by set statements, a batch of plain rows at a time."""

    def __init__(self, change_set: ChangeSet) -> None:
        self.change_set = change_set
        self.change_set_id = change_set.id

    def make(
        self,
        cls: type[Tracked],
        rows: list[Row],
        *,
        action: str = "created",
        when: str | None = None,
    ) -> list[int]:
        """Make a record of each row, and answer their ids.

        A row names the record's columns, and its links by what they are known by (`{"tags": [5]}`). It is
        completed in place: defaults, derived columns, and the id unless it brings one from `ids()`. It happens
        now, or at the instant in the column that `when` names.
        """
        if not rows:
            return []
        self.complete(cls, rows)
        mapper = sa.inspect(cls)
        for table in mapper.tables:
            put(table, rows, keys_of(cls, table))
        links = [
            link for name in cls.links if any(row.get(name) for row in rows) for link in tie(cls, name, rows)
        ]
        self.note(cls, rows, links, action, when)
        cls.count_rows(rows)
        return [row["id"] for row in rows]

    def ids(self, cls: type[Any], number: int) -> list[int]:
        """Ids that nobody else will get, for rows that have to name each other before they are written."""
        return fresh_ids(cls, number)

    def tell(self, events: list[Row]) -> None:
        """Add lines of history that changed nothing, such as notes: rows of Event, in order of time."""
        for event in events:
            event["change_set_id"] = self.change_set_id
        put(Event.__table__, events, keys_of(Event, Event.__table__))

    def complete(self, cls: type[Tracked], rows: list[Row]) -> None:
        """What an act would have filled in."""
        now = clock.now()
        missing = [row for row in rows if "id" not in row]
        for row, id_ in zip(missing, self.ids(cls, len(missing)) if missing else (), strict=True):
            row["id"] = id_
        for row in rows:
            row["version"] = 1
            row.setdefault("created_at", now)
            row.setdefault("updated_at", row["created_at"])
        cls.derive_rows(rows)

    def note(
        self,
        cls: type[Tracked],
        rows: list[Row],
        links: list[tuple[int, str, Any]],
        action: str,
        when: str | None,
    ) -> None:
        """One event and one `+` change a record, and one change a link."""
        kind, event_of = cls.record_kind, self.tell_of(cls, rows, action, when)
        made = {"record_kind": kind, "version": 1}
        columns = keys_of(Change, Change.__table__)
        changes = [{**made, "event_id": event_of[id_], "record_id": id_, "field": "+"} for id_ in event_of]
        put(Change.__table__, changes, columns)
        changes = [
            {**made, "event_id": event_of[id_], "record_id": id_, "field": field, "new": key}
            for id_, field, key in links
        ]
        put(Change.__table__, changes, columns)

    def tell_of(
        self, cls: type[Tracked], rows: list[Row], action: str, when: str | None = None
    ) -> dict[int, int]:
        """One event a row; answers the event's id by the record's."""
        now, teams, kind = clock.now(), teams_of_cases(cls, rows), cls.record_kind
        events, event_of = [], {}
        for row, event_id in zip(rows, self.ids(Event, len(rows)), strict=True):
            case_id, partner_id = told_on(kind, row)
            event_of[row["id"]] = event_id
            event = {
                "id": event_id,
                "case_id": case_id,
                "partner_id": partner_id,
                "team_id": row.get("team_id") if kind == "case" else teams.get(case_id),
                "action": action,
                "at": row[when] if when else now,
            }
            if details := cls.details_of(row):
                event["details"] = details
            events.append(event)
        self.tell(events)
        return event_of


def fresh_ids(cls: type[Any], number: int) -> list[int]:
    """Ids that nobody else will get, in their order."""
    table = sa.inspect(cls).base_mapper.local_table
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        # As a query of its own it is looked up once, not for each id.
        sequence = sa.select(sa.cast(sa.func.pg_get_serial_sequence(table.name, "id"), REGCLASS))
        drawn = sa.select(sa.func.nextval(sequence.scalar_subquery()))
        drawn = drawn.select_from(sa.func.generate_series(1, number))
        return list(connection.scalars(drawn))
    # SQLite has one lock for all that is written: with it, the next ids are ours.
    given = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
    ever = connection.scalar(sa.select(given.c.seq).where(given.c.name == table.name).with_for_update()) or 0
    last = max(ever, connection.scalar(sa.select(sa.func.max(table.c.id))) or 0)
    return list(range(last + 1, last + number + 1))


@contextmanager
def unindexed(*classes: type[Any]) -> Iterator[None]:
    """Do without indexes on these tables while an empty database gets its first hundred thousands.

    Built at the end and in order, they cost a fifth of what they cost row by row. PostgreSQL looks up what a
    row refers to one by one, too; there the references are checked at the end, all at once.
    """
    tables = [cls.__table__ for cls in classes]
    parts: list[Any] = [index for table in tables for index in sorted(table.indexes, key=by_name)]
    if db.session.connection().dialect.name != "sqlite":
        parts += [key for table in tables for key in sorted(table.foreign_key_constraints, key=by_name)]
    for part in parts:
        db.session.connection().execute(
            DropIndex(part) if isinstance(part, sa.Index) else DropConstraint(part)
        )
    db.session.commit()
    try:
        # The words for search are sorted in as they come: with the usual room a million never end.
        with room(64_000):
            yield
    finally:
        db.session.rollback()
        for part in parts:
            db.session.connection().execute(
                CreateIndex(part) if isinstance(part, sa.Index) else AddConstraint(part)
            )
        db.session.commit()


def by_name(part: Any) -> str:
    return part.name or ""


def told_on(kind: str, row: Row) -> tuple[int | None, int | None]:
    """The case and the partner whose history tells of a row: `Tracked.told_on`, before there is a record."""
    if kind == "case":
        return row["id"], None
    if kind == "partner":
        return None, row["id"]
    return row.get("case_id"), row.get("partner_id")


def teams_of_cases(cls: type[Tracked], rows: list[Row]) -> dict[int | None, int | None]:
    """The teams of the cases that these rows are about."""
    wanted = {row.get("case_id") for row in rows} - {None} if cls.record_kind != "case" else set()
    if not wanted:
        return {}
    cases = sa.table("cases", sa.column("id"), sa.column("team_id"))
    found = db.session.execute(sa.select(cases.c.id, cases.c.team_id).where(cases.c.id.in_(wanted)))
    return dict(found.all())


def tie(cls: type[Tracked], name: str, rows: list[Row]) -> Iterator[tuple[int, str, Any]]:
    """Store the links of one name; answers owner, field and key of each, as changes note them."""
    relation = sa.inspect(cls).relationships[name]
    (_own, owner_column), *_ = relation.synchronize_pairs
    pairs = [(row["id"], key) for row in rows for key in row.get(name) or ()]
    if relation.secondary is not None:
        (_its, target_column), *_ = relation.secondary_synchronize_pairs
        stored = [{owner_column.key: owner, target_column.key: key} for owner, key in pairs]
        put(relation.secondary, stored, {column.key: column for column in relation.secondary.columns})
    else:
        linked = relation.mapper.class_
        records = [(owner, linked.from_key(key)) for owner, key in pairs]
        columns = keys_of(linked, relation.mapper.local_table)
        stored = [
            {key: getattr(record, key) for key in columns} | {owner_column.key: owner}
            for owner, record in records
        ]
        put(relation.mapper.local_table, stored, columns)
        pairs = [(owner, link_key(record)) for owner, record in records]
    for owner, key in pairs:
        yield owner, f"{name}:{key}", key


def keys_of(cls: type[Any], table: sa.FromClause) -> dict[str, sa.Column[Any]]:
    """The columns of one table by the names that the record gives them."""
    return {
        attribute.key: column
        for attribute in sa.inspect(cls).column_attrs
        for column in attribute.columns
        if isinstance(column, sa.Column) and column.table is table
    }


@cache
def columns_of(cls: type[Any]) -> dict[str, sa.Column[Any]]:
    """The same of its own table, but for the id, which is given when it is stored."""
    found = keys_of(cls, sa.inspect(cls).local_table)
    return {name: column for name, column in found.items() if name != "id"}


def put(table: sa.FromClause, rows: list[Row], columns: dict[str, sa.Column[Any]]) -> None:
    """Hand rows to the driver as it takes them fastest: COPY on PostgreSQL, a hundred rows an INSERT on SQLite.

    SQLite writes the words for search at each statement that a trigger tells of them: row by row, that took as long
    as all the rest.
    """
    if not rows:
        return
    configuration.touch(table)
    connection = db.session.connection()
    named = set().union(*rows)
    used = {key: column for key, column in columns.items() if key in named or column.default is not None}
    written: dict[Any, dict[Any, Any]] = defaultdict(dict)
    cells = [cells_of(key, column, rows, connection.dialect, written) for key, column in used.items()]
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(quote(column.name) for column in used.values())})"  # type: ignore[attr-defined]
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        if driver.info.transaction_status == 0:  # idle (libpq's PQTRANS_IDLE)
            # COPY goes past the engine, which begins a transaction only for what it sees.
            connection.exec_driver_sql(f"LOCK TABLE {quote(table.name)} IN ROW EXCLUSIVE MODE")  # type: ignore[attr-defined]
        with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for values in zip(*cells, strict=True):
                copy.write_row(values)
    else:
        ready = list(zip(*cells, strict=True))
        places = f"({', '.join('?' * len(used))})"
        for some in parted(ready):
            connection.exec_driver_sql(
                f"INSERT INTO {into} VALUES {', '.join([places] * len(some))}",  # noqa: S608  (names of ours)
                tuple(chain.from_iterable(some)),
            )


def parted(rows: list[Any]) -> Iterator[list[Any]]:
    """By the hundred, then by tens and ones, so that there are few statements to be known."""
    at = 0
    for size in AT_ONCE:
        while at + size <= len(rows):
            yield rows[at : at + size]
            at += size


def cells_of(
    key: str, column: sa.Column[Any], rows: list[Row], dialect: sa.Dialect, written: dict[Any, dict[Any, Any]]
) -> list[Any]:
    """One column of all rows, as the driver wants its values; a default is made once a batch.

    The same instants stand in many columns and rows and are slow to write down: `written` keeps them by type.
    """
    process = processor_of(column, dialect)
    default = default_of(column)
    if not any(key in row for row in rows):
        return [process(default) if process else default] * len(rows)
    values = [row.get(key, default) for row in rows]
    if process is None:
        return values
    if column.type.python_type not in SIMPLE:
        return [process(value) for value in values]
    known = written[column.type.python_type]
    known |= {value: process(value) for value in set(values) - known.keys()}
    return [known[value] for value in values]


SIMPLE = frozenset({bool, date, datetime, Decimal, float, int, str})


def processor_of(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What makes a value ready for the driver, if anything has to.

    For COPY, days and instants are written down here: the driver would do so anew for each cell.
    """
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if dialect.name != "postgresql" or column.type.python_type not in {date, datetime}:
        return process
    return lambda value: None if value is None else str(process(value) if process else value)


def default_of(column: sa.Column[Any]) -> Any:
    """What a row that does not name a column gets there."""
    default: Any = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg
