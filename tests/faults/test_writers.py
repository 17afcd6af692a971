"""Eight processes that write at once, on few records: nobody meets an error, and nothing of it is lost."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise

import pytest
import sqlalchemy as sa

from app.config import Settings
from app.domain import recounting
from app.domain.models import Change
from tests.faults.conftest import own_environ
from tests.real_data import ROOT

SECONDS = 60 if os.environ.get("SOAK") else 6

pytestmark = [pytest.mark.fault, pytest.mark.database]


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    with own_environ("writers", tmp_path_factory.mktemp("writers")) as found:
        yield os.environ | found


@pytest.fixture(scope="module")
def report(environ):
    """What the writers say, after they have written for a while."""
    for words in (
        ["flask", "--app", "app", "db", "upgrade"],
        ["flask", "--app", "app", "demo", "--cases", "40"],
    ):
        subprocess.run([sys.executable, "-m", *words], env=environ, cwd=ROOT, check=True, capture_output=True)
    run = [sys.executable, "-m", "bench.writers", str(SECONDS)]
    done = subprocess.run(run, env=environ, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def database_after(environ, report):
    engine = sa.create_engine(Settings.read(environ).sqlalchemy_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows(connection, query):
    return connection.execute(sa.text(query)).all()


def test_no_writer_meets_an_error(report):
    assert report["errors"] == []
    assert {"sign in", "move", "edit", "note", "create", "add", "upload"} <= report["acts"].keys()
    print(
        f"{report['per_second']} acts a second; waits: {report['wait_p50']} ms, longest {report['wait_longest']} ms"
    )


def test_no_update_is_lost(report, database_after):
    [[total]] = rows(database_after, "select sum(planned_cost) from cases")

    assert total == report["added"] > 0


def test_the_history_agrees_with_every_record(database_after):
    """Field by field each change begins where the last one ended, in rising versions, down to what is there now."""
    columns = ("stage_id", "priority", "planned_cost", "probability", "weighted", "state")
    query = f"select id, version, {', '.join(columns)} from cases where id in (select record_id from changes)"
    now = {
        row[0]: dict(zip(("version", *columns), row[1:], strict=True)) for row in rows(database_after, query)
    }
    stories = defaultdict(list)
    changes = sa.select(Change.record_id, Change.version, Change.field, Change.old, Change.new)
    changes = changes.where(Change.record_kind == "case").order_by(Change.id)
    for record_id, version, field, old, new in database_after.execute(changes):
        stories[record_id, field].append((version, old, new))

    assert len(stories) > 100
    for (record_id, field), story in stories.items():
        versions = [version for version, _, _ in story]
        assert versions == sorted(versions)
        assert versions[-1] <= now[record_id]["version"]
        assert all(old == new for (_, _, new), (_, old, _) in pairwise(story))
        if field in columns:
            assert story[-1][2] == now[record_id][field]
            assert len(set(versions)) == len(versions)


def test_the_totals_of_the_boards_are_what_a_recount_says(database_after):
    added = rows(database_after, "select count(*) from case_count_changes")

    assert added != [(0,)]
    assert database_after.execute(recounting.differences()).all() == []


def test_each_upload_is_whole(database_after):
    sizes = rows(
        database_after,
        "select f.size, sum(length(p.content)) from files f join file_pieces p on p.file_id = f.id "
        "where f.is_whole group by f.id, f.size",
    )

    assert sizes
    assert all(size == stored for size, stored in sizes)
