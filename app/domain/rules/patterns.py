"""Patterns that people type: `*` is any signs, `?` is one. Nothing in them can run away.

A name is compared without case and accents, whole: `*pump*` finds 'Heat pump, leaking'. Python looks for the
pieces between the stars from left to right, which is the same as LIKE does and takes no longer than name times
pattern; a pattern has at most five stars and a hundred signs, so LIKE has nothing to run away with either.
"""

from __future__ import annotations

import re

from app.domain.errors import Refused
from app.domain.text import clean, fold
from app.extensions import _

LONGEST, MOST_STARS = 100, 5


def read(typed: str) -> str:
    """A pattern as it is kept. Raises Refused for one that is too long or has too many stars."""
    text = re.sub(r"\*+", "*", clean(typed).strip())
    pattern = "".join(part if part in {"*", "?"} else folded(part) for part in re.split(r"([*?])", text))
    if not pattern or len(pattern) > LONGEST:
        raise Refused(_("A pattern has 1 to %(most)s signs.", most=LONGEST))
    if pattern.count("*") > MOST_STARS:
        raise Refused(_("A pattern has at most %(most)s stars.", most=MOST_STARS))
    return pattern


def folded(part: str) -> str:
    """As names are folded, but for the spaces at its ends: these stand between words."""
    core = fold(part)
    if not core:
        return " " if part else ""
    return f"{' ' if part[:1].isspace() else ''}{core}{' ' if part[-1:].isspace() else ''}"


def matches(pattern: str, name: str) -> bool:
    """Does this folded name fit?"""
    first, *others = pattern.split("*")
    if not others:
        return len(name) == len(first) and fits(first, name, 0)
    *middle, last = others
    if len(name) < len(first) + len(last) or not fits(first, name, 0):
        return False
    end = len(name) - len(last)
    if not fits(last, name, end):
        return False
    place = len(first)
    for piece in middle:
        place = next((at for at in range(place, end - len(piece) + 1) if fits(piece, name, at)), -1)
        if place < 0:
            return False
        place += len(piece)
    return place <= end


def fits(piece: str, name: str, at: int) -> bool:
    """Does a piece without stars stand here?"""
    there = name[at : at + len(piece)]
    return len(there) == len(piece) and all(
        mine in {"?", theirs} for mine, theirs in zip(piece, there, strict=True)
    )


def like(pattern: str) -> str:
    """The same for LIKE, with `/` as its escape."""
    plain = re.sub(r"([/%_])", r"/\1", pattern)
    return plain.replace("*", "%").replace("?", "_")
