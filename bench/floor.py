"""The yardsticks: the statements of a page run raw on the same database, and a route that does nothing."""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.servers import Place
from bench.visits import Visit

TIMES = 50


class Floor:
    """What no page of ours can be quicker than."""

    def __init__(self, place: Place, visit: Visit) -> None:
        self.kept = Path(place.environ["INSTANCE"]) / "kept.json"
        url = place.environ.get("DATABASE_URL")
        self.connection: Any = (
            psycopg.connect(url, autocommit=True, options="-c jit=off")  # as ours are
            if url
            else sqlite3.connect(Path(place.environ["INSTANCE"]) / "holdfast.db", isolation_level=None)
        )
        self.is_sqlite = not url
        self.empty = statistics.median(visit.get("/bench/empty").ms for _ in range(200))

    def of_kept_statements(self) -> float:
        """The statements that the last page put aside, run raw and taken back, and an empty route."""
        statements = json.loads(self.kept.read_text())
        times = [self.run(statements) for _ in range(TIMES)]
        return statistics.median(times) + self.empty

    def run(self, statements: list[Any]) -> float:
        cursor = self.connection.cursor()
        since = time.perf_counter()
        only_reads = all(statement.startswith("SELECT") for statement, _, _ in statements)
        if self.is_sqlite:
            cursor.execute("BEGIN" if only_reads else "BEGIN IMMEDIATE")
        elif not only_reads:  # reads stand alone there, and the driver keeps what it prepared for them
            cursor.execute("BEGIN")
        for statement, values, many in statements:
            if many:
                cursor.executemany(statement, [adapted(each) for each in values])
            else:
                cursor.execute(statement, adapted(values))
            if cursor.description:
                cursor.fetchall()
        spent = (time.perf_counter() - since) * 1000
        self.connection.rollback()
        return spent

    def ask(self, query: str) -> list[Any]:
        """What a statement finds."""
        cursor = self.connection.cursor()
        cursor.execute(query)
        found = cursor.fetchall()
        self.connection.rollback()
        return list(found)

    def close(self) -> None:
        self.connection.close()


def adapted(values: Any) -> Any:
    """Values as they came out of JSON, as the driver takes them."""
    return values if isinstance(values, dict) else tuple(values)
