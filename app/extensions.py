"""What the application is made with: made here, bound to an application in `create_app()`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from flask_babel import gettext as _
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from app.config import Settings
from app.domain.base import Base
from app.words import Words


@contextmanager
def as_if_missing(*names: str) -> Iterator[None]:
    """These modules cannot be imported meanwhile; whatever else is imported stays."""
    missing: Any = dict.fromkeys(name for name in names if name not in sys.modules)
    sys.modules.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


# The queue imports the client of every store that is installed, 20 MB of them; `bind_queue` brings the one in use.
with as_if_missing("redis", "psycopg"):
    from huey import Huey, storage

# Templates of migrations would be shown in colours if they failed, with 5 MB of lexers.
with as_if_missing("pygments"):
    from flask_migrate import Migrate

__all__ = ["_", "babel", "bind_queue", "csrf", "db", "durable", "htmx", "huey", "login", "migrate", "room"]

# Kilobytes of pages that a connection to SQLite keeps at hand.
USUAL_ROOM = 2_000
ROOM: ContextVar[int] = ContextVar("room", default=USUAL_ROOM)
# What was asked for beyond that in this process, by each who is at it.
extra_rooms: list[int] = []

db = SQLAlchemy(model_class=Base)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()
babel = Words()
# Until it is bound, tasks run at once in the process that asks for them, as tests want.
huey = Huey("holdfast", results=False, storage_class=storage.SqliteStorage, immediate=True)


def durable() -> None:
    """The transaction that begins here is on the disk once it is committed, whatever it costs.

    SQLite otherwise leaves the last moments before a power cut to the operating system.
    """
    db.session.rollback()
    db.session.connection(execution_options={"durable": True})


@contextmanager
def room(kilobytes: int) -> Iterator[None]:
    """Let transactions that begin in here keep so many pages at hand, as who writes by the thousand wants.

    Each row finds its place in some forty indexes and among the words for search. With the usual room their pages
    are read from the file again and again, and written before they are full. Only SQLite knows of this.
    """
    before, extra = ROOM.set(kilobytes), kilobytes - USUAL_ROOM
    extra_rooms.append(extra)
    try:
        yield
    finally:
        extra_rooms.remove(extra)
        ROOM.reset(before)


def bind_queue(settings: Settings) -> None:
    """Give the queue its storage: Redis if named, else the database that is in use."""
    if settings.redis_url:
        client = import_module("redis")
        storage.Redis = storage.RedisStorage.redis_client = client.Redis
        storage.ConnectionPool = client.ConnectionPool
        storage.ConnectionError, storage.TimeoutError = client.ConnectionError, client.TimeoutError
        huey.storage_class, huey.storage_kwargs = storage.RedisStorage, {"url": settings.redis_url}
    elif settings.sqlalchemy_url.startswith("postgresql"):
        dsn = settings.sqlalchemy_url.replace("postgresql+psycopg://", "postgresql://", 1)
        storage.psycopg = import_module("psycopg")
        huey.storage_class, huey.storage_kwargs = storage.PostgresStorage, {"dsn": dsn}
    else:
        settings.instance.mkdir(parents=True, exist_ok=True)
        queue = {"filename": str(settings.instance / "queue.db")}
        huey.storage_class, huey.storage_kwargs = storage.SqliteStorage, queue
    huey.immediate = False
