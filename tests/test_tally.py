"""The last line of `make test`: what it counts, with one process and with several."""

import json
import os
import subprocess
import sys

import pytest

from tests.real_data import ROOT, folder
from tests.run import Run, last_line

TESTS = """
import pytest

def test_passes(): pass
def test_fails(): assert False
@pytest.mark.real_data
def test_on_real_data(): pass
@pytest.mark.real_data
@pytest.mark.database
def test_on_real_data_too(): pass
"""
SKIPPING = """
import pytest

def test_skips(): pytest.skip("no time")
"""


@pytest.fixture
def counted(tmp_path):
    """The counts of a round of pytest in a folder of its own."""

    def counted(source, *options, data="/nowhere"):
        (tmp_path / "test_sample.py").write_text(source)
        tally = tmp_path / "tally.json"
        plugins = ["-p", "tests.real_data", "-p", "tests.tally", "-p", "no:cacheprovider"]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            str(ROOT / "pyproject.toml"),
            f"--rootdir={tmp_path}",
        ]
        environ = os.environ | {"REAL_DATA": str(data)}
        subprocess.run(
            [*command, *plugins, f"--tally={tally}", *options, str(tmp_path)],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            check=False,
        )
        return json.loads(tally.read_text())

    return counted


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_without_the_data_its_tests_are_left_out_and_counted_once(counted, options):
    assert counted(TESTS, *options) == {"passed": 1, "failed": 1, "deselected": 2}


def test_only_tests_that_this_round_would_have_run_count_as_left_out(counted):
    assert counted(TESTS, "-m", "database") == {"passed": 0, "failed": 0, "deselected": 1}


def test_with_the_data_they_run(counted, tmp_path):
    assert counted(TESTS, data=tmp_path) == {"passed": 3, "failed": 1, "deselected": 0}


def test_a_skipped_test_counts_as_failed(counted):
    assert counted(SKIPPING) == {"passed": 0, "failed": 1, "deselected": 0}


def test_a_test_that_cannot_be_read_counts_as_failed(counted):
    assert counted("import nothing_of_that_name")["failed"] == 1


def test_the_data_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("REAL_DATA", str(tmp_path))
    assert folder() == tmp_path

    monkeypatch.setenv("REAL_DATA", str(tmp_path / "missing"))
    assert folder() is None


def test_the_last_line_speaks_of_deselected_tests_only_when_there_are_some():
    assert last_line({"passed": 3, "failed": 0, "deselected": 0}) == "3 passed, 0 failed"
    assert last_line({"passed": 3, "failed": 1, "deselected": 2}) == "3 passed, 1 failed, 2 deselected"


def test_a_round_that_runs_nothing_has_shown_nothing(capfd):
    empty = Run("Nothing", "browser", options=("tests/test_tally.py", "-p", "no:cacheprovider"))
    assert empty.outcome()["failed"] == 1


def test_a_browser_that_cannot_be_had_is_a_failure_that_names_the_command(monkeypatch, capsys):
    def executable():
        raise LookupError("apt-get install chromium")

    monkeypatch.setattr("tests.chromium.executable", executable)

    assert Run("Chromium", "browser", "chromium").outcome() == {"failed": 1}
    assert "apt-get install chromium" in capsys.readouterr().err
