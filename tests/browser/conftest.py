"""A real server with its worker, a mail server that keeps what it gets, and Chromium in front of them."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from app.assets import assets
from tests import chromium
from tests.browser.flows import sign_in

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
# What Chromium would do for every tab and no test looks at, the most of what a tab costs: suggestions below an
# address bar that nobody sees, and a process held ready for the next site.
UNSEEN = "WebUIOmniboxPopup WebUIOmniboxAimPopup SpareRendererForSitePerProcess"
# Only the last such switch counts, so what Playwright turns off itself is said again.
PLAYWRIGHTS = (
    "AimEnabled AvoidCorsURLLoaderRestartOnRedirect AvoidUnnecessaryBeforeUnloadCheckSync"
    " DestroyProfileOnBrowserClose HttpsFirstBalancedModeAutoEnable HttpsUpgrades LensOverlay MediaRouter"
    " NetworkTimeServiceQuerying OptimizationHints PaintHolding PreconnectToSearch TcpPortRandomizationWin"
    " ThirdPartyStoragePartitioning"
)
DESK = {"viewport": {"width": 1400, "height": 860}, "locale": "en-GB"}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe looks at that depends on colours; it takes half of its time.
COLOURS = ("color-contrast", "link-in-text-block")
STARTS_WITHIN = 60
PATIENCE = 15  # for machines with better things to do
expect.set_options(timeout=PATIENCE * 1000)


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
        deadline = time.monotonic() + STARTS_WITHIN
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
                [sys.executable, "-m", "app.run"],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
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
        self.process.wait(STARTS_WITHIN)

    @contextmanager
    def dead(self) -> Iterator[None]:
        """The plug is pulled, and put in again afterwards whatever the test has found: others want to go on.

        Parents die first, or one of them puts another in the place of a child that is gone; they were born first.
        """
        everybody = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
        ours = filter(self.is_ours, everybody)
        try:
            for pid in sorted(ours, key=lambda pid: (pid != self.process.pid, pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(STARTS_WITHIN)
            yield
        finally:
            self.start()

    def is_ours(self, pid: int) -> bool:
        try:
            return os.getsid(pid) == self.process.pid
        except ProcessLookupError:
            return False


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
    off = ",".join(f"{UNSEEN} {PLAYWRIGHTS}".split())
    return {"executable_path": chromium.executable(), "args": [*FLAGS.split(), f"--disable-features={off}"]}


@pytest.fixture
def expected_failures() -> list[str]:
    """Patterns of console errors that the test brings about on purpose. A refused form (422) is always one."""
    return [r"the server responded with a status of 422"]


@pytest.fixture
def complaints(expected_failures: list[str]) -> Iterator[list[str]]:
    """What the consoles of all tabs said; a test fails on any of it, failures made on purpose aside."""
    said: list[str] = []
    yield said
    assert [text for text in said if not any(re.search(each, text) for each in expected_failures)] == []


class Keys:
    """The cookies of the demo accounts: each signs in once, and many browsers share the visit."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.cookies: dict[str, Any] = {}

    def of(self, who: str) -> Any:
        if who not in self.cookies:
            context = self.browser.new_context(base_url=self.url)
            sign_in(context.new_page(), who)
            self.cookies[who] = context.cookies()
            context.close()
        return self.cookies[who]


@pytest.fixture
def tab(complaints: list[str], new_context: Callable[..., BrowserContext], keys: Keys) -> Callable[..., Page]:
    """`tab("sales")`: a tab in a browser of its own, in which that demo account is signed in; `tab()` is a stranger's.

    Further words are what Playwright says of browsers: `tab("sales", color_scheme="dark")`.
    """

    def tab(who: str | None = None, **options: Any) -> Page:
        context = new_context(**DESK | options)
        if who is not None:
            context.add_cookies(keys.of(who))
        page = context.new_page()
        listen(page, complaints)
        return page

    return tab


@pytest.fixture
def page(tab: Callable[..., Page]) -> Page:
    """A stranger's tab."""
    return tab()


def listen(page: Page, complaints: list[str]) -> None:
    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(PATIENCE * 1000)


@pytest.fixture(scope="session")
def keys(browser: Browser, server: Server) -> Keys:
    return Keys(browser, server.url)


def around(node: dict[str, Any]) -> list[str]:
    """What else has to do with a fault."""
    return [near["html"][:80] for check in node["any"] + node["all"] for near in check["relatedNodes"]]


@pytest.fixture
def faults() -> Callable[..., list[str]]:
    """`faults(page) == []`: what axe finds against WCAG 2.2 A and AA and best practice.

    `colours` narrows it to what another theme can change, or leaves just that out.
    """
    script = assets.axe.read_text()

    def look(page: Page, *, colours: bool | None = None) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        # Of what it would fetch beforehand only rules make use that are not asked for.
        asked: dict[str, Any] = {"runOnly": LEVELS, "preload": False, "resultTypes": ["violations"]}
        if colours:
            asked["runOnly"] = list(COLOURS)
        elif colours is False:
            asked |= {"rules": {rule: {"enabled": False} for rule in COLOURS}}
        found = page.evaluate("asked => axe.run(asked).then(found => found.violations)", asked)
        return [
            f"{page.url}: {each['id']}: {node['html'][:160]} — {node['failureSummary']} {around(node)}"
            for each in found
            for node in each["nodes"]
        ]

    return look


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
