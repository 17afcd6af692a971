"""`make run` and `make production`: prepare what is missing, then web server and worker together.

The programs are those of the Procfile. They are forked off this process rather than started anew, because
importing the application is most of what a start costs and here it is done once.
"""

import ctypes
import os
import re
import runpy
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from flask import Flask
from sqlalchemy.orm import configure_mappers

from app import create_app, listening
from app.assets import build
from app.cli import announce
from app.domain import demo
from app.extensions import db, huey
from app.garbage import spare_what_is_here

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG, M_ARENA_MAX = 1, -8
GRACE = 25  # seconds: the worker may finish the task it is at


def main(*, production: bool = False) -> int:
    """Leave nothing to do by hand between a checkout and its first page."""
    os.chdir(ROOT)
    os.environ.setdefault("HOST", "127.0.0.1")
    os.environ.setdefault("PORT", "8000")
    build()
    app = create_app()
    with app.app_context():
        migrate()
        if not production:
            fill(app)
        close()
    return Programs(dict(procfile())).run()


def migrate() -> None:
    """Bring the database up to the newest migration, if it is not there yet."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with db.engine.connect() as connection:
        here = set(MigrationContext.configure(connection).get_current_heads())
    db.engine.dispose()
    if here != set(ScriptDirectory(str(ROOT / "migrations")).get_heads()):
        command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        if subprocess.run(command, check=False).returncode:
            sys.exit("The database could not be migrated; the reason stands above.")


def fill(app: Flask) -> None:
    """An empty database gets the demo, unless strangers could walk in with its accounts."""
    if demo.is_empty() and not listening.is_exposed(app.config["SETTINGS"]):
        demo.fill()
    announce()
    sys.stdout.flush()


def close() -> None:
    """Connections to a database must not be carried into a child."""
    db.session.remove()
    db.engine.dispose()
    if hasattr(huey.storage, "close"):
        huey.storage.close()


def procfile() -> Iterator[tuple[str, list[str]]]:
    """Each program's name, and its words behind `exec python -m`."""
    for line in (ROOT / "Procfile").read_text().splitlines():
        name, _, command = line.partition(":")
        filled = re.sub(r"\$\{(\w+)\}", lambda found: os.environ[found[1]], command)
        words = shlex.split(filled)
        if words[:3] != ["exec", "python", "-m"]:
            raise ValueError(f"Procfile: {name} has to begin with `exec python -m`.")
        yield name.strip(), words[3:]


class Programs:
    """Programs that live and die together."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self.commands = commands
        self.running: dict[int, str] = {}
        self.stopping_since: float | None = None

    def run(self) -> int:
        """Wait until all have ended; when one ends by itself, the others are stopped too."""
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGTERM, self.stop)
        # Whatever the children would each work out alike is worked out once, before.
        configure_mappers()
        spare_what_is_here()
        share_one_heap()
        for name, words in self.commands.items():
            self.running[fork(words)] = name
        code = 0
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                self.insist()
                time.sleep(0.05)
                continue
            ended = self.running.pop(pid, None)
            if ended and self.stopping_since is None:
                code = os.waitstatus_to_exitcode(status) or 1
                print(f"The {ended} process ended by itself ({code}); stopping.", file=sys.stderr, flush=True)
                self.stop()
        return code if 0 <= code < 128 else 1

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Ask once kindly; who asks twice means it."""
        again = self.stopping_since is not None
        self.stopping_since = self.stopping_since or time.monotonic()
        self.tell(signal.SIGKILL if again else signal.SIGTERM)

    def insist(self) -> None:
        if self.stopping_since and time.monotonic() > self.stopping_since + GRACE:
            self.tell(signal.SIGKILL)

    def tell(self, number: int) -> None:
        for pid in list(self.running):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def share_one_heap() -> None:
    """glibc gives each thread a heap of its own, which keeps what once was needed there: 50 MB with eight at work.

    Python lets one thread run at a time, so they hardly ever wait for each other at a common one.
    """
    if hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)


def fork(words: list[str]) -> int:
    """Run a Python program in a child that has the application imported already."""
    pid = os.fork()
    if pid:
        return pid
    os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which passes on a kinder signal
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # nor does a child outlive it
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv = words
    code = 0
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main(production="--production" in sys.argv[1:]))
