"""What was drawn a moment ago, kept for as long as nothing that it says is different."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Pieces by all that they say; those that nobody has asked for longest go first."""

    def __init__(self, most: int) -> None:
        self.most, self.pieces, self.lock = most, dict[Hashable, Value](), Lock()

    def get(self, said: Hashable, draw: Callable[[], Value]) -> Value:
        """The piece that says this; drawn now, if it was not lately."""
        with self.lock:
            found = self.pieces.pop(said, None)
        if found is None:
            found = draw()
        with self.lock:
            self.pieces[said] = found
            while len(self.pieces) > self.most:
                del self.pieces[next(iter(self.pieces))]
        return found


def with_places(draw: Callable[..., Any], **places: str) -> str:
    """What is drawn the same for all but for a few values, with `%(name)s` where each of them is put in.

    `places` says what stands for a value while it is drawn: something that is nowhere else.
    """
    drawn = str(draw()).replace("%", "%%")
    for name, mark in places.items():
        drawn = drawn.replace(mark, f"%({name})s")
    return drawn
