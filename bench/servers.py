"""Databases filled with the demo, and servers on them, started as `make run` and `make production` start them."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.domain.demo.crowd import OPEN
from app.run import ROOT
from tests.run import Missing, postgresql

SERVE = "from bench.servers import serve; serve()"


@dataclass
class Place:
    """One database with its environment, and how long it took to fill it."""

    name: str
    environ: dict[str, str]
    cases: int
    filled_in: float = 0.0

    def run(self, *words: str) -> str:
        """Run a Python module there."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            env=self.environ,
            cwd=ROOT,
            check=True,
            text=True,
            capture_output=True,
        )
        return done.stdout

    def fill(self) -> None:
        self.run("flask", "--app", "app", "db", "upgrade")
        since = time.perf_counter()
        self.run("flask", "--app", "app", "demo", "--cases", str(self.cases))
        self.filled_in = time.perf_counter() - since


@contextmanager
def places(open_cases: int) -> Iterator[list[Place]]:
    """SQLite and PostgreSQL, each with so many open cases, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
    plain = os.environ | {"SECRET_KEY": secrets.token_urlsafe(48), "PUBLIC_URL": "", "SMTP_URL": ""}
    plain.pop("DATABASE_URL", None)
    cases = round(open_cases / OPEN)
    for name in ("sqlite", "pg"):
        (folder / name).mkdir()
    try:
        with postgresql(os.environ.get("BENCH_DATABASE_URL")) as url:
            yield [
                Place("SQLite", plain | {"INSTANCE": str(folder / "sqlite")}, cases),
                Place("PostgreSQL", plain | {"INSTANCE": str(folder / "pg"), "DATABASE_URL": url}, cases),
            ]
    except Missing as missing:
        sys.exit(str(missing))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Server:
    """Web and worker that run."""

    process: subprocess.Popen[bytes]
    port: int
    ready_in: float

    def memory(self) -> int:
        """What web and worker take together, in bytes; pages that they share are counted once."""
        family = [
            psutil.Process(self.process.pid),
            *psutil.Process(self.process.pid).children(recursive=True),
        ]
        return sum(each.memory_full_info().pss for each in family)


@contextmanager
def server(place: Place, *, web_processes: int = 1, measured: bool = True) -> Iterator[Server]:
    """The programs of the Procfile at a port of their own, until the block ends."""
    port = free_port()
    environ = place.environ | {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": str(web_processes)}
    words = ["-c", SERVE] if measured else ["-m", "app.run"]
    since = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/sign-in")
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield Server(process, port, time.perf_counter() - since)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def serve() -> None:
    """As `app.run`, with the application that can be asked what an answer cost."""
    from app import create_app
    from app.run import Programs, procfile

    create_app()  # as `app.run` does before it forks
    commands = dict(procfile())
    web = ["bench.measured:create_app()" if word == "app:create_app()" else word for word in commands["web"]]
    sys.exit(Programs(commands | {"web": web}).run())


def wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.01)
    sys.exit(f"{address} did not answer within a minute.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
