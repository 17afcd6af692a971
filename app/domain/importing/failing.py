"""The rows that failed, as a file with the reason in a column: put right, it is imported like any other."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import IO, Any

from app.domain.importing.reading import Sheet
from app.domain.spreadsheets import harmless

REASON = "Reason"


class FailedRows:
    """Written as they come; there is no file while there are none."""

    def __init__(self, sheet: Sheet) -> None:
        self.path = Path(f"{sheet.path}.failed.csv")
        self.header = sheet.header
        self.reasons: Counter[str] = Counter()
        self.number = 0
        self.stream: IO[str] | None = None
        self.writer: Any = None

    def add(self, cells: list[str], reason: str) -> None:
        if self.writer is None:
            # With its mark: without it, spreadsheets read UTF-8 as something older.
            self.stream = self.path.open("w", encoding="utf-8-sig", newline="")
            self.writer = csv.writer(self.stream)
            self.writer.writerow([harmless(name) for name in [*self.header, REASON]])
        padded = cells + [""] * (len(self.header) - len(cells))
        self.writer.writerow([*map(harmless, padded[: len(self.header)]), reason])
        self.number += 1
        self.reasons[reason] += 1

    def close(self) -> None:
        if self.stream is not None:
            self.stream.close()
