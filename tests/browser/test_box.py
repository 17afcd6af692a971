"""The box for writing on the page of a case: its parts come when they are opened, and lose nothing typed till then."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.flows import history, make_case, note

Tab = Callable[..., Page]


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def on_its_way(page: Page, does: Callable[[], None]) -> Route:
    """The box for a mail that this fetches, held back until it is let go."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/mails/new$"), hold)
    with page.expect_request(re.compile(r"/mails/new$")):
        does()
    expect(page.locator(".mailing.later")).to_be_visible()
    return held[0]


def mail(page: Page) -> Locator:
    return page.locator("form.mailing").get_by_label("Mail", exact=True)


def test_what_is_typed_before_the_mail_has_come_is_typed_into_it(nora: Page) -> None:
    nora.goto("/cases/new?kind=opportunity")
    nora.get_by_label("Name", exact=True).fill("Typed ahead")
    nora.get_by_label("E-mail").fill("ahead@hofmann.example")
    nora.get_by_role("button", name="Create opportunity").click()
    expect(nora.get_by_role("heading", name="Typed ahead", level=1)).to_be_visible()
    fetched = on_its_way(nora, lambda: nora.keyboard.press("m"))
    expect(nora.get_by_role("textbox", name="Open the box for a mail")).to_be_focused()
    nora.keyboard.type("We close, and win, and archive")
    expect(nora.get_by_role("heading", name="Typed ahead", level=1)).to_be_visible()
    fetched.continue_()
    expect(mail(nora)).to_have_value("We close, and win, and archive")
    expect(mail(nora)).to_be_focused()
    nora.keyboard.type(".")
    expect(nora.locator("form.mailing .kept")).to_have_text("Draft kept")
    expect(mail(nora)).to_have_value("We close, and win, and archive.")
    expect(history(nora).locator(".ev")).to_have_count(1)


def test_arrows_walk_through_the_tabs_and_open_them(nora: Page) -> None:
    make_case(nora, "Walked through")
    tabs = nora.locator(".compose .tabs-line")
    nora.keyboard.press("n")
    expect(note(nora)).to_be_focused()
    tabs.get_by_role("radio", name="Note").focus()
    nora.keyboard.press("ArrowRight")
    expect(tabs.get_by_role("radio", name="Mail")).to_be_checked()
    expect(mail(nora)).to_be_visible()
    expect(tabs.get_by_role("radio", name="Mail")).to_be_focused()
    nora.keyboard.press("Enter")
    expect(nora.locator("form.mailing").get_by_label("To", exact=True)).to_be_focused()
    tabs.get_by_role("radio", name="Mail").focus()
    nora.keyboard.press("ArrowRight")
    nora.keyboard.press("ArrowRight")
    expect(nora.locator(".plan").get_by_label("Type")).to_be_visible()
    expect(tabs.get_by_role("radio", name="Plan a step")).to_be_focused()
    nora.keyboard.press("Enter")
    expect(nora.locator(".plan").get_by_label("Type")).to_be_focused()


def drop(page: Page) -> None:
    """Let go of a file over the box."""
    page.evaluate("""() => {
        const files = new DataTransfer();
        files.items.add(new File(["six meters"], "offer.txt", { type: "text/plain" }));
        const options = { bubbles: true, cancelable: true, dataTransfer: files };
        document.querySelector(".compose").dispatchEvent(new DragEvent("drop", options));
    }""")


def test_a_file_for_a_mail_that_has_not_come_waits_for_it(nora: Page) -> None:
    make_case(nora, "Dropped ahead")
    tab = nora.locator(".compose .tabs-line").get_by_text("Mail", exact=True)
    fetched = on_its_way(nora, tab.click)
    drop(nora)
    fetched.continue_()
    box = nora.locator("form.mailing")
    expect(box.get_by_role("checkbox", name="offer.txt")).to_be_checked()


def test_a_file_for_a_mail_goes_into_no_note_that_is_opened_meanwhile(nora: Page) -> None:
    make_case(nora, "Dropped for a mail")
    tabs = nora.locator(".compose .tabs-line")
    fetched = on_its_way(nora, tabs.get_by_text("Mail", exact=True).click)
    drop(nora)
    tabs.get_by_text("Note", exact=True).click()
    fetched.continue_()
    mailing = nora.locator("form.mailing")
    expect(mailing.locator(".files li")).to_contain_text("offer.txt")
    expect(nora.locator("form.words:not(.mailing) .files li")).to_have_count(0)
    tabs.get_by_text("Mail", exact=True).click()
    expect(mailing.get_by_role("checkbox", name="offer.txt")).to_be_checked()


def test_a_reply_opens_a_mail_that_was_not_open(nora: Page) -> None:
    make_case(nora, "Answered at once")
    nora.locator(".compose .tabs-line").get_by_text("Word exchanged").click()
    note(nora).fill("Can you send six?")
    nora.get_by_role("button", name="Write down").click()
    history(nora).get_by_role("link", name="Reply").first.click()
    expect(mail(nora)).to_have_value(re.compile(r"wrote:\n> Can you send six\?$"))
    expect(mail(nora)).to_be_focused()
