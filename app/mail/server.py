"""The server that mail leaves by: named by the environment, else on the organisation's page."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, quote, unquote, urlsplit

from flask import current_app

from app.config import Settings
from app.domain import secrets
from app.domain.organisation import Organisation

PORTS = {"none": 25, "starttls": 587, "tls": 465}
CONNECTING = 20
# A server may take its time over what it was handed: giving up then would mean sending it twice.
ANSWERING = 300


class BadAddress(ValueError):
    """This is not the address of a mail server."""


@dataclass(frozen=True)
class MailServer:
    """Where to hand over mail, how the way there is kept private, and who we say we are."""

    host: str
    port: int
    security: str = "none"
    user: str | None = None
    password: str | None = None

    @classmethod
    def current(cls) -> MailServer | None:
        """The server in use, or None: then mail is kept until there is one."""
        fixed = cls.fixed()
        if fixed is not None:
            return fixed
        organisation = Organisation.current()
        if not organisation.smtp_url:
            return None
        return replace(cls.at(organisation.smtp_url), password=secrets.unseal(organisation.smtp_password))

    @classmethod
    def fixed(cls) -> MailServer | None:
        """The one that the environment names, which no page can change."""
        settings: Settings = current_app.config["SETTINGS"]
        return cls.at(settings.smtp_url) if settings.smtp_url else None

    @classmethod
    def at(cls, url: str) -> MailServer:
        """smtp://user:password@host:port?starttls=1, or smtps:// for TLS from the first byte."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadAddress(str(error)) from error
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise BadAddress("smtp://host:port or smtps://host:port")
        wants_starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] not in {"0", "", "no", "false"}
        security = "tls" if parts.scheme == "smtps" else "starttls" if wants_starttls else "none"
        return cls(
            parts.hostname,
            port or PORTS[security],
            security,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )

    @property
    def url(self) -> str:
        """Its address without the password."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "smtps" if self.security == "tls" else "smtp"
        return f"{scheme}://{user}{host}:{self.port}" + ("?starttls=1" if self.security == "starttls" else "")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def open(self, name: str) -> smtplib.SMTP:
        """A connection, made private and signed in as configured; `name` is who we say we are.

        Raises OSError or smtplib.SMTPException.
        """
        tls = ssl.create_default_context() if self.security != "none" else None
        if self.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=name, timeout=CONNECTING, context=tls
            )
        else:
            client = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=CONNECTING)
        try:
            client.ehlo_or_helo_if_needed()
            if self.security == "starttls":
                client.starttls(context=tls)
                client.ehlo()
            if self.user:
                client.login(self.user, self.password or "")
            if client.sock is not None:
                client.sock.settimeout(ANSWERING)
        except BaseException:
            client.close()
            raise
        return client
