"""Sessions end, connections break, servers die; what was typed stays and is sent once all is well again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server
from tests.browser.flows import failure, history, make_case, note, path_of, toast

Tab = Callable[..., Page]


@pytest.fixture
def nora(tab: Tab, expected_failures: list[str]) -> Page:
    expected_failures += [r"status of 40[01]", r"net::ERR_", r"Failed to fetch"]
    return tab("sales")


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Sign in to go on")


def answer(page: Page, password: str = "demo") -> None:
    question(page).get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_signed_out_while_writing_a_note(nora: Page) -> None:
    make_case(nora, "Note in between")
    note(nora).fill("Typed before it ended")
    nora.context.clear_cookies()
    nora.get_by_role("button", name="Write down").click()
    expect(question(nora)).to_contain_text("What you typed is still here")
    expect(question(nora).get_by_label("E-mail")).to_have_value("sales@demo.example")
    expect(question(nora).get_by_label("Password")).to_be_focused()

    answer(nora, "guess")
    expect(question(nora).get_by_role("alert")).to_contain_text("do not belong together")
    answer(nora)
    expect(question(nora)).to_be_hidden()
    expect(history(nora)).to_contain_text("Typed before it ended")
    expect(toast(nora)).to_contain_text("Written down.")

    note(nora).fill("And it goes on")
    nora.get_by_role("button", name="Write down").click()
    expect(history(nora)).to_contain_text("And it goes on")


def test_signed_out_while_editing_a_case(nora: Page) -> None:
    path = make_case(nora, "Edited in between")
    nora.goto(f"{path}/edit")
    nora.get_by_label("Description").fill("A long text that nobody types twice")
    nora.context.clear_cookies()
    nora.get_by_label("Description").press("Control+Enter")
    expect(question(nora)).to_be_visible()
    answer(nora)
    expect(nora).to_have_title("Edited in between · Holdfast")
    expect(nora.locator(".facts")).to_contain_text("A long text that nobody types twice")


def test_leaving_the_question_keeps_the_page(nora: Page) -> None:
    make_case(nora, "Not now")
    note(nora).fill("Kept while I look for the password")
    nora.context.clear_cookies()
    nora.get_by_role("button", name="Write down").click()
    expect(question(nora)).to_be_visible()
    nora.keyboard.press("Escape")
    expect(question(nora)).to_be_hidden()
    expect(note(nora)).to_have_value("Kept while I look for the password")
    expect(nora.get_by_role("button", name="Write down")).to_be_focused()
    nora.keyboard.press("Enter")
    answer(nora)
    expect(history(nora)).to_contain_text("Kept while I look for the password")


def test_signed_out_and_a_link_is_followed(nora: Page) -> None:
    nora.goto("/cases/")
    nora.context.clear_cookies()
    nora.get_by_role("navigation", name="Main").get_by_role("link", name="Partners").click()
    expect(question(nora)).to_be_visible()
    answer(nora)
    expect(nora).to_have_title("Partners · Holdfast")
    assert path_of(nora) == "/partners/"


def test_another_person_signs_in(nora: Page) -> None:
    make_case(nora, "Hers, not his")
    note(nora).fill("For Nora's eyes")
    nora.context.clear_cookies()
    nora.get_by_role("button", name="Write down").click()
    question(nora).get_by_label("E-mail").fill("manager@demo.example")
    answer(nora)
    expect(nora.get_by_role("navigation", name="Main")).to_contain_text("Marc Devaux")
    expect(note(nora)).to_have_value("")
    expect(history(nora)).not_to_contain_text("For Nora's eyes")


def test_a_stale_token_is_renewed_in_silence(nora: Page) -> None:
    make_case(nora, "Open since yesterday")
    nora.evaluate("""() => {
        document.body.setAttribute("hx-headers:inherited", '{"X-CSRFToken": "yesterday"}');
        for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = "yesterday";
    }""")
    note(nora).fill("Sent on the next day")
    nora.get_by_role("button", name="Write down").click()
    expect(history(nora)).to_contain_text("Sent on the next day")
    expect(failure(nora)).to_be_empty()


def test_offline_and_back(nora: Page) -> None:
    make_case(nora, "In the train")
    note(nora).fill("Written in a tunnel")
    nora.context.set_offline(True)
    nora.get_by_role("button", name="Write down").click()
    expect(failure(nora)).to_contain_text("The connection broke. What you typed is still here.")
    expect(note(nora)).to_have_value("Written in a tunnel")
    failure(nora).get_by_role("button", name="Try again").click()
    expect(failure(nora)).to_contain_text("The connection broke.")
    nora.context.set_offline(False)
    failure(nora).get_by_role("button", name="Try again").click()
    expect(history(nora).get_by_text("Written in a tunnel")).to_have_count(1)
    expect(failure(nora)).to_be_empty()


def test_offline_and_a_link_is_followed(nora: Page) -> None:
    nora.goto("/cases/")
    nora.context.set_offline(True)
    nora.get_by_role("navigation", name="Main").get_by_role("link", name="Partners").click()
    expect(failure(nora)).to_contain_text("The connection broke.")
    expect(nora).to_have_title("Cases · Holdfast")
    nora.context.set_offline(False)
    failure(nora).get_by_role("button", name="Try again").click()
    expect(nora).to_have_title("Partners · Holdfast")


def test_something_went_wrong_is_said_with_its_number(nora: Page, expected_failures: list[str]) -> None:
    """What a failing server answers, as it answers; the page is real, the failure is played."""
    expected_failures.append(r"status of 500")
    path = make_case(nora, "Our fault")
    sentence = "Nothing you saved is lost. We kept a note of what happened as 3F2A-90C1."
    broken = f'<div class="note-box bad"><p>{sentence}</p></div>'
    nora.route(f"**{path}/notes", lambda route: route.fulfill(status=500, body=broken))
    note(nora).fill("Sent into the dark")
    nora.get_by_role("button", name="Write down").click()
    expect(failure(nora)).to_contain_text("3F2A-90C1")
    expect(note(nora)).to_have_value("Sent into the dark")
    nora.unroute_all()
    failure(nora).get_by_role("button", name="Try again").click()
    expect(history(nora)).to_contain_text("Sent into the dark")


def test_a_button_pressed_twice_sends_once(nora: Page) -> None:
    path = make_case(nora, "Pressed in haste")
    sent: list[str] = []
    nora.on("request", lambda request: sent.append(request.url) if request.url.endswith("/notes") else None)
    note(nora).fill("Only once")
    nora.get_by_role("button", name="Write down").dblclick()
    expect(history(nora).get_by_text("Only once")).to_have_count(1)
    nora.goto(path)
    expect(history(nora).get_by_text("Only once")).to_have_count(1)
    assert len(sent) == 1


def test_the_server_dies_while_one_types(nora: Page, server: Server) -> None:
    make_case(nora, "Survives a crash")
    note(nora).fill("Typed while it died")
    with server.dead():
        nora.get_by_role("button", name="Write down").click()
        expect(failure(nora)).to_contain_text("The connection broke. What you typed is still here.")
        expect(note(nora)).to_have_value("Typed while it died")
    failure(nora).get_by_role("button", name="Try again").click()
    expect(history(nora).get_by_text("Typed while it died")).to_have_count(1)
    assert not re.search("sign-in", nora.url)
