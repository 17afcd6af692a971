"""Tokens that go out into the world and come back: signed for one purpose, so that none opens anything else."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app

LONGEST = 26  # of base32: 130 bits, and short enough for the part of an address before the @


def signature(purpose: str, *words: object) -> str:
    """What only this Holdfast can write under these words; in small letters, as mail servers may make them."""
    key = hashlib.sha256(f"holdfast token\0{purpose}\0{current_app.config['SECRET_KEY']}".encode()).digest()
    said = "\0".join(str(word) for word in words).encode("utf-8", "replace")
    signed = hmac.new(key, said, hashlib.sha256).digest()
    return base64.b32encode(signed).decode().lower()[:LONGEST]


def is_signed(given: str, purpose: str, *words: object) -> bool:
    """Did this Holdfast write it, for this purpose, under these very words? Takes as long for yes as for no."""
    return hmac.compare_digest(
        given.casefold().encode("utf-8", "replace"), signature(purpose, *words).encode()
    )


def short(number: int) -> str:
    """A number in few letters."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number or not text:
        number, last = divmod(number, len(digits))
        text = digits[last] + text
    return text
