"""The board around its moves: made quickly, folded, filtered, kept as a view, without scripts, for everybody."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.boards import card, column, drag_to_column, draw, names, open_board
from tests.browser.conftest import Server
from tests.browser.flows import make_case, toast
from tests.browser.looks import LOOKS

Tab = Callable[..., Page]
Faults = Callable[..., list[str]]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES = pytest.mark.parametrize("size", [{}, PHONE], ids=["1400", "390"])


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


@SIZES
def test_quick_create_stays_open_for_the_next(tab: Tab, size: dict[str, object]) -> None:
    nora = tab("sales", **size)
    text = "Rushed" if size else "Hurried"
    make_case(nora, f"{text} before")
    open_board(nora, text)
    if size:
        nora.get_by_role("navigation", name="Columns").get_by_role("link", name="Qualified").click()
    nora.get_by_role("link", name="Add to Qualified").click()
    form = nora.get_by_role("form", name="New in Qualified")
    form.get_by_label("Name", exact=True).press("Enter")
    expect(form.get_by_text("Say in a line what it is about.")).to_be_visible()
    for name in (f"{text} one", f"{text} two"):
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_label("Partner").fill("Hofmann Brewery")
        form.get_by_label("Revenue").fill("1,200")
        form.get_by_label("Revenue").press("Enter")
        expect(names(column(nora, "Qualified")).first).to_have_text(name)
        expect(form.get_by_label("Name", exact=True)).to_be_focused()
        expect(form.get_by_label("Name", exact=True)).to_have_value("")
    expect(column(nora, "Qualified").locator(".col-name > .n")).to_have_text("2")
    expect(column(nora, "Qualified").locator(".col-sum")).to_contain_text("€2,400")
    expect(card(nora, f"{text} two")).to_contain_text("Hofmann Brewery")
    form.get_by_label("Name", exact=True).press("Escape")
    expect(form).to_be_hidden()
    expect(nora.get_by_role("link", name="Add to Qualified")).to_be_focused()


def test_what_is_typed_while_the_last_one_is_on_its_way_is_kept(
    nora: Page, expected_failures: list[str]
) -> None:
    expected_failures += ["net::ERR_FAILED", "Failed to fetch"]
    make_case(nora, "Rapid before")
    open_board(nora, "Rapid")
    nora.get_by_role("link", name="Add to Qualified").click()
    name = nora.get_by_role("form", name="New in Qualified").get_by_label("Name", exact=True)
    held: list[Route] = []
    nora.route("**/pipeline/cards?*", lambda route: held.append(route))  # noqa: PLW0108  (Playwright looks at it)
    name.fill("Rapid one")
    with nora.expect_request("**/pipeline/cards?*"):
        name.press("Enter")
    expect(name).to_have_value("")
    name.press_sequentially("Rapid tw")
    held[0].continue_()
    expect(names(column(nora, "Qualified"))).to_have_text(["Rapid one"])
    name.press_sequentially("o")
    expect(name).to_have_value("Rapid two")
    expect(name).to_be_focused()

    # Nothing gets there: what was sent stands in the form again.
    nora.unroute_all()
    nora.route("**/pipeline/cards?*", lambda route: route.abort())
    name.press("Enter")
    expect(name).to_have_value("Rapid two")
    nora.unroute_all()
    name.press("Enter")
    expect(names(column(nora, "Qualified"))).to_have_text(["Rapid two", "Rapid one"])
    expect(name).to_have_value("")

    # What was wrong comes back once, and does not wait for the next.
    name.fill("Rapid three")
    revenue = nora.get_by_role("form", name="New in Qualified").get_by_label("Revenue")
    revenue.fill("much")
    revenue.press("Enter")
    expect(revenue).to_have_attribute("aria-describedby", "revenue-e")
    expect(name).to_have_value("Rapid three")
    revenue.fill("1,200")
    revenue.press("Enter")
    expect(names(column(nora, "Qualified")).first).to_have_text("Rapid three")
    expect(name).to_have_value("")


@pytest.mark.parametrize(("latency", "a_key"), [(0, 0), (0, 20), (60, 20), (400, 20)])
def test_no_letter_is_lost_of_names_typed_one_after_the_other(nora: Page, latency: int, a_key: int) -> None:
    """Milliseconds on the way to the server, and between two keys."""
    words = f"Fast {latency} {a_key}"
    make_case(nora, f"{words} before")
    open_board(nora, words)
    nora.get_by_role("link", name="Add to Qualified").click()
    name = nora.get_by_role("form", name="New in Qualified").get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    line = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    nora.context.new_cdp_session(nora).send("Network.emulateNetworkConditions", line)
    typed = [f"{words} {which}" for which in ("alpha", "beta", "gamma", "delta", "epsilon")]
    for each in typed:
        nora.keyboard.type(each, delay=a_key)
        nora.keyboard.press("Enter")

    expect(names(column(nora, "Qualified"))).to_have_text(typed[::-1])
    expect(name).to_have_value("")
    expect(name).to_be_focused()


@SIZES
def test_who_comes_back_finds_the_board_and_the_list_as_they_left_them(
    tab: Tab, size: dict[str, object]
) -> None:
    nora = tab("sales", **size)
    for path in ("/pipeline/?all=1&kind=opportunity", "/cases/?all=1&kind=opportunity"):
        nora.goto(path)
        ways = nora.locator("main :is(.card-name, [data-rows] a[href^='/cases/'])")
        expect(ways.nth(10)).to_be_attached()
        far = ways.nth(ways.count() // 4)
        far.evaluate("(link) => link.scrollIntoView({ block: 'center', behavior: 'instant' })")
        noting = (
            "addEventListener('click', ({ target }) => { top0 = target.getBoundingClientRect().top }, true)"
        )
        nora.evaluate(noting)
        name = far.inner_text()
        far.click()
        expect(nora.get_by_role("heading", name=name, level=1)).to_be_visible()
        nora.go_back()
        expect(far).to_be_focused()
        stands = "(link) => Math.abs(link.getBoundingClientRect().top - top0) < 2"
        nora.wait_for_function(stands, arg=far.element_handle())


def test_links_are_taken_up_when_they_are_pressed(nora: Page) -> None:
    make_case(nora, "Pressed at last")
    open_board(nora, "Pressed")
    nora.evaluate("window.same = true")
    link = card(nora, "Pressed at last").get_by_role("link", name="Pressed at last", exact=True)
    assert nora.locator(".card a[data-htmx-powered]").count() == 0
    with nora.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    opened.value.close()
    asked: list[str] = []
    nora.on("request", lambda request: asked.append(request.headers.get("hx-request-type", "")))
    for press in ("click", "Enter"):
        asked.clear()
        if press == "click":
            link.click()
        else:
            link.press(press)
        expect(nora).to_have_title("Pressed at last · Holdfast")
        assert asked.count("full") == 1
        nora.go_back()
        expect(nora).to_have_title("Pipeline · Holdfast")
    assert nora.evaluate("window.same"), "A page was loaded anew on the way."


TAKEN_UP = "[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete], form"
# What htmx has gone through although it is neither that nor a link that is pressed.
GONE_THROUGH = f"""window.through = [];
addEventListener("htmx:before:process", (event) => {{
  if (!event.defaultPrevented && !event.target.matches("{TAKEN_UP}, a")) through.push(event.target.outerHTML);
}});"""
NOT_YET = f"main :is({TAKEN_UP}):not([data-htmx-powered], form[method=post], form[method=dialog])"


def test_htmx_looks_at_what_speaks_for_itself_and_at_nothing_else(nora: Page) -> None:
    make_case(nora, "Looked at")
    nora.add_init_script(GONE_THROUGH)
    open_board(nora, "Looked")
    nora.reload()
    expect(nora.locator(NOT_YET)).to_have_count(0)
    card(nora, "Looked at").get_by_role("link", name="Looked at", exact=True).click()
    expect(nora).to_have_title("Looked at · Holdfast")
    expect(nora.locator(NOT_YET)).to_have_count(0)
    nora.go_back()
    expect(card(nora, "Looked at")).to_be_visible()
    expect(nora.locator(NOT_YET)).to_have_count(0)
    assert nora.evaluate("through") == []


@pytest.fixture
def proposal_wants_a_deadline(server: Server) -> Iterator[None]:
    """What an administrator has set: nothing is proposed without saying when it closes."""
    database = next(Path(server.environ["INSTANCE"]).glob("*.db"))

    def require(fields: str) -> None:
        with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
            connection.execute("update stages set required_fields = ? where name = 'Proposal'", (fields,))
            connection.execute("insert into configuration_marks (token) values (abs(random() % 1000000))")

    require('["deadline"]')
    yield
    require("[]")


@pytest.mark.usefixtures("proposal_wants_a_deadline")
def test_a_stage_asks_for_what_it_requires(nora: Page) -> None:
    make_case(nora, "Demanding one")
    open_board(nora, "Demanding")
    ask = nora.locator("#ask")
    drag_to_column(nora, card(nora, "Demanding one"), column(nora, "Proposal"))
    expect(ask.get_by_role("heading", name="Move to Proposal")).to_be_visible()
    ask.get_by_role("link", name="Leave").click()
    expect(names(column(nora, "New"))).to_have_text(["Demanding one"])
    expect(ask).to_be_hidden()

    drag_to_column(nora, card(nora, "Demanding one"), column(nora, "Proposal"))
    ask.get_by_role("button", name="Move to Proposal").click()
    expect(ask.locator(".wrong")).to_be_visible()
    nora.keyboard.press("Escape")
    expect(names(column(nora, "New"))).to_have_text(["Demanding one"])

    drag_to_column(nora, card(nora, "Demanding one"), column(nora, "Proposal"))
    ask.get_by_label("Deadline").fill("2031-05-20")
    ask.get_by_role("button", name="Move to Proposal").click()
    expect(ask).to_be_hidden()
    expect(names(column(nora, "Proposal"))).to_have_text(["Demanding one"])
    expect(names(column(nora, "New"))).to_have_count(0)


@pytest.mark.usefixtures("proposal_wants_a_deadline")
def test_a_question_left_while_its_answer_is_on_the_way_stays_left(nora: Page) -> None:
    make_case(nora, "Hasty one")
    open_board(nora, "Hasty")
    ask = nora.locator("#ask")
    held: list[Route] = []
    drag_to_column(nora, card(nora, "Hasty one"), column(nora, "Proposal"))
    expect(ask.get_by_role("heading", name="Move to Proposal")).to_be_visible()
    nora.route("**/place?*", lambda route: held.append(route))  # noqa: PLW0108
    with nora.expect_request("**/place?*"):
        ask.get_by_role("button", name="Move to Proposal").click()
    nora.keyboard.press("Escape")
    expect(names(column(nora, "New"))).to_have_text(["Hasty one"])
    with nora.expect_response("**/place?*"):
        held[0].continue_()
    draw(nora)
    expect(ask).to_be_hidden()
    expect(ask).to_be_empty()
    expect(names(column(nora, "New"))).to_have_text(["Hasty one"])


def test_stars_and_the_next_step_from_the_card(nora: Page) -> None:
    make_case(nora, "Starry one")
    open_board(nora, "Starry")
    one = card(nora, "Starry one")
    one.locator(".card-name").focus()
    nora.keyboard.press("1")
    one.get_by_role("button", name="Priority of Starry one").click()
    expect(one.locator(".stars")).to_have_attribute("data-on", "2")
    one.get_by_role("link", name="Nothing planned").click()
    ask = nora.locator("#ask")
    ask.get_by_label("Type").select_option(label="Call")
    ask.get_by_label("What").fill("Ring them")
    ask.get_by_role("button", name="Plan it").click()
    expect(toast(nora)).to_contain_text("Planned: Ring them.")
    expect(ask).to_be_hidden()
    expect(one.get_by_role("link", name="Nothing planned")).to_have_count(0)
    expect(one.locator(".act")).to_be_visible()


def test_a_folded_column_stays_folded_and_opens_again(nora: Page) -> None:
    make_case(nora, "Pleated one")
    open_board(nora, "Pleated")
    column(nora, "New").hover()
    nora.get_by_role("button", name="Menu of New").click()
    nora.get_by_role("button", name="Fold").click()
    expect(card(nora, "Pleated one")).to_be_hidden()
    nora.reload()
    expect(card(nora, "Pleated one")).to_be_hidden()
    nora.get_by_role("link", name="Unfold New").click()
    expect(card(nora, "Pleated one")).to_be_visible()
    nora.reload()
    expect(card(nora, "Pleated one")).to_be_visible()


def test_columns_by_something_else_and_dragged_there(nora: Page) -> None:
    make_case(nora, "Sorted one")
    open_board(nora, "Sorted")
    nora.get_by_label("Columns by").select_option(label="Priority")
    expect(column(nora, "Very high")).to_be_visible()
    drag_to_column(nora, card(nora, "Sorted one"), column(nora, "Very high"))
    expect(names(column(nora, "Very high"))).to_have_text(["Sorted one"])
    expect(card(nora, "Sorted one").locator(".stars")).to_have_attribute("data-on", "3")


def test_filter_chips_and_an_empty_board(nora: Page) -> None:
    make_case(nora, "Sieved one")
    open_board(nora, "Sieved")
    chip = nora.locator(".chip", has_text="Sieved")
    expect(chip).to_be_visible()
    nora.keyboard.press("f")
    form = nora.locator("#filter")
    form.get_by_label("Priority", exact=True).select_option(label="very high")
    form.get_by_role("button", name="Show").click()
    expect(nora.get_by_role("heading", name="No case fits all of this")).to_be_visible()
    nora.locator("main").get_by_role("link", name=re.compile("Priority")).click()
    expect(card(nora, "Sieved one")).to_be_visible()
    nora.get_by_role("group", name="Show as").get_by_role("link", name="List").click()
    expect(nora.locator("[data-rows]").get_by_role("link")).to_have_text(["Sieved one"])
    expect(nora.locator(".chip", has_text="Sieved")).to_be_visible()
    nora.get_by_role("link", name=re.compile("^Remove filter.*Sieved")).click()
    expect(nora.locator("[data-rows] tr")).not_to_have_count(1)


def test_a_view_is_kept_changed_and_dropped(nora: Page) -> None:
    make_case(nora, "Cherished one")
    open_board(nora, "Cherished")
    menu = nora.locator("#views")
    nora.locator(".sub").get_by_role("button").first.click()
    menu.get_by_role("button", name="Save").click()
    expect(menu.get_by_label("Save as")).to_have_attribute("aria-invalid", "true")
    expect(menu.get_by_label("Save as")).to_be_visible()
    menu.get_by_label("Save as").fill("My keepsakes")
    menu.get_by_role("button", name="Save").click()
    expect(menu).to_be_hidden()
    expect(nora.locator(".sub").get_by_role("button", name="My keepsakes")).to_be_visible()
    nora.goto("/cases/")
    nora.locator(".sub").get_by_role("button").first.click()
    menu.get_by_role("link", name="My keepsakes").click()
    expect(nora.locator("[data-rows]").get_by_role("link")).to_have_text(["Cherished one"])
    nora.keyboard.press("f")
    nora.locator("#filter").get_by_label("Priority", exact=True).select_option(label="normal")
    nora.locator("#filter").get_by_role("button", name="Show").click()
    expect(nora.get_by_text("changed", exact=True)).to_be_visible()
    nora.locator(".sub").get_by_role("button", name="Save", exact=True).click()
    expect(nora.get_by_text("changed", exact=True)).to_be_hidden()
    nora.locator(".sub").get_by_role("button", name="My keepsakes").click()
    menu.get_by_role("button", name="Delete this view").click()
    expect(toast(nora)).to_contain_text("The view is deleted.")


def test_without_scripts_one_moves_makes_and_filters(tab: Tab) -> None:
    """All of it by links and forms."""
    nora = tab("sales", java_script_enabled=False)
    make_case(nora, "Scriptless before")
    nora.goto("/pipeline/?q=Scriptless")
    nora.get_by_role("link", name="Add to New").click()
    nora.get_by_label("Name", exact=True).fill("Scriptless one")
    nora.get_by_role("button", name="Add", exact=True).click()
    expect(names(column(nora, "New"))).to_have_text(["Scriptless one", "Scriptless before"])
    card(nora, "Scriptless one").hover()
    nora.get_by_role("link", name="Menu of Scriptless one").click()
    nora.get_by_role("button", name="Move to Qualified").click()
    expect(names(column(nora, "Qualified"))).to_have_text(["Scriptless one"])
    nora.locator(".chip.add").click()
    nora.get_by_label("Text").fill("Nothing like it")
    nora.get_by_role("button", name="Show").click()
    expect(nora.get_by_role("heading", name="No case fits all of this")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme", "colours"), LOOKS)
def test_nothing_stands_in_anybodys_way(
    tab: Tab, faults: Faults, width: int, scheme: str, colours: bool | None
) -> None:
    """The board, its menu, what it asks, the filter and the list, as axe sees them.

    All cards are looked at once; what opens around them is looked at on a board of one.
    """
    nora = tab("sales", viewport={"width": width, "height": 800}, color_scheme=scheme)
    name = f"Open to all at {width} in {scheme}"
    make_case(nora, name)
    nora.goto("/pipeline/")
    assert faults(nora, colours=colours) == []
    open_board(nora, name)
    nora.locator(".card-menu").first.click(force=True)
    expect(nora.locator("#card-menu")).to_be_visible()
    assert faults(nora, colours=colours) == []
    nora.keyboard.press("Escape")
    nora.locator(".card-name").first.focus()
    nora.keyboard.press("l")
    expect(nora.locator("#ask")).to_be_visible()
    assert faults(nora, colours=colours) == []
    nora.keyboard.press("Escape")
    nora.get_by_role("link", name="Add to New").click()
    expect(nora.get_by_role("form", name="New in New")).to_be_visible()
    assert faults(nora, colours=colours) == []
    nora.goto("/cases/")
    assert faults(nora, colours=colours) == []
    nora.keyboard.press("f")
    expect(nora.locator("#filter")).to_be_visible()
    assert faults(nora, colours=colours) == []
