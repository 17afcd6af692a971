"""Cases: made, edited by two, moved, decided, taken back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.flows import failure, history, make_case, make_lead, note, path_of, refusal, toast

Tab = Callable[..., Page]


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def state(page: Page) -> Locator:
    return page.locator(".case-meta .state")


def choose(page: Page, verb: str) -> None:
    """Press a verb, wherever it stands: beside the name or in the menu."""
    button = page.locator(".case-acts").get_by_role("button", name=re.compile(rf"^{verb}\b"))
    link = page.locator(".case-acts").get_by_role("link", name=re.compile(rf"^{verb}"))
    one = button.or_(link)
    if not one.is_visible():
        page.get_by_role("button", name="More acts").click()
    one.click()


def test_make_a_case(nora: Page) -> None:
    nora.goto("/cases/")
    nora.get_by_role("link", name="New case").click()
    expect(nora).to_have_title("New opportunity · Holdfast")
    nora.get_by_label("Name", exact=True).fill("Steam meters, boiler house")
    nora.get_by_label("Revenue", exact=True).fill("12,500")
    nora.get_by_label("Partner", exact=True).fill("hofmann brewery")
    nora.get_by_role("button", name="Create opportunity").click()
    expect(nora.get_by_role("heading", name="Steam meters, boiler house", level=1)).to_be_visible()
    expect(toast(nora)).to_contain_text("Opportunity created.")
    expect(nora.locator(".facts")).to_contain_text("€12,500")
    expect(nora.locator(".facts").get_by_role("link", name="Hofmann Brewery", exact=True)).to_be_visible()
    expect(nora.locator(".facts")).to_contain_text("Nora Lindahl")
    expect(state(nora)).to_have_text("Open")
    nora.get_by_role("navigation", name="Main").get_by_role("link", name="Cases").click()
    expect(nora.get_by_role("row").nth(1)).to_contain_text("Steam meters, boiler house")


def test_what_is_wrong_is_said_and_everything_typed_stays(nora: Page) -> None:
    nora.goto("/cases/new?kind=opportunity")
    nora.get_by_label("Description").fill("Typed with care")
    nora.get_by_label("Revenue", exact=True).fill("a lot")
    nora.get_by_role("button", name="Create opportunity").click()
    summary = nora.get_by_role("alert").filter(has_text="2 fields need another look.")
    expect(summary).to_be_focused()
    expect(nora.get_by_text("Say in a line what it is about.")).to_be_visible()
    expect(nora.get_by_label("Description")).to_have_value("Typed with care")
    expect(nora.get_by_label("Revenue", exact=True)).to_have_value("a lot")
    nora.get_by_label("Name", exact=True).fill("Now with a name")
    nora.get_by_label("Revenue", exact=True).fill("900")
    nora.get_by_label("Revenue", exact=True).press("Control+Enter")
    expect(nora.get_by_role("heading", name="Now with a name", level=1)).to_be_visible()


def test_edit_is_told_and_taken_back_with_a_key(nora: Page) -> None:
    make_case(nora, "Pump control")
    choose(nora, "Edit")
    nora.get_by_label("Revenue", exact=True).fill("7000")
    nora.get_by_label("City").fill("Rheda")
    nora.get_by_role("button", name="Save").click()
    expect(toast(nora)).to_contain_text("Saved.")
    expect(nora.locator(".facts")).to_contain_text("€7,000")
    expect(history(nora)).to_contain_text("Rheda")
    nora.keyboard.press("z")
    expect(toast(nora)).to_contain_text("Taken back")
    expect(nora.locator(".facts")).not_to_contain_text("€7,000")
    expect(nora.locator(".facts")).not_to_contain_text("Rheda")
    expect(history(nora).get_by_text("Taken back").first).to_be_visible()


@pytest.mark.parametrize(("kept", "name"), [("Yours, not saved", "Mine"), ("Marc Devaux, saved", "Theirs")])
def test_two_edit_one_field_and_the_second_chooses(
    nora: Page, tab: Tab, expected_failures: list[str], kept: str, name: str
) -> None:
    expected_failures.append("409")
    path = make_case(nora, "Both want this")
    marc = tab("manager")
    marc.goto(f"{path}/edit")
    nora.goto(f"{path}/edit")
    marc.get_by_label("Name", exact=True).fill("Theirs")
    marc.get_by_label("City").fill("Lund")
    marc.get_by_role("button", name="Save").click()
    expect(marc.get_by_role("heading", name="Theirs", level=1)).to_be_visible()

    nora.get_by_label("Name", exact=True).fill("Mine")
    nora.get_by_label("Description").fill("Not in question")
    nora.get_by_role("button", name="Save").click()
    expect(
        nora.get_by_role("alert").filter(has_text="One field was changed by somebody else")
    ).to_be_focused()
    question = nora.get_by_role("group", name="Which name stays?")
    expect(question).to_contain_text("Marc Devaux changed this while you were typing")
    expect(question.get_by_role("radio", name="Theirs")).to_be_visible()
    expect(question.get_by_role("radio", name="Mine")).to_be_visible()
    expect(nora.get_by_label("Description")).to_have_value("Not in question")
    expect(nora.get_by_label("City")).to_have_value("Lund")

    question.get_by_text(kept).click()
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(nora.locator(".facts")).to_contain_text("Not in question")
    expect(nora.locator(".facts")).to_contain_text("Lund")


def test_verbs_of_an_opportunity(nora: Page) -> None:
    make_case(nora, "Through every verb")
    for verb, said, then in [
        ("Won", "Won.", "Won"),
        ("Reopen", "Open again.", "Open"),
        ("Wait", "Waits for the other side.", "Pending"),
        ("Take up", "Taken up.", "Open"),
        ("Cancel it", "Cancelled.", "Cancelled"),
        ("Reopen", "Open again.", "Open"),
        ("Make it a draft again", "A draft again.", "Draft"),
        ("Archive", "Archived.", "Draft"),
        ("Take out of the archive", "Out of the archive.", "Draft"),
        ("Escalate", "Escalated to Sales. You watch it.", "Draft"),
    ]:
        choose(nora, verb)
        expect(toast(nora)).to_contain_text(said)
        expect(state(nora)).to_have_text(then)
        expect(nora.locator(".menu")).to_be_hidden()


def test_verbs_of_other_kinds(nora: Page) -> None:
    make_case(nora, "Asks for a price", "lead")
    choose(nora, "Make it an opportunity")
    expect(toast(nora)).to_contain_text("It is an opportunity now.")
    expect(nora.locator(".case-meta")).to_contain_text("Opportunity")
    make_case(nora, "Print labels", "task")
    choose(nora, "Close")
    expect(toast(nora)).to_contain_text("Closed.")
    expect(state(nora)).to_have_text("Done")


def test_deleted_leads_to_the_list_and_undo_brings_it_back(tab: Tab) -> None:
    """Only what nobody took up yet can be deleted: here the lead of an operator."""
    path = make_lead(tab("operator"), "A wrong number")
    astrid = tab("admin")
    astrid.goto(path)
    choose(astrid, "Delete")
    expect(astrid).to_have_title("Cases · Holdfast")
    expect(toast(astrid)).to_contain_text("Deleted. It stays in the bin for 30 days.")
    line = astrid.locator(f"[data-rows] a[href='{path}']")
    expect(line).to_have_count(0)
    toast(astrid).get_by_role("button", name="Undo").click()
    expect(line).to_have_text("A wrong number")


def test_what_is_not_theirs_is_not_offered(tab: Tab) -> None:
    olga = tab("operator")
    make_lead(olga, "Asked for a catalogue")
    expect(olga.locator(".case-acts").get_by_role("link")).to_have_count(0)
    acts = olga.locator(".case-acts").get_by_role("button")
    expect(acts).to_have_count(1)
    acts.click()
    expect(olga.locator(".case-acts .menu > *")).to_have_text(["Follow a plan…", "Watch it no more"])
    olga.keyboard.press("Escape")
    expect(olga.locator(".facts").get_by_role("link", name="Add an amount")).to_be_hidden()
    note(olga).fill("They ring back.")
    olga.get_by_role("button", name="Write down").click()
    expect(history(olga)).to_contain_text("They ring back.")


def test_lost_asks_for_a_reason_in_its_place(nora: Page) -> None:
    make_case(nora, "Too dear for them")
    nora.keyboard.press("l")
    expect(nora.get_by_role("heading", name="Why was it lost?")).to_be_visible()
    expect(nora.get_by_role("radio").first).to_be_focused()
    nora.get_by_role("link", name="Leave").click()
    expect(nora.get_by_role("heading", name="Why was it lost?")).to_be_hidden()
    expect(state(nora)).to_have_text("Open")

    choose(nora, "Lost…")
    nora.get_by_role("button", name="Mark lost").click()
    expect(nora.get_by_text("Say why it was lost.")).to_be_visible()
    nora.get_by_label("Too expensive").check()
    nora.get_by_label("In your words").fill("A third below us")
    nora.get_by_role("button", name="Mark lost").click()
    expect(toast(nora)).to_contain_text("Marked lost.")
    expect(state(nora)).to_have_text("Lost")
    expect(history(nora)).to_contain_text("A third below us")
    expect(nora.get_by_role("heading", name="Why was it lost?")).to_be_hidden()
    choose(nora, "Restore")
    expect(state(nora)).to_have_text("Open")


def test_move_by_the_stage_bar_and_undo(nora: Page) -> None:
    make_case(nora, "On its way")
    here = nora.locator(".stages [aria-current=step]")
    expect(here).to_contain_text("New")
    nora.get_by_role("button", name="Proposal").click()
    expect(here).to_contain_text("Proposal")
    expect(toast(nora)).to_contain_text("Moved to Proposal.")
    toast(nora).get_by_role("button", name="Undo").click()
    expect(here).to_contain_text("New")
    expect(toast(nora)).to_contain_text("Taken back")

    history(nora).get_by_role("button", name="Do again").first.click()
    expect(here).to_contain_text("Proposal")
    nora.reload()
    history(nora).get_by_role("button", name="Undo").first.click()
    expect(here).to_contain_text("New")


def test_arrows_walk_the_stage_bar(nora: Page) -> None:
    make_case(nora, "On its way by arrows")
    new, qualified = (nora.locator(".stages button").filter(has_text=name) for name in ("New", "Qualified"))
    nora.keyboard.press("s")
    expect(new).to_be_focused()
    nora.keyboard.press("ArrowLeft")
    expect(new).to_be_focused()
    nora.keyboard.press("ArrowRight")
    expect(qualified).to_be_focused()
    nora.keyboard.press("Enter")
    expect(nora.locator(".stages [aria-current=step]")).to_contain_text("Qualified")
    expect(qualified).to_be_focused()


def test_asked_in_place_who_which_team_tags_watchers(nora: Page) -> None:
    make_case(nora, "Given away")
    nora.keyboard.press("a")
    expect(nora.get_by_label("Responsible", exact=True)).to_be_focused()
    nora.get_by_label("Responsible", exact=True).select_option(label="Priya Nair")
    nora.get_by_role("button", name="Assign", exact=True).click()
    expect(toast(nora)).to_contain_text("Assigned to Priya Nair.")
    nora.keyboard.press("z")
    expect(toast(nora)).to_contain_text("Taken back")
    expect(nora.locator(".facts").get_by_role("link", name="Nora Lindahl")).to_be_visible()

    nora.locator(".facts").get_by_role("link", name="Add a tag").click()
    nora.get_by_label("Tag", exact=True).select_option(label="Tender")
    nora.get_by_role("button", name="Add", exact=True).click()
    expect(nora.locator(".case-meta")).to_contain_text("Tender")
    nora.get_by_role("button", name="Take the tag Tender away").click()
    expect(nora.locator(".case-meta")).not_to_contain_text("Tender")
    nora.get_by_label("Tag", exact=True).press("Escape")
    expect(nora.get_by_label("Tag", exact=True)).to_be_hidden()

    nora.locator(".facts").get_by_role("link", name="Add a watcher").click()
    nora.get_by_label("Watcher", exact=True).select_option(label="Otto Brandt")
    nora.get_by_role("button", name="Add", exact=True).click()
    expect(toast(nora)).to_contain_text("Otto Brandt watches it.")

    choose(nora, "Another team…")
    nora.get_by_label("Team", exact=True).select_option(label="Resellers")
    nora.get_by_role("button", name="Hand over").click()
    expect(toast(nora)).to_contain_text("Handed over to Resellers.")
    expect(nora.locator(".facts")).to_contain_text("Rui Antunes")


def test_an_act_that_was_asked_on_a_page_of_its_own_leads_back_to_the_case(nora: Page) -> None:
    path = make_case(nora, "Handed over by its address")
    nora.goto(f"{path}/handover")
    nora.get_by_label("Team", exact=True).select_option(label="Resellers")
    nora.get_by_role("button", name="Hand over").click()
    expect(toast(nora)).to_contain_text("Handed over to Resellers. Rui Antunes answers for it now.")
    expect(nora.locator(".facts")).to_contain_text("Rui Antunes")
    expect(nora).to_have_url(re.compile(f"{path}$"))


def test_priority_goes_up_star_by_star(nora: Page) -> None:
    make_case(nora, "Ever more urgent")
    for word in ("medium", "high", "very high", "normal"):
        nora.get_by_role("button", name="Priority of Ever more urgent").click()
        expect(nora.get_by_role("button", name=f"Ever more urgent: {word}. Raise")).to_be_focused()


def test_plan_do_and_cancel_a_step(nora: Page) -> None:
    make_case(nora, "One thing after another")
    steps = nora.get_by_role("list", name="Next steps")
    plan(nora, "Call", "Ask about the budget")
    expect(steps.get_by_role("listitem")).to_have_count(1)
    steps.get_by_role("link", name="Done, plan next").click()
    expect(nora.get_by_label("What came of it")).to_be_focused()
    nora.keyboard.type("There is none")
    nora.get_by_label("Next", exact=True).select_option(label="To-do")
    steps.get_by_role("textbox", name=re.compile("^What( optional)?$")).fill("Write the offer")
    nora.get_by_role("button", name="Done, and plan it").click()
    expect(toast(nora)).to_contain_text("Done: Ask about the budget. Next: Write the offer.")
    expect(nora.locator(".history")).to_contain_text("There is none")
    expect(steps.get_by_role("listitem")).to_have_count(1)
    steps.get_by_role("button", name="Cancel: Write the offer").click()
    expect(toast(nora)).to_contain_text("Cancelled: Write the offer.")
    expect(steps).to_be_hidden()
    toast(nora).get_by_role("button", name="Undo").click()
    expect(steps).to_contain_text("Write the offer")
    steps.get_by_role("button", name="Done: Write the offer").click()
    expect(toast(nora)).to_contain_text("Done: Write the offer.")
    expect(steps).to_be_hidden()


def test_steps_are_planned_and_done_by_keys_alone(nora: Page) -> None:
    make_case(nora, "Steps by keys")
    for what in ("First", "Second", "Third"):
        nora.get_by_role("radio", name="Plan a step").focus()
        nora.keyboard.press("Space")
        nora.keyboard.press("Enter")
        expect(nora.locator(".plan").get_by_label("Type")).to_be_focused()
        plan(nora, "Call", what)
        expect(nora.get_by_role("list", name="Next steps").get_by_text(what)).to_be_visible()

    for done, next_one in (("Second", "Third"), ("Third", "First")):
        nora.get_by_role("button", name=f"Done: {done}").focus()
        nora.keyboard.press("Enter")
        expect(nora.get_by_role("button", name=f"Done: {next_one}")).to_be_focused()
    nora.keyboard.press("Enter")
    expect(nora.get_by_role("radio", name="Plan a step")).to_be_focused()


def plan(page: Page, kind: str, what: str) -> None:
    if not page.get_by_label("Type").is_visible():
        page.get_by_text("Plan a step").click()
    page.get_by_label("Type").select_option(label=kind)
    page.locator(".plan").get_by_label("What").fill(what)
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("list", name="Next steps")).to_contain_text(what)


def test_attach_fetch_and_take_off_a_file(nora: Page, tmp_path: Path) -> None:
    make_case(nora, "With papers")
    paper = tmp_path / "Line 3, plan.txt"
    paper.write_text("Meters at 2, 5 and 9 m.\n")
    nora.get_by_label("Attach files").set_input_files(paper)
    nora.get_by_role("button", name="Attach", exact=True).click()
    link = nora.locator(".lines").get_by_role("link", name="Line 3, plan.txt")
    expect(link).to_be_visible()
    expect(toast(nora)).to_contain_text("1 file attached.")
    told = history(nora).get_by_role("link", name="Line 3, plan.txt")
    expect(told).to_be_visible()
    with nora.expect_download() as fetched:
        link.click()
    assert fetched.value.suggested_filename == "Line 3, plan.txt"
    assert Path(fetched.value.path()).read_text() == "Meters at 2, 5 and 9 m.\n"
    nora.get_by_role("button", name="Take off").click()
    expect(link).to_be_hidden()
    expect(told).to_be_hidden()
    expect(history(nora)).to_contain_text("took off the file Line 3, plan.txt")
    toast(nora).get_by_role("button", name="Undo").click()
    expect(link).to_be_visible()


def test_write_a_note(nora: Page) -> None:
    make_case(nora, "Talked about")
    nora.get_by_role("button", name="Write down").click()
    expect(nora.get_by_text("Write something down first.")).to_be_visible()
    note(nora).fill("They <b>decide</b> on Monday.\n\nBudget is there.")
    note(nora).press("Control+Enter")
    expect(toast(nora)).to_contain_text("Written down.")
    expect(history(nora)).to_contain_text("They <b>decide</b> on Monday.")
    expect(note(nora)).to_have_value("")


def test_a_refused_act_says_why_and_keeps_what_was_typed(
    nora: Page, tab: Tab, expected_failures: list[str]
) -> None:
    expected_failures.append("409")
    path = make_case(nora, "Decided twice")
    choose(nora, "Lost…")
    nora.get_by_label("Too expensive").check()
    nora.get_by_label("In your words").fill("Slow typing")
    marc = tab("manager")
    marc.goto(path)
    choose(marc, "Won")
    expect(state(marc)).to_have_text("Won")
    nora.get_by_role("button", name="Mark lost").click()
    expect(refusal(nora)).to_contain_text("A closed case is reopened before it is lost.")
    expect(nora.get_by_label("In your words")).to_have_value("Slow typing")
    expect(failure(nora)).to_be_empty()


def test_back_and_forward_through_boosted_pages(nora: Page) -> None:
    path = make_case(nora, "There and back")
    nora.evaluate("window.same = true")
    nora.get_by_role("navigation", name="Main").get_by_role("link", name="Cases").click()
    expect(nora).to_have_title("Cases · Holdfast")
    nora.get_by_role("link", name="There and back").click()
    expect(nora).to_have_title("There and back · Holdfast")
    choose(nora, "Edit")
    expect(nora).to_have_title("Edit There and back · Holdfast")
    nora.go_back()
    expect(nora).to_have_title("There and back · Holdfast")
    expect(nora.get_by_role("heading", name="There and back", level=1)).to_be_visible()
    assert path_of(nora).partition("?")[0] == path
    choose(nora, "Won")
    expect(state(nora)).to_have_text("Won")
    nora.go_back()
    expect(nora).to_have_title("Cases · Holdfast")
    nora.go_forward()
    expect(state(nora)).to_have_text("Won")
    assert nora.evaluate("window.same"), "A page was loaded anew on the way."


def test_two_tabs_on_one_case(nora: Page) -> None:
    path = make_case(nora, "In two tabs")
    other = nora.context.new_page()
    other.goto(path)
    nora.goto(f"{path}/edit")
    note(other).fill("From the other tab")
    other.get_by_role("button", name="Write down").click()
    expect(toast(other)).to_contain_text("Written down.")
    nora.get_by_label("City").fill("Visby")
    nora.get_by_role("button", name="Save").click()
    expect(nora.locator(".facts")).to_contain_text("Visby")
    expect(history(nora)).to_contain_text("From the other tab")
    other.get_by_role("button", name="Proposal").click()
    expect(other.locator(".stages [aria-current=step]")).to_contain_text("Proposal")
    expect(other.locator(".facts")).to_contain_text("Visby")
