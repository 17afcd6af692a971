"""What was drawn a moment ago, kept for as long as nothing that it says is different.

`Drawn` is for pieces that say what people wrote, of any size and without end: it bounds their letters together. Where
what is drawn follows from a few values of ours and is much the same size each time (a frame, a date, an icon),
`lru_cache` is enough.
"""

import secrets
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import g
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

Piece = TypeVar("Piece", bound=str)


def new_mark() -> str:
    """What stands for a value while a piece is drawn: nobody ever gets to see it, so nobody can have typed it."""
    return f"\ue000{secrets.token_hex(16)}\ue001"


# What stands for the token of a reader and for the key of a form while a piece is drawn for all. A token itself must
# not: whoever typed their own would be shown those of others.
TOKEN, KEY = new_mark(), new_mark()
for_all: ContextVar[bool] = ContextVar("for_all", default=False)

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

    `places` says what stands for a value while it is drawn: something that is nowhere else. The token of whoever reads
    it and the key of a form have such places always, `token` and `once`.
    """
    outside = for_all.set(True)
    try:
        drawn = str(draw()).replace("%", "%%")
    finally:
        for_all.reset(outside)
    for name, mark in {"token": TOKEN, "once": KEY, **places}.items():
        drawn = drawn.replace(mark, f"%({name})s")
    return drawn


def form_token() -> str:
    """What a form shows to be ours: the token of whoever reads it, else what stands for that of any reader."""
    if for_all.get():
        return TOKEN
    # Asked for by every button of a page.
    if "form_token" not in g:
        g.form_token = str(generate_csrf())
    return str(g.form_token)


def drawn_for(kept: Drawn[str], said: Hashable, draw: Callable[[], Any]) -> Markup:
    """A piece with forms, drawn once for all, with the token of each reader.

    `draw` escapes what it says, as templates do.
    """
    drawn = kept.get(said, lambda: with_places(draw))
    return Markup(drawn % {"token": form_token()})  # noqa: S704  (drawn escaped, and a token of ours)
