"""Eight processes that all write: `python -m bench.writers SECONDS`, on the demo that the environment names.

They are what eight web processes would be: each has the application, a connection of its own and somebody who
is signed in, and sends the requests of the pages. One signs in over and over, which hashes a password each
time; one uploads 25 MB at a time. The report is a line of JSON: acts, errors, and how long each had to wait for
its turn to write. On SQLite that is the write lock; on PostgreSQL the locks on the rows that are to change.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.database import WaitingConnection
from app.domain import demo
from app.domain.case import Case
from app.domain.history import lock
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db
from app.garbage import spare_what_is_here

PROCESSES = 8
# Seconds in which all of them have begun.
STARTS_WITHIN = 60
# Few enough that they meet on the same records all the time.
HOT = 20
UPLOAD = 25 * 1024 * 1024 - 4096
# Answers that tell somebody something instead of failing.
PROPER = frozenset({200, 204, 303, 409})


class Waits:
    """How long this process waited for its turn to write, each time."""

    def __init__(self, app: Flask) -> None:
        self.seconds: list[float] = []
        with app.app_context():
            engine = db.engine
        if engine.dialect.name == "sqlite":
            self.watch_the_write_lock()
        else:
            self.watch_row_locks(engine)

    def watch_the_write_lock(self) -> None:
        begin = WaitingConnection.begin_writing

        def begin_writing(connection: WaitingConnection) -> None:
            is_new = not connection._may_write
            since = time.perf_counter()
            begin(connection)
            if is_new:
                self.seconds.append(time.perf_counter() - since)

        WaitingConnection.begin_writing = begin_writing  # type: ignore[method-assign]

    def watch_row_locks(self, engine: sa.Engine) -> None:
        @sa.event.listens_for(engine, "before_cursor_execute")
        def start(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            connection.info["asked"] = time.perf_counter() if "FOR NO KEY UPDATE" in statement else None

        @sa.event.listens_for(engine, "after_cursor_execute")
        def stop(connection: Any, *_: Any) -> None:
            if connection.info.get("asked"):
                self.seconds.append(time.perf_counter() - connection.info["asked"])


class Writer:
    """One process, and what it does until its time is up."""

    def __init__(self, app: Flask, number: int, cases: list[int], stages: list[int]) -> None:
        self.app, self.number, self.cases, self.stages = app, number, cases, stages
        self.luck = random.Random(number)
        self.client = app.test_client()
        self.acts: Counter[str] = Counter()
        self.errors: list[str] = []
        self.added = 0
        self.does: list[Callable[[], Any]] = {
            0: [self.sign_in],
            1: [self.upload, *[self.note, self.add] * 4],
        }.get(number, [self.move, self.add, self.note, self.prioritise, self.create, self.move, self.add])

    def run(self, seconds: float, all_are_warm: Callable[[], object]) -> dict[str, Any]:
        self.sign_in()
        for act in dict.fromkeys(self.does):
            act()
        all_are_warm()
        waits = Waits(self.app)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            act = self.luck.choice(self.does)
            try:
                act()
            except Exception as error:
                self.errors.append(f"{act.__name__}: {type(error).__name__}: {error}")
        return {
            "acts": self.acts,
            "errors": self.errors,
            "added": self.added,
            "waits": [round(1000 * wait, 2) for wait in waits.seconds],
        }

    def post(self, act: str, path: str, **fields: Any) -> None:
        answer = self.client.post(path, data=fields)
        self.acts[act] += 1
        if answer.status_code not in PROPER:
            self.errors.append(f"{act}: {answer.status_code} {answer.text[:300]}")

    def sign_in(self) -> None:
        self.client = self.app.test_client()
        self.post("sign in", "/sign-in", email="admin@demo.example", password=demo.PASSWORD)

    def move(self) -> None:
        self.post("move", f"/cases/{self.a_case()}/stage", stage=self.luck.choice(self.stages))

    def prioritise(self) -> None:
        self.post("edit", f"/cases/{self.a_case()}/priority", priority=self.luck.randrange(4))

    def note(self) -> None:
        self.post(
            "note", f"/cases/{self.a_case()}/notes", text="Somebody writes, and somebody else does too."
        )

    def create(self) -> None:
        self.post("create", "/cases/new", kind="opportunity", name=f"Written by {self.number}")

    def upload(self) -> None:
        file = io.BytesIO(os.urandom(UPLOAD)), "recording.bin"
        self.post("upload", f"/cases/{self.a_case()}/attachments", file=file)

    def add(self) -> None:
        """Add one to a sum: the next value depends on the last, so a lost update would show."""
        with self.app.app_context():
            case = db.session.get_one(Case, self.a_case())
            lock(case)
            user = db.session.scalars(sa.select(User).where(User.email == "admin@demo.example")).one()
            case.edit({"planned_cost": (case.planned_cost or 0) + 1}, by=user)
            db.session.commit()
        self.acts["add"] += 1
        self.added += 1

    def a_case(self) -> int:
        return self.luck.choice(self.cases)


def main(seconds: float) -> dict[str, Any]:
    """Let them all write, and put their reports together."""
    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        hot = (
            sa.select(Case.id).where(Case.kind == "opportunity", ~Case.is_closed).order_by(Case.id).limit(HOT)
        )
        cases = list(db.session.scalars(hot))
        stages = list(
            db.session.scalars(sa.select(Stage.id).where(Stage.kind == "opportunity", ~Stage.is_won))
        )
        db.session.remove()
        db.engine.dispose()
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()

    barrier = context.Barrier(PROCESSES)
    spare_what_is_here()  # as before `app.run` forks

    def work(number: int) -> None:
        queue.put(Writer(app, number, cases, stages).run(seconds, partial(barrier.wait, STARTS_WITHIN)))

    processes = [context.Process(target=work, args=(number,), daemon=True) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    reports = []
    while len(reports) < PROCESSES:
        if not queue.empty():
            reports.append(queue.get())
        elif all(process.exitcode is not None for process in processes) and queue.empty():
            raise RuntimeError("A writer met an error that it did not report; it stands above.")
        else:
            time.sleep(0.05)
    for process in processes:
        process.join()
    return together(reports, seconds)


def together(reports: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    acts: Counter[str] = sum((report["acts"] for report in reports), Counter())
    waits = sorted(wait for report in reports for wait in report["waits"])
    return {
        "acts": dict(acts),
        "per_second": round(acts.total() / seconds, 1),
        "errors": [error for report in reports for error in report["errors"]],
        "added": sum(report["added"] for report in reports),
        "waits": len(waits),
        "wait_p50": waits[len(waits) // 2],
        "wait_p95": waits[len(waits) * 95 // 100],
        "wait_p99": waits[len(waits) * 99 // 100],
        "wait_longest": waits[-1],
    }


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
