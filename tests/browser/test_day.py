"""A morning with nothing but keys: what waits is walked through, done, planned, opened and taken back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.flows import make_case, note, path_of, toast

Tab = Callable[..., Page]
MOST_ROWS = 150
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def rui(tab: Tab) -> Page:
    """Somebody whose day nobody else's tests fill."""
    return tab("manager")


def day(ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()


def with_step(page: Page, name: str, what: str, ago: int) -> str:
    """A case with a step that was due so many days ago, for whoever makes it."""
    path = make_case(page, name, "task")
    page.keyboard.press("p")
    plan = page.locator(".plan")
    plan.get_by_label("Type").select_option(label="Call")
    plan.get_by_label("What").fill(what)
    plan.get_by_label("By").fill(day(ago))
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("list", name="Next steps")).to_contain_text(what)
    return path


def rows(page: Page) -> Locator:
    return page.locator("#day .due-list > li")


def row(page: Page, what: str) -> Locator:
    return rows(page).filter(has_text=what)


def to_row(page: Page, what: str) -> None:
    """Walk up or down, a key at a time, until the row has the focus."""
    name = row(page, what).get_by_role("link").first
    expect(name).to_be_visible()
    below = "one => Boolean(one.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"
    for _ in range(MOST_ROWS):
        if name.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("k" if name.evaluate(below) else "j")
    expect(name).to_be_focused()


def test_a_morning_with_keys(rui: Page) -> None:
    first = with_step(rui, "Morning pumps", "Ring Clara at dawn", 400)
    with_step(rui, "Morning valves", "Write to Clara at dawn", 399)
    rui.keyboard.press("g")
    rui.keyboard.press("m")
    expect(rui).to_have_title("My day · Holdfast")
    expect(row(rui, "Ring Clara at dawn")).to_contain_text("days overdue")
    expect(row(rui, "Ring Clara at dawn")).to_contain_text("Morning pumps")

    # Done, and taken back.
    to_row(rui, "Ring Clara at dawn")
    rui.keyboard.press("d")
    expect(toast(rui)).to_contain_text("Done: Ring Clara at dawn.")
    expect(row(rui, "Ring Clara at dawn")).to_have_count(0)
    expect(row(rui, "Write to Clara at dawn").get_by_role("link").first).to_be_focused()
    rui.keyboard.press("z")
    expect(row(rui, "Ring Clara at dawn")).to_be_visible()

    # Done, and the next one planned, in one form.
    to_row(rui, "Write to Clara at dawn")
    rui.keyboard.press("p")
    expect(rui.get_by_label("What came of it")).to_be_focused()
    rui.keyboard.press("Escape")
    expect(rui.get_by_label("What came of it")).to_have_count(0)
    expect(row(rui, "Write to Clara at dawn").get_by_role("link").first).to_be_focused()
    rui.keyboard.press("p")
    expect(rui.get_by_label("What came of it")).to_be_focused()
    rui.keyboard.type("She is away.")
    rui.keyboard.press("Tab")
    rui.keyboard.type("Call")
    rui.keyboard.press("Control+Enter")
    expect(toast(rui)).to_contain_text("Done: Write to Clara at dawn. Next: Call.")
    expect(row(rui, "Write to Clara at dawn")).to_have_count(0)
    expect(rui.get_by_role("region", name="Coming up")).to_contain_text("Morning valves")

    # Opened.
    to_row(rui, "Ring Clara at dawn")
    rui.keyboard.press("Enter")
    expect(rui.get_by_role("heading", name="Morning pumps", level=1)).to_be_visible()
    assert path_of(rui).partition("?")[0] == first


def test_who_waits_for_an_answer_stands_there_till_it_has_one(rui: Page) -> None:
    make_case(rui, "Asked at dawn", "task")
    rui.keyboard.press("t")
    note(rui).fill("When does it come?")
    rui.get_by_label("They wait for an answer").check()
    rui.keyboard.press("Control+Enter")
    expect(rui.locator(".stream")).to_contain_text("from them")
    rui.goto("/")
    expect(row(rui, "Asked at dawn")).to_contain_text("waits for an answer since today")
    to_row(rui, "Asked at dawn")
    rui.keyboard.press("p")
    expect(rui.locator("#day .plan").get_by_label("Type")).to_be_focused()
    rui.keyboard.type("To-do")
    rui.keyboard.press("Control+Enter")
    expect(toast(rui)).to_contain_text("Planned: To-do.")
    expect(rui.locator("#day .plan")).to_have_count(0)
    expect(row(rui, "Asked at dawn")).to_be_visible()  # a plan is no answer

    to_row(rui, "Asked at dawn")
    rui.keyboard.press("Enter")
    expect(rui.get_by_role("heading", name="Asked at dawn", level=1)).to_be_visible()
    rui.keyboard.press("t")
    note(rui).fill("On Thursday.")
    rui.keyboard.press("Control+Enter")
    expect(rui.locator(".stream")).to_contain_text("On Thursday.")
    rui.goto("/")
    expect(rui.locator("#day")).to_be_visible()
    expect(row(rui, "Asked at dawn")).to_have_count(0)


def test_its_keys_are_listed(rui: Page) -> None:
    rui.goto("/")
    rui.keyboard.press("?")
    keys = rui.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("On what waits for you")
    expect(keys).to_contain_text("Plan what comes next")


@pytest.mark.parametrize("look", [{}, PHONE, {"color_scheme": "dark"}], ids=["wide", "phone", "dark"])
def test_it_fits_and_everybody_can_use_it(tab: Tab, faults: Callable[[Page], list[str]], look: dict) -> None:
    page = tab("sales", **look)
    page.goto("/")
    expect(rows(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []
    name = rows(page).first.get_by_role("link").first
    expect(name).to_have_attribute("href", re.compile(r"^/(cases|partners)/\d+$"))
