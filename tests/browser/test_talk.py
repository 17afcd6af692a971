"""Talking about a case: names offered while typing, files dropped and pasted, drafts that outlast what breaks."""

import base64
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server
from tests.browser.flows import failure, history, make_case, make_partner, note, path_of, toast
from tests.browser.looks import LOOKS

Tab = Callable[..., Page]
Faults = Callable[..., list[str]]
# One red dot.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
CARRY = """([how, files]) => {
    const data = new DataTransfer();
    for (const [name, type, content] of files) {
        const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
    }
    const options = { bubbles: true, cancelable: true, composed: true };
    const target = document.querySelector({ paste: "textarea[name=text]", drop: "main" }[how] ?? how);
    if (how === "paste") return target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
    for (const step of ["dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(step, { ...options, dataTransfer: data }));
    }
}"""


@pytest.fixture
def nora(tab: Tab) -> Page:
    return tab("sales")


def bring(page: Page, how: str, *files: tuple[str, str, str]) -> None:
    """Files pasted into the note ("paste"), or dropped onto the page ("drop") or something of it, by its selector."""
    page.evaluate(CARRY, [how, [list(each) for each in files]])


def box(page: Page) -> Locator:
    return page.locator(".compose")


def write_down(page: Page) -> None:
    page.get_by_role("button", name="Write down").click()


def lines(page: Page) -> Locator:
    return page.locator(".stream:not(.pinned) .ev")


def kept(page: Page) -> None:
    """Wait for the page to say that the server has the draft."""
    expect(box(page)).to_contain_text("Draft kept")


def test_name_a_colleague_by_keyboard(nora: Page) -> None:
    make_case(nora, "Named by keyboard")
    note(nora).press_sequentially("Can @ot")
    offered = nora.get_by_role("listbox", name="Colleagues").get_by_role("option")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("aria-selected", "true")
    nora.keyboard.press("Escape")
    expect(offered).to_have_count(0)
    expect(note(nora)).to_have_value("Can @ot")

    note(nora).press_sequentially("t")
    expect(offered).to_contain_text("Otto Brandt")
    nora.keyboard.press("Enter")
    expect(note(nora)).to_have_value("Can @Otto Brandt ")
    note(nora).press_sequentially("look at this?")
    nora.keyboard.press("Control+Enter")

    expect(history(nora).locator(".mention")).to_have_text("@Otto Brandt")
    expect(toast(nora)).to_contain_text("Whom it names watches this case now.")
    expect(nora.locator(".facts")).to_contain_text("Otto Brandt")


def test_arrows_walk_the_colleagues_and_tab_takes_one(nora: Page) -> None:
    make_case(nora, "Walked by arrows")
    note(nora).press_sequentially("@")
    offered = nora.get_by_role("listbox", name="Colleagues").get_by_role("option")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    second = offered.nth(1).get_attribute("data-written")
    nora.keyboard.press("ArrowDown")
    expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    nora.keyboard.press("Tab")
    expect(note(nora)).to_have_value(f"@{second} ")
    expect(note(nora)).to_be_focused()


def test_a_pasted_picture_is_a_file_of_the_note(nora: Page) -> None:
    make_case(nora, "With a picture")
    note(nora).fill("The plate of the pump")
    bring(nora, "paste", ("image.png", "image/png", PNG))
    expect(box(nora).get_by_role("checkbox", name="Pasted picture.png")).to_be_checked()
    write_down(nora)

    picture = history(nora).get_by_role("img", name="Pasted picture.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") == 1
    expect(note(nora)).to_have_value("")
    expect(box(nora).get_by_role("checkbox")).to_have_count(0)


def test_a_file_dropped_onto_the_list_of_files_is_attached(nora: Page) -> None:
    path = make_case(nora, "Dropped where files are")
    text = base64.b64encode(b"six meters").decode()
    bring(nora, f"#case-{path.rpartition('/')[2]}-files .lines", ("offer.txt", "text/plain", text))
    expect(nora.locator(".lines").get_by_role("link", name="offer.txt")).to_be_visible()
    expect(lines(nora).first.get_by_role("link", name="offer.txt")).to_be_visible()
    expect(box(nora).get_by_role("checkbox")).to_have_count(0)


def test_of_two_files_dropped_one_is_refused(nora: Page) -> None:
    make_case(nora, "Two files dropped")
    text = base64.b64encode(b"six meters").decode()
    bring(nora, "drop", ("offer.txt", "text/plain", text), ("empty.pdf", "application/pdf", ""))
    expect(box(nora).get_by_role("alert")).to_have_text("empty.pdf: This file is empty.")
    expect(box(nora).get_by_role("checkbox", name="offer.txt")).to_be_checked()
    note(nora).fill("Here it is")
    write_down(nora)
    expect(box(nora).get_by_role("button", name="Leave it out")).to_be_focused()
    expect(note(nora)).to_have_value("Here it is")
    box(nora).get_by_role("button", name="Leave it out").click()
    write_down(nora)

    expect(lines(nora).first.get_by_role("link", name="offer.txt")).to_be_visible()
    expect(history(nora)).not_to_contain_text("empty.pdf")


def test_a_file_may_be_left_out_again(nora: Page) -> None:
    make_case(nora, "Left out again")
    box(nora).get_by_label("Attach to the note").set_input_files(
        [
            {"name": "one.txt", "mimeType": "text/plain", "buffer": b"1"},
            {"name": "two.txt", "mimeType": "text/plain", "buffer": b"2"},
        ]
    )
    box(nora).get_by_role("checkbox", name="one.txt").uncheck()
    expect(box(nora).get_by_role("checkbox", name="two.txt")).to_be_checked()
    write_down(nora)
    expect(lines(nora).first.get_by_role("link", name="two.txt")).to_be_visible()
    expect(lines(nora).first).not_to_contain_text("one.txt")


def test_what_is_too_large_does_not_even_go_up(nora: Page) -> None:
    make_case(nora, "Too large")
    nora.evaluate("document.querySelector('crm-compose').dataset.largest = 3")
    bring(nora, "drop", ("film.mp4", "video/mp4", base64.b64encode(b"long").decode()))
    expect(box(nora).get_by_role("alert")).to_have_text("film.mp4: A file can have up to 25 MB.")


def test_the_box_says_what_it_is_open_for(nora: Page) -> None:
    make_case(nora, "Says what it is for")
    tabs = nora.locator(".compose .tabs-line")
    for tab, hint in [("Word exchanged", "What was said, and by whom."), ("Note", "Write a note.")]:
        tabs.get_by_text(tab, exact=True).click()
        expect(note(nora)).to_have_attribute("placeholder", re.compile(f"^{re.escape(hint)}"))


def test_a_word_exchanged_has_its_channel(nora: Page) -> None:
    make_case(nora, "They rang")
    expect(nora.get_by_label("By which channel")).to_be_hidden()
    box(nora).get_by_text("Word exchanged").click()
    expect(note(nora)).to_be_focused()
    nora.get_by_label("By which channel").select_option(label="Phone")
    note(nora).fill("They want six meters.")
    nora.keyboard.press("Control+Enter")
    expect(lines(nora).first).to_contain_text("exchanged a word with the other side")
    expect(lines(nora).first).to_contain_text("Phone")


def test_one_kind_of_lines_is_an_address(nora: Page) -> None:
    path = make_case(nora, "Of one kind")
    note(nora).fill("A note")
    write_down(nora)
    expect(lines(nora)).to_have_count(2)
    nora.get_by_role("link", name="Notes", exact=True).click()
    expect(lines(nora)).to_have_count(1)
    expect(nora.get_by_role("link", name="Notes", exact=True)).to_be_focused()
    assert path_of(nora) == f"{path}?show=notes"

    note(nora).fill("Another one")
    write_down(nora)
    expect(lines(nora)).to_have_count(2)
    expect(lines(nora).first).to_contain_text("Another one")
    nora.get_by_role("link", name="Mail", exact=True).click()
    expect(history(nora)).to_contain_text("Nothing of this kind has happened yet.")
    nora.go_back()
    expect(lines(nora)).to_have_count(2)


def test_older_lines_come_as_one_scrolls(nora: Page) -> None:
    path = make_case(nora, "A long story")
    token = nora.locator("[name=csrf_token]").first.get_attribute("value")
    for number in range(60):
        sent = nora.request.post(f"{path}/notes", form={"text": f"Note {number}", "csrf_token": token})
        assert sent.ok
    nora.goto(path)
    expect(lines(nora)).to_have_count(25)
    expect(history(nora)).not_to_contain_text("Note 20")
    lines(nora).last.scroll_into_view_if_needed()
    nora.mouse.move(1000, 500)
    for _ in range(6):
        nora.mouse.wheel(0, 3000)
        nora.wait_for_load_state("networkidle")
    expect(lines(nora)).to_have_count(61)
    expect(history(nora).locator(".day")).to_have_count(1)


def test_pin_and_unpin(nora: Page) -> None:
    make_case(nora, "Pinned")
    for text in ("The budget is 50k", "They rang back"):
        note(nora).fill(text)
        write_down(nora)
        expect(lines(nora).first).to_contain_text(text)
    line = lines(nora).filter(has_text="The budget is 50k")
    line.hover()
    line.get_by_role("button", name="Pin").click()
    top = history(nora).locator(".stream.pinned")
    expect(top).to_contain_text("The budget is 50k")
    expect(top.locator(".badge")).to_have_text("Pinned")
    expect(lines(nora).filter(has_text="The budget is 50k")).to_have_count(0)
    nora.reload()
    top.get_by_role("button", name="Unpin").click()
    expect(top).to_have_count(0)
    expect(lines(nora).filter(has_text="The budget is 50k")).to_have_count(1)


def test_a_draft_is_on_another_device_and_gone_when_written(nora: Page, tab: Tab) -> None:
    path = make_case(nora, "On two devices")
    note(nora).press_sequentially("Half a sen")
    kept(nora)

    phone = tab("sales", viewport={"width": 390, "height": 844})
    phone.goto(path)
    expect(note(phone)).to_have_value("Half a sen")
    note(phone).fill("Half a sentence, finished")
    write_down(phone)
    expect(history(phone)).to_contain_text("Half a sentence, finished")

    manager = tab("manager")
    manager.goto(path)
    expect(note(manager)).to_have_value("")
    phone.reload()
    expect(note(phone)).to_have_value("")


def test_a_draft_outlasts_a_closed_tab(nora: Page) -> None:
    path = make_case(nora, "Closed in haste")
    note(nora).press_sequentially("Not yet a second old")
    context = nora.context
    nora.close(run_before_unload=True)
    again = context.new_page()
    for _ in range(20):  # the last words may still be on their way
        again.goto(path)
        if note(again).input_value():
            break
    expect(note(again)).to_have_value("Not yet a second old")


def test_a_draft_outlasts_a_killed_server(nora: Page, server: Server, expected_failures: list[str]) -> None:
    expected_failures += [r"net::ERR_", r"Failed to fetch"]
    path = make_case(nora, "Killed while typing")
    note(nora).press_sequentially("Kept before")
    kept(nora)
    with server.dead():
        note(nora).press_sequentially(", and after")
        expect(box(nora)).to_contain_text("Not kept yet")
    kept(nora)
    other = nora.context.new_page()
    other.goto(path)
    expect(note(other)).to_have_value("Kept before, and after")


def test_a_draft_outlasts_a_lost_session(nora: Page, expected_failures: list[str], tab: Tab) -> None:
    expected_failures += [r"status of 401"]
    path = make_case(nora, "Signed out while typing")
    cookies = nora.context.cookies()
    note(nora).press_sequentially("Kept before")
    kept(nora)
    nora.context.clear_cookies()
    note(nora).press_sequentially(", and after")
    expect(box(nora)).to_contain_text("Not kept yet")
    expect(nora.get_by_role("dialog")).to_have_count(0)
    nora.context.add_cookies(cookies)
    kept(nora)
    nora.goto(path)
    expect(note(nora)).to_have_value("Kept before, and after")


def test_what_has_not_come_to_the_server_is_there_after_a_reload(
    nora: Page, expected_failures: list[str]
) -> None:
    expected_failures += ["net::ERR_FAILED", "Failed to fetch"]
    make_case(nora, "Loaded anew while typing")
    nora.route(re.compile("/drafts/"), lambda route: route.abort())
    note(nora).press_sequentially("Typed and not kept")
    nora.reload()
    expect(note(nora)).to_have_value("Typed and not kept")
    nora.unroute_all()
    kept(nora)
    nora.reload()
    expect(note(nora)).to_have_value("Typed and not kept")


def test_leaving_by_a_link_keeps_the_draft(nora: Page) -> None:
    path = make_case(nora, "Left by a link")
    note(nora).press_sequentially("Just this")
    nora.get_by_role("navigation", name="Main").get_by_role("link", name="Partners").click()
    expect(nora).to_have_title("Partners · Holdfast")
    nora.goto(path)
    expect(note(nora)).to_have_value("Just this")


def test_an_act_beside_it_leaves_what_is_typed(nora: Page) -> None:
    make_case(nora, "Moved while typing")
    note(nora).press_sequentially("Still here")
    nora.locator(".stages").get_by_role("button").nth(1).click()
    expect(history(nora)).to_contain_text("moved it from")
    expect(note(nora)).to_have_value("Still here")


def test_why_it_was_lost_is_kept_while_one_looks_for_words(nora: Page) -> None:
    make_case(nora, "Lost for words")
    nora.get_by_role("link", name="Lost…").click()
    with nora.expect_response(re.compile("/drafts/loss")):
        nora.get_by_label("In your words").press_sequentially("They will come back next year")
    nora.reload()
    nora.get_by_role("link", name="Lost…").click()
    expect(nora.get_by_label("In your words")).to_have_value("They will come back next year")


def test_done_and_plan_the_next(nora: Page) -> None:
    make_case(nora, "One after the other")
    nora.keyboard.press("p")
    expect(nora.get_by_label("Type")).to_be_focused()
    nora.get_by_label("Type").select_option(index=1)
    nora.get_by_role("textbox", name="What").fill("Ring Clara")
    nora.keyboard.press("Control+Enter")
    expect(nora.get_by_role("list", name="Next steps")).to_contain_text("Ring Clara")
    expect(nora.get_by_label("Type")).to_be_hidden()
    expect(nora.get_by_role("radio", name="Plan a step")).to_be_focused()

    note(nora).fill("Typed meanwhile")
    nora.get_by_role("link", name="Done, plan next").click()
    expect(nora.get_by_label("What came of it")).to_be_focused()
    nora.get_by_label("Next", exact=True).select_option(index=1)
    nora.keyboard.press("Control+Enter")
    expect(history(nora)).to_contain_text("did Ring Clara")
    expect(note(nora)).to_have_value("Typed meanwhile")


def test_a_note_with_a_name_and_a_file_about_a_partner(nora: Page) -> None:
    make_partner(nora, "Talked about")
    note(nora).press_sequentially("@otto")
    expect(nora.get_by_role("listbox", name="Colleagues")).to_have_text(re.compile(r"^\s*OBOtto Brandt\s*$"))
    nora.keyboard.press("Enter")
    bring(nora, "paste", ("image.png", "image/png", PNG))
    expect(box(nora).get_by_role("checkbox")).to_be_checked()
    nora.keyboard.press("Control+Enter")
    expect(history(nora).locator(".mention")).to_have_text("@Otto Brandt")
    expect(history(nora).get_by_role("img", name="Pasted picture.png")).to_be_visible()


def test_without_scripts(tab: Tab) -> None:
    nora = tab("sales", java_script_enabled=False)
    make_case(nora, "All without scripts")
    expect(nora.get_by_label("By which channel")).to_be_hidden()
    box(nora).get_by_text("Word exchanged").click()
    nora.get_by_label("By which channel").select_option(label="Phone")
    note(nora).fill("@Otto is asked by them")
    box(nora).get_by_label("Attach to the note").set_input_files(
        [
            {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"},
            {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""},
        ]
    )
    write_down(nora)
    expect(box(nora).get_by_role("alert")).to_have_text("empty.txt: This file is empty.")
    expect(note(nora)).to_have_value("@Otto is asked by them")
    write_down(nora)
    expect(history(nora).locator(".mention")).to_have_text("@Otto")
    expect(history(nora).get_by_role("link", name="plan.txt")).to_be_visible()
    nora.get_by_role("button", name="Pin").first.click()
    expect(history(nora).locator(".stream.pinned")).to_contain_text("@Otto is asked")
    nora.get_by_role("link", name="Changes").click()
    expect(history(nora)).to_contain_text("created it")
    expect(lines(nora).filter(has_text="@Otto")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme", "colours"), LOOKS)
def test_nothing_for_axe_to_find(
    tab: Tab, faults: Faults, width: int, scheme: str, colours: bool | None
) -> None:
    nora = tab("sales", viewport={"width": width, "height": 860}, color_scheme=scheme)
    make_case(nora, "Easy to reach")
    note(nora).fill("@Otto see")
    bring(nora, "paste", ("image.png", "image/png", PNG))
    expect(box(nora).get_by_role("checkbox")).to_be_checked()
    write_down(nora)
    lines(nora).filter(has_text="see").get_by_role("button", name="Pin").click()
    expect(history(nora).locator(".stream.pinned")).to_be_visible()
    bring(nora, "drop", ("a.txt", "text/plain", "YQ=="), ("empty.pdf", "application/pdf", ""))
    expect(box(nora).get_by_role("alert")).to_be_visible()
    note(nora).press_sequentially("@")
    expect(nora.get_by_role("option").first).to_be_visible()
    assert "\n".join(faults(nora, colours=colours)) == ""
    nora.keyboard.press("Escape")
    box(nora).get_by_text("Plan a step").click()
    assert faults(nora, colours=colours) == []
    assert failure(nora).inner_text() == ""
