"""The stage on which each test plays: a transaction that is never committed.

Most tests begin with the same few people and their case, and setting these up takes as long as the test itself. So
whoever enters first stays from one test to the next, each behind a savepoint, as far as the next test begins the same
way; what a test does to them is taken back after it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import clock
from app.extensions import db

# Fixtures of the cast, by name.
CAST: dict[str, Any] = {}
# Those that write nothing.
QUIET: set[Any] = set()


@dataclass
class Entered:
    """One of the cast who stands on the stage, behind a savepoint: the time stopped there then, and their record."""

    name: str
    at: datetime | None
    record: tuple[Any, Any]


@dataclass
class Scene:
    """What plays in this process: its transaction, and who has entered, in that order."""

    connection: sa.Connection | None = None
    standing: list[Entered] = field(default_factory=list)
    # Whom the test that plays begins with, and how many of them have entered.
    wanted: list[str] = field(default_factory=list)
    entered: int = 0

    def begin(self, wanted: list[str]) -> sa.Connection:
        """Leave those standing there with whom the next test begins, as they came."""
        now = clock._fixed.get()
        same = 0
        for name, each in zip(wanted, self.standing, strict=False):
            if (each.name, each.at) != (name, now):
                break
            same += 1
        if same == 0 or not self.go_back_to(same):
            self.close()
            self.connection = db.engine.connect()
            self.connection.begin()
            self.tell("SAVEPOINT entered_0")
        self.wanted, self.entered = wanted, 0
        assert self.connection is not None
        return self.connection

    def go_back_to(self, count: int) -> bool:
        """Take back all that came after these; answers whether that could be done."""
        try:
            self.tell(f"ROLLBACK TO SAVEPOINT entered_{count}")
        except sa.exc.SQLAlchemyError:
            return False  # what was tested has ended the transaction itself
        del self.standing[count:]
        return True

    def tell(self, statement: str) -> None:
        assert self.connection is not None
        self.connection.exec_driver_sql(statement)

    def close(self) -> None:
        """Take everything back: while it is open, nobody else can write to SQLite."""
        if self.connection is not None:
            self.connection.close()
        self.connection, self.standing, self.wanted = None, [], []

    def enter(self, name: str, make: Callable[[], Any]) -> Any:
        """The record that stands there already, else a new one, who then stays."""
        if self.entered >= len(self.wanted) or self.wanted[self.entered] != name:
            return make()
        place, self.entered = self.entered, self.entered + 1
        if place < len(self.standing) and self.standing[place].at != clock._fixed.get():
            db.session.rollback()
            self.go_back_to(place)  # they came at another time
        if place < len(self.standing):
            record = db.session.get_one(*self.standing[place].record)
            db.session.rollback()
            return record
        record = make()
        db.session.rollback()  # it is stored; this ends what was read since
        self.standing.append(Entered(name, clock._fixed.get(), (type(record), sa.inspect(record).identity)))
        self.tell(f"SAVEPOINT entered_{len(self.standing)}")
        return record


SCENE = Scene()


def cast(make: Callable[..., Any]) -> Any:
    """A fixture for one of the cast."""

    @wraps(make)
    def enter(**given: Any) -> Any:
        return SCENE.enter(make.__name__, lambda: make(**given))

    CAST[make.__name__] = enter
    return pytest.fixture(enter)


def quiet(make: Callable[..., Any]) -> Any:
    """A fixture that reads what is there or listens to what is asked: the cast may enter after it."""
    QUIET.add(make)
    return pytest.fixture(make)


def cast_of(item: pytest.Item) -> list[str]:
    """Those of the cast with whom this test begins, in the order in which pytest lets them enter."""
    known: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    # Each fixture after those that it needs, and whether any of these needs the database.
    order: dict[str, bool] = {}
    begun: set[str] = set()

    def visit(name: str) -> bool:
        if name in known and name not in begun:
            begun.add(name)
            # One that stands in for another of its name may need that one, and what that one needs.
            needs = [visit(need) for each in known[name] for need in each.argnames if need != name]
            order[name] = any(needs) or name == "database" or asks_late(known[name][-1])
        return order.get(name, False)

    for name in item.fixturenames:  # type: ignore[attr-defined]
        visit(name)
    cast: list[str] = []
    for name, is_on_stage in order.items():
        found = [definition.func for definition in known[name]]
        if not is_on_stage or name == "database" or QUIET.issuperset(found):
            continue
        if found != [CAST.get(name)]:
            break  # it may write anything
        cast.append(name)
    return cast


def asks_late(definition: Any) -> bool:
    """May this fixture of ours ask for others that it does not name?"""
    return "request" in definition.argnames and definition.func.__module__.startswith("tests")


@contextmanager
def standing_on(scene: Scene, app: Flask, wanted: list[str]) -> Iterator[None]:
    """What commits meanwhile is a savepoint."""
    with app.app_context():
        engine = db.engine
        engines = db._app_engines[app]
        engines[None] = scene.begin(wanted)  # type: ignore[assignment]
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
        try:
            yield
        finally:
            db.session.remove()
            engines[None] = engine


@contextmanager
def stage_of(app: Flask) -> Iterator[None]:
    """A stage that several tests share."""
    SCENE.close()
    own = Scene()
    try:
        with standing_on(own, app, []):
            yield
    finally:
        own.close()
