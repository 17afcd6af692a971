"""The bell rings by itself, leads to what it rang for, and falls silent; and the worker shows what it gave up."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server
from tests.browser.flows import history, make_case, note, toast
from tests.browser.looks import LOOKS

Tab = Callable[..., Page]
Faults = Callable[..., list[str]]


def bell(page: Page) -> Locator:
    return page.locator("#bell").get_by_role("link")


def rows(page: Page) -> Locator:
    return page.locator(".told")


def silent(page: Page) -> Page:
    """Somebody who has read everything that other tests told them."""
    page.goto("/notifications/")
    page.get_by_role("button", name="Mark all read").click()
    expect(bell(page)).to_have_accessible_name("Notifications")
    return page


def mention(nora: Page, case: str, words: str) -> None:
    make_case(nora, case)
    note(nora).fill(f"@Olga Petrenko {words}")
    nora.get_by_role("button", name="Write down").click()
    expect(history(nora)).to_contain_text(words)


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


@pytest.mark.parametrize("width", [1400, 390])
def test_it_counts_up_by_itself_and_leads_to_the_note(nora: Page, tab: Tab, width: int) -> None:
    olga = silent(tab("operator", viewport={"width": width, "height": 844}))
    olga.goto("/partners/")
    mention(nora, f"Rung for at {width}", "which number do they answer?")

    expect(bell(olga)).to_have_accessible_name("Notifications, 1 unread")
    expect(olga.locator("#said")).to_have_text("Notifications, 1 unread")
    bell(olga).click()
    expect(rows(olga).first).to_contain_text("Nora Lindahl mentioned you.")
    rows(olga).first.get_by_role("link").click()
    expect(olga.get_by_role("heading", name=f"Rung for at {width}", level=1)).to_be_visible()
    expect(olga.locator(".ev:target")).to_contain_text("which number do they answer?")
    expect(olga.locator(".ev:target")).to_be_in_viewport()
    expect(bell(olga)).to_have_accessible_name("Notifications")


def test_by_keys_alone(nora: Page, tab: Tab) -> None:
    olga = silent(tab("operator"))
    mention(nora, "Rung by keys", "and the second line?")
    expect(bell(olga)).to_have_accessible_name("Notifications, 1 unread")
    olga.goto("/partners/")
    olga.keyboard.press("?")
    expect(olga.get_by_role("dialog")).to_contain_text(re.compile("Notifications.*G.*N", re.DOTALL))
    olga.keyboard.press("Escape")
    olga.keyboard.press("g")
    olga.keyboard.press("n")
    expect(olga).to_have_title("Notifications · Holdfast")

    olga.keyboard.press("r")
    expect(olga.get_by_text("All is marked read.")).to_be_visible()
    expect(bell(olga)).to_have_accessible_name("Notifications")
    olga.keyboard.press("z")
    expect(bell(olga)).to_have_accessible_name("Notifications, 1 unread")
    olga.keyboard.press("u")
    expect(rows(olga)).to_have_count(1)
    olga.keyboard.press("j")
    expect(rows(olga).first.get_by_role("link")).to_be_focused()
    olga.keyboard.press("Enter")
    expect(olga.get_by_role("heading", name="Rung by keys", level=1)).to_be_visible()
    expect(bell(olga)).to_have_accessible_name("Notifications")


def test_it_rings_on_the_board_too(nora: Page, tab: Tab) -> None:
    olga = silent(tab("operator"))
    olga.goto("/pipeline/?all=1")
    mention(nora, "Rung on the board", "see this")

    expect(bell(olga)).to_have_accessible_name("Notifications, 1 unread")


def test_one_is_marked_read_and_unread_where_it_stands(nora: Page, tab: Tab) -> None:
    olga = silent(tab("operator", viewport={"width": 390, "height": 844}))
    mention(nora, "Read in place", "no hurry")
    olga.reload()
    first = rows(olga).first
    first.get_by_role("button", name="Mark read").click()
    expect(bell(olga)).to_have_accessible_name("Notifications")
    first.get_by_role("button", name="Mark unread").click()
    expect(bell(olga)).to_have_accessible_name("Notifications, 1 unread")


def test_without_scripts(nora: Page, tab: Tab) -> None:
    olga = silent(tab("operator", java_script_enabled=False))
    mention(nora, "Rung without scripts", "by forms alone")
    olga.reload()
    expect(bell(olga)).to_have_accessible_name("Notifications, 1 unread")
    bell(olga).click()
    rows(olga).first.get_by_role("button", name="Mark read").click()
    expect(bell(olga)).to_have_accessible_name("Notifications")
    rows(olga).first.get_by_role("button", name="Mark unread").click()
    olga.get_by_role("button", name="Mark all read").click()
    expect(bell(olga)).to_have_accessible_name("Notifications")
    olga.get_by_role("button", name="Undo").click()
    olga.get_by_role("link", name="Unread", exact=True).click()
    rows(olga).first.get_by_role("link").click()
    expect(olga.locator(".ev:target")).to_contain_text("by forms alone")

    olga.goto("/settings/")
    olga.get_by_role("checkbox", name="You are given a case: In the digest").check()
    olga.locator("#told").get_by_role("button", name="Save").click()
    expect(toast(olga)).to_contain_text("You are told so from now on.")
    expect(olga.get_by_role("checkbox", name="You are given a case: In the digest")).to_be_checked()


def give_up(server: Server) -> None:
    """What a worker leaves that could not write somebody's notifications."""
    database = Path(server.environ["INSTANCE"]) / "holdfast.db"
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute(
            "INSERT INTO jobs (kind, record_id, state, attempts, run_at, error, created_at, ended_at)"
            " VALUES ('notify', 1, 'failed', 20, ?, 'The pen was broken.', ?, ?)",
            (now, now, now),
        )


def test_a_job_that_was_given_up_is_tried_again(tab: Tab, server: Server) -> None:
    give_up(server)
    astrid = tab("admin")
    astrid.goto("/")
    astrid.get_by_role("navigation", name="Main").get_by_role("link", name="Worker").click()
    expect(astrid.get_by_role("region", name="Workers")).to_contain_text("alive")
    row = astrid.get_by_role("listitem").filter(has_text="The pen was broken.")
    expect(row).to_contain_text("Write notifications")
    row.get_by_role("button", name="Try again").click()
    expect(toast(astrid)).to_contain_text("It is tried again.")
    expect(row).to_have_count(0)
    astrid.reload()
    expect(row).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme", "colours"), LOOKS)
def test_nothing_for_axe_to_find(
    nora: Page, tab: Tab, server: Server, faults: Faults, width: int, scheme: str, colours: bool | None
) -> None:
    looks = {"viewport": {"width": width, "height": 860}, "color_scheme": scheme}
    mention(nora, f"Seen at {width} in {scheme}", "easy to read")
    olga = tab("operator", **looks)
    olga.goto("/notifications/")
    expect(rows(olga).first).to_contain_text("easy to read")
    assert faults(olga, colours=colours) == []
    olga.goto("/settings/")
    assert faults(olga, colours=colours) == []

    give_up(server)
    astrid = tab("admin", **looks)
    astrid.goto("/worker/")
    expect(astrid.get_by_text("The pen was broken.").first).to_be_visible()
    assert faults(astrid, colours=colours) == []
    assert astrid.evaluate("document.documentElement.scrollWidth <= innerWidth")
