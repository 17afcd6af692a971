"""The door: who comes in, who does not, and how one comes back in."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Letterbox
from tests.browser.flows import make_case, sign_in, toast

LINK = re.compile(r"http://\S+/password/\S+")


def test_sign_in(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in to Holdfast")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("sales@demo.example")
    page.get_by_label("Password").fill("demo")
    page.keyboard.press("Enter")
    expect(page).to_have_title("My day · Holdfast")
    expect(page.get_by_role("navigation", name="Main")).to_contain_text("Nora Lindahl")


def test_wrong_password_keeps_the_address(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("sales@demo.example")
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="do not belong together")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("sales@demo.example")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    expect(page).to_have_title("My day · Holdfast")


def test_too_many_tries_says_when_again(page: Page, expected_failures: list[str]) -> None:
    expected_failures.append("429")
    page.goto("/sign-in")
    for _guess in range(10):
        page.get_by_label("E-mail").fill("victim@demo.example")
        page.get_by_label("Password").fill("guess")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Too many tries").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Try again in 1[45] minutes\."))).to_be_visible()


def test_next_leads_to_where_one_wanted_to_go(page: Page) -> None:
    page.goto("/partners/?kind=company")
    page.get_by_label("E-mail").fill("sales@demo.example")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Partners · Holdfast")
    expect(page).to_have_url(re.compile(r"/partners/\?kind=company$"))


def test_next_leads_nowhere_else(page: Page) -> None:
    page.goto("/sign-in?next=//elsewhere.example/")
    page.get_by_label("E-mail").fill("sales@demo.example")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("My day · Holdfast")


def test_sign_out(page: Page) -> None:
    sign_in(page)
    page.get_by_role("link", name="Nora Lindahl").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Holdfast")).to_be_visible()
    page.goto("/cases/")
    expect(page.get_by_role("heading", name="Sign in to Holdfast")).to_be_visible()


def test_invited_by_mail_then_reset_by_mail(
    page: Page, tab: Callable[..., Page], letterbox: Letterbox
) -> None:
    admin = tab("admin")
    admin.goto("/people/")
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("Name").fill("Vera Vidal")
    admin.get_by_label("E-mail").fill("vera@demo.example")
    admin.get_by_label("Role").select_option(label="Salesperson")
    admin.get_by_role("button", name="Send invitation").click()
    expect(toast(admin)).to_contain_text("Vera Vidal is invited.")
    expect(admin.get_by_role("row", name="Vera Vidal")).to_contain_text("Invited")
    invitation = open_letter(letterbox, "vera@demo.example")
    page.goto(invitation)
    expect(page.get_by_text("vera@demo.example")).to_be_visible()
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("New password").fill("seven grey herons wade")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page).to_have_title("My day · Holdfast")
    expect(page.get_by_role("navigation", name="Main")).to_contain_text("Vera Vidal")
    make_case(page, "Vera's first case")

    stranger = tab()
    stranger.goto("/sign-in")
    stranger.get_by_role("link", name="Forgotten?").click()
    stranger.get_by_label("E-mail").fill("Vera@Demo.Example")
    stranger.get_by_role("button", name="Send me a link by mail").click()
    expect(stranger.get_by_role("heading", name="Look into your mail")).to_be_visible()
    stranger.goto(open_letter(letterbox, "vera@demo.example"))
    stranger.get_by_label("New password").fill("eight brown otters dive")
    stranger.get_by_role("button", name="Set password and sign in").click()
    expect(stranger).to_have_title("My day · Holdfast")
    expect(toast(stranger)).to_contain_text("Your password is set.")

    page.goto("/cases/")  # signed out here: the password is a new one
    expect(page.get_by_role("heading", name="Sign in to Holdfast")).to_be_visible()
    sign_in(page, "vera@demo.example", "eight brown otters dive")
    expect(page).to_have_title("My day · Holdfast")


def test_a_link_works_once(page: Page, letterbox: Letterbox, expected_failures: list[str]) -> None:
    expected_failures.append("404")
    page.goto("/password/forgotten")
    page.get_by_label("E-mail").fill("tomasz@demo.example")
    page.get_by_role("button", name="Send me a link by mail").click()
    link = open_letter(letterbox, "tomasz@demo.example")
    page.goto(link)
    page.get_by_label("New password").fill("demo demo demo demo")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page).to_have_title("My day · Holdfast")
    page.goto(link)
    expect(page.get_by_role("heading", name="This link opens nothing")).to_be_visible()
    page.get_by_role("link", name="Send me a new link").click()
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()


def test_nobody_learns_who_has_an_account(page: Page) -> None:
    page.goto("/password/forgotten")
    page.get_by_label("E-mail").fill("nobody@demo.example")
    page.get_by_role("button", name="Send me a link by mail").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()


def open_letter(letterbox: Letterbox, address: str) -> str:
    """The link in the next mail to an address."""
    found = LINK.search(letterbox.wait_for(address).get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert found, "There is no link in this mail."
    return found[0]
