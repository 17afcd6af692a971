"""Every setting that starts the process, from the environment, with a default that works on a laptop.

What an organisation decides (its name, currency, mail server …) is on the pages, not here.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
WEAK_WORDS = ("secret", "changeme", "password", "dev", "default", "example")
SHORTEST_KEY = 32


class SettingsError(SystemExit):
    """The process must not start like this; the sentence says what would be right."""


@dataclass(frozen=True)
class Settings:
    """What the environment says, checked once when the process starts."""

    secret_key: str
    instance: Path
    database_url: str | None = None
    redis_url: str | None = None
    files_url: str | None = None
    smtp_url: str | None = None
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    secure_cookies: bool = False
    trusted_proxies: int = 0
    demo_anywhere: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check the environment; raises SettingsError with what would be right."""
        instance = Path(environ.get("INSTANCE", "instance")).absolute()
        host = environ.get("HOST", "127.0.0.1")
        database_url = environ.get("DATABASE_URL") or None
        public_url = environ.get("PUBLIC_URL") or None
        exposed = host not in LOOPBACK or database_url is not None
        try:
            port, proxies = int(environ.get("PORT", "8000")), int(environ.get("TRUSTED_PROXIES", "0"))
        except ValueError:
            raise SettingsError("PORT and TRUSTED_PROXIES are whole numbers, such as PORT=8000.") from None
        return cls(
            secret_key=secret_key(environ.get("SECRET_KEY"), instance, exposed=exposed),
            instance=instance,
            database_url=database_url,
            redis_url=environ.get("REDIS_URL") or None,
            files_url=environ.get("FILES_URL") or None,
            smtp_url=environ.get("SMTP_URL") or None,
            public_url=public_url.rstrip("/") if public_url else None,
            host=host,
            port=port,
            secure_cookies=bool(public_url and public_url.startswith("https://")),
            trusted_proxies=proxies,
            demo_anywhere=environ.get("DEMO_ANYWHERE") == "1",
            environment=environ,
        )

    @property
    def sqlalchemy_url(self) -> str:
        """The database: the one named, with psycopg 3 as its driver, else a file of our own."""
        if self.database_url is None:
            return f"sqlite:///{self.instance / 'holdfast.db'}"
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    def flask(self) -> dict[str, Any]:
        """The same, in the words that Flask and its extensions read."""
        return {
            "SETTINGS": self,
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.sqlalchemy_url,
            "MAX_CONTENT_LENGTH": 26 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.secure_cookies,
            "REMEMBER_COOKIE_DURATION": timedelta(days=30),
            "REMEMBER_COOKIE_HTTPONLY": True,
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_SECURE": self.secure_cookies,
            # A page left open for a day must still post.
            "WTF_CSRF_TIME_LIMIT": None,
            "WTF_CSRF_SSL_STRICT": False,
        }


def secret_key(given: str | None, instance: Path, *, exposed: bool) -> str:
    """The key that signs cookies and tokens.

    A laptop gets one of its own, kept beside its database. Whoever listens beyond loopback, or shares a
    database with other processes, must name a strong one.
    """
    if given and not is_weak(given):
        return given
    if given:
        raise SettingsError(
            f"SECRET_KEY is too easy to guess: it takes at least {SHORTEST_KEY} characters that nobody chose. {ADVICE}"
        )
    if exposed:
        raise SettingsError(
            f"SECRET_KEY is missing: it is needed beyond loopback and with DATABASE_URL. {ADVICE}"
        )
    kept = instance / "secret_key"
    if not kept.exists():
        instance.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=instance)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, kept)  # of several processes that start at once, one wins, whole
        Path(draft).unlink()
    return kept.read_text()


ADVICE = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"


def is_weak(key: str) -> bool:
    """Is this a key that somebody might guess?"""
    plain = key.lower()
    return len(key) < SHORTEST_KEY or len(set(key)) < 10 or any(plain.startswith(word) for word in WEAK_WORDS)
