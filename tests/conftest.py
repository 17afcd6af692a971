"""The cast and the stage that every test plays on.

Nora sells at the front desk, Otto works in support, Marc manages both, Ada administers, Olga makes calls,
Ines writes from the portal. Each test plays in a transaction that is rolled back (`tests/stage.py`).
"""

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import argon2
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from huey.storage import MemoryStorage

from app import clock, create_app
from app.config import Settings
from app.domain import password
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import ChangeSet, Event, act
from app.domain.job import Job
from app.domain.lists import LostReason
from app.domain.partner import Partner
from app.domain.sign_in import SignIn
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db, huey
from tests.stage import SCENE, cast, cast_of, quiet, standing_on

# A test is over before much of it is garbage: looking as often as a server should is a twelfth of all the work.
gc.set_threshold(50_000, 20, 50)

pytest_plugins = ["tests.real_data", "tests.profiles", "tests.sales"]

PASSWORD = "correct horse battery"
# Strength takes time, and here nobody guesses.
password.hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = password.hash_password(PASSWORD)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the database is run again on PostgreSQL."""
    for item in items:
        if "database" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.fixture(scope="session")
def instance() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def database_url(instance: Path, worker_id: str) -> Iterator[str]:
    """A database of its own for every process that tests: a file, or one on the server that is named."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{instance / 'test.db'}"
        return
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"holdfast_test_{worker_id}_{os.getpid()}"
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield address.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    engine.dispose()


@pytest.fixture(scope="session")
def app(instance: Path, database_url: str) -> Iterator[Flask]:
    """The application on a freshly migrated database; its queue waits in memory until a test runs it."""
    settings = Settings(secret_key="t" * 20 + "0123456789abcdef", instance=instance)
    app = create_app(
        settings,
        TESTING=True,
        SQLALCHEMY_DATABASE_URI=database_url,
        WTF_CSRF_ENABLED=False,
        SERVER_NAME="holdfast.example",
    )
    huey.storage_class, huey.storage_kwargs, huey.immediate = MemoryStorage, {}, False
    with app.app_context():
        upgrade()
    yield app
    SCENE.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def database(app: Flask, request: pytest.FixtureRequest) -> Iterator[None]:
    """A stage for the test."""
    with standing_on(SCENE, app, cast_of(request.node)):
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What plays elsewhere may write there."""
    if "database" not in getattr(item, "fixturenames", ()):
        SCENE.close()


def add(*records: Any) -> None:
    """Put records on the stage, as Holdfast itself."""
    with act("created", *records, by=SYSTEM):
        pass
    db.session.commit()


def last_set(case: Case) -> ChangeSet | None:
    """The newest change set that the history of a case tells of."""
    return db.session.scalars(
        sa.select(ChangeSet).join(Event).where(Event.case_id == case.id).order_by(ChangeSet.id.desc())
    ).first()


def person(name: str, role: str) -> User:
    user = User(
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@holdfast.example",
        role=role,
        password_hash=HASH,
    )
    add(user)
    return user


@cast
def ada(database: None) -> User:
    return person("Ada Admin", "administrator")


@cast
def marc(database: None) -> User:
    return person("Marc Manager", "manager")


@cast
def nora(database: None) -> User:
    return person("Nora Lindahl", "salesperson")


@cast
def otto(database: None) -> User:
    return person("Otto Brandt", "salesperson")


@cast
def olga(database: None) -> User:
    return person("Olga Operator", "operator")


@cast
def ines(database: None) -> User:
    return person("Ines Carvalho", "portal")


@cast
def headquarters(marc: User) -> Team:
    team = Team(name="Headquarters", code="HQ", leader=marc)
    add(team)
    return team


@cast
def front_desk(headquarters: Team, nora: User) -> Team:
    team = Team(name="Front desk", code="FD", parent=headquarters, members=[nora], default_responsible=nora)
    add(team)
    return team


@cast
def support(headquarters: Team, otto: User) -> Team:
    team = Team(name="Support", code="SU", parent=headquarters, members=[otto])
    add(team)
    return team


@quiet
def stages(database: None) -> dict[str, Stage]:
    """The stages that a new Holdfast has, by name."""
    return {stage.name: stage for stage in db.session.scalars(sa.select(Stage))}


@quiet
def too_expensive(database: None) -> LostReason:
    return db.session.scalars(sa.select(LostReason).where(LostReason.name == "Too expensive")).one()


@cast
def brewery(database: None) -> Partner:
    partner = Partner.make("Hofmann Brewery", by=SYSTEM, email="info@hofmann.example", is_customer=True)
    db.session.commit()
    return partner


@cast
def case(front_desk: Team, nora: User, brewery: Partner, stages: dict[str, Stage]) -> Case:
    """Nora's opportunity, worth €48,200, at 60 % in Proposal."""
    made = Case.make(
        "opportunity",
        "Flow meters for bottling line 3",
        by=nora,
        team=front_desk,
        partner=brewery,
        stage=stages["Proposal"],
        expected_revenue=4_820_000,
        currency="EUR",
    )
    db.session.commit()
    return made


class Visitor:
    """A browser without scripts in which somebody is signed in; each request has a session of its own."""

    def __init__(self, app: Flask, user: User | None) -> None:
        self.app, self.client = app, app.test_client()
        if user is not None:
            self.sign_in(user)

    def sign_in(self, user: User) -> None:
        """They are in already: the door has tests of its own, and all others would pay for it."""
        token = self.aside(self.let_in, user.id)
        with self.client.session_transaction() as kept:
            kept |= {"_user_id": token, "_fresh": True}

    def let_in(self, user_id: int) -> str:
        with self.app.app_context():
            token = SignIn.begin(db.session.get_one(User, user_id), address="127.0.0.1")
            db.session.commit()
        return token

    def get(self, path: str, **options: Any) -> Any:
        return self.open(path, method="GET", **options)

    def post(
        self, path: str, *, htmx: bool = False, headers: dict[str, str] | None = None, **fields: Any
    ) -> Any:
        return self.open(path, method="POST", data=fields, htmx=htmx, headers=headers)

    def open(
        self, path: str, *, htmx: bool = False, headers: dict[str, str] | None = None, **options: Any
    ) -> Any:
        wanted = {"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {}
        sent = wanted | (headers or {})
        return self.aside(self.client.open, path, headers=sent, buffered=True, **options)

    def aside(self, act: Callable[..., Any], *given: Any, **options: Any) -> Any:
        """Do this in a context of its own, or it would share the session of the test; the time is the test's."""
        context = Context()
        context.run(clock._fixed.set, clock._fixed.get())
        answer = context.run(act, *given, **options)
        db.session.expire_all()
        return answer


@quiet
def as_(app: Flask, database: None) -> Callable[[User | None], Visitor]:
    """`as_(otto).get("/cases/")`: a visit as somebody, or with None as a stranger."""
    return lambda user=None: Visitor(app, user)


@quiet
def asked(database: None) -> Iterator[list[str]]:
    """The statements that are sent to the database, one after another."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


@quiet
def locks(database: None) -> Iterator[list[str]]:
    """The tables of which rows were locked, one name a statement, in the order in which it was done."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
        asked = getattr(context.compiled, "statement", None)
        if getattr(asked, "_for_update_arg", None) is not None:
            seen.append(asked.get_final_froms()[0].name)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


@quiet
def run_jobs(database: None) -> Callable[[], int]:
    """Do every job that is due, as the worker would; answers how many ran."""

    def run() -> int:
        huey.storage.flush_all()
        due = list(
            db.session.scalars(sa.select(Job.id).where(Job.state == "waiting").order_by(Job.run_at, Job.id))
        )
        db.session.commit()
        return sum(Job.run(job_id) for job_id in due)

    return run
