"""How the database is spoken to: SQLite's pragmas, its kinds of transaction, and a fair turn for writers."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from app.extensions import db
from app.turns import Line

READING = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_WAIT = 5.0
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
    f"PRAGMA busy_timeout={int(LONGEST_WAIT * 1000)}",
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
    if not url.startswith("sqlite"):
        # Four processes stay below PostgreSQL's usual hundred connections; who waits is told in time.
        waits = f"-c lock_timeout={int(LONGEST_WAIT * 1000)}"
        return {
            "pool_pre_ping": True,
            "pool_size": 5,
            "max_overflow": 15,
            "pool_timeout": 2 * LONGEST_WAIT,
            "connect_args": {"options": waits},
        }
    Path(sa.make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    return {"connect_args": {"factory": WaitingConnection, "timeout": LONGEST_WAIT}, "pool_size": 40}


def tune(engine: Engine) -> None:
    """Teach an SQLite engine our pragmas and when to ask for the write lock."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def prepare(connection: "WaitingConnection", _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        """A page that only reads never waits for a writer; whoever may write says so at once.

        A read followed by a write inside a plain BEGIN fails if somebody else wrote in between.
        """
        sqlite: WaitingConnection = connection.connection.driver_connection  # type: ignore[assignment]
        sqlite.be_durable(bool(connection.get_execution_options().get("durable")))
        if only_reads():
            connection.exec_driver_sql("BEGIN")
        else:
            sqlite.begin_writing()


def only_reads() -> bool:
    """Is what runs now a request that writes nothing, or one that is being answered already?"""
    return has_request_context() and (request.method in READING or g.get("is_answering", False))


def answering() -> None:
    """The request has written what it had to: what its answer reads waits for nobody."""
    g.is_answering = True


class WaitingConnection(sqlite3.Connection):
    """A connection that stands in line for the write lock instead of polling for it.

    SQLite's own busy wait sleeps up to 100 ms between looks and serves whoever happens to look first: with
    eight writing processes some waited for a second.
    """

    _line: Line | None = None
    _is_durable = False

    def be_durable(self, wanted: bool) -> None:
        """Wait for the disk at the next commit, or leave that to the system; settled before a transaction."""
        if wanted is not self._is_durable:
            self.execute(f"PRAGMA synchronous={'FULL' if wanted else 'NORMAL'}")
            self._is_durable = wanted

    def begin_writing(self) -> None:
        """Wait for our turn, then start a transaction that may write.

        Raises sqlite3.OperationalError ('database is locked') after five seconds.
        """
        path = self.execute("PRAGMA database_list").fetchone()[2]
        if path:
            line = Line.at(f"{path}-turn")
            if not line.stand(LONGEST_WAIT):
                raise sqlite3.OperationalError("database is locked")
            self._line = line
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._leave()
            raise

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._leave()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave()

    def close(self) -> None:
        self._leave()
        super().close()

    def _leave(self) -> None:
        if self._line is not None:
            line, self._line = self._line, None
            line.leave()
