"""What was drawn a moment ago, kept for as long as nothing that it says is different.

`Drawn` is for pieces that say what people wrote, of any size and without end: it bounds their letters together. Where
what is drawn follows from a few values of ours and is much the same size each time (a frame, a date, an icon),
`lru_cache` is enough.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from markupsafe import Markup

Piece = TypeVar("Piece", bound=str)

# So many letters may be kept at a time: some megabytes, with what the pieces are known by.
MOST_LETTERS = 2_000_000


class Drawn(Generic[Piece]):
    """Pieces by all that they say; those that nobody has asked for longest go first."""

    def __init__(self, most: int = MOST_LETTERS) -> None:
        self.most, self.letters, self.pieces, self.lock = most, 0, dict[Hashable, Piece](), Lock()

    def get(self, said: Hashable, draw: Callable[[], Piece]) -> Piece:
        """The piece that says this; drawn now, if it was not lately."""
        with self.lock:
            found = self.pieces.pop(said, None)
            if found is not None:
                self.pieces[said] = found
                return found
        fresh = draw()
        with self.lock:
            # Somebody else may have drawn it meanwhile.
            self.letters += len(fresh) - len(self.pieces.pop(said, ""))
            self.pieces[said] = fresh
            while self.letters > self.most:
                self.letters -= len(self.pieces.pop(next(iter(self.pieces))))
        return fresh


def with_places(draw: Callable[..., Any], **places: str) -> str:
    """What is drawn the same for all but for a few values, with `%(name)s` where each of them is put in.

    `places` says what stands for a value while it is drawn: something that is nowhere else.
    """
    drawn = str(draw()).replace("%", "%%")
    for name, mark in places.items():
        drawn = drawn.replace(mark, f"%({name})s")
    return drawn


def drawn_for(token: str, kept: Drawn[str], said: Hashable, draw: Callable[[], Any]) -> Markup:
    """A piece whose forms show by this token that they are ours: drawn once for all, with the token of each reader.

    `draw` escapes what it says, as templates do; what was kept has nothing else in it but a place for the token.
    """
    drawn = kept.get(said, lambda: with_places(draw, token=token))
    return Markup(drawn % {"token": token})  # noqa: S704  (drawn escaped, and a token of ours)
