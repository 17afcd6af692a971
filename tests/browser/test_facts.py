"""Facts of a case edited where they stand: by mouse and keyboard, in two ways of writing, by two people at once."""

import re
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.flows import history, make_case, note, sign_in, toast

Tab = Callable[..., Page]


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def fact(page: Page, name: str) -> Locator:
    return page.locator(f".fact[id$=fact-{name}]")


def field(page: Page, name: str) -> Locator:
    return fact(page, name).locator("input:not([type=hidden], [type=checkbox]), select, textarea").first


def edit(page: Page, name: str) -> Locator:
    """Open a fact by mouse; answers its field."""
    if not fact(page, name).is_visible():
        page.locator("details.further").filter(has=fact(page, name)).locator("summary").click()
    fact(page, name).hover()
    fact(page, name).locator("[data-edit]").click()
    expect(field(page, name)).to_be_focused()
    return field(page, name)


def expect_rest(page: Page, name: str, text: str | re.Pattern[str]) -> None:
    expect(fact(page, name).locator("form")).to_have_count(0)
    expect(fact(page, name)).to_contain_text(text)


TYPED = [
    ("expected_revenue", "52,400", "€52,400"),
    ("probability_typed", "75", "75% typed"),
    ("recurring_revenue", "1,200", "€1,200"),
    ("planned_cost", "300", "€300"),
    ("deadline", "18/12/2099", "18 Dec 2099"),
    ("phone", "+49 951 5550 1420", "+49 951 5550 1420"),
    ("mobile", "+49 170 5550 1420", "+49 170 5550 1420"),
    ("email", "clara@hofmann.example", "clara@hofmann.example"),
    ("company_name", "Hofmann Beer", "Hofmann Beer"),
    ("website", "hofmann.example", "hofmann.example"),
    ("street", "Brauergasse 1", "Brauergasse 1"),
    ("referred_by", "Otto", "Otto"),
    ("description", "Before Christmas.", "Before Christmas."),
]


def test_every_kind_of_fact_by_mouse(nora: Page) -> None:
    make_case(nora, "Edited by mouse")
    for name, typed, shown in TYPED:
        edit(nora, name).fill(typed)
        fact(nora, name).get_by_role("button", name="Save").click()
        expect_rest(nora, name, shown)
        expect(history(nora).locator("article").first).to_contain_text("changed")
    expect(fact(nora, "weighted")).to_contain_text("€39,300")
    for name, choice in (("source_id", 1), ("category_id", 1)):
        edit(nora, name).select_option(index=choice)
        chosen = field(nora, name).locator("option:checked").inner_text()
        fact(nora, name).get_by_role("button", name="Save").click()
        expect_rest(nora, name, chosen)
    nora.get_by_role("heading", level=1).get_by_role("link").click()
    field(nora, "name").fill("Called otherwise")
    nora.keyboard.press("Enter")
    expect(nora.get_by_role("heading", name="Called otherwise", level=1)).to_be_visible()
    nora.reload()
    for name, _typed, shown in TYPED:
        expect(fact(nora, name)).to_contain_text(shown)


def test_the_key_for_undo_takes_back_the_fact_that_was_saved_last(nora: Page) -> None:
    make_case(nora, "Saved and taken back")
    for typed in ("Otto", "Marc"):
        edit(nora, "referred_by").fill(typed)
        nora.keyboard.press("Enter")
        expect_rest(nora, "referred_by", typed)
    expect(nora.locator("crm-toast")).to_have_count(0)  # of the making, whose Undo would come first
    # What the page hears of itself meanwhile leaves the key where it is.
    seen = nora.locator("[data-news]")
    expect(seen).not_to_have_attribute("data-news", seen.get_attribute("data-news") or "")

    nora.keyboard.press("Z")
    expect(toast(nora)).to_contain_text("Taken back")
    expect_rest(nora, "referred_by", "Otto")


def test_the_key_for_undo_takes_back_what_the_toast_says_first(nora: Page) -> None:
    make_case(nora, "Saved and tagged")
    edit(nora, "referred_by").fill("Otto")
    nora.keyboard.press("Enter")
    expect_rest(nora, "referred_by", "Otto")
    edit(nora, "tags").select_option(index=1)
    nora.keyboard.press("Enter")
    expect(toast(nora)).to_contain_text("Tagged")
    nora.keyboard.press("Escape")
    expect(fact(nora, "tags").locator("form")).to_have_count(0)

    nora.keyboard.press("Z")
    expect(toast(nora)).to_contain_text("Taken back: a tag")
    expect(nora.locator(".case-meta .tag")).to_have_count(0)
    expect_rest(nora, "referred_by", "Otto")


def test_by_keyboard_alone_from_fact_to_fact(nora: Page) -> None:
    make_case(nora, "Edited by keyboard")
    link = fact(nora, "expected_revenue").locator("[data-edit]")
    link.focus()
    nora.keyboard.press("Enter")
    expect(field(nora, "expected_revenue")).to_be_focused()
    nora.keyboard.type("1,000")
    nora.keyboard.press("Enter")
    expect_rest(nora, "expected_revenue", "€1,000")
    expect(link).to_be_focused()

    nora.keyboard.press("Enter")
    expect(field(nora, "expected_revenue")).to_be_focused()
    nora.keyboard.type("9")
    nora.keyboard.press("Escape")
    expect_rest(nora, "expected_revenue", "€1,000")
    expect(link).to_be_focused()

    fact(nora, "recurring_revenue").locator("[data-edit]").focus()
    nora.keyboard.press("Enter")
    expect(field(nora, "recurring_revenue")).to_be_focused()
    nora.keyboard.press("Shift+Tab")
    expect(field(nora, "probability_typed")).to_be_focused()
    expect(fact(nora, "recurring_revenue").locator("form")).to_have_count(0)
    nora.keyboard.type("40")
    nora.keyboard.press("Tab")
    expect_rest(nora, "probability_typed", "40% typed")
    expect(field(nora, "recurring_revenue")).to_be_focused()
    nora.keyboard.press("Escape")
    edit(nora, "probability_typed").fill("")
    nora.keyboard.press("Enter")
    expect_rest(nora, "probability_typed", "as the stage says")


def test_what_is_wrong_stays_and_says_what_would_be_right(nora: Page, expected_failures: list[str]) -> None:
    expected_failures.append("status of 422")
    make_case(nora, "Typed wrongly")
    edit(nora, "email").fill("clara.hofmann")
    nora.keyboard.press("Enter")
    expect(fact(nora, "email")).to_contain_text("An address has a name")
    expect(field(nora, "email")).to_have_value("clara.hofmann")
    expect(field(nora, "email")).to_be_focused()
    field(nora, "email").fill("clara@hofmann.example")
    nora.keyboard.press("Enter")
    expect_rest(nora, "email", "clara@hofmann.example")


def test_a_row_is_as_high_while_it_is_edited_bar_its_hint(nora: Page) -> None:
    make_case(nora, "As high as before")
    for name in ("expected_revenue", "deadline", "responsible_id", "partner_id"):
        before = fact(nora, name).bounding_box()
        edit(nora, name)
        inputs = fact(nora, name).locator(".inputs").bounding_box()
        assert before
        assert inputs
        assert abs(before["height"] - inputs["height"]) <= 1
        nora.keyboard.press("Escape")
        expect(fact(nora, name).locator("form")).to_have_count(0)


def test_as_a_german_writes_it(tab: Tab) -> None:
    page = tab("manager")
    page.goto("/settings/")
    formats = page.get_by_label("Figures and dates")
    formats.select_option("de_DE")
    page.get_by_role("button", name="Save").first.click()
    expect(toast(page)).not_to_be_empty()
    make_case(page, "In German figures")
    edit(page, "expected_revenue").fill("52.400,50")
    page.keyboard.press("Enter")
    expect_rest(page, "expected_revenue", re.compile(r"52\.400|52\.401"))
    edit(page, "deadline").fill("18.12.2099")
    page.keyboard.press("Enter")
    expect_rest(page, "deadline", "2099")
    expect(edit(page, "deadline")).to_have_value("18.12.2099")
    page.goto("/settings/")
    page.get_by_label("Figures and dates").select_option(index=0)
    page.get_by_role("button", name="Save").first.click()
    expect(toast(page)).not_to_be_empty()


def test_a_partner_is_found_while_one_types_and_a_new_one_made(nora: Page) -> None:
    make_case(nora, "For somebody")
    path = nora.url
    edit(nora, "partner_id").press_sequentially("hofm")
    expect(nora.get_by_role("option", name=re.compile("Hofmann Brewery"))).to_be_visible()
    nora.keyboard.press("ArrowDown")
    nora.keyboard.press("Enter")
    expect(field(nora, "partner_id")).to_have_value("Hofmann Brewery")
    nora.keyboard.press("Enter")
    expect_rest(nora, "partner_id", "Hofmann Brewery")
    expect(nora.locator(".case-meta")).to_contain_text("Hofmann Brewery")

    edit(nora, "contact_id").press_sequentially("Zita Zumtobel")
    nora.get_by_role("option", name="New “Zita Zumtobel”").click()
    nora.keyboard.press("Enter")
    expect_rest(nora, "contact_id", "Zita Zumtobel")
    assert nora.url == path
    fact(nora, "contact_id").get_by_role("link", name="Zita Zumtobel").first.click()
    expect(nora.get_by_role("heading", name="Zita Zumtobel", level=1)).to_be_visible()


def test_names_that_are_offered_leave_what_is_typed_alone(nora: Page) -> None:
    make_case(nora, "Written with pauses")
    partner = edit(nora, "partner_id")
    for part in ("Hof", "mann", " Bre"):
        partner.press_sequentially(part)
        expect(nora.get_by_role("option", name="Hofmann Brewery").first).to_be_visible()
    expect(partner).to_have_value("Hofmann Bre")


def test_enter_after_a_name_that_nobody_has_makes_nobody(nora: Page, expected_failures: list[str]) -> None:
    expected_failures.append("status of 422")
    make_case(nora, "Corrected and entered")
    edit(nora, "partner_id").fill("Hofmxnn")
    nora.keyboard.press("Enter")
    expect(fact(nora, "partner_id")).to_contain_text("Nobody you know is called")
    field(nora, "partner_id").fill("Hofmann Brewery")
    nora.keyboard.press("Enter")
    expect_rest(nora, "partner_id", "Hofmann Brewery")
    expect(fact(nora, "partner_id").locator("[data-edit]")).to_be_focused()
    nora.goto("/partners/?q=Hofmann+Brewery")
    expect(nora.get_by_role("link", name="Hofmann Brewery", exact=True)).to_have_count(1)


@pytest.mark.parametrize(("choice", "stays"), [("Yours, not saved", "€52,400"), (", saved", "€9,000")])
def test_two_edit_the_same_and_the_second_chooses(
    nora: Page, tab: Tab, expected_failures: list[str], choice: str, stays: str
) -> None:
    expected_failures.append("status of 409")
    path = make_case(nora, "Edited by two")
    other = tab("admin")
    other.goto(path)
    edit(nora, "expected_revenue").fill("52,400")
    edit(nora, "deadline").fill("18/12/2099")
    edit(other, "expected_revenue").fill("9,000")
    other.keyboard.press("Enter")
    expect_rest(other, "expected_revenue", "€9,000")

    nora.keyboard.press("Enter")
    expect_rest(nora, "deadline", "18 Dec 2099")
    field(nora, "expected_revenue").press("Enter")
    conflict = fact(nora, "expected_revenue").get_by_role("alert")
    expect(conflict).to_contain_text("Which one stays?")
    expect(conflict).to_be_focused()
    conflict.get_by_role("button", name=choice).click()
    expect_rest(nora, "expected_revenue", stays)
    other.reload()
    expect(fact(other, "expected_revenue")).to_contain_text(stays)
    expect(fact(other, "deadline")).to_contain_text("18 Dec 2099")


def test_an_open_fact_and_a_note_being_written_outlive_other_acts(nora: Page) -> None:
    make_case(nora, "Kept while acting")
    note(nora).fill("Half a thought")
    edit(nora, "deadline").fill("18/12/2099")
    nora.get_by_role("button", name=re.compile("^Priority")).click()
    expect(toast(nora)).to_contain_text("Priority changed.")
    expect(field(nora, "deadline")).to_have_value("18/12/2099")
    edit(nora, "referred_by").fill("Otto")
    nora.keyboard.press("Enter")
    expect_rest(nora, "referred_by", "Otto")
    expect(note(nora)).to_have_value("Half a thought")


def test_tags_watchers_and_ties_in_place(nora: Page) -> None:
    other = make_case(nora, "The other end")
    make_case(nora, "This end")
    edit(nora, "tags").select_option(index=1)
    nora.keyboard.press("Enter")
    expect(fact(nora, "tags").locator(".chip")).to_have_count(1)
    expect(nora.locator(".case-meta .tag")).to_have_count(1)
    fact(nora, "tags").get_by_role("button", name=re.compile("^Take the tag")).click()
    expect(fact(nora, "tags").locator(".chip")).to_have_count(0)

    edit(nora, "watchers")
    fact(nora, "watchers").get_by_label("Copies to an address").fill("outside@else.example")
    nora.keyboard.press("Enter")
    expect(fact(nora, "watchers").locator(".chip")).to_contain_text("outside@else.example")

    edit(nora, "references").fill(f"#{other.rsplit('/', 1)[1]}")
    nora.keyboard.press("Enter")
    expect(fact(nora, "references").locator(".chip")).to_contain_text("The other end")
    nora.goto(other)
    expect(fact(nora, "references")).to_contain_text("This end")
    fact(nora, "references").hover()
    fact(nora, "references").locator("[data-edit]").click()
    fact(nora, "references").get_by_role("button", name="Untie it from This end").click()
    expect(fact(nora, "references").locator(".chip")).to_have_count(0)


def test_who_is_responsible_is_chosen_in_place(nora: Page) -> None:
    make_case(nora, "For a colleague")
    edit(nora, "responsible_id").select_option(label="Otto Brandt")
    nora.keyboard.press("Enter")
    expect_rest(nora, "responsible_id", "Otto Brandt")
    expect(fact(nora, "watchers")).to_contain_text("Nora Lindahl")
    expect(toast(nora).get_by_role("button", name="Undo")).to_be_visible()


def test_next_and_previous_of_the_list_by_keys(nora: Page) -> None:
    for name in ("Stepped A", "Stepped B", "Stepped C"):
        make_case(nora, name)
    nora.goto("/cases/?q=Stepped&sort=name")
    nora.get_by_role("link", name="Stepped B").click()
    expect(nora.get_by_role("heading", name="Stepped B", level=1)).to_be_visible()
    nora.keyboard.press("j")
    expect(nora.get_by_role("heading", name="Stepped C", level=1)).to_be_visible()
    nora.keyboard.press("k")
    expect(nora.get_by_role("heading", name="Stepped B", level=1)).to_be_visible()
    nora.reload()
    nora.keyboard.press("k")
    expect(nora.get_by_role("heading", name="Stepped A", level=1)).to_be_visible()
    nora.get_by_role("navigation", name="Where this is").get_by_role("link", name="Cases").click()
    expect(nora).to_have_url(re.compile("q=Stepped"))


def test_keys_of_the_page(nora: Page) -> None:
    make_case(nora, "Pressed keys")
    nora.keyboard.press("2")
    expect(nora.get_by_role("button", name=re.compile("Priority of Pressed keys: high"))).to_be_visible()
    nora.keyboard.press("s")
    expect(nora.locator(".stages [aria-current=step]")).to_be_focused()


def test_without_scripts_the_link_opens_a_page_with_that_form(browser: Browser, server) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(base_url=server.url, java_script_enabled=False, locale="en-GB")
    page = sign_in(context.new_page())
    make_case(page, "Without scripts")
    for name, typed, shown in TYPED[:6]:
        fact(page, name).locator("[data-edit]").click()
        expect(page).to_have_url(re.compile(f"/fields/{name}$"))
        field(page, name).fill(typed)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name="Without scripts", level=1)).to_be_visible()
        expect(fact(page, name)).to_contain_text(shown)
    fact(page, "deadline").locator("[data-edit]").click()
    field(page, "deadline").fill("never")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write a day such as")).to_be_visible()
    page.get_by_role("link", name="Leave").click()
    fact(page, "partner_id").locator("[data-edit]").click()
    field(page, "partner_id").fill("Nobody Yet Ltd")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="New “Nobody Yet Ltd”").click()
    expect(fact(page, "partner_id")).to_contain_text("Nobody Yet Ltd")
    context.close()


def test_on_a_phone_one_writes_without_scrolling_past_all_facts(tab: Tab) -> None:
    nora = tab("sales", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    make_case(nora, "Looked up on the way")
    expect(nora.locator(".compose")).to_be_in_viewport()
    expect(fact(nora, "deadline")).to_be_hidden()
    nora.get_by_text("All facts and files").click()
    expect(fact(nora, "deadline")).to_be_visible()
    nora.get_by_role("button", name="Priority of").click()
    expect(toast(nora)).to_be_visible()
    expect(fact(nora, "deadline")).to_be_visible()  # an act leaves open what is open


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_nothing_bars_the_way_in_any_state(
    tab: Tab,
    faults: Callable[[Page], list[str]],
    expected_failures: list[str],
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    """At rest, edited, wrong, chosen from a list and in conflict."""
    expected_failures.append("status of 4(09|22)")
    nora, other = tab("sales", bypass_csp=True), tab("admin")
    nora.set_viewport_size({"width": width, "height": 860})
    nora.emulate_media(color_scheme=scheme)
    path = make_case(nora, "In every state of a fact")
    other.goto(path)
    assert faults(nora) == []
    if width < 1024:
        nora.get_by_text("All facts and files").click()
    edit(nora, "deadline").fill("18/12/2099")
    edit(other, "deadline").fill("17/12/2099")
    other.keyboard.press("Enter")
    expect_rest(other, "deadline", "17 Dec 2099")
    nora.keyboard.press("Enter")
    expect(fact(nora, "deadline").get_by_role("alert")).to_be_visible()
    edit(nora, "email").fill("clara")
    nora.keyboard.press("Enter")
    expect(fact(nora, "email").locator(".wrong")).to_be_visible()
    edit(nora, "watchers")
    edit(nora, "partner_id").press_sequentially("hofm")
    expect(nora.get_by_role("option", name=re.compile("Hofmann Brewery"))).to_be_visible()
    nora.keyboard.press("ArrowDown")
    assert faults(nora) == []
    assert nora.evaluate("document.documentElement.scrollWidth <= innerWidth")
