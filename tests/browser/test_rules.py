"""Rules: built, tried, rehearsed and switched on, until the history tells what one did."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import ROOT, Server
from tests.browser.flows import history, path_of, toast

Tab = Callable[..., Page]
IN_THE_HOUSE = """
from datetime import timedelta
import sqlalchemy as sa
from app import clock, create_app
from app.domain.case import Case
from app.domain.rules import timing
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
with create_app().app_context():
    otto = db.session.scalars(sa.select(User).where(User.name == "Otto Brandt")).one()
    support = db.session.scalars(sa.select(Team).where(Team.name == "Support")).one()
    {work}
"""
A_CLAIM = """
    with clock.stopped_at(clock.now() - timedelta(days={days})):
        made = Case.make("claim", {name!r}, by=otto, team=support, responsible=otto)
        made.open(by=otto)
        db.session.commit()
    timing.evaluate()
    print(made.id)
"""


@pytest.fixture
def a_claim(server: Server) -> Callable[..., str]:
    """A claim of Support that was made so many days ago, of which the worker has heard; answers its path."""

    def make(name: str, days: int) -> str:
        script = IN_THE_HOUSE.format(work=A_CLAIM.format(name=name, days=days).strip())
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=server.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return f"/cases/{done.stdout.split()[-1]}"

    return make


@pytest.fixture
def birgit(tab: Tab) -> Page:
    """She leads Support."""
    return tab("birgit@demo.example")


def choose(row: Locator, entry: str) -> None:
    """What a row is about; its fields stand there when this is done."""
    row.locator("select.entry").select_option(label=entry)
    expect(row.locator(".asks")).not_to_have_count(1)


def tick(row: Locator, *words: str) -> None:
    """Choose among the boxes of a row."""
    row.locator("summary.select").click()
    for word in words:
        row.get_by_label(word, exact=True).check()
    row.page.keyboard.press("Escape")
    expect(row.locator("summary.select")).to_have_text(", ".join(words))


def at(page: Page, place: str) -> Locator:
    return page.locator(f"#{place}")


def build(page: Page, name: str) -> None:
    """When a claim of Support is without a contact for more than 2 days: priority high, tell the leader."""
    page.goto("/rules/")
    page.get_by_role("link", name="New rule").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("For the cases of").select_option(label="Support")
    choose(at(page, "triggers-0"), "Time since the last contact")
    at(page, "triggers-0").get_by_label("How many").fill("2")
    at(page, "triggers-0").get_by_label("Unit").select_option("days")
    page.get_by_role("button", name="only those that…").click()
    choose(at(page, "conditions-0"), "Kind")
    tick(at(page, "conditions-0"), "claim")
    page.get_by_role("button", name="and…", exact=True).click()
    choose(at(page, "conditions-1"), "State")
    tick(at(page, "conditions-1"), "open")
    choose(at(page, "actions-0"), "Set the priority")
    at(page, "actions-0").get_by_label("Priority", exact=True).select_option(label="high")
    page.get_by_role("button", name="then…").click()
    choose(at(page, "actions-1"), "Tell somebody of ours")
    tick(at(page, "actions-1"), "the leader")


SENTENCE = (
    "When a claim of team Support is without a contact for more than 2 days and it is open, "
    "set its priority to high, tell the leader."
)


def away(page: Page) -> None:
    """Let what this file switched on rest, so that it does not meddle with other tests."""
    page.goto("/rules/")
    on = page.get_by_role("switch", checked=True)
    for left in reversed(range(on.count())):
        on.first.click()
        expect(on).to_have_count(left)


@pytest.fixture(autouse=True)
def rest_after(birgit: Page) -> Iterator[None]:
    yield
    away(birgit)


def test_from_the_first_word_to_what_it_did(birgit: Page, a_claim: Callable[..., str]) -> None:
    a_claim("Idle flange", 3)
    build(birgit, "Claims without contact")
    expect(birgit.locator("#live .sentence")).to_have_text(SENTENCE)
    expect(birgit.locator("#live")).to_contain_text(re.compile(r"\d+ cases? match(es)? now"))
    birgit.get_by_role("button", name="Save").first.click()
    expect(toast(birgit)).to_contain_text("It is off until you switch it on.")
    expect(birgit.get_by_role("switch")).to_have_attribute("aria-checked", "false")

    birgit.get_by_label("On one case").fill("idle fl")
    birgit.get_by_role("option", name="Idle flange").click()
    birgit.get_by_role("button", name="Try", exact=True).click()
    tried = birgit.locator("#trial")
    expect(tried).to_contain_text("Nothing was done.")
    expect(tried.get_by_role("listitem")).to_contain_text("Mail to Birgit Sommer")
    birgit.get_by_role("button", name="Try on all that match now").click()
    expect(tried).to_contain_text("Idle flange")

    birgit.get_by_role("button", name="Rehearse").click()
    rehearsed = birgit.locator("#rehearsal")
    expect(rehearsed).to_contain_text("Nothing was done and nothing sent.")
    hit = rehearsed.get_by_role("listitem").filter(has_text="Idle flange")
    hit.get_by_text("Mail to Birgit Sommer").click()
    expect(hit).to_contain_text("Claims without contact: #")

    birgit.get_by_role("switch").click()
    expect(birgit.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    birgit.goto(a_claim("Two days of silence", 2))
    expect(history(birgit)).to_contain_text("Claims without contact")
    expect(history(birgit)).to_contain_text("Because it is without a contact for more than 2 days.")
    history(birgit).get_by_role("link", name="See the rule").first.click()
    expect(birgit.get_by_role("heading", name="Claims without contact", level=1)).to_be_visible()
    birgit.get_by_role("link", name="All of it").click()
    expect(birgit.get_by_role("row").filter(has_text="Two days of silence")).to_contain_text("Done")
    birgit.goto("/rules/")
    line = birgit.get_by_role("listitem").filter(has_text="Claims without contact")
    expect(line).to_contain_text("match")
    expect(line).to_contain_text("1 time in 30 days")
    line.get_by_role("link", name=re.compile("match(es)? now")).click()
    expect(birgit.locator("#matches")).to_contain_text("Idle flange")


def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(birgit: Page) -> None:
    build(birgit, "Half a rule")
    at(birgit, "triggers-0").get_by_label("How many").fill("soon")
    birgit.get_by_role("button", name="Save").first.click()
    expect(birgit.get_by_role("alert").filter(has_text="One place needs another look.")).to_be_focused()
    expect(at(birgit, "triggers-0").get_by_text("How many cannot be “soon”.")).to_be_visible()
    expect(birgit.get_by_label("Name", exact=True)).to_have_value("Half a rule")
    expect(at(birgit, "conditions-0").locator("summary.select")).to_have_text("claim")


def test_groups_and_order(birgit: Page) -> None:
    build(birgit, "Grouped")
    birgit.get_by_role("button", name="a group…").first.click()
    choose(at(birgit, "conditions-2-0"), "Tag")
    birgit.get_by_role("button", name="Move down: Set the priority").click()
    expect(birgit.locator("#live .sentence")).to_have_text(
        "When a claim of team Support is without a contact for more than 2 days and it is open and (it has no tags), "
        "tell the leader, set its priority to high."
    )
    birgit.get_by_role("button", name="Remove this group").click()
    expect(at(birgit, "conditions-2")).to_have_count(0)


def test_a_sentence_that_is_on_its_way_while_rows_change_is_not_said_any_more(birgit: Page) -> None:
    build(birgit, "Overtaken")
    held: list[Route] = []
    birgit.route("**?live", lambda route: held.append(route))  # noqa: PLW0108
    with birgit.expect_request("**?live"):
        birgit.get_by_label("Name", exact=True).fill("Overtaken by a move")
    with birgit.expect_event("requestfailed", lambda request: request.url.endswith("?live")):
        birgit.get_by_role("button", name="Move down: Set the priority").click()
    moved = SENTENCE.replace(
        "set its priority to high, tell the leader", "tell the leader, set its priority to high"
    )
    expect(birgit.locator("#live .sentence")).to_have_text(moved)


def test_a_word_of_the_list_goes_into_the_text(birgit: Page) -> None:
    build(birgit, "With words")
    row = at(birgit, "actions-1")
    row.get_by_label("Text", exact=True).fill("About ")
    row.get_by_text("What a text can name").click()
    row.get_by_role("button", name="{{ case.name }}").click()
    expect(row.get_by_label("Text", exact=True)).to_have_value("About {{ case.name }}")


def test_with_keys_only(birgit: Page) -> None:
    birgit.goto("/rules/new")
    expect(birgit.get_by_label("Name", exact=True)).to_be_focused()
    keys = birgit.keyboard
    keys.type("By keys")
    keys.press("Tab")
    keys.type("Support")
    keys.press("Tab")
    expect(at(birgit, "triggers-0").locator("select.entry")).to_be_focused()
    keys.type("It is won")
    birgit.get_by_role("button", name="only those that…").focus()
    keys.press("Enter")
    expect(at(birgit, "conditions-0").locator("select.entry")).to_be_focused()
    keys.type("Kind")
    box = at(birgit, "conditions-0").locator("summary.select")
    expect(box).to_be_visible()
    keys.press("Tab")
    expect(box).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Escape")
    expect(box).to_be_focused()
    expect(box).to_have_text("lead")
    at(birgit, "actions-0").locator("select.entry").focus()
    keys.type("Win it")
    expect(birgit.locator("#live .sentence")).to_have_text("When a lead of team Support is won, win it.")
    keys.press("Control+Enter")
    expect(toast(birgit)).to_contain_text("Saved.")


def test_order_by_drag_and_by_keys(birgit: Page) -> None:
    for name in ("Ordered one", "Ordered two"):
        build(birgit, name)
        birgit.get_by_role("button", name="Save").first.click()
        expect(toast(birgit)).to_contain_text("Saved.")
    birgit.goto("/rules/")
    up = birgit.get_by_role("button", name="Move Ordered two up")
    up.focus()
    birgit.keyboard.press("Enter")
    expect(toast(birgit)).to_contain_text("“Ordered two” is number")
    expect_order(birgit, "Ordered two", "Ordered one")
    rows = birgit.locator("li.rule")
    grip = rows.filter(has_text="Ordered one").locator(".grip").bounding_box()
    target = rows.filter(has_text="Ordered two").bounding_box()
    assert grip
    assert target
    birgit.mouse.move(grip["x"] + 5, grip["y"] + 5)
    birgit.mouse.down()
    birgit.mouse.move(grip["x"] + 5, grip["y"] - 2)
    birgit.mouse.move(grip["x"] + 5, target["y"] + 4, steps=12)
    birgit.mouse.up()
    expect(toast(birgit)).to_contain_text("“Ordered one” is number")
    expect_order(birgit, "Ordered one", "Ordered two")


def expect_order(page: Page, *names: str) -> None:
    expect(page.locator("li.rule h2").filter(has_text="Ordered")).to_have_text(list(names))


def test_on_a_phone(tab: Tab, faults: Callable[[Page], list[str]]) -> None:
    phone = tab("birgit@demo.example", viewport={"width": 390, "height": 844}, has_touch=True)
    build(phone, "On the phone")
    expect(phone.locator("#live .sentence")).to_have_text(SENTENCE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(phone) == []
    phone.get_by_role("button", name="Save").first.click()
    expect(toast(phone)).to_contain_text("Saved.")


def test_nothing_hinders_anybody(birgit: Page, tab: Tab, faults: Callable[[Page], list[str]]) -> None:
    build(birgit, "For everybody")
    assert faults(birgit) == []
    birgit.get_by_role("button", name="Save").first.click()
    expect(toast(birgit)).to_contain_text("Saved.")
    birgit.goto(path_of(birgit))
    assert faults(birgit) == []
    dark = tab("birgit@demo.example", color_scheme="dark")
    for path in (path_of(birgit), "/rules/", f"{path_of(birgit)}/log", f"{path_of(birgit)}/matches"):
        dark.goto(path)
        assert faults(dark) == []


def test_without_scripts(tab: Tab) -> None:
    plain = tab("birgit@demo.example", java_script_enabled=False)
    plain.goto("/rules/new")
    plain.get_by_label("Name", exact=True).fill("Plainly made")
    plain.get_by_label("For the cases of").select_option(label="Support")
    at(plain, "triggers-0").locator("select.entry").select_option(label="It is made")
    at(plain, "actions-0").locator("select.entry").select_option(label="Set the priority")
    plain.get_by_role("button", name="Show what it asks").first.click()
    expect(plain.get_by_label("Name", exact=True)).to_have_value("Plainly made")
    at(plain, "actions-0").get_by_label("Priority", exact=True).select_option(label="high")
    plain.get_by_role("button", name="only those that…").click()
    at(plain, "conditions-0").locator("select.entry").select_option(label="Kind")
    plain.get_by_role("button", name="Show what it asks").nth(1).click()
    at(plain, "conditions-0").locator("summary.select").click()
    at(plain, "conditions-0").get_by_label("claim", exact=True).check()
    plain.get_by_role("button", name="or when…").click()
    at(plain, "triggers-1").locator("select.entry").select_option(label="Its address is called from outside")
    plain.get_by_role("button", name="Save").first.click()
    expect(toast(plain)).to_contain_text("It is off until you switch it on.")
    expect(plain.locator("#live .sentence")).to_have_text(
        "When a claim of team Support is made or is named by a call from outside, set its priority to high."
    )
    path = path_of(plain)
    plain.get_by_role("button", name="Try on all that match now").click()
    expect(plain.locator("#trial")).to_contain_text("Nothing was done.")
    plain.goto(path)
    plain.get_by_role("switch").click()
    expect(plain.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    plain.get_by_role("switch").click()
    expect(plain.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    plain.get_by_role("button", name="Make an address").click()
    expect(plain.get_by_label("Address that calls this rule")).to_have_value(re.compile("/hooks/"))


def test_the_cases_that_match_are_shown_and_nothing_is_saved(
    birgit: Page, a_claim: Callable[..., str]
) -> None:
    a_claim("Only to be looked at", 3)
    build(birgit, "Looked at")
    counted = birgit.locator("#live").get_by_role("button", name=re.compile("match(es)? now"))
    counted.click()
    expect(birgit.locator("#matches")).to_contain_text("Only to be looked at")
    expect(birgit).to_have_url(re.compile("/rules/new$"))
    birgit.get_by_role("button", name="Save").first.click()
    expect(toast(birgit)).to_contain_text("Saved.")
    at(birgit, "triggers-0").get_by_label("How many").fill("9")
    expect(birgit.locator("#live .sentence")).to_contain_text("9 days")
    counted.click()
    expect(birgit.locator("#matches")).to_contain_text(re.compile("match(es)? now"))
    expect(birgit.locator("#matches")).not_to_contain_text("Only to be looked at")
    birgit.goto(path_of(birgit))
    expect(at(birgit, "triggers-0").get_by_label("How many")).to_have_value("2")


def test_what_was_wrong_is_well_as_soon_as_it_is_mended(birgit: Page) -> None:
    build(birgit, "Soon mended")
    number = at(birgit, "triggers-0").get_by_label("How many")
    number.fill("soon")
    birgit.get_by_role("button", name="Save").first.click()
    told = birgit.get_by_role("alert").filter(has_text="needs another look")
    expect(told).to_be_focused()
    number.fill("4")
    expect(told).to_have_count(0)
    expect(number).to_be_focused()
    expect(number).to_have_value("4")
    expect(number).not_to_have_attribute("aria-invalid", "true")
    number.fill("5")
    expect(birgit.locator("#live .sentence")).to_contain_text("more than 5 days")


def test_what_loads_by_itself_takes_the_focus_from_nobody(birgit: Page) -> None:
    build(birgit, "Counted by itself")
    birgit.get_by_role("button", name="Save").first.click()
    expect(toast(birgit)).to_contain_text("Saved.")
    birgit.goto("/rules/")
    first = birgit.locator("li.rule").first
    expect(first).to_contain_text(re.compile("match(es)? now"))
    expect(first).not_to_contain_text("Which cases match now")
    expect(birgit.locator("body")).to_be_focused()
