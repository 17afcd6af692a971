"""How the database is spoken to: SQLite's pragmas, its kinds of transaction, and a fair turn for writers."""

import fcntl
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from app.extensions import db

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
        return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 40}
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
    """A connection that queues for the write lock instead of polling for it.

    SQLite's own busy wait sleeps up to 100 ms between looks and is unfair: with eight writing processes
    some waited for a second. A lock on a file beside the database is looked at every half millisecond,
    inside a process writers stand in one line, and the lock falls with the process that held it.
    """

    _line: "dict[str, threading.Lock]" = {}
    _descriptor: int | None = None
    _is_first = False
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
            self._take_turn(path)
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._give_up_turn()
            raise

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._give_up_turn()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._give_up_turn()

    def close(self) -> None:
        self._give_up_turn()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        super().close()

    def _take_turn(self, path: str) -> None:
        deadline = time.monotonic() + LONGEST_WAIT
        line = self._line.setdefault(path, threading.Lock())
        if not line.acquire(timeout=LONGEST_WAIT):
            raise sqlite3.OperationalError("database is locked")
        self._is_first, self._path = True, path
        if self._descriptor is None:
            self._descriptor = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self._give_up_turn()
                    raise sqlite3.OperationalError("database is locked") from None
                time.sleep(0.0005)

    def _give_up_turn(self) -> None:
        if self._is_first:
            if self._descriptor is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._is_first = False
            self._line[self._path].release()
