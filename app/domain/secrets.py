"""Secrets that people entrust to us, such as the mail server's password: the database alone does not tell them."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def seal(secret: str) -> str:
    """What may be stored of a secret."""
    return lock_of_ours().encrypt(secret.encode()).decode()


def unseal(sealed: str | None) -> str | None:
    """The secret again, or None if it was sealed under another SECRET_KEY and must be typed anew."""
    if not sealed:
        return None
    try:
        return lock_of_ours().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def lock_of_ours() -> Fernet:
    """A key of its own, that follows from the one that starts the process."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"holdfast stored secrets").derive(
        str(current_app.config["SECRET_KEY"]).encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
