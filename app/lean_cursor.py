"""What PostgreSQL answers, without a description of each column that nobody reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import ExecStatus


class Columns(Sequence[Any]):
    """The columns of a result, each described when it is asked for.

    SQLAlchemy asks once for each statement, and from then on only whether there are any. The driver would describe all
    of them each time: four hundred for the page of a case.
    """

    def __init__(self, cursor: LeanCursor, width: int) -> None:
        self.cursor, self.width = cursor, width

    def __len__(self) -> int:
        return self.width

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self.width))]
        if not 0 <= index < self.width:
            raise IndexError(index)
        return psycopg.Column(self.cursor, index)


class LeanCursor(psycopg.Cursor[Any]):
    """A cursor of the driver's with such columns."""

    @property
    def description(self) -> Any:
        result = self.pgresult
        if result is None or not (result.nfields or result.status == ExecStatus.TUPLES_OK):
            return None
        return Columns(self, result.nfields)
