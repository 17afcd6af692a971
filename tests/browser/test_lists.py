"""Lists: dragged into order, edited where they stand, added to three in a row; and all of it without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.flows import refusal, toast

Tab = Callable[..., Page]


@pytest.fixture
def ada(tab: Tab) -> Page:
    return tab("admin")


def expect_order(page: Page, among: str, *names: str) -> None:
    """The entries whose names begin like this, from top to bottom."""
    expect(page.locator("#entries td.main .v").filter(has_text=among)).to_have_text(
        [f"{among} {name}" for name in names]
    )


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def add(page: Page, name: str) -> None:
    """One more at the foot; it stands there when this is done."""
    page.locator("#new-entry").get_by_label("Name").fill(name)
    page.locator("#new-entry").get_by_role("button", name="Add").click()
    expect(row(page, name)).to_be_visible()


def three(page: Page, word: str, where: str = "levels") -> None:
    page.goto(f"/lists/{where}/")
    for name in (f"{word} one", f"{word} two", f"{word} three"):
        add(page, name)


def drag(page: Page, name: str, to: str, *, below: bool = False) -> None:
    """Take a row by its grip and let it go over another one."""
    grip, target = row(page, name).locator(".grip").bounding_box(), row(page, to).bounding_box()
    assert grip
    assert target
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 6)
    page.mouse.move(x, target["y"] + target["height"] * (0.9 if below else 0.1), steps=12)
    expect(row(page, name)).to_have_class(re.compile("lifted"))
    page.mouse.up()


def test_three_in_a_row_without_leaving_the_keyboard(ada: Page) -> None:
    ada.goto("/lists/sources/")
    ada.locator("#new-entry").get_by_label("Name").focus()
    for name in ("Typed one", "Typed two", "Typed three"):
        ada.keyboard.type(name)
        ada.keyboard.press("Enter")
        expect(row(ada, name)).to_be_visible()
        expect(ada.locator("#new-entry").get_by_label("Name")).to_be_focused()
        expect(ada.locator("#new-entry").get_by_label("Name")).to_have_value("")
    expect_order(ada, "Typed", "one", "two", "three")
    ada.keyboard.press("Enter")
    expect(ada.get_by_text("Say what it is called.")).to_be_visible()
    toast(ada).get_by_role("button", name="Undo").click()
    expect(row(ada, "Typed three")).to_have_count(0)


def test_drag_to_order(ada: Page) -> None:
    three(ada, "Dragged")
    drag(ada, "Dragged three", "Dragged one")
    expect(toast(ada)).to_contain_text("“Dragged three” is number")
    expect_order(ada, "Dragged", "three", "one", "two")
    drag(ada, "Dragged three", "Dragged two", below=True)
    expect(ada.get_by_role("button", name="Move Dragged three down")).to_have_count(0)
    ada.reload()
    expect_order(ada, "Dragged", "one", "two", "three")


def test_a_drag_is_left_with_escape_and_comes_back_when_refused(
    ada: Page, tab: Tab, expected_failures: list[str]
) -> None:
    expected_failures.append("status of 40[49]")
    three(ada, "Held", "industries")
    grip = row(ada, "Held three").locator(".grip").bounding_box()
    assert grip
    ada.mouse.move(grip["x"] + 5, grip["y"] + 5)
    ada.mouse.down()
    ada.mouse.move(grip["x"] + 5, grip["y"] - 60, steps=8)
    ada.keyboard.press("Escape")
    ada.mouse.up()
    expect_order(ada, "Held", "one", "two", "three")

    other = tab("admin")
    other.goto("/lists/industries/")
    other.get_by_role("button", name="Delete Held one").click()
    expect(row(other, "Held one")).to_have_count(0)
    drag(ada, "Held three", "Held one", below=True)
    expect(refusal(ada)).not_to_be_empty()
    expect_order(ada, "Held", "one", "two", "three")


def test_order_by_keyboard(ada: Page) -> None:
    three(ada, "Pressed", "channels")
    up = ada.get_by_role("button", name="Move Pressed three up")
    up.focus()
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("status").filter(has_text="“Pressed three” is number")).to_be_visible()
    expect_order(ada, "Pressed", "one", "three", "two")
    expect(up).to_be_focused()
    ada.keyboard.press("Enter")
    expect_order(ada, "Pressed", "three", "one", "two")
    expect(up).to_be_focused()


def test_edit_where_it_stands(ada: Page) -> None:
    ada.goto("/lists/stages/")
    ada.get_by_role("link", name="Stale after days: 7").click()
    field = row(ada, "New").get_by_role("textbox", name="Stale after days")
    expect(field).to_be_focused()
    field.fill("x")
    ada.keyboard.press("Enter")
    expect(ada.get_by_text("Write a whole number")).to_be_visible()
    expect(field).to_have_value("x")
    expect(field).to_be_focused()
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("link", name="Stale after days: 7")).to_be_focused()
    ada.keyboard.press("Enter")
    field.fill("8")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("link", name="Stale after days: 8")).to_be_focused()
    expect(toast(ada)).to_contain_text("Saved.")
    toast(ada).get_by_role("button", name="Undo").click()
    expect(ada.get_by_role("link", name="Stale after days: 7")).to_be_visible()


def test_what_is_typed_stays_while_another_row_moves(ada: Page) -> None:
    three(ada, "Kept", "media")
    ada.get_by_role("link", name="Name: Kept one").click()
    field = ada.locator(".cell.editing").get_by_label("Name")
    field.fill("Kept and typed")
    ada.get_by_role("button", name="Move Kept three up").click()
    expect(toast(ada)).to_contain_text("“Kept three” is number")
    expect(field).to_have_value("Kept and typed")


def test_two_edit_one_field(ada: Page, tab: Tab, expected_failures: list[str]) -> None:
    expected_failures.append("409")
    three(ada, "Wanted", "campaigns")
    marc = tab("manager")
    marc.goto("/lists/campaigns/")
    for page in (marc, ada):
        page.get_by_role("link", name="Name: Wanted one").click()
    for page, name in ((marc, "Theirs"), (ada, "Mine")):
        page.locator(".cell.editing").get_by_label("Name").fill(name)
        page.keyboard.press("Enter")
    expect(marc.get_by_role("link", name="Name: Theirs")).to_be_visible()
    question = ada.get_by_role("group", name="Which name stays?")
    expect(question).to_contain_text("Theirs")
    question.get_by_text("Yours, not saved").click()
    ada.locator(".cell.editing").get_by_role("button", name="Save").click()
    expect(ada.get_by_role("link", name="Name: Mine")).to_be_visible()


def test_a_team_and_its_members(ada: Page) -> None:
    ada.goto("/lists/teams/")
    add(ada, "Spare parts")
    row(ada, "Spare parts").get_by_role("link", name="All of Spare parts").click()
    expect(ada.get_by_role("heading", name="Spare parts", level=1)).to_be_visible()
    ada.get_by_role("link", name="Members: Nobody").click()
    ada.get_by_label("Otto Brandt").check()
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_role("link", name="Members: Otto Brandt")).to_be_visible()
    ada.get_by_role("link", name="Below: No other team").click()
    ada.get_by_role("combobox", name="Below").select_option(label="Support")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_role("link", name="Below: Support")).to_be_visible()
    ada.goto("/lists/teams/")
    expect(row(ada, "Spare parts")).to_have_attribute("data-depth", "2")
    ada.goto("/lists/teams/")
    ada.get_by_role("link", name="All of Support").click()
    ada.get_by_role("link", name="Below: Head office").click()
    ada.get_by_role("combobox", name="Below").select_option(label="Spare parts")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Spare parts stands below this team.")).to_be_visible()


def test_archive_and_back(ada: Page) -> None:
    ada.goto("/lists/lost-reasons/")
    ada.get_by_role("button", name="Archive Too expensive").click()
    expect(row(ada, "Too expensive")).to_have_count(0)
    ada.get_by_role("link", name="Archived").click()
    ada.get_by_role("button", name="Offer Too expensive again").click()
    expect(ada.get_by_text("Nothing is archived")).to_be_visible()
    ada.get_by_role("link", name="Show what is offered").click()
    expect(row(ada, "Too expensive")).to_be_visible()


def test_without_scripts(tab: Tab) -> None:
    ada = tab("admin", java_script_enabled=False)
    three(ada, "Plain", "tags")
    ada.locator("#new-entry").get_by_role("button", name="Add").click()
    expect(ada.get_by_text("Say what it is called.")).to_be_visible()
    ada.goto("/lists/tags/")
    ada.get_by_role("button", name="Move Plain three up").click()
    expect(toast(ada)).to_contain_text("“Plain three” is number")
    expect_order(ada, "Plain", "one", "three", "two")
    ada.get_by_role("link", name="Name: Plain one").click()
    ada.locator(".cell.editing").get_by_label("Name").fill("Plain first")
    ada.get_by_role("button", name="Save").click()
    expect(row(ada, "Plain first")).to_be_visible()
    ada.get_by_role("link", name="Name: Plain two").click()
    ada.get_by_role("link", name="Leave").click()
    ada.get_by_role("button", name="Delete Plain two").click()
    expect(toast(ada)).to_contain_text("“Plain two” is deleted.")
    toast(ada).get_by_role("button", name="Undo").click()
    expect(row(ada, "Plain two")).to_be_visible()

    ada.goto("/lists/lost-reasons/")
    ada.get_by_role("button", name="Archive No answer").click()
    expect(toast(ada)).to_contain_text("is archived")
    toast(ada).get_by_role("button", name="Undo").click()
    expect(row(ada, "No answer")).to_be_visible()


def test_a_count_leads_to_what_it_counts(ada: Page) -> None:
    ada.goto("/lists/industries/")
    count = ada.locator("#entries td.used a").first
    many = count.inner_text()
    count.click()
    expect(ada.locator("#partners tbody tr")).to_have_count(int(many.split()[0]))
    ada.get_by_role("link", name=re.compile("^Without Industry")).click()
    expect(ada.locator(".chip")).to_have_count(0)


@pytest.mark.parametrize("width", [1400, 390])
def test_all_of_a_wide_list_is_in_sight(tab: Tab, width: int) -> None:
    ada = tab("admin", viewport={"width": width, "height": 860})
    ada.goto("/lists/activity-types/")
    expect(ada.locator("td.used").first).to_be_visible()
    cut_off = ada.evaluate(
        """() => [...document.querySelectorAll("#entries crm-order, #entries .used, #entries .acts")]
            .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className)"""
    )
    assert cut_off == []


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_nothing_bars_the_way_while_one_edits(
    tab: Tab, faults: Callable[[Page], list[str]], expected_failures: list[str], width: int, scheme: str
) -> None:
    expected_failures.append("409")
    size = {"width": width, "height": 860}
    ada = tab("admin", bypass_csp=True, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    marc = tab("manager")
    three(ada, f"Looked at {width}", "partner-tags")
    marc.goto("/lists/partner-tags/")
    found = []
    for page in (marc, ada):
        page.get_by_role("link", name=f"Name: Looked at {width} one").click()
    field = ada.locator(".cell.editing").get_by_role("textbox", name="Name")
    expect(field).to_be_focused()
    found += faults(ada)
    field.fill("")
    ada.keyboard.press("Enter")
    expect(ada.get_by_text("Say what it is called.")).to_be_visible()
    found += faults(ada)
    marc.locator(".cell.editing").get_by_label("Name").fill(f"Theirs {width}")
    marc.keyboard.press("Enter")
    expect(marc.get_by_role("link", name=f"Name: Theirs {width}")).to_be_visible()
    field.fill("Mine")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("group", name="Which name stays?")).to_be_visible()
    found += faults(ada)
    assert found == []
