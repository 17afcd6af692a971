"""What the business says no to, each with a sentence fit for the person who asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Refused(Exception):
    """Not possible now. The message is a sentence for the person who asked."""


class NotTheirs(Refused):
    """Possible, but somebody else's to do."""


class Incomplete(Refused):
    """A stage asks for facts that the case does not say yet, by the names of its fields."""

    def __init__(self, stage: str, fields: list[str]) -> None:
        super().__init__(f"{stage}: {', '.join(fields)}")
        self.stage, self.fields = stage, fields


class Taken(Refused):
    """Another entry is known by the value of this field already."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


class Gaps(Refused):
    """Fields of a text had nothing to say: it goes out like this only if somebody says so."""

    def __init__(self, sentence: str, names: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.names = names


class TooOften(Refused):
    """Tried more often than anybody needs to, and welcome again at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(str(until))
        self.until = until


@dataclass
class Clash:
    """One field that somebody else changed while it was being edited."""

    field: str
    theirs: Any
    yours: Any
    who: str
    at: datetime


class EditConflict(Refused):
    """Fields that were edited here have been changed by others since they were read."""

    def __init__(self, record: Any, clashes: list[Clash]) -> None:
        super().__init__(", ".join(clash.field for clash in clashes))
        self.record, self.clashes = record, clashes
