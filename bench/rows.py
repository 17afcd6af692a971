"""The rows of the budget: what each action may cost, what it costs the reference, and how it is measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import argon2

from bench.floor import Floor
from bench.visits import FULL, PARTIAL, Answer, Fields, Visit

REQUESTS, SECONDS = 200, 10.0
WARM = 20


@dataclass
class Row:
    """One line of the table; `measure` is missing while there is nothing to measure."""

    action: str
    budget: float | None = None
    reference: float | None = None
    measure: Callable[[Bench], Measured] | None = None
    unit: str = "ms"
    note: str = ""


@dataclass
class Measured:
    """What was seen: milliseconds of each request, or one figure."""

    times: list[float] = field(default_factory=list)
    bytes: int = 0
    statements: int = 0
    floor: float | None = None
    figure: float | None = None
    note: str = ""

    @property
    def p50(self) -> float:
        return self.figure if self.figure is not None else statistics.median(self.times)

    @property
    def p95(self) -> float | None:
        return statistics.quantiles(self.times, n=20)[-1] if len(self.times) > 1 else None


@dataclass
class Bench:
    """Somebody at work on one server, with the yardsticks of its database."""

    visit: Visit
    floor: Floor
    # The case that is opened and edited, and the one that is moved.
    case_id: int
    moved_id: int
    number: int = 0

    def often(self, act: Callable[[str], Answer]) -> Measured:
        """Do it 200 times or for ten seconds, warm; then once more, to see what it is made of."""
        for _ in range(WARM):
            act("")
        measured, until = Measured(), time.monotonic() + SECONDS
        while len(measured.times) < REQUESTS and time.monotonic() < until:
            measured.times.append(act("").ms)
        kept = act("keep")
        measured.bytes = len(kept.body)
        measured.statements = kept.statements
        measured.floor = self.floor.of_kept_statements()
        return measured

    def page(self, path: str, **headers: str) -> Measured:
        def get(bench: str) -> Answer:
            answer = self.visit.get(path, bench=bench, headers=headers)
            expect(answer, 200)
            return answer

        return self.often(get)


def expect(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise RuntimeError(f"{answer.status} instead of {statuses}: {answer.text[:800]}")


def open_a_case(bench: Bench) -> Measured:
    return bench.page(f"/cases/{bench.case_id}", **FULL)


def edit_and_save(bench: Bench) -> Measured:
    """One fact where it stands; its form is fetched before each, which is no part of it."""
    address = f"/cases/{bench.case_id}/fields/referred_by"

    def save(keep: str) -> Answer:
        fields = Fields.of(bench.visit.get(address).text, address)
        bench.number += 1
        fields["referred_by"] = f"Somebody else {bench.number}"
        answer = bench.visit.post(address, fields, bench=keep)
        expect(answer, 200, 204)
        return answer

    return bench.often(save)


def move_a_case(bench: Bench) -> Measured:
    """To and fro; the answer is the page of the case."""
    page = bench.visit.get(f"/cases/{bench.moved_id}").text
    stages = sorted({part.split('"')[0] for part in page.split('name="stage" value="')[1:]} - {""})[:2]

    def move(keep: str) -> Answer:
        bench.number += 1
        answer = bench.visit.post(
            f"/cases/{bench.moved_id}/stage", {"stage": stages[bench.number % len(stages)]}, bench=keep
        )
        expect(answer, 200, 204)
        return answer

    return bench.often(move)


def quick_create(bench: Bench) -> Measured:
    def create(keep: str) -> Answer:
        bench.number += 1
        fields = {"kind": "opportunity", "name": f"Flow meters for line {bench.number}"}
        answer = bench.visit.post("/cases/new", fields, bench=keep)
        expect(answer, 200, 204)
        return answer

    return bench.often(create)


def list_all(bench: Bench) -> Measured:
    return bench.page("/cases/?all=1", **FULL)


def list_mine(bench: Bench) -> Measured:
    return bench.page("/cases/?mine=1&sort=revenue", **FULL)


def list_deep(bench: Bench) -> Measured:
    return bench.page(f"/cases/?all=1&after={bench.case_id // 2}", **FULL)


def search_common(bench: Bench) -> Measured:
    return bench.page("/search?q=meters", **PARTIAL)


def search_rare(bench: Bench) -> Measured:
    return bench.page("/search?q=ostsee+aquafarm", **PARTIAL)


def sign_in(bench: Bench) -> Measured:
    """The three requests from the door to the first page, less what the password hash takes."""
    hasher = argon2.PasswordHasher()
    secret = hasher.hash("demo")
    bench.visit.get("/sign-in")
    times = []
    for _ in range(20):
        since = time.perf_counter()
        hasher.verify(secret, "demo")
        hashing = (time.perf_counter() - since) * 1000
        times.append(max(bench.visit.sign_in("sales@demo.example") - hashing, 0))
    return Measured(times, bytes=len(bench.visit.get("/").body))


# As `budgets` has them: action, budget p50, reference p50.
ROWS = [
    Row("sign in, to the first page, beside the hash", 60, 454, sign_in),
    Row("move a case on its page, the page back", None, None, move_a_case),
    Row("open a case with history", 12, 67, open_a_case),
    Row("edit one field and save", 6, 51, edit_and_save),
    Row("list, page 1, one salesperson, by revenue", 12, 41, list_mine),
    Row("list, page 1, all", 12, 81, list_all),
    Row("list, deep page", 15, 195, list_deep),
    Row("search, common word", 15, 338, search_common),
    Row("search, rare words", 15, 185, search_rare),
    Row("make a case by its page", None, None, quick_create),
    Row("report stage × month, table", 20, 219),
    Row("import 10,000 rows", 3000, 519, unit="/s"),
    Row("mail to case, one after another", 150, 14, unit="/s"),
    Row("recompute all scores", 500, 4700),
    Row("decide a call and get the next", 15, None),
]
