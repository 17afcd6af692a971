"""Every flow once more in a browser that runs no scripts: pages, forms and redirects alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.flows import history, make_case, make_partner, note, sign_in, toast

Tab = Callable[..., Page]


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales", java_script_enabled=False)


def state(page: Page) -> Locator:
    return page.locator(".case-meta .state")


def act(page: Page, name: str) -> Locator:
    return page.locator(".case-acts").get_by_role("button", name=name)


def test_in_and_out(tab: Tab) -> None:
    page = tab(java_script_enabled=False)
    page.goto("/cases/?state=all")
    page.get_by_label("E-mail").fill("sales@demo.example")
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Cases · Holdfast")
    page.get_by_role("link", name="Nora Lindahl").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Holdfast")).to_be_visible()


def test_make_edit_and_undo(nora: Page) -> None:
    nora.goto("/cases/new?kind=opportunity")
    nora.get_by_role("button", name="Create opportunity").click()
    expect(nora.get_by_text("Say in a line what it is about.")).to_be_visible()
    nora.get_by_label("Name", exact=True).fill("By forms alone")
    nora.get_by_role("button", name="Create opportunity").click()
    expect(toast(nora)).to_contain_text("Opportunity created.")
    nora.get_by_role("link", name="Edit", exact=True).click()
    nora.get_by_label("City").fill("Ystad")
    nora.get_by_role("button", name="Save").click()
    expect(toast(nora)).to_contain_text("Saved.")
    expect(nora.locator(".facts")).to_contain_text("Ystad")
    toast(nora).get_by_role("button", name="Undo").click()
    expect(toast(nora)).to_contain_text("Taken back")
    expect(nora.locator(".facts")).not_to_contain_text("Ystad")
    history(nora).get_by_role("button", name="Do again").first.click()
    expect(nora.locator(".facts")).to_contain_text("Ystad")


def test_two_edit_one_field(nora: Page, tab: Tab, expected_failures: list[str]) -> None:
    expected_failures.append("409")
    path = make_case(nora, "Two without scripts")
    marc = tab("manager", java_script_enabled=False)
    marc.goto(f"{path}/edit")
    nora.goto(f"{path}/edit")
    for page, name in ((marc, "Theirs"), (nora, "Mine")):
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Save").click()
    expect(nora.get_by_text("One field was changed by somebody else meanwhile.")).to_be_visible()
    nora.get_by_role("group", name="Which name stays?").get_by_text("Yours, not saved").click()
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_role("heading", name="Mine", level=1)).to_be_visible()


def test_verbs(nora: Page) -> None:
    make_case(nora, "Every verb by a form")
    nora.get_by_role("button", name="Proposal").click()
    expect(nora.locator(".stages [aria-current=step]")).to_contain_text("Proposal")
    act(nora, "Won").click()
    expect(state(nora)).to_have_text("Won")
    act(nora, "Reopen").click()
    expect(state(nora)).to_have_text("Open")

    nora.get_by_role("link", name="Lost…").click()
    nora.get_by_role("button", name="Mark lost").click()
    expect(nora.get_by_text("Say why it was lost.")).to_be_visible()
    nora.get_by_role("link", name="Leave").click()
    expect(state(nora)).to_have_text("Open")
    nora.get_by_role("link", name="Lost…").click()
    nora.get_by_label("Too expensive").check()
    nora.get_by_label("In your words").fill("No way to say it shorter")
    nora.get_by_role("button", name="Mark lost").click()
    expect(state(nora)).to_have_text("Lost")
    expect(history(nora)).to_contain_text("No way to say it shorter")

    nora.get_by_role("button", name="More acts").click()  # popovers need no script
    act(nora, "Archive").click()
    expect(nora.locator(".case-meta")).to_contain_text("Archived")


def test_notes_and_steps(nora: Page) -> None:
    make_case(nora, "Written and planned")
    nora.get_by_role("button", name="Write down").click()
    expect(nora.get_by_text("Write something down first.")).to_be_visible()
    note(nora).fill("Typed into a plain form")
    nora.get_by_role("button", name="Write down").click()
    expect(history(nora)).to_contain_text("Typed into a plain form")
    nora.get_by_text("Plan a step").click()
    nora.get_by_role("link", name="Open the form for a step").click()
    nora.get_by_label("Type").select_option(label="Call")
    nora.get_by_role("textbox", name="What").fill("Ring them")
    nora.get_by_role("button", name="Plan it").click()
    nora.get_by_role("button", name="Done: Ring them").click()
    expect(toast(nora)).to_contain_text("Done: Ring them.")


def test_partners_and_search(nora: Page) -> None:
    make_partner(nora, "Plain Partner Ltd")
    note(nora).fill("A remark")
    nora.get_by_role("button", name="Write down").click()
    expect(history(nora)).to_contain_text("A remark")
    nora.goto("/partners/new?name=Plain+Partner+Ltd")
    nora.get_by_role("button", name="Create partner").click()
    expect(nora.get_by_text("Do you mean one of these?")).to_be_visible()
    nora.get_by_role("link", name="Search or jump to").click()
    nora.get_by_label("Name, or # and a number").fill("plain partner")
    nora.get_by_role("button", name="Search", exact=True).click()
    nora.get_by_role("main").get_by_role("link", name="Plain Partner Ltd").click()
    expect(nora.get_by_role("heading", name="Plain Partner Ltd", level=1)).to_be_visible()


def test_settings(tab: Tab) -> None:
    page = sign_in(tab(java_script_enabled=False), "operator")
    page.goto("/settings/")
    page.get_by_label("Signature").fill("Olga, at your service")
    page.locator("#profile").get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("Your settings are saved.")
    expect(page.get_by_label("Signature")).to_have_value("Olga, at your service")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="System").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    page.get_by_role("listitem").filter(has_text="Here").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Holdfast")).to_be_visible()


def test_a_session_that_ended_asks_at_the_door_and_comes_back(nora: Page) -> None:
    path = make_case(nora, "Door in between")
    note(nora).fill("Sent too late")
    nora.context.clear_cookies()
    nora.get_by_role("button", name="Write down").click()
    nora.get_by_label("E-mail").fill("sales@demo.example")
    nora.get_by_label("Password").fill("demo")
    nora.get_by_role("button", name="Sign in").click()
    expect(nora.get_by_role("heading", name="Door in between", level=1)).to_be_visible()
    assert nora.url.endswith(path)
