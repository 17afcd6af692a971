"""Starting and stopping: web and worker live and die together, and the Procfile says what they are."""

import os
import signal
import subprocess
import sys
import time

import pytest

from app import run
from tests.real_data import ROOT

PROGRAM = """
import pathlib, signal, sys, time

here = pathlib.Path(__file__).parent
def end(*_):
    (here / (sys.argv[1] + ".ended")).touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(here / (sys.argv[1] + ".started")).touch()
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(0.3 if sys.argv[2].isdigit() else 30)
sys.exit(int(sys.argv[2]))
"""
START = "import sys; from app.run import Programs; sys.exit(Programs({!r}).run())"


@pytest.fixture
def start(tmp_path):
    """Start two small programs under the launcher, and wait until both are up."""
    (tmp_path / "small_program.py").write_text(PROGRAM)
    started = []

    def start(web="endless", worker="endless"):
        commands = {name: ["small_program", name, how] for name, how in (("web", web), ("worker", worker))}
        environ = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
        launcher = subprocess.Popen([sys.executable, "-c", START.format(commands)], env=environ)
        started.append(launcher)
        wait_for(tmp_path, "web.started", "worker.started")
        return launcher

    yield start
    for launcher in started:
        launcher.kill()


def wait_for(folder, *names):
    until = time.monotonic() + 20
    while not all((folder / name).exists() for name in names):
        assert time.monotonic() < until, f"{names} never came"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_both_cleanly(start, tmp_path, number):
    launcher = start()
    launcher.send_signal(number)

    assert launcher.wait(10) == 0
    wait_for(tmp_path, "web.ended", "worker.ended")


@pytest.mark.parametrize(("code", "expected"), [("3", 3), ("0", 1)])
def test_when_one_ends_by_itself_the_other_is_stopped_and_the_start_has_failed(
    start, tmp_path, code, expected
):
    launcher = start(web=code)

    assert launcher.wait(10) == expected
    wait_for(tmp_path, "worker.ended")


def test_asking_twice_ends_even_who_will_not_listen(start):
    launcher = start(worker="stubborn")
    time.sleep(0.2)
    launcher.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert launcher.poll() is None

    launcher.send_signal(signal.SIGINT)

    assert launcher.wait(10) == 0


def test_nothing_outlives_a_launcher_that_was_killed(start, tmp_path):
    launcher = start()
    launcher.kill()

    wait_for(tmp_path, "web.ended", "worker.ended")


def test_the_procfile_names_web_and_worker_at_the_address_asked_for(monkeypatch):
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PORT", "8123")
    programs = dict(run.procfile())

    assert {name: words[0] for name, words in programs.items()} == {
        "web": "gunicorn",
        "worker": "huey.bin.huey_consumer",
    }
    assert programs["web"][-3:] == ["-b", "127.0.0.1:8123", "app:create_app()"]
