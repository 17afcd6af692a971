"""A record half typed: who clicks elsewhere is asked before it is lost."""

from collections.abc import Callable

from playwright.sync_api import Dialog, Page, expect

from tests.browser.flows import make_case, make_partner

Tab = Callable[..., Page]
QUESTION = "What you typed here is not saved. Leave it?"


def asked(page: Page, *, goes: bool) -> list[str]:
    """Answer what is asked from now on; what that was stands in the list."""
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message if dialog.type == "confirm" else dialog.type)
        if goes:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    return questions


def test_a_half_written_case_is_left_only_if_one_says_so(tab: Tab) -> None:
    nora = tab("sales")
    nora.goto("/cases/")
    nora.keyboard.press("c")
    expect(nora.get_by_label("Name", exact=True)).to_be_visible()
    here = nora.url
    nora.get_by_label("Name", exact=True).fill("Half written")
    questions = asked(nora, goes=False)

    partners = nora.locator(".side").get_by_role("link", name="Partners")
    for leave in (partners.click, lambda: nora.evaluate("history.back()")):
        with nora.expect_event("dialog"):
            leave()
        expect(nora).to_have_url(here)
        expect(nora.get_by_label("Name", exact=True)).to_have_value("Half written")

    assert questions == [QUESTION] * 2

    nora.locator("form").get_by_role("link", name="Leave").click()
    expect(nora.locator(".list")).to_be_visible()
    assert len(questions) == 2, "who presses Leave means it"


def test_a_fact_and_a_small_form_are_left_only_if_one_says_so(tab: Tab) -> None:
    nora = tab("sales")
    make_case(nora, "Described at length")
    nora.goto(f"{nora.url}/fields/description")
    description = nora.get_by_label("Description", exact=True)
    description.fill("They want it before Christmas.")
    questions = asked(nora, goes=False)
    with nora.expect_event("dialog"):
        nora.locator(".side").get_by_role("link", name="Partners").click()
    expect(description).to_have_value("They want it before Christmas.")
    description.press("Control+Enter")
    expect(description).to_be_hidden()

    nora.locator(".side").get_by_role("link", name="Pipeline").click()
    nora.get_by_role("link", name="Add to Qualified").click()
    name = nora.get_by_role("form", name="New in Qualified").get_by_label("Name", exact=True)
    name.fill("Half written")
    with nora.expect_event("dialog"):
        nora.locator(".side").get_by_role("link", name="Partners").click()
    expect(name).to_have_value("Half written")
    name.press("Enter")
    expect(name).to_have_value("")
    expect(nora.locator(".card").filter(has_text="Half written")).to_be_visible()
    nora.locator(".side").get_by_role("link", name="Partners").click()
    expect(nora).to_have_title("Partners · Holdfast")
    assert questions == [QUESTION] * 2


def test_who_says_so_leaves_and_is_asked_once(tab: Tab) -> None:
    nora = tab("sales")
    nora.goto("/partners/new")
    nora.get_by_label("Name", exact=True).fill("Left half written")
    questions = asked(nora, goes=True)

    nora.locator(".side").get_by_role("link", name="Pipeline").click()

    expect(nora.locator("crm-board")).to_be_visible()
    assert questions == [QUESTION]


def test_a_closed_tab_asks_too_and_what_is_saved_asks_nothing(tab: Tab) -> None:
    nora = tab("sales")
    questions = asked(nora, goes=True)
    make_partner(nora, "Saved at once")
    make_case(nora, "Saved at once")
    nora.get_by_role("link", name="Edit", exact=True).click()
    nora.get_by_label("Name", exact=True).fill("Never saved")
    assert questions == []

    nora.reload()

    expect(nora.get_by_label("Name", exact=True)).to_have_value("Saved at once")
    assert questions == ["beforeunload"]


def test_what_came_back_with_something_wrong_is_not_lost_either(tab: Tab) -> None:
    nora = tab("sales")
    nora.goto("/partners/new")
    nora.get_by_label("E-mail").fill("nobody")
    nora.get_by_role("button", name="Create partner").click()
    expect(nora.get_by_text("needs another look").or_(nora.get_by_text("need another look"))).to_be_visible()
    questions = asked(nora, goes=False)

    nora.locator(".side").get_by_role("link", name="Pipeline").click()

    expect(nora.get_by_label("E-mail")).to_have_value("nobody")
    assert questions == [QUESTION]
