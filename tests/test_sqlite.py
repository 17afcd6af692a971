"""SQLite alone: how long a writer waits, what an error says, and when the log is copied."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa

from app import clock, database
from app.database import LONGEST_LOG, LONGEST_WAIT
from app.domain.history import ChangeSet
from app.domain.history.tracking import tracked_classes
from app.extensions import db, room
from tests.test_database import sums, with_sums


@pytest.fixture
def engine(tmp_path):
    with with_sums(f"sqlite:///{tmp_path / 'try.db'}") as engine:
        yield engine


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


def test_who_reads_meanwhile_takes_no_room_from_who_writes_by_the_thousand(engine):
    def limit():
        with engine.begin() as connection:
            return connection.exec_driver_sql("PRAGMA soft_heap_limit").scalar()

    usual, seen = limit(), []
    with room(16_000):
        wide = limit()
        reader = threading.Thread(target=lambda: seen.append(limit()))
        reader.start()
        reader.join()

    assert seen == [wide]
    assert limit() == usual < wide


def test_what_an_act_woke_is_found_among_many_that_woke_nothing(tmp_path):
    """Where all look alike, an index of them all is passed over."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'many.db'}")
    sets = ChangeSet.__table__
    with engine.begin() as connection:
        sets.create(connection)
        row = {"kind": "act", "actor_kind": "system", "actor_name": "Holdfast", "at": clock.now()}
        connection.execute(sa.insert(sets), [row] * 2000)
        connection.exec_driver_sql("ANALYZE")
        woken = sa.select(sets).where(sets.c.root_id.in_([1, 2, 3]))
        query = woken.compile(engine, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()

    assert "ix_change_sets_root_id" in str(plan)
    engine.dispose()


def test_no_id_is_given_out_again(app):
    """Whatever migrations did to its table: the next would have the history of the one that was deleted."""
    with app.app_context(), db.engine.connect() as connection:
        made = dict(
            connection.exec_driver_sql("select name, sql from sqlite_master where type = 'table'").all()
        )

    for cls in tracked_classes().values():
        assert "AUTOINCREMENT" in made[cls.__tablename__], cls
