"""Partners: met, recognised, edited, archived and back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.flows import history, make_case, make_partner, note, toast

Tab = Callable[..., Page]


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def test_make_a_partner_and_a_person_there(nora: Page) -> None:
    nora.goto("/partners/")
    nora.keyboard.press("c")
    nora.get_by_label("Name", exact=True).fill("Zuckerfabrik Anklam")
    nora.get_by_label("City").fill("Anklam")
    nora.get_by_label("Customer").check()
    nora.get_by_role("button", name="Create partner").click()
    expect(nora.get_by_role("heading", name="Zuckerfabrik Anklam", level=1)).to_be_visible()
    expect(toast(nora)).to_contain_text("Partner created.")
    expect(nora.locator(".partner-head")).to_contain_text("Customer")

    nora.get_by_role("region", name="People").get_by_role("link", name="Add").click()
    nora.get_by_label("Name", exact=True).fill("Ulrike Stern")
    nora.get_by_label("Function").fill("Head of process")
    nora.get_by_role("button", name="Create partner").click()
    expect(nora.get_by_role("heading", name="Ulrike Stern", level=1)).to_be_visible()
    nora.get_by_role("link", name="Zuckerfabrik Anklam").first.click()
    expect(nora.get_by_role("region", name="People")).to_contain_text("Head of process")

    nora.goto("/partners/")
    nora.get_by_label("Part of a name").press_sequentially("zuckerfabrik a")
    expect(nora.get_by_role("row")).to_have_count(2)
    expect(nora.get_by_role("link", name="Zuckerfabrik Anklam")).to_be_visible()


def test_who_may_be_the_same_is_offered_while_one_types(nora: Page) -> None:
    make_partner(nora, "Papierfabrik Kriebstein")
    nora.goto("/partners/new")
    nora.get_by_label("Name", exact=True).press_sequentially("Papierfabrik Kriebstein")
    hint = nora.get_by_role("status").filter(has_text="Do you mean one of these?")
    expect(hint.get_by_role("link", name="Papierfabrik Kriebstein")).to_be_visible()
    expect(nora.get_by_label("Name", exact=True)).to_be_focused()
    hint.get_by_role("link", name="Papierfabrik Kriebstein").click()
    expect(nora.get_by_role("heading", name="Papierfabrik Kriebstein", level=1)).to_be_visible()


def test_two_of_one_name_are_made_only_on_purpose(nora: Page) -> None:
    make_partner(nora, "Molkerei Nord")
    nora.goto("/partners/new?name=Molkerei+Nord")
    nora.get_by_role("button", name="Create partner").click()
    expect(nora.get_by_text("Do you mean one of these?")).to_be_visible()
    nora.get_by_role("button", name="Create anyway").click()
    expect(toast(nora)).to_contain_text("Partner created.")


def test_edit_a_partner_and_undo(nora: Page) -> None:
    make_partner(nora, "Glashütte Freital")
    nora.get_by_role("link", name="Edit").click()
    nora.get_by_label("City").fill("Freital")
    nora.get_by_label("E-mail").fill("not an address")
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_role("alert").filter(has_text="One field needs another look.")).to_be_focused()
    expect(nora.get_by_label("City")).to_have_value("Freital")
    nora.get_by_label("E-mail").fill("info@glas.example")
    nora.get_by_role("button", name="Save").click()
    expect(toast(nora)).to_contain_text("Saved.")
    expect(nora.get_by_role("link", name="info@glas.example")).to_be_visible()
    toast(nora).get_by_role("button", name="Undo").click()
    expect(toast(nora)).to_contain_text("Taken back")
    expect(nora.get_by_role("link", name="info@glas.example")).to_be_hidden()


def test_two_edit_a_partner(nora: Page, tab: Tab, expected_failures: list[str]) -> None:
    expected_failures.append("409")
    path = make_partner(nora, "Wanted by two")
    marc = tab("manager")
    marc.goto(f"{path}/edit")
    nora.goto(f"{path}/edit")
    marc.get_by_label("City").fill("Lund")
    marc.get_by_role("button", name="Save").click()
    expect(toast(marc)).to_contain_text("Saved.")
    nora.get_by_label("City").fill("Malmö")
    nora.get_by_role("button", name="Save").click()
    expect(
        nora.get_by_role("alert").filter(has_text="One field was changed by somebody else")
    ).to_be_focused()
    question = nora.get_by_role("group", name="Which city stays?")
    expect(question).to_contain_text("Lund")
    question.get_by_text("Yours, not saved").click()
    nora.get_by_role("button", name="Save").click()
    expect(nora.locator(".partner-head")).to_contain_text("Malmö")


def test_write_a_note_and_plan_a_step(nora: Page) -> None:
    make_partner(nora, "Talked with often")
    note(nora).fill("They prefer to be rung before noon.")
    note(nora).press("Control+Enter")
    expect(history(nora)).to_contain_text("They prefer to be rung before noon.")
    expect(note(nora)).to_have_value("")
    upcoming = nora.get_by_role("region", name="Next")
    nora.get_by_text("Plan a step").click()
    nora.get_by_label("Type").select_option(label="Call")
    nora.get_by_label("What").fill("Ring before noon")
    nora.get_by_role("button", name="Plan it").click()
    expect(toast(nora)).to_contain_text("Planned: Ring before noon.")
    upcoming.get_by_role("button", name="Done: Ring before noon").click()
    expect(toast(nora)).to_contain_text("Done: Ring before noon.")
    expect(upcoming).to_contain_text("Nothing is planned with them.")


def test_archive_and_undo(nora: Page) -> None:
    make_partner(nora, "Closed its gates")
    nora.get_by_role("button", name="More acts").click()
    nora.get_by_role("button", name="Archive").click()
    expect(toast(nora)).to_contain_text("Archived.")
    expect(nora.locator(".partner-head")).to_contain_text("Archived")
    nora.keyboard.press("z")
    expect(toast(nora)).to_contain_text("Taken back")
    expect(nora.locator(".partner-head")).not_to_contain_text("Archived")


def test_a_case_for_a_partner(nora: Page) -> None:
    make_partner(nora, "Begins something new")
    nora.get_by_role("link", name="New case").click()
    expect(nora.get_by_label("Partner", exact=True)).to_have_value("Begins something new")
    nora.get_by_label("Name", exact=True).fill("Their first order")
    nora.get_by_role("button", name="Create opportunity").click()
    nora.locator(".case-meta").get_by_role("link", name="Begins something new").click()
    expect(nora.get_by_role("region", name="Open cases")).to_contain_text("Their first order")
    make_case(nora, "For nobody yet")
    nora.get_by_role("link", name="Add a partner").click()
    nora.get_by_label("Partner", exact=True).fill("Nobody of that name")
    nora.get_by_role("button", name="Save").click()
    expect(nora.get_by_text("Nobody you know is called “Nobody of that name”.")).to_be_visible()
