"""What the board costs: opened, moved on, added to, by one and by eight at once."""

from __future__ import annotations

import http.client
import re
import statistics
import threading
import time

from bench.rows import Bench, Measured, expect
from bench.visits import FULL, Answer, Visit

USERS, SECONDS, WARM = 8, 8.0, 2.0


def team_of(bench: Bench) -> str:
    """The address of the board of the whole team that has the case."""
    found = bench.floor.ask(f"select team_id from cases where id = {bench.moved_id}")
    return f"/pipeline/?team={found[0][0]}"


def board_of_team(bench: Bench) -> Measured:
    return bench.page(team_of(bench), **FULL)


def board_of_mine(bench: Bench) -> Measured:
    return bench.page("/pipeline/", **FULL)


def move_a_card(bench: Bench) -> Measured:
    """To and fro between two columns, to the top; both heads and the card come back."""
    board = team_of(bench)
    columns = re.findall(r'data-column="(\d+)"', bench.visit.get(board).text)[:2]
    address = f"/pipeline/cards/{bench.moved_id}/place?{board.partition('?')[2]}"

    def move(keep: str) -> Answer:
        bench.number += 1
        fields = {"by": "stage", "column": columns[bench.number % 2], "above": ""}
        answer = bench.visit.post(address, fields, bench=keep, page=board)
        expect(answer, 200)
        return answer

    return bench.often(move)


def add_a_card(bench: Bench) -> Measured:
    """The small form in a column, sent again and again."""
    board = team_of(bench)
    column = re.findall(r'data-column="(\d+)"', bench.visit.get(board).text)[0]

    def add(keep: str) -> Answer:
        bench.number += 1
        fields = {"column": column, "name": f"Flow meters for line {bench.number}", "revenue": "1200"}
        answer = bench.visit.post(
            f"/pipeline/cards?{board.partition('?')[2]}", fields, bench=keep, page=board
        )
        expect(answer, 200)
        return answer

    return bench.often(add)


def eight_at_once(port: int, board: str) -> Measured:
    """Boards per second while eight people open theirs over and over, and how long each of them waits."""
    visits = [Visit(port) for _ in range(USERS)]
    times: list[float] = []
    errors: list[int] = []
    begun = threading.Barrier(USERS)
    since = time.monotonic() + WARM

    def open_over_and_over(visit: Visit) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = FULL | {"Accept-Encoding": "br, gzip", "Cookie": visit.cookie}
        begun.wait()
        while time.monotonic() < since + SECONDS:
            started = time.perf_counter()
            connection.request("GET", board, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if time.monotonic() > since:
                times.append((time.perf_counter() - started) * 1000)
                errors.extend([answer.status] if answer.status != 200 else [])

    threads = [threading.Thread(target=open_over_and_over, args=(visit,)) for visit in visits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(f"{len(errors)} boards were answered by {set(errors)}")
    return Measured(times, figure=len(times) / SECONDS, note=spread(times))


def spread(times: list[float]) -> str:
    """How unevenly they wait: the budget is a p95 of under four times the p50."""
    p95, p50 = statistics.quantiles(times, n=20)[-1], statistics.median(times)
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms ({p95 / p50:.1f} times)"
