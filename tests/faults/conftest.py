"""Databases and applications of one's own, for tests that kill what works on them."""

import os
import re
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask_migrate import upgrade

from app import create_app
from app.config import Settings
from app.extensions import db, huey

KEY = "a key for tests 0123456789abcdef"


@contextmanager
def own_environ(name, instance):
    """The environment of a database that one test alone writes to: a file in its instance, or one on the server."""
    plain = {"SECRET_KEY": KEY, "INSTANCE": str(instance)}
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield plain
        return
    name = f"holdfast_{name}_{os.getpid()}"
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    url = address.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    yield plain | {"DATABASE_URL": url}
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    engine.dispose()


@pytest.fixture
def environ(request, tmp_path):
    with own_environ(re.sub(r"\W", "_", request.module.__name__.rpartition(".")[2]), tmp_path) as found:
        yield found


@pytest.fixture
def application(environ):
    """An application on that database, whose queue is the one that its workers read."""
    before = huey.storage_class, huey.storage_kwargs, huey.immediate, huey.storage
    huey.immediate = True
    app = create_app(Settings.read(environ))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    huey.storage.close()
    huey.storage_class, huey.storage_kwargs, huey._immediate, huey.storage = before
