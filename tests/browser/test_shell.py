"""What stands around every page: keys, palette, light and dark, the narrow screen, the other language."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.flows import make_case, note, path_of, toast

Tab = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


@pytest.fixture
def olga(tab: Tab) -> Page:
    return tab("operator")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def palette(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search or jump to")


# Keys


def test_keys_go_everywhere(nora: Page) -> None:
    nora.goto("/")
    nora.evaluate("window.same = true")
    for key, title in [("l", "Cases"), ("a", "Partners"), ("o", "Outbox"), ("s", "Settings")]:
        nora.keyboard.press("g")
        nora.keyboard.press(key)
        expect(nora).to_have_title(f"{title} · Holdfast")
        expect(nora.get_by_role("main")).to_be_focused()
        expect(nora.locator("#said")).to_contain_text(title)
    assert nora.evaluate("window.same"), "A page was loaded anew on the way."


def test_all_keys_of_this_page(nora: Page) -> None:
    make_case(nora, "With keys")
    nora.get_by_role("link", name="Edit", exact=True).focus()
    nora.keyboard.press("?")
    keys = nora.get_by_role("dialog", name="Keys")
    expect(keys.get_by_role("heading", name="On this page")).to_be_visible()
    expect(keys).to_contain_text("Lost…")
    expect(keys).to_contain_text("Undo what was just done")
    nora.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(nora.get_by_role("link", name="Edit", exact=True)).to_be_focused()


def test_j_and_k_walk_through_a_list(nora: Page) -> None:
    nora.goto("/cases/")
    names = nora.locator("[data-rows] .main a")
    nora.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    nora.keyboard.press("j")
    expect(names.nth(1)).to_be_focused()
    nora.keyboard.press("k")
    expect(names.nth(0)).to_be_focused()
    opened = names.nth(0).get_attribute("href")
    nora.keyboard.press("Enter")
    expect(nora.locator(".case-title")).to_be_visible()
    assert path_of(nora).partition("?")[0] == opened


def test_keys_are_letters_while_one_types(nora: Page) -> None:
    make_case(nora, "Typed into")
    note(nora).press_sequentially("?/l gl cz")
    expect(note(nora)).to_have_value("?/l gl cz")
    expect(dialog(nora)).to_be_hidden()
    expect(nora).to_have_title("Typed into · Holdfast")
    nora.keyboard.press("Control+k")
    expect(palette(nora)).to_be_focused()
    nora.keyboard.press("Escape")
    expect(note(nora)).to_be_focused()


def test_keys_can_be_switched_off(olga: Page) -> None:
    olga.goto("/settings/")
    olga.get_by_label("Single keys do things").uncheck()
    save_profile(olga)
    olga.keyboard.press("?")
    olga.keyboard.press("g")
    olga.keyboard.press("l")
    olga.keyboard.press("Control+k")
    expect(palette(olga)).to_be_focused()
    expect(olga.get_by_role("dialog", name="Keys")).to_be_hidden()
    olga.keyboard.press("Escape")
    olga.get_by_label("Single keys do things").check()
    save_profile(olga)
    olga.keyboard.press("?")
    expect(olga.get_by_role("dialog", name="Keys")).to_be_visible()


def save_profile(page: Page) -> None:
    page.locator("#profile").get_by_role("button").click()
    expect(page.locator("#toasts crm-toast")).to_be_visible()
    page.reload()


# The palette


def test_find_and_open_with_keys(nora: Page) -> None:
    path = make_case(nora, "Quartz sand silo gauge")
    nora.goto("/")
    nora.keyboard.press("/")
    expect(palette(nora)).to_be_focused()
    nora.keyboard.type("quartz sand silo")
    first = nora.get_by_role("option", name="Quartz sand silo gauge").first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(first.locator("mark")).to_have_text("Quartz sand silo")
    nora.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "false")
    nora.keyboard.press("ArrowUp")
    nora.keyboard.press("Enter")
    expect(nora).to_have_title("Quartz sand silo gauge · Holdfast")
    expect(dialog(nora)).to_be_hidden()
    nora.go_back()
    expect(nora).to_have_title("My day · Holdfast")
    nora.keyboard.press("/")
    expect(palette(nora)).to_be_focused()
    nora.keyboard.type(f"#{path.rsplit('/', 1)[1]}")
    expect(nora.get_by_role("option")).to_have_count(1)
    nora.keyboard.press("Enter")
    expect(nora).to_have_title("Quartz sand silo gauge · Holdfast")


def test_find_and_open_with_the_mouse(nora: Page) -> None:
    nora.goto("/")
    nora.get_by_role("link", name="Search or jump to").click()
    expect(palette(nora)).to_be_focused()
    expect(nora.get_by_role("option").first).to_be_visible()  # hers, lately
    palette(nora).press_sequentially("hofmann")
    nora.get_by_role("group", name="Partners").get_by_role("option", name="Hofmann Brewery").first.click()
    expect(nora.get_by_role("heading", name="Hofmann Brewery", level=1)).to_be_visible()
    nora.get_by_role("link", name="Search or jump to").click()
    nora.mouse.click(20, 700)
    expect(dialog(nora)).to_be_hidden()


def test_nothing_found_becomes_something_new(nora: Page) -> None:
    nora.goto("/")
    nora.keyboard.press("Control+k")
    palette(nora).press_sequentially("Xylophone tuning")
    nora.get_by_role("option", name="New opportunity named “Xylophone tuning”").click()
    expect(nora.get_by_label("Name", exact=True)).to_have_value("Xylophone tuning")


def test_a_hit_opens_in_a_new_tab(nora: Page) -> None:
    nora.goto("/")
    nora.keyboard.press("/")
    expect(palette(nora)).to_be_focused()
    nora.keyboard.type("hofmann brewery")
    expect(nora.get_by_role("option", name="Hofmann Brewery").first).to_have_attribute(
        "aria-selected", "true"
    )
    with nora.context.expect_page() as opened:
        nora.keyboard.press("Control+Enter")
    expect(opened.value.get_by_role("heading", name="Hofmann Brewery", level=1)).to_be_visible()


def test_search_page(nora: Page) -> None:
    nora.goto("/search")
    expect(nora.get_by_label("Name, or # and a number")).to_be_focused()
    nora.keyboard.type("hofmänn")
    nora.keyboard.press("Enter")
    expect(nora.get_by_role("region", name="Partners").get_by_role("link").first).to_contain_text(
        "Hofmann Brewery"
    )
    nora.get_by_label("Name, or # and a number").fill("qqqq")
    nora.get_by_role("button", name="Search", exact=True).click()
    expect(nora.get_by_role("heading", name="Nothing with “qqqq”")).to_be_visible()


# Light and dark


def test_dark_at_once_and_from_the_first_paint_on(olga: Page) -> None:
    olga.goto("/more")
    html = olga.locator("html")
    light = background(olga)
    held: list[Route] = []
    olga.route("**/theme", lambda route: held.append(route))  # noqa: PLW0108
    with olga.expect_request("**/theme"):
        olga.get_by_role("button", name="Dark").click()
    expect(html).to_have_attribute("data-theme", "dark")
    assert background(olga) != light, "Dark waited for the server."
    held[0].continue_()
    expect(olga.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    olga.unroute_all()
    sent = olga.goto("/cases/")
    assert sent
    assert re.search(r'<html[^>]* data-theme="dark"', sent.text()), "The page begins light."
    assert background(olga) != light
    olga.goto("/more")
    olga.get_by_role("button", name="System").click()
    expect(olga.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")
    expect(html).not_to_have_attribute("data-theme", "dark")
    assert background(olga) == light


def test_dark_as_the_system_has_it(nora: Page) -> None:
    nora.goto("/")
    light = background(nora)
    nora.emulate_media(color_scheme="dark")
    assert background(nora) != light


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


# Languages


def test_german_for_who_chose_it(olga: Page) -> None:
    olga.goto("/settings/")
    language = olga.locator("#profile [name=language]")
    language.select_option(label="Deutsch")
    save_profile(olga)
    expect(olga.locator("html")).to_have_attribute("lang", "de")
    olga.get_by_role("navigation").get_by_role("link", name="Fälle").first.click()
    expect(olga).to_have_title("Fälle · Holdfast")
    olga.goto("/settings/")
    language.select_option(index=0)
    save_profile(olga)
    expect(olga.locator("html")).to_have_attribute("lang", "en")


def test_german_as_the_browser_says(tab: Tab) -> None:
    stranger = tab(locale="de-DE")
    stranger.goto("/sign-in")
    expect(stranger.locator("html")).to_have_attribute("lang", "de")
    expect(stranger.get_by_label("Passwort")).to_be_visible()


# The narrow screen


def test_on_a_phone(tab: Tab) -> None:
    nora = tab("sales", **PHONE)
    nora.goto("/")
    thumb = nora.get_by_role("navigation", name="Short")
    expect(thumb).to_be_in_viewport(ratio=1)
    expect(nora.get_by_role("navigation", name="Main")).to_be_hidden()
    for tab_ in thumb.get_by_role("link").all():
        box = tab_.bounding_box()
        assert box
        assert box["height"] >= 40, "Too small for a thumb."
        assert box["y"] > 700, "Not under the thumb."
    thumb.get_by_role("link", name="Cases").tap()
    expect(nora).to_have_title("Cases · Holdfast")
    expect(thumb.get_by_role("link", name="Cases")).to_have_attribute("aria-current", "page")

    nora.get_by_role("link", name="New case").tap()
    nora.get_by_label("Name", exact=True).fill("Made on a phone")
    nora.get_by_role("button", name="Create opportunity").tap()
    expect(toast(nora)).to_contain_text("Opportunity created.")
    nora.get_by_role("button", name="More acts").tap()
    menu = nora.locator(".menu")
    expect(menu).to_be_in_viewport(ratio=1)
    nora.get_by_role("button", name="Archive").tap()
    expect(toast(nora)).to_contain_text("Archived.")
    expect(menu).to_be_hidden()
    nora.get_by_role("link", name="Lost…").tap()
    nora.get_by_label("Too expensive").check()
    nora.get_by_role("button", name="Mark lost").tap()
    expect(toast(nora)).to_contain_text("Marked lost.")
    toast(nora).get_by_role("button", name="Undo").tap()
    expect(toast(nora)).to_contain_text("Taken back")

    thumb.get_by_role("link", name="More").tap()
    expect(nora.get_by_role("main").get_by_role("link", name="Settings")).to_be_visible()
    nora.get_by_role("link", name="Search or jump to").tap()
    expect(palette(nora)).to_be_focused()
