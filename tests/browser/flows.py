"""What many flows begin with, done as a person does it."""

import re

from playwright.sync_api import Locator, Page, expect


def sign_in(page: Page, who: str = "sales", password: str = "demo") -> Page:
    """By the form, as one of the demo accounts or with an address of one's own."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(who if "@" in who else f"{who}@demo.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def make_case(page: Page, name: str, kind: str = "opportunity") -> str:
    """A fresh case; answers its path, and its page is open.

    The only thing here that is not done by hand, because nearly every flow begins with it.
    """
    address = f"/cases/new?kind={kind}"
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.request.get(address).text())
    assert token
    made = page.request.post(address, form={"csrf_token": token[1], "name": name}, max_redirects=0)
    assert made.status == 303, made.text()
    page.goto(made.headers["location"])
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return path_of(page)


def make_lead(page: Page, name: str) -> str:
    """A lead for a team that is not one's own: a draft until somebody there takes it up."""
    page.goto("/cases/new?kind=lead")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Team").select_option(label="Process sales")
    page.get_by_role("button", name="Create lead").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return path_of(page)


def make_partner(page: Page, name: str) -> str:
    """Somebody new; answers the path of their page, which is open."""
    page.goto("/partners/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create partner").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return path_of(page)


def make_rule(page: Page, name: str) -> str:
    """A rule that is off, for all that they may make rules for; answers its path, and its page is open."""
    page.goto("/rules/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("#triggers-0 select.entry").select_option(label="It is lost")
    expect(page.locator("#live .sentence")).to_contain_text("is lost")
    page.locator("#actions-0 select.entry").select_option(label="Escalate it")
    expect(page.locator("#live .sentence")).to_contain_text("escalate it")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return path_of(page)


def path_of(page: Page) -> str:
    return "/" + page.url.split("/", 3)[3]


def toast(page: Page) -> Locator:
    """What the page says of the last act."""
    return page.locator("#toasts")


def refusal(page: Page) -> Locator:
    """Where the page says that something could not be done."""
    return page.locator("#flash")


def failure(page: Page) -> Locator:
    """Where the page says that something went wrong on the way."""
    return page.locator("#alerts")


def note(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Note")


def history(page: Page) -> Locator:
    return page.locator(".history")
