"""What an import costs: `python -m bench.imports ROWS [meanwhile]`, on the demo that the environment names.

So many opportunities come in, each with a person responsible, a partner and a tag; some partners are new. With
`meanwhile`, another process writes a note every few milliseconds and says how long it had to wait for its turn.
The report is a line of JSON: rows a second from opening the file to the end, the peak of memory, the longest wait.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import create_app
from app.domain import importing
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.job import Job
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db
from app.garbage import spare_what_is_here
from bench.memory import peak

EVERY = 0.005
# Seconds in which who writes meanwhile has begun, and has ended.
PATIENCE = 60
TOLD: dict[str, Any] = {
    "id": "no",
    "constants": {"kind": "opportunity"},
    "fields": {
        "name": "{what} for {whom}",
        "responsible": "who",
        "partner": {"column": "whom", "make": True},
        "stage": {"column": "step", "values": {"Engaging": "Qualified", "Lost": ""}},
        "outcome": {"column": "step", "values": {"Engaging": "", "Lost": "lost", "Won": "won"}},
        "tags": {"column": "what", "make": True},
        "email": "mail",
        "opened_at": "from",
        "closed_at": "to",
        "expected_revenue": "worth",
    },
}


def write(file: Path, rows: int) -> None:
    """A file of opportunities, of which two in three are closed."""
    known = sa.select(Partner.name).where(Partner.is_company).group_by(Partner.name)
    partners = list(db.session.scalars(known.having(sa.func.count() == 1).limit(500)))
    named = sa.select(User.name).where(User.role == "salesperson").group_by(User.name)
    people = list(db.session.scalars(named.having(sa.func.count() == 1)))
    db.session.rollback()
    with file.open("w", encoding="utf-8") as stream:
        stream.write("no,who,whom,what,step,from,to,worth,mail\n")
        for n in range(rows):
            whom = f"Newcomer {rows}.{n // 50}" if n % 10 == 0 else partners[n % len(partners)]
            step, end = (
                ("Won", "4/30/2017")
                if n % 3 == 0
                else ("Lost", "5/1/2017")
                if n % 3 == 1
                else ("Engaging", "")
            )
            stream.write(
                f'{rows}-{n},{people[n % len(people)]},"{whom}",Product {n % 7},{step},'
                f"{n % 12 + 1}/{n % 28 + 1}/2016,{end},{n % 9000},office{n}@example.com\n"
            )


def note_waits(is_ready: Any, is_over: Any, report: Any) -> None:
    """Write a note again and again; how long the longest took, in ms."""
    app = create_app()
    longest = 0.0
    with app.app_context():
        case_id = db.session.scalar(sa.select(sa.func.min(Case.id)))
        is_ready.set()
        while not is_over.is_set():
            db.session.rollback()
            case = db.session.get_one(Case, case_id)
            since = time.perf_counter()
            lock(case)
            longest = max(longest, time.perf_counter() - since)
            case.note("Somebody writes meanwhile.", by=SYSTEM)
            db.session.commit()
            time.sleep(EVERY)
    report.put(1000 * longest)


def main(rows: int, meanwhile: bool) -> dict[str, float]:
    app = create_app()
    spare_what_is_here()  # as the command does
    with tempfile.TemporaryDirectory() as folder, app.app_context():
        file = Path(folder) / "opportunities.csv"
        write(file, rows)
        with somebody_writing() if meanwhile else nullcontext([0.0]) as waits:
            since = time.perf_counter()
            bring_in(file, rows)
            took = time.perf_counter() - since
    return {"per_second": rows / took, "peak": peak(), "longest_wait": max(waits)}


def bring_in(file: Path, rows: int) -> None:
    """As the command does it. Each time from another source, so that all of it is new."""
    told = TOLD | {"source": f"bench {time.time_ns()}"}
    sheet, recipe = importing.prepare("cases", file, told)
    import_ = importing.begin("cases", sheet, recipe, told, by=SYSTEM)
    [job_id] = Job.alive("import", import_.id)
    Job.run(job_id)
    db.session.refresh(import_)
    if (import_.made, import_.failed) != (rows, 0):
        raise RuntimeError(
            f"{import_.made} of {rows} rows were made, {import_.failed} failed; {import_.error}"
        )


@contextmanager
def somebody_writing() -> Iterator[list[float]]:
    """Somebody else writes as long as this lasts; their longest wait is there afterwards."""
    context = multiprocessing.get_context("spawn")
    is_ready, is_over, report = context.Event(), context.Event(), context.SimpleQueue()
    other = context.Process(target=note_waits, args=(is_ready, is_over, report), daemon=True)
    other.start()
    waits: list[float] = []
    try:
        if not is_ready.wait(PATIENCE):
            raise RuntimeError("Nobody wrote meanwhile.")
        yield waits
    finally:
        is_over.set()
        other.join(PATIENCE)
    if other.exitcode != 0:
        raise RuntimeError("Who wrote meanwhile met an error; it stands above.")
    waits.append(report.get())


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), "meanwhile" in sys.argv)))
