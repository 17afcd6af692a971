"""Passwords: which are good enough, how they are kept, and how one is recognised."""

from functools import cache
from threading import BoundedSemaphore

import argon2

from app.domain.errors import Refused
from app.domain.text import clean, fold
from app.extensions import _

SHORTEST = 10
# Hashing a novel helps nobody but those who want to keep us busy.
LONGEST = 200
FEWEST_SIGNS = 5
OVERUSED = (
    "password",
    "passwort",
    "1234567890",
    "qwertzuiop",
    "qwertyuiop",
    "holdfast",
    "letmein",
    "iloveyou",
)

hasher = argon2.PasswordHasher()
# Each takes 64 MB: a crowd of strangers at the door must not use up the memory.
turns = BoundedSemaphore(4)


def hash_password(typed: str) -> str:
    """A strong hash; slow on purpose, so never computed inside a writing transaction."""
    refuse_weak(typed)
    with turns:
        return hasher.hash(clean(typed))


def refuse_weak(typed: str) -> None:
    """Raise Refused, with what would be right, for a password that a guesser tries early."""
    if len(typed) < SHORTEST:
        raise Refused(_("A password has at least %(n)s characters.", n=SHORTEST))
    if len(typed) > LONGEST:
        raise Refused(_("A password has at most %(n)s characters.", n=LONGEST))
    rest = fold(typed)
    for word in OVERUSED:
        rest = rest.replace(word, "")
    if len(set(typed)) < FEWEST_SIGNS or len(rest) < FEWEST_SIGNS:
        raise Refused(_("This is guessed too soon. Three or four words that nobody expects are good."))


def matches(kept: str | None, typed: str) -> bool:
    """Is this the password whose hash was kept? Takes as long where none is."""
    with turns:
        try:
            return hasher.verify(kept or nobodys_hash(), clean(typed)[:LONGEST]) and kept is not None
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


@cache
def nobodys_hash() -> str:
    return hasher.hash("nobody")
