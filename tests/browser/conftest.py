"""A real server with its worker, a mail server that keeps what it gets, and Chromium in front of them."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from app.assets import assets
from tests import chromium

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
PATIENCE = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.path).parts:
            item.add_marker("browser")


class Letterbox:
    """Takes every mail and keeps it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 Kept"

    def wait_for(self, address: str) -> EmailMessage:
        """The next mail to this address; waits for it to come."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for letter in self.letters:
                if address in letter["To"]:
                    self.letters.remove(letter)
                    return letter
            time.sleep(0.05)
        raise AssertionError(f"No mail came for {address}.")


@pytest.fixture(scope="session")
def letterbox() -> Iterator[Letterbox]:
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"  # type: ignore[attr-defined]
    yield box
    controller.stop()


class Server:
    """Holdfast as `make run` starts it, on a database of its own with the demo in it."""

    def __init__(self, instance: str, smtp_url: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(instance) / "log.txt"
        self.environ = os.environ | {
            "INSTANCE": instance,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SMTP_URL": smtp_url,
        }
        for name in ("DATABASE_URL", "TEST_DATABASE_URL", "SECRET_KEY"):
            self.environ.pop(name, None)
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.run"], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except (OSError, urllib.error.HTTPError):
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture(scope="session")
def server(letterbox: Letterbox) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="holdfast-browser-") as folder:
        server = Server(folder, letterbox.url)  # type: ignore[attr-defined]
        yield server
        server.stop()


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """What paths in `page.goto` start from."""
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium.executable(), "args": FLAGS.split()}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1400, "height": 860}, "locale": "en-GB"}


@pytest.fixture
def page(page: Page, expected_failures: list[str]) -> Iterator[Page]:
    """A tab that fails its test on any error that reaches its console, failures made on purpose aside."""
    said = listen(page)
    yield page
    unexpected = [text for text in said if not any(re.search(each, text) for each in expected_failures)]
    assert unexpected == []


def listen(page: Page) -> list[str]:
    """What a tab complains of."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_default_timeout(10_000)
    return said


@pytest.fixture
def expected_failures() -> list[str]:
    """Patterns of console errors that the test brings about on purpose. A refused form (422) is always one."""
    return [r"the server responded with a status of 422"]


@pytest.fixture
def sign_in(server: Server) -> Callable[..., Page]:
    """`sign_in(page, "sales")`: as one of the demo accounts, by the form."""

    def sign_in(page: Page, who: str = "sales", password: str = "demo") -> Page:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(f"{who}@demo.example")
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return sign_in


@pytest.fixture
def faults() -> Callable[[Page], list[str]]:
    """`faults(page) == []`: what axe finds against WCAG 2.2 A and AA and best practice."""
    script = assets.axe.read_text()

    def look(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {node['html'][:160]} — {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    return look


@pytest.fixture
def second_context(browser: Any, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """Another person's browser."""
    context = browser.new_context(**browser_context_args)
    yield context
    context.close()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
