"""Holdfast without a mouse, and for those who listen to it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.flows import failure, history, make_case, make_lead, note, refusal, toast
from tests.browser.looks import look

Tab = Callable[..., Page]
Faults = Callable[..., list[str]]


# What axe finds


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_nothing_bars_the_way_in_any_state(
    tab: Tab, faults: Faults, expected_failures: list[str], width: int, scheme: str
) -> None:
    """What stands on pages only for a while: dialogs, questions, errors, conflicts, messages."""
    expected_failures += ["status of 40[1349]", "net::ERR_", "Failed to fetch"]
    nora, marc = tab("sales", bypass_csp=True), tab("manager")
    found = []

    def check(what: str) -> None:
        found.extend(f"{what}: {fault}" for fault in faults(nora))

    look(nora, width, scheme)
    path = make_case(nora, "In every state")
    check("toast")
    nora.get_by_text("Plan a step").click()
    nora.get_by_role("button", name="Plan it").click()
    expect(nora.get_by_text("Say what kind of step it is.")).to_be_visible()
    check("plan refused")
    nora.get_by_role("button", name="More acts").click()
    expect(nora.locator(".menu")).to_be_visible()
    check("menu")
    nora.keyboard.press("Escape")
    nora.get_by_role("link", name="Lost…").click()
    nora.get_by_role("button", name="Mark lost").click()
    expect(nora.get_by_text("Say why it was lost.")).to_be_visible()
    check("question refused")
    nora.get_by_label("Too expensive").check()
    marc.goto(path)
    marc.locator(".case-acts").get_by_role("button", name="Won").click()
    expect(marc.locator(".case-meta .state")).to_have_text("Won")
    nora.get_by_role("button", name="Mark lost").click()
    expect(refusal(nora)).to_contain_text("A closed case")
    check("refusal")

    nora.goto(f"{path}/edit")
    marc.goto(f"{path}/edit")
    marc.get_by_label("Name", exact=True).fill("In another state")
    marc.get_by_role("button", name="Save").click()
    expect(toast(marc)).to_contain_text("Saved.")
    nora.get_by_label("Name", exact=True).fill("")
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_text("One field needs another look.")).to_be_visible()
    check("form refused")
    nora.get_by_label("Name", exact=True).fill("In my state")
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_text("One field was changed by somebody else meanwhile.")).to_be_visible()
    check("conflict")

    nora.goto(path)
    nora.context.set_offline(True)
    note(nora).fill("Not yet")
    nora.get_by_role("button", name="Write down").click()
    expect(failure(nora)).to_contain_text("The connection broke.")
    check("offline")
    nora.context.set_offline(False)
    failure(nora).get_by_role("button", name="Close").click()
    nora.keyboard.press("Control+k")
    expect(nora.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    nora.keyboard.type("hofmann")
    expect(nora.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    check("palette")
    nora.keyboard.press("Escape")
    expect(nora.get_by_role("dialog")).to_have_count(0)  # then the focus is back where it was
    nora.get_by_role("main").focus()
    nora.keyboard.press("?")
    expect(nora.get_by_role("dialog", name="Keys")).to_be_visible()
    check("keys")
    nora.keyboard.press("Escape")
    nora.context.clear_cookies()
    nora.get_by_role("button", name="Write down").click()
    expect(nora.get_by_role("dialog", name="Sign in to go on")).to_be_visible()
    check("sign in again")
    nora.goto("/nowhere")
    check("door")
    assert found == []


def test_pages_of_errors(tab: Tab, faults: Faults, expected_failures: list[str]) -> None:
    expected_failures += ["status of 40[34]"]
    olga = tab("operator", bypass_csp=True)
    case = make_lead(olga, "Not hers to edit")
    for path in ("/nowhere", "/people/", f"{case}/edit"):
        olga.goto(path)
        assert faults(olga) == []


# Without a mouse


def test_a_day_without_a_mouse(page: Page) -> None:
    """Sign in, open a case, edit, save, undo."""
    page.goto("/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("sales@demo.example")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    expect(page).to_have_title("My day · Holdfast")
    page.keyboard.press("c")
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("Made without a mouse")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_title("Made without a mouse · Holdfast")

    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_title("Cases · Holdfast")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Made without a mouse").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_title("Made without a mouse · Holdfast")
    tab_to(page, page.get_by_role("link", name="Edit", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_title("Edit Made without a mouse · Holdfast")
    tab_to(page, page.get_by_label("Revenue", exact=True))
    page.keyboard.type("4200")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".facts")).to_contain_text("€4,200")
    page.keyboard.press("z")
    expect(toast(page)).to_contain_text("Taken back")
    expect(page.locator(".facts")).not_to_contain_text("€4,200")

    tab_to(page, page.get_by_role("button", name="More acts"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Wait"))
    page.keyboard.press("Enter")
    expect(page.locator(".case-meta .state")).to_have_text("Pending")
    tab_to(page, note(page))
    page.keyboard.type("Written without a mouse")
    page.keyboard.press("Control+Enter")
    expect(history(page)).to_contain_text("Written without a mouse")


def tab_to(page: Page, wanted: Locator) -> None:
    expect(wanted).to_be_visible()
    for _stop in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}.")


def test_skip_to_the_content(tab: Tab) -> None:
    nora = tab("sales")
    nora.goto("/cases/")
    nora.keyboard.press("Tab")
    skip = nora.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    nora.keyboard.press("Enter")
    expect(nora.get_by_role("main")).to_be_focused()
    nora.keyboard.press("Tab")
    assert nora.evaluate("document.getElementById('main').contains(document.activeElement)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_is_seen_wherever_it_goes(tab: Tab, scheme: str) -> None:
    nora = tab("sales", color_scheme=scheme, reduced_motion="reduce")
    path = make_case(nora, "Walked around")
    for address in (path, f"{path}/edit", "/settings/", "/partners/"):
        nora.goto(address)
        seen = 0
        for _stop in range(60):
            nora.keyboard.press("Tab")
            stop = nora.evaluate(STOP)
            if stop["is_out"]:
                break
            assert stop["is_ringed"], f"{address}: nothing shows that {stop['what']} has the focus."
            assert stop["is_there"], f"{address}: {stop['what']} has the focus and is not in sight."
            seen += 1
        assert seen > 15


# What has the focus, whether something is drawn around it (or around what stands for it), and whether it is in sight.
STOP = """() => {
    const one = document.activeElement;
    const drawn = (each) => {
        const style = getComputedStyle(each);
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
        return ring || style.boxShadow.includes("0px 0px 0px 3px");
    };
    const box = one.getBoundingClientRect();
    return {
        is_out: one === document.body,
        what: one.outerHTML.slice(0, 160),
        is_ringed: [one, one.parentElement, one.closest(".compose"), one.nextElementSibling].some(
            (each) => each && drawn(each)),
        is_there: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
    };
}"""


def test_focus_stays_where_the_work_is(tab: Tab) -> None:
    """After a swap it is on what was changed or took its place; after a closing on what opened it."""
    nora = tab("sales")
    make_case(nora, "Focus goes along")
    case = nora.locator(".case-page")

    def is_within() -> bool:
        return bool(case.evaluate("page => page.contains(document.activeElement)"))

    nora.get_by_role("button", name="Proposal").focus()
    nora.keyboard.press("Enter")
    expect(toast(nora)).to_contain_text("Moved to Proposal.")
    expect(nora.get_by_role("button", name="Proposal")).to_be_focused()

    nora.locator(".case-acts").get_by_role("button", name="Won").focus()
    nora.keyboard.press("Enter")
    expect(toast(nora)).to_contain_text("Won.")
    assert is_within(), "Won is gone, and so is the focus."

    toast(nora).get_by_role("button", name="Undo").focus()
    nora.keyboard.press("Enter")
    expect(toast(nora)).to_contain_text("Taken back")
    assert not nora.evaluate("document.activeElement === document.body"), "After Undo the focus is nowhere."

    lost = nora.get_by_role("link", name="Lost…")
    lost.focus()
    nora.keyboard.press("Enter")
    expect(nora.get_by_role("radio").first).to_be_focused()
    nora.get_by_role("link", name="Leave").focus()
    nora.keyboard.press("Enter")
    expect(nora.get_by_role("heading", name="Why was it lost?")).to_be_hidden()
    assert is_within(), "After leaving the question the focus is nowhere."

    more = nora.get_by_role("button", name="More acts")
    more.focus()
    nora.keyboard.press("Enter")
    nora.keyboard.press("Escape")
    expect(more).to_be_focused()


def test_what_happened_is_said_to_who_listens(tab: Tab) -> None:
    nora = tab("sales")
    make_case(nora, "Listened to")
    expect(nora.get_by_role("status").filter(has_text="Opportunity created.")).to_be_visible()
    nora.get_by_role("navigation", name="Main").get_by_role("link", name="Partners").click()
    expect(nora.get_by_role("status").filter(has_text="Partners · Holdfast")).to_have_count(1)
