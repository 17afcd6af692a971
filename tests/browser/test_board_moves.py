"""Moving cards: by mouse, by finger, by keys, by the menu; refused, lost, taken back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.boards import (
    Finger,
    card,
    column,
    drag,
    drag_to_column,
    drag_to_zone,
    draw,
    lift,
    middle,
    names,
    open_board,
)
from tests.browser.flows import failure, make_case, path_of, toast

Tab = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MOVED = re.compile(r" moved to \w+|^Moved\.")
SIZES = pytest.mark.parametrize("size", [{}, PHONE], ids=["1400", "390"])


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def show(page: Page, text: str, *cases: str) -> None:
    """The board with these cases in New, the first on top."""
    for name in reversed(cases):
        make_case(page, name)
    open_board(page, text)
    expect(names(column(page, "New"))).to_have_text(list(cases))


def test_by_mouse_to_another_column_and_back(nora: Page) -> None:
    show(nora, "Mousehole", "Mousehole one", "Mousehole two")
    drag_to_column(nora, card(nora, "Mousehole one"), column(nora, "Qualified"))
    expect(toast(nora)).to_contain_text(MOVED)
    expect(names(column(nora, "Qualified"))).to_have_text(["Mousehole one"])
    expect(column(nora, "Qualified").locator(".col-name > .n")).to_have_text("1")
    expect(column(nora, "New").locator(".col-name > .n")).to_have_text("1")
    nora.reload()
    expect(names(column(nora, "Qualified"))).to_have_text(["Mousehole one"])
    drag_to_column(nora, card(nora, "Mousehole one"), column(nora, "New"))
    expect(names(column(nora, "New"))).to_have_text(["Mousehole one", "Mousehole two"])
    expect(column(nora, "New").locator(".col-name > .n")).to_have_text("2")
    expect(nora.locator(".saving")).to_have_count(0)
    toast(nora).get_by_role("button", name="Undo").click()
    expect(names(column(nora, "Qualified"))).to_have_text(["Mousehole one"])


def test_by_mouse_within_a_column_the_order_is_kept(nora: Page) -> None:
    show(nora, "Ladder", "Ladder a", "Ladder b", "Ladder c")
    x, y = middle(card(nora, "Ladder c"))
    drag(nora, card(nora, "Ladder a"), x, y + 30)
    expect(names(column(nora, "New"))).to_have_text(["Ladder b", "Ladder c", "Ladder a"])
    expect(nora.locator(".saving")).to_have_count(0)
    nora.reload()
    expect(names(column(nora, "New"))).to_have_text(["Ladder b", "Ladder c", "Ladder a"])
    x, y = middle(card(nora, "Ladder b"))
    drag(nora, card(nora, "Ladder a"), x, y - 30)
    expect(names(column(nora, "New"))).to_have_text(["Ladder a", "Ladder b", "Ladder c"])
    expect(nora.locator(".saving")).to_have_count(0)
    nora.reload()
    expect(names(column(nora, "New"))).to_have_text(["Ladder a", "Ladder b", "Ladder c"])


def test_a_click_opens_and_a_drag_does_not(nora: Page) -> None:
    show(nora, "Clicked", "Clicked on")
    drag(nora, card(nora, "Clicked on"), *middle(column(nora, "Proposal")), drops=False)
    nora.keyboard.press("Escape")
    nora.mouse.up()
    expect(names(column(nora, "New"))).to_have_text(["Clicked on"])
    expect(nora).to_have_title("Pipeline · Holdfast")
    card(nora, "Clicked on").click()
    expect(nora).to_have_title("Clicked on · Holdfast")
    nora.go_back()
    expect(names(column(nora, "New"))).to_have_text(["Clicked on"])


def test_by_finger_on_a_phone(tab: Tab) -> None:
    nora = tab("sales", **PHONE)
    show(nora, "Thumbed", "Thumbed one", "Thumbed two", "Thumbed three")
    finger = Finger(nora)
    finger.lift(card(nora, "Thumbed one"))
    x, y = middle(card(nora, "Thumbed three"))
    finger.move(x, y + 40)
    finger.up()
    expect(names(column(nora, "New"))).to_have_text(["Thumbed two", "Thumbed three", "Thumbed one"])
    expect(nora.locator(".saving")).to_have_count(0)

    for edge, target in ((382, "Qualified"), (8, "New")):
        finger.lift(card(nora, "Thumbed one"))
        x, y = finger.at
        finger.move(edge, y)
        expect(nora.locator(".stage-switch [aria-current]")).to_contain_text(target)
        finger.move(195, y - 10)
        finger.up()
        expect(toast(nora)).to_contain_text(MOVED)
        expect(column(nora, target).get_by_text("Thumbed one")).to_be_visible()
        expect(nora.locator(".saving")).to_have_count(0)


def test_by_finger_on_a_wide_screen(tab: Tab) -> None:
    nora = tab("sales", has_touch=True)
    show(nora, "Tapped", "Tapped one")
    finger = Finger(nora)
    for target in ("Site visit", "New"):
        finger.lift(card(nora, "Tapped one"))
        x, _y = middle(column(nora, target))
        finger.move(x, finger.at[1])
        finger.up()
        expect(names(column(nora, target))).to_have_text(["Tapped one"])
        expect(nora.locator(".saving")).to_have_count(0)


def test_a_scroll_never_lifts(tab: Tab) -> None:
    nora = tab("sales", **PHONE)
    show(nora, "Scrolled", *(f"Scrolled {place}" for place in range(8)))
    finger = Finger(nora)
    finger.down(*middle(card(nora, "Scrolled 3")))
    finger.move(finger.at[0], finger.at[1] - 220)
    expect(nora.locator(".carried")).to_have_count(0)
    finger.up()
    nora.wait_for_function("scrollY > 100")
    expect(names(column(nora, "New")).first).to_have_text("Scrolled 0")


@SIZES
def test_by_keys(tab: Tab, size: dict[str, object]) -> None:
    nora = tab("sales", **size)
    wide, name = ("Typed", "Typed one") if not size else ("Swiped", "Swiped one")
    show(nora, wide, name, f"{wide} two")
    said = nora.locator("#said")
    card(nora, name).locator(".card-name").focus()
    nora.keyboard.press("Space")
    expect(said).to_have_text(f"Lifted {name}. New, place 1 of 2.")
    nora.keyboard.press("ArrowDown")
    expect(said).to_have_text("New, place 2 of 2.")
    nora.keyboard.press("Space")
    expect(said).to_have_text(f"{name} put down in New.")
    expect(names(column(nora, "New"))).to_have_text([f"{wide} two", name])
    expect(card(nora, name).locator(".card-name")).to_be_focused()
    expect(nora.locator(".saving")).to_have_count(0)

    for key, target in (("ArrowRight", "Qualified"), ("ArrowLeft", "New")):
        nora.keyboard.press("Space")
        nora.keyboard.press(key)
        nora.keyboard.press("ArrowUp")
        nora.keyboard.press("Enter")
        expect(toast(nora)).to_contain_text(MOVED)
        expect(names(column(nora, target)).first).to_have_text(name)
        expect(card(nora, name).locator(".card-name")).to_be_focused()
        expect(nora.locator(".saving")).to_have_count(0)

    nora.keyboard.press("Space")
    nora.keyboard.press("ArrowRight")
    nora.keyboard.press("Escape")
    expect(said).to_have_text(f"{name} is back where it was.")
    expect(names(column(nora, "New"))).to_have_text([name, f"{wide} two"])
    expect(card(nora, name).locator(".card-name")).to_be_focused()


def test_whoever_has_just_come_goes_to_the_cards_with_an_arrow(tab: Tab) -> None:
    nora = tab("sales")
    show(nora, "Entered", "Entered one", "Entered two")
    nora.evaluate("document.activeElement.blur()")
    for key in ("ArrowDown", "j"):
        nora.keyboard.press(key)
        expect(nora.locator(".card-name").first).to_be_focused()
        nora.keyboard.press("ArrowDown")
        expect(nora.locator(".card-name").nth(1)).to_be_focused()
        nora.evaluate("document.activeElement.blur()")


@SIZES
def test_by_the_menu(tab: Tab, size: dict[str, object]) -> None:
    nora = tab("sales", **size)
    text = "Picked" if size else "Chosen"
    name = f"{text} one"
    show(nora, text, name)
    menu = nora.locator("#card-menu")
    card(nora, name).hover()
    nora.get_by_role("link", name=f"Menu of {name}").click()
    menu.get_by_role("button", name="Move to Qualified").click()
    expect(names(column(nora, "Qualified"))).to_have_text([name])
    expect(menu).to_be_hidden()
    if size:
        nora.get_by_role("navigation", name="Columns").get_by_role("link", name="Qualified").click()
    card(nora, name).hover()
    nora.get_by_role("link", name=f"Menu of {name}").click()
    menu.get_by_text("Move to another column…").click()
    menu.get_by_role("button", name="New", exact=True).click()
    expect(names(column(nora, "New"))).to_have_text([name])


@SIZES
def test_asked_from_the_menu_of_a_board_just_opened(tab: Tab, size: dict[str, object]) -> None:
    nora = tab("sales", **size)
    text = "Beckoned" if size else "Summoned"
    name = f"{text} one"
    show(nora, text, name)
    for entry, asked in (("Plan the next step…", "Plan it"), ("Lost…", "Mark lost")):
        nora.reload()
        card(nora, name).hover()
        nora.get_by_role("link", name=f"Menu of {name}").click()
        nora.locator("#card-menu").get_by_text(entry).click()
        expect(nora.locator("#ask").get_by_role("button", name=asked)).to_be_visible()
        expect(nora.locator("#ask")).to_have_accessible_name(name)


def test_won_archived_and_given_away_by_the_zones(nora: Page) -> None:
    show(nora, "Zoned", "Zoned one")
    for zone, said in (("win", "Won."), ("archive", "Archived.")):
        drag_to_zone(nora, card(nora, "Zoned one"), zone)
        expect(toast(nora)).to_contain_text(said)
        expect(names(column(nora, "New"))).to_have_count(0)
        toast(nora).get_by_role("button", name="Undo").click()
        expect(names(column(nora, "New"))).to_have_text(["Zoned one"])
    drag_to_zone(nora, card(nora, "Zoned one"), "handover")
    nora.locator("#ask").get_by_label("Team").select_option(label="Resellers")
    nora.get_by_role("button", name="Hand over").click()
    expect(toast(nora)).to_contain_text("Handed over to Resellers.")
    expect(nora.locator("#ask")).to_be_hidden()
    toast(nora).get_by_role("button", name="Undo").click()
    expect(names(column(nora, "New"))).to_have_text(["Zoned one"])


def test_lost_with_a_reason_and_the_reason_left(nora: Page) -> None:
    show(nora, "Forlorn", "Forlorn one")
    ask = nora.locator("#ask")
    drag_to_zone(nora, card(nora, "Forlorn one"), "loss")
    expect(ask.get_by_role("heading", name="Why was it lost?")).to_be_visible()
    ask.get_by_role("link", name="Leave").click()
    expect(ask).to_be_hidden()
    expect(names(column(nora, "New"))).to_have_text(["Forlorn one"])
    nora.reload()
    expect(names(column(nora, "New"))).to_have_text(["Forlorn one"])

    drag_to_zone(nora, card(nora, "Forlorn one"), "loss")
    ask.get_by_role("button", name="Mark lost").click()
    expect(ask.get_by_text("Say why it was lost.")).to_be_visible()
    ask.get_by_label("Too expensive").check()
    ask.get_by_role("button", name="Mark lost").click()
    expect(toast(nora)).to_contain_text("Marked lost.")
    expect(ask).to_be_hidden()
    expect(nora.locator(".card")).to_have_count(0)
    toast(nora).get_by_role("button", name="Undo").click()
    expect(names(column(nora, "New"))).to_have_text(["Forlorn one"])


def test_two_people_move_the_same_card(nora: Page, tab: Tab, expected_failures: list[str]) -> None:
    expected_failures.append("409")
    show(nora, "Contested", "Contested one")
    marc = tab("manager")
    open_board(marc, "Contested")
    lift(nora, card(nora, "Contested one"))
    drag_to_column(marc, card(marc, "Contested one"), column(marc, "Proposal"))
    expect(toast(marc)).to_contain_text(MOVED)
    nora.mouse.move(*middle(column(nora, "Qualified")), steps=12)
    draw(nora)
    nora.mouse.up()
    expect(failure(nora).or_(toast(nora)).get_by_text("Marc")).to_be_visible()
    expect(names(column(nora, "Proposal"))).to_have_text(["Contested one"])
    expect(names(column(nora, "Qualified"))).to_have_count(0)


def test_another_persons_move_appears(nora: Page, tab: Tab) -> None:
    show(nora, "Watched", "Watched one")
    marc = tab("manager")
    open_board(marc, "Watched")
    drag_to_column(nora, card(nora, "Watched one"), column(nora, "Negotiation"))
    expect(names(column(marc, "Negotiation"))).to_have_text(["Watched one"])
    expect(names(column(marc, "New"))).to_have_count(0)
    expect(column(marc, "Negotiation").locator(".col-name > .n")).to_have_text("1")


def test_the_server_is_gone_in_mid_drag(nora: Page, expected_failures: list[str]) -> None:
    expected_failures += ["ERR_", "Failed to fetch", "htmx:error"]
    show(nora, "Cut", "Cut off")
    lift(nora, card(nora, "Cut off"))
    nora.mouse.move(*middle(column(nora, "Qualified")), steps=12)
    nora.context.set_offline(True)
    nora.mouse.up()
    expect(failure(nora)).to_contain_text("The connection broke. The card is back where it was.")
    expect(names(column(nora, "New"))).to_have_text(["Cut off"])
    expect(nora.locator(".saving")).to_have_count(0)
    nora.context.set_offline(False)
    failure(nora).get_by_role("button", name="Try again").click()
    expect(names(column(nora, "Qualified"))).to_have_text(["Cut off"])
    expect(failure(nora)).to_be_empty()


def test_what_fails_at_the_server_puts_it_back_as_well(nora: Page, expected_failures: list[str]) -> None:
    expected_failures.append("50[03]")
    show(nora, "Broken", "Broken down")
    nora.route("**/place?*", lambda route: route.fulfill(status=503, body="<p>Busy</p>"))
    drag_to_column(nora, card(nora, "Broken down"), column(nora, "Qualified"))
    expect(failure(nora).get_by_role("button", name="Try again")).to_be_visible()
    expect(names(column(nora, "New"))).to_have_text(["Broken down"])
    nora.unroute("**/place?*")
    failure(nora).get_by_role("button", name="Try again").click()
    expect(names(column(nora, "Qualified"))).to_have_text(["Broken down"])


def test_letters_on_the_card_that_has_the_focus(nora: Page) -> None:
    show(nora, "Lettered", "Lettered one", "Lettered two")
    name = card(nora, "Lettered one").locator(".card-name")
    name.focus()
    nora.keyboard.press("2")
    expect(card(nora, "Lettered one").locator(".stars")).to_have_attribute("data-on", "2")
    expect(name).to_be_focused()
    nora.keyboard.press(">")
    expect(names(column(nora, "Qualified"))).to_have_text(["Lettered one"])
    expect(nora.locator(".saving")).to_have_count(0)
    nora.keyboard.press("a")
    nora.locator("#ask").get_by_label("Responsible").select_option(label="Priya Nair")
    nora.get_by_role("button", name="Assign", exact=True).click()
    expect(card(nora, "Lettered one").get_by_role("img", name="Priya Nair")).to_be_visible()
    expect(name).to_be_focused()
    nora.keyboard.press("e")
    expect(toast(nora)).to_contain_text("Archived.")
    expect(nora.locator(".card")).to_have_count(1)
    nora.keyboard.press("z")
    expect(nora.locator(".card")).to_have_count(2)


def test_s_opens_the_columns_and_arrows_go_through_what_is_in_sight(nora: Page) -> None:
    show(nora, "Shifted", "Shifted one", "Shifted two")
    card(nora, "Shifted two").locator(".card-name").focus()
    nora.keyboard.press("s")
    menu = nora.locator("#card-menu")
    expect(menu.get_by_role("button", name="Qualified", exact=True)).to_be_focused()
    nora.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="Site visit", exact=True)).to_be_focused()
    nora.keyboard.press("Enter")
    expect(names(column(nora, "Site visit"))).to_have_text(["Shifted two"])
    expect(names(column(nora, "New"))).to_have_text(["Shifted one"])

    # From its top a menu goes on to what can be seen, and not to what is folded away.
    card(nora, "Shifted one").hover()
    nora.get_by_role("link", name="Menu of Shifted one").click()
    expect(menu.get_by_role("button", name="Move to Qualified")).to_be_focused()
    nora.keyboard.press("ArrowDown")
    expect(menu.locator("summary")).to_be_focused()
    nora.keyboard.press("ArrowDown")
    expect(menu.locator("summary ~ button").first).to_be_hidden()
    expect(menu.locator(":focus")).to_be_visible()


def test_what_leaves_sight_hands_the_focus_to_its_neighbour_and_comes_back_to_its_place(nora: Page) -> None:
    show(nora, "Departing", "Departing a", "Departing b", "Departing c")
    card(nora, "Departing b").locator(".card-name").focus()
    nora.keyboard.press("w")
    expect(toast(nora)).to_contain_text("Won.")
    expect(names(column(nora, "New"))).to_have_text(["Departing a", "Departing c"])
    expect(card(nora, "Departing c").locator(".card-name")).to_be_focused()
    nora.keyboard.press("z")
    expect(names(column(nora, "New"))).to_have_text(["Departing a", "Departing b", "Departing c"])
    expect(card(nora, "Departing b").locator(".card-name")).to_be_focused()
    drag_to_column(nora, card(nora, "Departing b"), column(nora, "Qualified"))
    expect(names(column(nora, "Qualified"))).to_have_text(["Departing b"])
    toast(nora).get_by_role("button", name="Undo").click()
    expect(names(column(nora, "New"))).to_have_text(["Departing a", "Departing b", "Departing c"])


def test_arrows_walk_and_a_column_is_one_stop(nora: Page) -> None:
    show(nora, "Strolled", "Strolled a", "Strolled b")
    path = path_of(nora)
    card(nora, "Strolled a").locator(".card-name").focus()
    nora.keyboard.press("ArrowDown")
    expect(card(nora, "Strolled b").locator(".card-name")).to_be_focused()
    nora.keyboard.press("Home")
    expect(card(nora, "Strolled a").locator(".card-name")).to_be_focused()
    nora.keyboard.press("Shift+Tab")
    nora.keyboard.press("Tab")
    expect(card(nora, "Strolled a").locator(".card-name")).to_be_focused()
    for _stop in range(3):  # its activity and its menu, and out of the column
        nora.keyboard.press("Tab")
    expect(card(nora, "Strolled b").locator(":focus")).to_have_count(0)
    assert path_of(nora) == path
