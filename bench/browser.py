"""When a board is there to work with in Chromium, and what came over the line until then."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from bench.rows import Measured
from tests import chromium

TIMES = 7
# Loaded, its element there, and a frame of it drawn; milliseconds since somebody went there.
USABLE = """(element) => new Promise((resolve) => {
  const defined = () => element ? customElements.whenDefined(element) : Promise.resolve();
  const done = () => defined().then(() =>
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));
  if (document.readyState === "complete") done(); else addEventListener("load", done);
})"""
EMPTY = "/bench/empty"
SIZES = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return { requests: all.length, bytes: all.reduce((sum, each) => sum + each.transferSize, 0),
           script: all.filter((each) => each.initiatorType === "script")
             .reduce((sum, each) => sum + each.transferSize, 0),
           nodes: document.querySelectorAll("*").length };
}"""


@dataclass
class Opened:
    """Milliseconds until it could be worked with, for each way there."""

    cold: float
    warm: float
    again: float
    empty: float
    note: str


def usable(address: str, cookies: dict[str, str], board: str) -> tuple[Measured, Measured, Measured]:
    """A board with an empty cache, with a warm one, and from another page of ours in the same tab."""
    path = chromium.executable()  # which may have to ask playwright itself
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            all_times = [open_often(browser, address, cookies, board) for _ in range(TIMES)]
        finally:
            browser.close()

    def typical(way: str) -> float:
        return statistics.median(getattr(each, way) for each in all_times)

    empty = typical("empty")
    return (
        Measured(figure=typical("cold"), floor=empty, note=all_times[-1].note),
        Measured(figure=typical("warm"), floor=empty),
        Measured(figure=typical("again")),
    )


def open_often(browser: Browser, address: str, cookies: dict[str, str], board: str) -> Opened:
    """In a browser that has never been here, then once more in a process of Chromium's that knows nothing of us.

    That process is new each time one comes from elsewhere, so an empty page of the same server is the floor. Whoever
    is at work in Holdfast comes from another page of it, and has the process already.
    """
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    page = context.new_page()

    def opened(path: str, element: str | None = None) -> float:
        page.goto(address + path)
        return page.evaluate(USABLE, element)

    cold, sizes = opened(board, "crm-board"), page.evaluate(SIZES)
    page.goto("about:blank")
    warm = opened(board, "crm-board")
    opened("/")
    again = opened(board, "crm-board")
    page.goto("about:blank")
    empty = opened(EMPTY)
    context.close()
    note = (
        f"{sizes['requests']} requests, {sizes['bytes'] / 1000:.0f} kB of which {sizes['script'] / 1000:.0f} kB "
        f"script, {sizes['nodes']} nodes"
    )
    return Opened(cold, warm, again, empty, note)
