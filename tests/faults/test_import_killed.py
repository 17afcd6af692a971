"""An import that is killed at any moment and begun again ends as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
import sqlalchemy as sa

from app.domain.history import Change, ChangeSet, Event
from app.domain.importing import ExternalId, Import, ImportRow
from app.domain.partner import Partner
from app.extensions import db
from tests.real_data import ROOT

KILLS = 100 if os.environ.get("SOAK") else 10
ROWS = 3000
MAPPING = """\
source = "old"
id = "no"
[fields]
name = "name"
email = "mail"
company = { column = "company" }
tags = { column = "tags", make = true }
"""

pytestmark = [pytest.mark.fault, pytest.mark.database]


@pytest.fixture
def begin(environ, application):
    """Begin an import; kill it after so many seconds. Answers whether it came to its end before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.importer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environ,
        cwd=ROOT,
    )

    def run(words, seconds):
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()
        pid = int(process.stdout.readline())
        if seconds is not None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
        process.stdin.write("over\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        assert status in {0, signal.SIGKILL}
        return status == 0

    yield run
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def test_a_killed_import_loses_and_repeats_nothing(application, begin, tmp_path):
    chance = random.Random(7)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    kills, files = 0, 0
    while kills < KILLS:
        files += 1
        file = tmp_path / f"{files}.csv"
        file.write_text(rows_of(files))
        words = ["partners", str(file), "--mapping", str(mapping)]
        is_done = False
        for _ in range(15):  # a job that every worker dies of is given up some time
            is_done = begin(words, chance.uniform(0.02, 2.5))
            if is_done:
                break
            kills += 1
        if not is_done:
            begin(words, None)
        with application.app_context():
            assert_all_is_there_once(files)
            assert_again_changes_nothing(begin, words)

    print(f"{kills} kills, {files} files")


def rows_of(file):
    """People and their companies, which mostly stand further down; every hundredth row is wrong."""
    lines = ["no,name,mail,company,tags"]
    for n in range(ROWS):
        company = f"Company {file}.{n + 700}" if n % 3 == 0 and n + 700 < ROWS else ""
        mail = "nobody" if n % 100 == 50 else f"{n}@{file}.example"
        lines.append(f"{file}-{n},Company {file}.{n},{mail},{company},Tag {n % 7}")
    return "\n".join(lines)


def expected(file):
    """Which rows can come in: the right ones, unless they name a wrong one, and so on."""
    right: dict[int, bool] = {}
    for n in reversed(range(ROWS)):
        names = n + 700 if n % 3 == 0 and n + 700 < ROWS else None
        right[n] = n % 100 != 50 and (names is None or right[names])
    return {f"Company {file}.{n}" for n in right if right[n]}


def assert_all_is_there_once(file):
    wanted = expected(file)
    mine = Partner.name.startswith(f"Company {file}.")
    names = Counter(db.session.scalars(sa.select(Partner.name).where(mine)))
    assert names == dict.fromkeys(wanted, 1)
    named = sa.select(Import).where(Import.name == f"{file}.csv").order_by(Import.id)
    # Killed between its end and its last word, it is brought in again, which finds nothing to do.
    import_, *again = db.session.scalars(named).all()
    assert all((each.state, each.made, each.changed) == ("done", 0, 0) for each in again)
    assert (import_.state, import_.total, import_.made, import_.failed) == (
        "done", ROWS, len(wanted), ROWS - len(wanted),
    )  # fmt: skip
    made = (
        sa.select(Change.record_id, sa.func.count())
        .join(Event, Change.event_id == Event.id)
        .join(Partner, sa.and_(Change.record_kind == "partner", Change.record_id == Partner.id))
        .where(mine, Change.field == "+", Event.change_set_id == import_.change_set_id)
    )
    assert Counter(dict(db.session.execute(made.group_by(Change.record_id)).all()).values()) == {
        1: len(wanted)
    }
    ids = sa.select(sa.func.count()).where(
        ExternalId.import_id.in_([import_.id, *(each.id for each in again)])
    )
    assert db.session.scalar(ids) == len(wanted)
    left = sa.select(ImportRow.state, sa.func.count()).where(ImportRow.import_id == import_.id)
    assert dict(db.session.execute(left.group_by(ImportRow.state)).all()) == {"failed": import_.failed}
    db.session.rollback()


def assert_again_changes_nothing(begin, words):
    before = db.session.scalar(sa.select(sa.func.count()).select_from(ChangeSet))
    db.session.rollback()
    assert begin(words, None)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ChangeSet)) == before
    db.session.rollback()
