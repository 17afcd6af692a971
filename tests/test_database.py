"""A transaction reads until it wants to write; only then it begins, on SQLite as the next in line."""

import json
import threading
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app import database
from app.domain.history import Event
from app.extensions import db
from tests.plans import plan_of

pytestmark = pytest.mark.database


@contextmanager
def with_sums(url):
    """An engine as ours are, and a table of its own there."""
    engine = sa.create_engine(url, **database.engine_options(url))
    database.tune(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table sums (value integer)")
        connection.exec_driver_sql("insert into sums values (0)")
    yield engine
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table sums")
    engine.dispose()


@pytest.fixture
def engine(tmp_path, database_url):
    here = f"sqlite:///{tmp_path / 'try.db'}"
    with with_sums(database_url if database_url.startswith("postgresql") else here) as engine:
        yield engine


sums = sa.table("sums", sa.column("value"))


def value(connection):
    return connection.scalar(sa.select(sums.c.value))


def test_who_only_reads_waits_for_nobody(engine):
    with engine.begin() as writer, engine.begin() as reader:
        writer.execute(sums.update().values(value=1))

        assert value(reader) == 0


@pytest.mark.parametrize(
    ("statement", "is_writing"),
    [
        ("SELECT 1", False),
        ("WITH RECURSIVE tops AS (SELECT updated_at FROM sums) SELECT * FROM tops", False),
        ("WITH made AS (INSERT INTO sums VALUES (1) RETURNING value) SELECT value FROM made", True),
        ("UPDATE sums SET value = 1", True),
        ("SAVEPOINT one", True),
    ],
)
def test_what_writes_is_known_by_what_it_says(statement, is_writing):
    assert database.writes(statement, None) is is_writing


def test_options_in_the_address_stay():
    address = "postgresql+psycopg://crm@db/crm?options=-csearch_path%3Dcrm"
    options = database.engine_options(address)["connect_args"]["options"]
    assert options == "-c jit=off -csearch_path=crm -c lock_timeout=5000"


def test_who_read_and_then_writes_does_not_fail_when_somebody_wrote_between(engine):
    with engine.begin() as late:
        assert value(late) == 0
        with engine.begin() as quick:
            quick.execute(sums.update().values(value=5))
        late.execute(sums.update().values(value=sums.c.value + 1))

        assert value(late) == 6


def test_what_is_locked_is_read_as_it_stands_when_the_turn_has_come(engine):
    with engine.begin() as late:
        assert value(late) == 0
        with engine.begin() as quick:
            quick.execute(sums.update().values(value=5))

        assert late.scalar(sa.select(sums.c.value).with_for_update()) == 5


def test_a_savepoint_holds_what_was_written_in_it(engine):
    with engine.begin() as connection:
        assert value(connection) == 0
        with connection.begin_nested():
            connection.execute(sums.update().values(value=2))
        with connection.begin_nested() as inner:
            connection.execute(sums.update().values(value=3))
            inner.rollback()

        assert value(connection) == 2


def test_nothing_is_lost_between_many_who_add(engine):
    def add():
        for _ in range(25):
            with engine.begin() as connection:
                value(connection)
                before = connection.scalar(sa.select(sums.c.value).with_for_update())
                connection.execute(sums.update().values(value=before + 1))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with engine.begin() as connection:
        assert value(connection) == 200


def test_what_readers_ask_often_is_planned_once(engine):
    for _ in range(20):
        with engine.connect() as connection:
            value(connection)

    with engine.connect() as connection:
        assert kept(connection) == 1


def kept(connection):
    """How many statements about sums the connection has ready; SQLite's driver does not tell of its own."""
    if connection.dialect.name == "sqlite":
        return 1
    ready = "select count(*) from pg_prepared_statements where statement ilike 'select%%from sums%%'"
    return connection.exec_driver_sql(ready).scalar()


def test_an_error_in_the_middle_leaves_nothing_of_what_was_written(engine):
    with engine.connect() as connection:
        connection.execute(sums.update().values(value=9))
        with pytest.raises(sa.exc.DBAPIError):
            connection.exec_driver_sql("insert into nothing values (1)")

    with engine.connect() as connection:
        assert value(connection) == 0


def test_what_is_given_back_unfinished_is_not_written(engine):
    with engine.connect() as connection:
        connection.execute(sums.update().values(value=9))

    with engine.connect() as connection:
        assert value(connection) == 0


def test_who_comes_after_a_restart_of_the_server_is_given_no_dead_connection(engine, monkeypatch):
    """On SQLite there is no server, and what was at hand is as good as ever."""
    with engine.connect() as one, engine.connect() as other:
        assert value(one) == value(other) == 0
        held = [each.connection.driver_connection for each in (one, other)]
    if engine.dialect.name == "postgresql":
        with psycopg.connect(held[0].info.dsn, autocommit=True) as administrator:
            for each in held:
                administrator.execute("select pg_terminate_backend(%s, 5000)", [each.info.backend_pid])
    monkeypatch.setattr(database, "TRUSTED", 0)
    with engine.connect() as one, engine.connect() as other:
        assert value(one) == value(other) == 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(VALUES, st.booleans())
def test_json_is_read_as_it_was_written_each_time(value, is_bytes):
    written = json.dumps(value, ensure_ascii=False)
    text = written.encode() if is_bytes else written
    read = database.read_json(text)

    assert (read, type(read)) == (value, type(value))
    if isinstance(read, list):
        read.append("more")
    elif isinstance(read, dict):
        read["more"] = "more"
    assert database.read_json(text) == value


def test_the_driver_tells_of_columns_as_it_would_itself(engine):
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("select 1 as one, 'two' as two")

        assert [each[0] for each in cursor.description] == ["one", "two"]
        assert [each[0] for each in cursor.description[-1:]] == ["two"]
        cursor.execute("update sums set value = 1")
        assert cursor.description is None


def test_the_lines_of_an_act_are_few_however_large_an_import_was(app, database):
    """PostgreSQL would else take any act for one like that, and read whole tables for the page of a case."""
    assert "ix_events_change_set_id" in plan_of(sa.select(Event.id).where(Event.change_set_id == 1))
    if db.engine.dialect.name == "postgresql":
        told = "attrelid = 'events'::regclass and attname = 'change_set_id'"
        options = db.session.scalar(sa.text(f"select attoptions from pg_attribute where {told}"))
        assert options == ["n_distinct=-0.3"]
