"""A browser without a screen: one connection, one session, and what each answer cost."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

import brotli

KEPT_ALIVE = 1.0  # seconds; the server waits for two
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
UNFOLDED = {"br": brotli.decompress, "gzip": gzip.decompress}
FULL = {"HX-Request": "true", "HX-Request-Type": "full"}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    ms: float

    @property
    def text(self) -> str:
        """What was sent, as a browser unfolds it."""
        unfold = UNFOLDED.get(self.headers.get("Content-Encoding", ""), bytes)
        return unfold(self.body).decode()

    @property
    def statements(self) -> int:
        return json.loads(self.headers["X-Bench"])["statements"]


class Visit:
    """Somebody who is signed in."""

    def __init__(self, port: int, email: str = "sales@demo.example") -> None:
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.token, self.last = "", time.monotonic()
        self.sign_in(email)

    @property
    def cookie(self) -> str:
        """What the browser says of itself in every request."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self, email: str) -> float:
        """From the door to the first page; answers the milliseconds of the requests that it takes."""
        self.cookies.clear()
        door = self.get("/sign-in")
        inside = self.post("/sign-in", {"email": email, "password": "demo"}, htmx=False)
        if inside.status != 303:
            raise RuntimeError(f"The door stays shut: {inside.status} {inside.text[:500]}")
        start = self.get(inside.headers["Location"])
        return door.ms + inside.ms + start.ms

    def get(self, path: str, *, bench: str = "", headers: dict[str, str] | None = None) -> Answer:
        return self.ask("GET", path, None, (headers or {}) | ({"X-Bench": bench} if bench else {}))

    def post(
        self, path: str, fields: dict[str, str], *, htmx: bool = True, bench: str = "", page: str = ""
    ) -> Answer:
        """Send a form; `page` is where it stands, if the answer depends on that."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.token}
        headers |= {"HX-Current-URL": f"http://127.0.0.1:{self.port}{page}"} if page else {}
        headers |= (PARTIAL if htmx else {}) | ({"X-Bench": bench} if bench else {})
        return self.ask("POST", path, urlencode(fields).encode(), headers)

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        headers = headers | {
            "Accept-Encoding": "br, gzip",
            "Cookie": self.cookie,
        }
        if time.monotonic() - self.last > KEPT_ALIVE:
            self.connection.close()  # before the server does; it opens again by itself
        since = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        spent, self.last = (time.perf_counter() - since) * 1000, time.monotonic()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        answer = Answer(response.status, response.headers, content, spent)
        if response.headers.get_content_type() == "text/html":
            found = re.search(r'"X-CSRFToken": "([^"]+)"|name="csrf_token"[^>]*value="([^"]+)"', answer.text)
            if found:
                self.token = found[1] or found[2]
        return answer


@dataclass
class Fields(HTMLParser):
    """What a browser would send if the form of a page were sent as it is."""

    address: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.is_inside, self.select, self.area = False, "", ""

    @classmethod
    def of(cls, page: str, address: str) -> dict[str, str]:
        """The fields of the form that is sent to this address."""
        fields = cls(address)
        fields.feed(page)
        return fields.values

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            self.is_inside = has.get("action") == self.address
        if not self.is_inside:
            return
        name, value = has.get("name") or "", has.get("value") or ""
        if tag == "input" and name and (has.get("type") not in {"checkbox", "radio"} or "checked" in has):
            self.values[name] = value
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in has or self.select not in self.values):
            self.values[self.select] = value
        elif tag == "textarea":
            self.area = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area] += data.removeprefix("\n")
