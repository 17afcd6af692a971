"""Two look at one case: each is told of what the other does, and nothing that is being written is touched."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.flows import history, make_case, note, toast
from tests.browser.test_facts import edit, expect_rest, fact, field

Tab = Callable[..., Page]
# Asked for every four seconds, and a slow machine may miss one.
SOON = 15_000


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def test_others_edits_and_notes_appear_while_a_note_is_being_written(nora: Page, tab: Tab) -> None:
    path = make_case(nora, "Looked at by two")
    other = tab("admin")
    other.goto(path)
    note(nora).fill("Half a thought")

    edit(other, "expected_revenue").fill("9,000")
    other.keyboard.press("Enter")
    note(other).fill("They called back.")
    other.get_by_role("button", name="Write down").click()

    expect(fact(nora, "expected_revenue")).to_contain_text("€9,000", timeout=SOON)
    expect(history(nora)).to_contain_text("They called back.", timeout=SOON)
    expect(nora.locator("#said")).to_have_text("Changed by Astrid Lindqvist.")
    expect(note(nora)).to_have_value("Half a thought")
    expect(note(nora)).to_be_focused()


def test_each_line_stands_once_whoever_wrote_it(nora: Page, tab: Tab) -> None:
    path = make_case(nora, "Told once")
    edit(nora, "referred_by").fill("Otto")
    nora.keyboard.press("Enter")
    expect_rest(nora, "referred_by", "Otto")
    other = tab("admin")
    other.goto(path)
    edit(other, "website").fill("hofmann.example")
    other.keyboard.press("Enter")

    expect(history(nora)).to_contain_text("hofmann.example", timeout=SOON)
    expect(history(nora).locator(".ev").filter(has_text="referred by")).to_have_count(1)
    expect(history(nora).locator(".ev").first).to_contain_text("hofmann.example")

    # What others did since does not keep one from taking back one's own.
    nora.keyboard.press("Z")
    expect(toast(nora)).to_contain_text("Taken back")
    expect(fact(nora, "referred_by")).not_to_contain_text("Otto")
    expect(fact(nora, "website")).to_contain_text("hofmann.example")


def test_under_notes_the_notes_of_others_appear_and_a_form_left_open_stays(nora: Page, tab: Tab) -> None:
    path = make_case(nora, "Looked at for notes")
    edit(nora, "deadline").fill("18/12/2099")
    nora.get_by_role("link", name="Notes", exact=True).click()
    note(nora).fill("Half a thought")
    other = tab("admin")
    other.goto(path)
    note(other).fill("They called back.")
    other.get_by_role("button", name="Write down").click()

    expect(history(nora)).to_contain_text("They called back.", timeout=SOON)
    expect(field(nora, "deadline")).to_have_value("18/12/2099")
    expect(note(nora)).to_have_value("Half a thought")


def test_a_fact_that_is_being_edited_waits_for_its_editor(nora: Page, tab: Tab) -> None:
    path = make_case(nora, "Edited while others edit")
    edit(nora, "deadline").fill("18/12/2099")
    other = tab("admin")
    other.goto(path)
    edit(other, "referred_by").fill("Georg")
    other.keyboard.press("Enter")
    expect_rest(other, "referred_by", "Georg")

    # The page asks for the bell alone while somebody is at work in it.
    with nora.expect_response(lambda response: "/notifications/bell" in response.url, timeout=SOON):
        pass
    expect(field(nora, "deadline")).to_have_value("18/12/2099")
    nora.keyboard.press("Enter")
    expect_rest(nora, "deadline", "18 Dec 2099")
    expect(fact(nora, "referred_by")).to_contain_text("Georg", timeout=SOON)
