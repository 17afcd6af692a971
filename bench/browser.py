"""When a board is there to work with in Chromium, and what came over the line until then."""

from __future__ import annotations

import statistics

from playwright.sync_api import Browser, sync_playwright

from bench.rows import Measured
from tests import chromium

TIMES = 7
USABLE = """() => new Promise((resolve) => {
  const done = () => customElements.whenDefined("crm-board").then(() =>
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));
  if (document.readyState === "complete") done(); else addEventListener("load", done);
})"""
SIZES = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return { requests: all.length, bytes: all.reduce((sum, each) => sum + each.transferSize, 0),
           script: all.filter((each) => each.initiatorType === "script")
             .reduce((sum, each) => sum + each.transferSize, 0),
           nodes: document.querySelectorAll("*").length };
}"""


def usable(address: str, cookies: dict[str, str], board: str) -> tuple[Measured, Measured]:
    """Milliseconds until a board can be worked with: with an empty cache, and with a warm one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            cold, warm, note = [], [], ""
            for _ in range(TIMES):
                first, second, note = open_twice(browser, address, cookies, board)
                cold.append(first)
                warm.append(second)
        finally:
            browser.close()
    return (
        Measured(figure=statistics.median(cold), note=note),
        Measured(figure=statistics.median(warm)),
    )


def open_twice(
    browser: Browser, address: str, cookies: dict[str, str], board: str
) -> tuple[float, float, str]:
    """In a browser that has never been here, then once more."""
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(address + board)
    cold, sizes = page.evaluate(USABLE), page.evaluate(SIZES)
    page.goto("about:blank")
    page.goto(address + board)
    warm = page.evaluate(USABLE)
    context.close()
    note = (
        f"{sizes['requests']} requests, {sizes['bytes'] / 1000:.0f} kB of which {sizes['script'] / 1000:.0f} kB "
        f"script, {sizes['nodes']} nodes"
    )
    return cold, warm, note
