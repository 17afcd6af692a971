"""On SQLite: a transaction reads until it wants to write, and only then stands in line."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa

from app import database
from app.database import LONGEST_LOG, LONGEST_WAIT
from app.extensions import room


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path / 'try.db'}"
    engine = sa.create_engine(url, **database.engine_options(url))
    database.tune(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table sums (value integer)")
        connection.exec_driver_sql("insert into sums values (0)")
    yield engine
    engine.dispose()


sums = sa.table("sums", sa.column("value"))


def value(connection):
    return connection.scalar(sa.select(sums.c.value))


def test_who_only_reads_waits_for_nobody(engine):
    with engine.begin() as writer, engine.begin() as reader:
        writer.execute(sums.update().values(value=1))

        assert value(reader) == 0


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


def test_who_waits_too_long_is_told(engine, monkeypatch):
    monkeypatch.setattr(database, "LONGEST_WAIT", LONGEST_WAIT / 100)
    with engine.begin() as writer, engine.connect() as other:
        writer.execute(sums.update().values(value=1))
        with pytest.raises(sa.exc.OperationalError, match="database is locked") as told:
            other.execute(sums.update().values(value=2))

        assert isinstance(told.value.orig, sqlite3.OperationalError)
        other.rollback()
    with engine.begin() as connection:
        connection.execute(sums.update().values(value=3))


def test_an_error_does_not_tell_what_was_to_be_written(engine):
    with pytest.raises(sa.exc.OperationalError) as error, engine.begin() as connection:
        connection.execute(sa.text("insert into nothing values (:link)"), {"link": "https://way.in/"})

    assert "way.in" not in str(error.value)


def test_the_log_is_copied_into_the_database_and_begun_anew(engine, tmp_path):
    with engine.begin() as connection:
        connection.exec_driver_sql("create table pages (content blob)")
    for _number in range(100):
        with engine.begin() as connection:
            connection.exec_driver_sql("insert into pages values (randomblob(1000000))")

    assert (tmp_path / "try.db-wal").stat().st_size < 2 * LONGEST_LOG
    assert (tmp_path / "try.db").stat().st_size > 60_000_000


def test_who_writes_by_the_thousand_keeps_more_pages_at_hand_and_gives_them_back(engine):
    def kept():
        with engine.begin() as connection:
            return -connection.exec_driver_sql("PRAGMA cache_size").scalar()

    usual = kept()
    with room(16_000):
        assert kept() == 16_000
    assert kept() == usual < 16_000
