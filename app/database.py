"""How the database is spoken to: when a transaction begins, a fair turn for SQLite's writers, and their room."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa
from flask import Flask, request
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from app.extensions import ROOM, USUAL_ROOM, db, extra_rooms
from app.turns import Line

READING = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_WAIT = 5.0
# Seconds for which a connection that was given back is taken to be alive: asking is one more trip to the server.
TRUSTED = 1.0
# Statements of ours that a connection to PostgreSQL keeps with their plans, those used last.
PREPARED = 300
# How statements begin that neither change nor lock. A savepoint is taken by those who are about to write.
HARMLESS = frozenset({"SELECT", "PRAGMA", "EXPLAI"})
# What stands in one that begins with its parts (WITH …) and changes something. Values never stand in a statement.
CHANGES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# How a number, a word or nothing begins in JSON; and up to which length one is worth keeping.
SCALAR = frozenset('"-0123456789tfn') | {bytes([octet]) for octet in b'"-0123456789tfn'}
SHORT = 60
# Bytes of log from which it is copied into the database, so that the next writer begins it anew.
LONGEST_LOG = 32 * 1024 * 1024
# Bytes that all connections of a process to SQLite together take before each makes do with the pages it has.
SHARED_ROOM = 8_000_000
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=0",  # see `WaitingConnection.tidy`
    f"PRAGMA journal_size_limit={LONGEST_LOG}",
    "PRAGMA temp_store=MEMORY",
    f"PRAGMA busy_timeout={int(LONGEST_WAIT * 1000)}",
    f"PRAGMA cache_size=-{USUAL_ROOM}",
)


def init_app(app: Flask) -> None:
    """Tune the engine, and let no slow sender hold the write lock."""
    with app.app_context():
        tune(db.engine)

    @app.before_request
    def read_whole() -> None:
        """A body is read before the first statement: a slow upload must not make writers wait."""
        if request.method not in READING:
            request.form  # noqa: B018  (reading it is the point)


def engine_options(url: str) -> dict[str, Any]:
    """What the engine for this address is made with."""
    # Among what statements carry are links that let somebody in; an error in the log names none of it.
    options: dict[str, Any] = {"hide_parameters": True, "json_deserializer": read_json}
    if not url.startswith("sqlite"):
        from app.lean_cursor import LeanCursor  # which brings the driver along

        # Four processes stay below PostgreSQL's usual hundred connections; who waits is told in time.
        asked = sa.make_url(url).query.get("options", "")
        # A page asks for few rows; compiling a statement for it takes longer than running it.
        held = f"-c jit=off {asked} -c lock_timeout={int(LONGEST_WAIT * 1000)}"
        return options | {
            "pool_use_lifo": True,  # the one that was used last has most of what is asked next prepared
            "pool_size": 5,
            "max_overflow": 15,
            "pool_timeout": 2 * LONGEST_WAIT,
            "connect_args": {"options": held, "cursor_factory": LeanCursor},
        }
    Path(sa.make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    waits_itself = {"factory": WaitingConnection, "timeout": LONGEST_WAIT}
    # The connection that was used last knows most of what is asked next.
    return options | {"connect_args": waits_itself, "pool_size": 40, "pool_use_lifo": True}


def read_json(text: str | bytes) -> Any:
    """What the history keeps of old and new values: mostly the same few numbers, names and days, read once each.

    A list or an object is read each time, as whoever gets it may change it.
    """
    return read_once(text) if text[:1] in SCALAR and len(text) <= SHORT else json.loads(text)


@lru_cache(maxsize=4096)
def read_once(text: str | bytes) -> Any:
    return json.loads(text)


def tune(engine: Engine) -> None:
    """Prepare the connections of an engine, and begin to write only when something is written.

    Until then a request only reads and nobody waits for it: who is signed in, what they may do and what
    their form says are known before. What was read before the lock may be old by then; so a record is locked
    before anything is computed with it.
    """
    begin_writing = tune_sqlite(engine) if engine.dialect.name == "sqlite" else tune_postgresql(engine)

    @event.listens_for(engine, "before_cursor_execute")
    def want_to_write(
        connection: Connection, _cursor: object, statement: str, _values: object, context: Any, _many: bool
    ) -> None:
        if writes(statement, context):
            begin_writing(connection.connection.driver_connection)


def tune_sqlite(engine: Engine) -> Callable[[Any], None]:
    """Our pragmas and a place in the line of writers; what is given back goes and stands there."""

    @event.listens_for(engine, "connect")
    def prepare(connection: "WaitingConnection", _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        sqlite: WaitingConnection = connection.connection.driver_connection  # type: ignore[assignment]
        sqlite.be_durable(bool(connection.get_execution_options().get("durable")))
        sqlite.make_room(ROOM.get())
        sqlite.execute("BEGIN")

    return lambda connection: connection.begin_writing()


def tune_postgresql(engine: Engine) -> Callable[[Any], None]:
    """Reads stand alone, each with its own view as in READ COMMITTED anyway; what is given back begins a write.

    A transaction around reads ends in a rollback, after which the driver throws away whatever it had
    prepared: each statement of each request was planned anew, and three more trips went to the server.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.prepared_max = PREPARED

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["given_back"] = monotonic()

    @event.listens_for(engine, "checkout")
    def refuse_the_dead(connection: Any, record: Any, _holder: Any) -> None:
        """After a restart of the server all connections are new ones, and nobody notices."""
        if monotonic() - record.info.get("given_back", monotonic()) < TRUSTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error

    def begin_writing(connection: Any) -> None:
        if connection.info.transaction_status == 0:  # idle (libpq's PQTRANS_IDLE)
            connection.execute("BEGIN")

    return begin_writing


def writes(statement: str, context: Any) -> bool:
    """Does this statement change something, or lock what is to be changed?"""
    begins = statement.lstrip()[:6].upper()
    if begins.startswith("WITH"):
        return CHANGES.search(statement) is not None
    if begins not in HARMLESS:
        return True
    compiled = getattr(context, "compiled", None)
    return compiled is not None and getattr(compiled.statement, "_for_update_arg", None) is not None


class WaitingConnection(sqlite3.Connection):
    """A connection that stands in line for the write lock instead of polling for it.

    SQLite's own busy wait sleeps up to 100 ms between looks and serves whoever happens to look first: with
    eight writing processes some waited for a second.
    """

    _path: str | None = None
    _line: Line | None = None
    _may_write = False
    _is_durable = False
    _room = USUAL_ROOM
    _limit = 0

    def be_durable(self, wanted: bool) -> None:
        """Wait for the disk at the next commit, or leave that to the system; settled before a transaction."""
        if wanted is not self._is_durable:
            self.execute(f"PRAGMA synchronous={'FULL' if wanted else 'NORMAL'}")
            self._is_durable = wanted

    def make_room(self, kilobytes: int) -> None:
        """Keep so many pages from here on; those that are more are let go.

        The limit of all together is the process's, which has to be told by one of its connections: it is higher
        for as long as somebody has asked for more room.
        """
        if kilobytes != self._room:
            self.execute(f"PRAGMA cache_size=-{kilobytes}")
            self._room = kilobytes
        limit = SHARED_ROOM + 1000 * sum(extra_rooms)
        if limit != WaitingConnection._limit:
            self.execute(f"PRAGMA soft_heap_limit={limit}")
            WaitingConnection._limit = limit

    def begin_writing(self) -> None:
        """Wait for our turn, then go on in a transaction that may write; whoever writes already just goes on.

        A write after a read in the same plain BEGIN would fail if somebody else wrote in between, so the one
        that only read ends here. Raises sqlite3.OperationalError ('database is locked') after five seconds.
        """
        if self._may_write:
            return
        if self.in_transaction:
            self.execute("ROLLBACK")
        if self._path is None:
            self._path = self.execute("PRAGMA database_list").fetchone()[2]
        if self._path:
            line = Line.at(f"{self._path}-turn")
            if not line.stand(LONGEST_WAIT):
                raise sqlite3.OperationalError("database is locked")
            self._line = line
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._leave()
            raise
        self._may_write = True

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._leave()
        self.tidy()

    def tidy(self) -> None:
        """Copy the log into the database when it is long, waiting for nobody and letting nobody wait.

        Left to itself SQLite does it inside a commit, when the next writers stand in line already: the disk
        took a quarter of a second for it. What is committed stays so if this fails; the next one tries again.
        """
        with suppress(sqlite3.OperationalError, FileNotFoundError):
            if self._path and Path(f"{self._path}-wal").stat().st_size > LONGEST_LOG:
                self.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave()

    def close(self) -> None:
        self._leave()
        super().close()

    def _leave(self) -> None:
        self._may_write = False
        if self._line is not None:
            line, self._line = self._line, None
            line.leave()
