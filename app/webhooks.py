"""Calls of addresses on the web: to what the internet reaches, and to nothing in the house.

A name is looked up once, every address it has is looked at, and the one that is called is one of these: whoever
answers for the name cannot have us call another. Redirects are looked at in the same way. What the other side
answers is cut short and shown to nobody but those who look after the rule.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from app import clock
from app.domain import web_address
from app.domain.job import GiveUp, Job, Note, handles
from app.domain.rules.records import WebhookCall
from app.domain.rules.working import call_failed
from app.extensions import db

SECONDS = 10.0
MOST_BYTES = 64 * 1024
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What will not become better by trying again.
FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 413, 414, 415, 422})
PORTS = {"http": 80, "https": 443}


def N_(text: str) -> str:  # noqa: N802 - as translators know it: found by them, and kept as it is
    """A text that is kept in English and said in the language of whoever reads it."""
    return text


# Why a call failed; what the other side said stands behind it in brackets.
REFUSED = N_("The address answered with an error")
SILENT = N_("The address did not answer")
UNKNOWN = N_("The name of the address is not known")
ENDLESS = N_("The address leads on and on")
NO_WEB = N_("Only addresses that begin with http or https are called")
IN_THE_HOUSE = N_("This address is in a network of our own, where rules call nobody")
REASONS = frozenset({REFUSED, SILENT, UNKNOWN, ENDLESS, NO_WEB, IN_THE_HOUSE})


class NotAllowed(Exception):
    """This address is none of the internet's, or none that is called."""


class UnknownName(OSError):
    """Nobody knows where this name leads, for now."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    location: str | None = None


def give_up(job: Job, reason: str) -> None:
    call = db.session.get(WebhookCall, job.record_id)
    if call is not None and call.state == "waiting":
        call.give_up(reason)
        call_failed(call)


def take_up(job: Job) -> None:
    """It was given up and is tried once more."""
    call = db.session.get(WebhookCall, job.record_id)
    if call is not None and call.state == "failed":
        call.take_up()


@handles("webhook", given_up=give_up, taken_up=take_up)
def call(job: Job) -> Note | None:
    """Make one call, in no transaction, and note what came of it together with the job's end."""
    call_id = job.record_id
    planned = db.session.get(WebhookCall, call_id)
    if planned is None or planned.state != "waiting":
        return None
    url, body = planned.url, {"id": planned.id, "at": planned.created_at.isoformat(), **planned.body}
    with job.held():
        try:
            answer, problem = post(url, body), None
            if answer.status in FOR_GOOD:
                raise GiveUp(f"{REFUSED} ({answer.status})")
            if not 200 <= answer.status < 300:
                problem = f"{REFUSED} ({answer.status})"
        except NotAllowed as error:
            raise GiveUp(str(error)) from error
        except UnknownName:
            answer, problem = Answer(0, ""), UNKNOWN
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer, problem = Answer(0, ""), f"{SILENT} ({type(error).__name__})"

    def note() -> str | None:
        made = db.session.get(WebhookCall, call_id)
        said = f"{answer.status}\n{answer.text}" if answer.status else ""
        return made.conclude(said, problem) if made is not None else None

    return note


def post(url: str, body: dict[str, Any]) -> Answer:
    """Hand over JSON, following redirects to addresses that are looked at anew."""
    content, until = json.dumps(body).encode(), time.monotonic() + SECONDS
    for _hop in range(MOST_REDIRECTS + 1):
        answer = once(url, content, body["id"], until)
        if answer.status not in REDIRECTS or not answer.location:
            return answer
        url = urljoin(url, answer.location)
    raise NotAllowed(ENDLESS)


def once(url: str, content: bytes, delivery: int, until: float) -> Answer:
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.username or parts.password:
        raise NotAllowed(NO_WEB)
    port = parts.port or PORTS[parts.scheme]
    address = reachable(parts.hostname.rstrip("."), port)
    connection = Pinned(parts.scheme == "https", parts.hostname.rstrip("."), port, address, until)
    # However slowly the other side speaks, a letter at a time: then it is cut off.
    guard = threading.Timer(max(until - time.monotonic(), 0.001), connection.abort)
    guard.daemon = True
    guard.start()
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request(
            "POST",
            path,
            content,
            {
                "Content-Type": "application/json",
                "User-Agent": "Holdfast",
                "X-Holdfast-Delivery": str(delivery),
                "Date": clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT"),
                "Connection": "close",
            },
        )
        response = connection.getresponse()
        return Answer(response.status, read(response, connection, until), response.getheader("Location"))
    finally:
        guard.cancel()
        connection.close()


def reachable(host: str, port: int) -> str:
    """One of its addresses, if all of them are the internet's. Raises NotAllowed otherwise."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise UnknownName from error
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(web_address.is_outside(each) for each in addresses):
        raise NotAllowed(IN_THE_HOUSE)
    return addresses[0]


class Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name says by now; it speaks TLS as that name."""

    def __init__(self, is_secret: bool, host: str, port: int, address: str, until: float) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.is_secret, self.address, self.until = is_secret, address, until

    def abort(self) -> None:
        """End it, whatever it waits for."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        left = max(self.until - time.monotonic(), 0.001)
        self.sock: Any = socket.create_connection((self.address, self.port), left)
        if self.is_secret:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def read(response: http.client.HTTPResponse, connection: Pinned, until: float) -> str:
    """What it answered, as far as we listen."""
    found = b""
    while len(found) < MOST_BYTES:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("It took too long.")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        piece = response.read1(8192)
        if not piece:
            break
        found += piece
    return found[:MOST_BYTES].decode("utf-8", "replace")
