"""Mail from a case: written with a template, looked at, sent, taken back, sent later, kept while one types."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Letterbox
from tests.browser.flows import history, make_case, note, refusal, sign_in, toast
from tests.browser.looks import LOOKS

Tab = Callable[..., Page]
Faults = Callable[..., list[str]]
WIDTHS = [1400, 390]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(params=WIDTHS)
def nora(tab: Tab, request: pytest.FixtureRequest) -> Page:
    """Nora at her desk, and with her phone."""
    page = tab("sales", **({} if request.param == 1400 else PHONE))
    page.width = request.param  # type: ignore[attr-defined]
    return page


def called(page: Page, name: str) -> str:
    """A name of its own for each width: all tests share one server."""
    return f"{name} at {page.width}"  # type: ignore[attr-defined]


def box(page: Page) -> Locator:
    return page.locator(".mailing")


def begin(page: Page, to: str = "") -> None:
    """Open the box for a mail."""
    page.locator(".compose .tabs-line").get_by_text("Mail", exact=True).click()
    expect(text(page)).to_be_visible()
    if to:
        line(page, "To").fill(to)


def line(page: Page, name: str) -> Locator:
    return box(page).get_by_label(name, exact=True)


def text(page: Page) -> Locator:
    return line(page, "Mail")


def send(page: Page) -> None:
    box(page).get_by_role("button", name=re.compile("^Send")).click()


def take_back(page: Page) -> None:
    """Press Undo of what was just sent."""
    expect(toast(page)).to_contain_text("It goes out")
    toast(page).get_by_role("button", name="Undo").click()


def kept(page: Page) -> None:
    """Wait for the page to say that the server has the draft."""
    expect(box(page)).to_contain_text("Draft kept")


def newest(page: Page) -> Locator:
    return history(page).locator(".stream .ev").first


def address(page: Page, name: str) -> str:
    return f"{name}-{page.width}@hofmann.example"  # type: ignore[attr-defined]


@pytest.mark.parametrize("nora", [1400], indirect=True)  # it takes its ten seconds to go out
def test_write_with_a_template_fill_its_gap_and_send(nora: Page, letterbox: Letterbox) -> None:
    make_case(nora, called(nora, "Written with a template"))
    clara = address(nora, "clara")
    begin(nora, f"Clara Hofmann <{clara}>")
    box(nora).get_by_label("Begin from a template").select_option(label="Quotation follow-up")
    expect(line(nora, "Subject")).to_have_value(f"Our quotation: {called(nora, 'Written with a template')}")
    expect(text(nora)).to_be_focused()
    expect(text(nora)).to_have_value(re.compile("⟨case.deadline⟩"))

    send(nora)
    expect(box(nora)).to_contain_text("This case does not say “What it is worth”, “Its deadline”.")
    expect(text(nora)).to_be_focused()
    whole = text(nora).input_value()
    text(nora).fill(whole.replace("⟨case.deadline⟩", "Friday").replace("⟨case.expected_revenue⟩", "€12"))
    send(nora)
    expect(toast(nora)).to_contain_text("It goes out in ten seconds.")
    expect(newest(nora)).to_contain_text("wrote a mail")
    expect(newest(nora)).to_contain_text(clara)
    expect(newest(nora)).to_contain_text("waiting until")
    expect(text(nora)).to_have_value("")

    letter = letterbox.wait_for(clara)
    plain = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "until Friday" in " ".join(plain.split())
    for _ in range(20):  # the server's yes may still be on its way to us
        nora.reload()
        if "taken by the server" in newest(nora).inner_text():
            break
    expect(newest(nora)).to_contain_text("taken by the server")


def test_a_gap_goes_out_when_one_says_so(nora: Page) -> None:
    make_case(nora, called(nora, "With a gap on purpose"))
    begin(nora, "gap@hofmann.example")
    text(nora).fill("Dear ⟨contact.name⟩")
    send(nora)
    box(nora).get_by_label("Send it as it is").check()
    send(nora)
    expect(newest(nora)).to_contain_text("Dear ⟨contact.name⟩")
    take_back(nora)
    expect(newest(nora)).to_contain_text("took back the mail")


def test_preview_shows_it_on_this_case(nora: Page) -> None:
    make_case(nora, called(nora, "Looked at first"))
    begin(nora, "Clara <clara@hofmann.example>")
    text(nora).fill("They left today.\n\nSee https://example.com/track")
    box(nora).get_by_role("button", name="Preview").click()
    shown = box(nora).get_by_role("region", name="How it will arrive")
    expect(shown).to_contain_text("Clara <clara@hofmann.example>")
    expect(shown).to_contain_text(re.compile(r"\[#\d+\] Looked at first"))
    expect(shown.get_by_role("link", name="https://example.com/track")).to_be_visible()
    expect(text(nora)).to_have_value("They left today.\n\nSee https://example.com/track")


@pytest.mark.parametrize("nora", [390], indirect=True)  # so does this
def test_a_file_goes_along(nora: Page, letterbox: Letterbox) -> None:
    make_case(nora, called(nora, "With a file along"))
    files = address(nora, "files")
    begin(nora, files)
    text(nora).fill("Here it is.")
    box(nora).get_by_label("Attach to the mail").set_input_files(
        [{"name": "offer.txt", "mimeType": "text/plain", "buffer": b"six meters"}]
    )
    expect(box(nora).get_by_role("checkbox", name="offer.txt")).to_be_checked()
    send(nora)
    expect(newest(nora).get_by_role("link", name="offer.txt")).to_be_visible()
    (enclosed,) = letterbox.wait_for(files).iter_attachments()
    assert enclosed.get_filename() == "offer.txt"
    assert enclosed.get_content().strip() == b"six meters"


def test_a_file_waits_with_the_draft_and_its_tab_says_so(nora: Page) -> None:
    path = make_case(nora, called(nora, "A draft with a file"))
    waiting = nora.locator("[data-tab=mail] .waiting")
    expect(waiting).to_be_hidden()
    begin(nora)
    box(nora).get_by_label("Attach to the mail").set_input_files(
        [{"name": "offer.txt", "mimeType": "text/plain", "buffer": b"six meters"}]
    )
    kept(nora)
    nora.goto("/cases/")
    nora.goto(path)
    expect(waiting).to_be_visible()
    expect(nora.locator("[data-tab=note] .waiting")).to_be_hidden()
    begin(nora)
    box(nora).get_by_role("checkbox", name="offer.txt").uncheck()
    expect(box(nora).locator(".kept")).to_be_empty()
    nora.reload()
    expect(waiting).to_be_hidden()


def test_undo_in_time_and_write_again(nora: Page) -> None:
    make_case(nora, called(nora, "Taken back in time"))
    begin(nora, "early@hofmann.example")
    text(nora).fill("Sent too early")
    box(nora).get_by_label("Attach to the mail").set_input_files(
        [{"name": "offer.txt", "mimeType": "text/plain", "buffer": b"six meters"}]
    )
    expect(box(nora).get_by_role("checkbox", name="offer.txt")).to_be_checked()
    text(nora).focus()
    nora.keyboard.press("Control+Enter")
    take_back(nora)
    expect(toast(nora)).to_contain_text("Taken back: the mail.")
    mail = history(nora).locator(".ev.mail-out")
    expect(mail).to_contain_text("called off")

    mail.get_by_role("link", name="Write again").click()
    expect(text(nora)).to_have_value("Sent too early")
    expect(text(nora)).to_be_focused()
    expect(line(nora, "To")).to_have_value("early@hofmann.example")
    expect(box(nora).get_by_role("checkbox", name="offer.txt")).to_be_checked()


def test_undo_after_it_went_says_so(tab: Tab, letterbox: Letterbox, expected_failures: list[str]) -> None:
    expected_failures.append("409")
    nora = tab("sales")
    make_case(nora, "Taken back too late")
    begin(nora, "late@hofmann.example")
    text(nora).fill("Gone")
    send(nora)
    expect(toast(nora)).to_contain_text("It goes out")
    toast(nora).locator("crm-toast").hover()  # it stays while one points at it
    letterbox.wait_for("late@hofmann.example")
    toast(nora).get_by_role("button", name="Undo").click()
    expect(refusal(nora)).to_contain_text("The mail to late@hofmann.example has gone.")


def test_send_later_and_call_off(nora: Page) -> None:
    make_case(nora, called(nora, "Sent another day"))
    begin(nora, "later@hofmann.example")
    text(nora).fill("Happy new year")
    box(nora).get_by_text("Send later").click()
    box(nora).get_by_label("When").fill("2020-01-01T09:00")
    box(nora).get_by_label("Only if they have not written before").check()
    send(nora)
    expect(box(nora)).to_contain_text("This has passed. Choose a time to come.")
    expect(text(nora)).to_have_value("Happy new year")
    soon = datetime.now().astimezone() + timedelta(days=40)
    box(nora).get_by_label("When").fill(soon.strftime("%Y-%m-%dT%H:%M"))
    send(nora)
    expect(toast(nora)).to_contain_text("It goes out ")
    expect(newest(nora)).to_contain_text("only if they do not write before")
    newest(nora).get_by_role("button", name="Call off").click()
    expect(history(nora).locator(".ev.mail-out")).to_contain_text("called off")


def test_a_draft_outlasts_a_reload_another_device_and_a_lost_session(
    nora: Page, tab: Tab, expected_failures: list[str]
) -> None:
    path = make_case(nora, called(nora, "Half a mail"))
    begin(nora, "half@hofmann.example")
    line(nora, "Copy").fill("copy@hofmann.example")
    line(nora, "Subject").fill("Half")
    text(nora).press_sequentially("Half a sen")
    kept(nora)
    nora.reload()
    begin(nora)
    expect(text(nora)).to_have_value("Half a sen")
    for name, value in (
        ("To", "half@hofmann.example"),
        ("Copy", "copy@hofmann.example"),
        ("Subject", "Half"),
    ):
        expect(line(nora, name)).to_have_value(value)

    with nora.expect_response(re.compile("/drafts/mail$")):
        text(nora).fill("Half a sentence")
    nora.context.clear_cookies()
    nora.goto(path)
    sign_in(nora)
    nora.goto(path)
    begin(nora)
    expect(text(nora)).to_have_value("Half a sentence")
    other = tab("manager")
    other.goto(path)
    begin(other)
    expect(text(other)).to_have_value("")


def test_a_session_lost_while_sending_asks_and_goes_on(tab: Tab, expected_failures: list[str]) -> None:
    expected_failures.append(r"status of 401")
    nora = tab("sales")
    make_case(nora, "Signed out while sending")
    begin(nora, "lost@hofmann.example")
    text(nora).fill("Still here")
    kept(nora)
    nora.context.clear_cookies()
    send(nora)
    dialog = nora.get_by_role("dialog")
    dialog.get_by_label("Password").fill("demo")
    dialog.get_by_role("button", name="Sign in").click()
    expect(newest(nora)).to_contain_text("Still here")


def test_reply_quotes_what_was_said(nora: Page) -> None:
    name = called(nora, "Answered with a quotation")
    make_case(nora, name)
    note(nora).fill("For colleagues")
    nora.get_by_role("button", name="Write down").click()
    expect(newest(nora)).to_contain_text("For colleagues")
    nora.locator(".compose .tabs-line").get_by_text("Word exchanged").click()
    note(nora).fill("Can you send six?\nBy March?")
    nora.get_by_role("button", name="Write down").click()
    expect(newest(nora)).to_contain_text("Can you send six?")
    begin(nora, "reply@hofmann.example")
    text(nora).fill("Yes.")
    nora.locator(".compose .tabs-line").get_by_text("Note", exact=True).click()

    newest(nora).get_by_role("link", name="Reply").click()
    expect(text(nora)).to_have_value(
        re.compile(r"^Yes\.\n\nOn .* wrote:\n> Can you send six\?\n> By March\?$")
    )
    expect(text(nora)).to_be_focused()
    expect(line(nora, "Subject")).to_have_value(f"Re: {name}")
    expect(line(nora, "To")).to_have_value("reply@hofmann.example")
    box(nora).get_by_role("button", name=re.compile("^Quote")).click()
    expect(line(nora, "Subject")).to_have_value(f"Re: {name}")


def test_names_are_offered_and_walked_by_keys(tab: Tab) -> None:
    nora = tab("sales")
    make_case(nora, "Offered while typing")
    begin(nora, "first@hofmann.example, ")
    line(nora, "To").press_sequentially("otto")
    offered = nora.get_by_role("listbox", name="Names that fit").get_by_role("option")
    expect(offered.first).to_contain_text("Otto Brandt")
    nora.keyboard.press("ArrowDown")
    nora.keyboard.press("Enter")
    expect(line(nora, "To")).to_have_value(re.compile(r"^first@hofmann\.example, Otto Brandt <[^>]+>, $"))
    nora.keyboard.press("Enter")
    expect(line(nora, "Copy")).to_be_focused()
    nora.keyboard.press("Enter")
    nora.keyboard.press("Enter")
    expect(text(nora)).to_be_focused()


def test_what_the_case_says_is_put_where_one_writes(nora: Page) -> None:
    name = called(nora, "Put in by a click")
    make_case(nora, name)
    begin(nora, "said@hofmann.example")
    text(nora).fill("About : ")
    text(nora).evaluate("field => field.setSelectionRange(6, 6)")
    box(nora).get_by_text("What this case says").click()
    box(nora).get_by_role("button", name="Insert What it is about").click()
    expect(text(nora)).to_have_value(f"About {name}: ")


def test_who_wrote_is_added_again_by_a_button(tab: Tab) -> None:
    nora = tab("sales")
    make_case(nora, "With an address of its own")
    nora.get_by_role("link", name="Edit", exact=True).click()
    nora.get_by_label("E-mail").fill("came@hofmann.example")
    nora.get_by_role("button", name="Save").click()
    begin(nora)
    expect(line(nora, "To")).to_have_value("came@hofmann.example")
    line(nora, "To").fill("other@hofmann.example")
    kept(nora)
    nora.reload()
    begin(nora)
    box(nora).get_by_role("button", name="came@hofmann.example").click()
    expect(line(nora, "To")).to_have_value("other@hofmann.example, came@hofmann.example")
    chip = box(nora).get_by_role("button", name="came@hofmann.example")
    expect(chip).to_be_hidden()
    line(nora, "To").fill("other@hofmann.example, half@")
    expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_be_hidden()


def test_remind_me(nora: Page) -> None:
    make_case(nora, called(nora, "Reminded of it"))
    nora.get_by_role("button", name="More acts").click()
    nora.get_by_role("link", name="Remind me…").click()
    asked = nora.locator(".ask-box")
    asked.get_by_label("When").fill("2199-01-31T10:00")
    asked.get_by_label("Words").fill("Ring Clara")
    asked.get_by_role("button", name="Remind", exact=True).click()
    expect(toast(nora)).to_contain_text("The reminder goes out")
    expect(newest(nora)).to_contain_text("reminds Nora Lindahl")
    newest(nora).get_by_role("button", name="Call off").click()
    expect(history(nora)).to_contain_text("took back the reminder")


def test_a_template_is_set_up_and_shown_on_a_case(tab: Tab) -> None:
    admin = tab("admin")
    make_case(admin, "Shown on this one")
    admin.goto("/lists/mail-templates/")
    form = admin.get_by_role("form", name="Add one more")
    form.get_by_label("Name").fill("Made in a browser")
    form.get_by_label("Subject").fill("On {{ case.name }}")
    form.get_by_label("Text").fill("Hello {{ contact.nam }}")
    form.get_by_role("button", name="Add").click()
    expect(form).to_contain_text("There is no field “contact.nam”.")
    form.get_by_label("Text").fill("Hello {{ contact.name | there }}")
    form.get_by_role("button", name="Add").click()
    admin.get_by_role("link", name="All of Made in a browser").click()
    admin.locator("#on-case").get_by_label("Case").fill("Shown on this one")
    admin.get_by_role("button", name="Show it").click()
    expect(admin.locator("#on-case")).to_contain_text("On Shown on this one")
    expect(admin.locator("#on-case")).to_contain_text("Hello there")


@pytest.mark.parametrize("width", WIDTHS)
def test_without_scripts(tab: Tab, width: int) -> None:
    nora = tab("sales", java_script_enabled=False, viewport={"width": width, "height": 860})
    path = make_case(nora, f"Mailed without scripts at {width}")
    nora.locator(".compose .tabs-line").get_by_text("Mail", exact=True).click()
    box(nora).get_by_role("link", name="Open the box for a mail").click()
    line(nora, "To").fill("plain@hofmann.example")
    box(nora).get_by_label("Begin from a template").select_option(label="Quotation follow-up")
    box(nora).get_by_role("button", name="Use").click()
    expect(line(nora, "To")).to_have_value("plain@hofmann.example")
    expect(text(nora)).to_have_value(re.compile("⟨case.deadline⟩"))
    box(nora).get_by_label("Attach to the mail").set_input_files(
        [{"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"}]
    )
    box(nora).get_by_role("button", name="Preview").click()
    expect(box(nora)).to_contain_text("How it will arrive")
    send(nora)
    expect(box(nora)).to_contain_text("This case does not say")
    text(nora).fill("Plainly.")
    send(nora)
    expect(toast(nora)).to_contain_text("It goes out in ten seconds.")
    expect(newest(nora).get_by_role("link", name="plan.txt")).to_be_visible()
    toast(nora).get_by_role("button", name="Undo").click()
    expect(history(nora)).to_contain_text("called off")
    nora.get_by_role("link", name="Write again").click()
    expect(text(nora)).to_have_value("Plainly.")
    nora.goto(f"{path}/reminder")
    nora.get_by_label("Words").fill("Without a script")
    nora.get_by_role("button", name="Remind", exact=True).click()
    expect(history(nora)).to_contain_text("Without a script")


@pytest.mark.parametrize(("width", "scheme", "colours"), LOOKS)
def test_nothing_for_axe_to_find(
    tab: Tab, faults: Faults, width: int, scheme: str, colours: bool | None
) -> None:
    nora = tab("sales", viewport={"width": width, "height": 860}, color_scheme=scheme)
    make_case(nora, f"Mail looked over at {width} {scheme}")
    begin(nora, "axe@hofmann.example")
    box(nora).get_by_label("Begin from a template").select_option(label="Quotation follow-up")
    expect(text(nora)).to_have_value(re.compile("⟨case.deadline⟩"))
    box(nora).get_by_text("Send later").click()
    box(nora).get_by_text("What this case says").click()
    box(nora).get_by_role("button", name="Preview").click()
    expect(box(nora).get_by_role("region", name="How it will arrive")).to_be_visible()
    send(nora)
    expect(box(nora)).to_contain_text("This case does not say")
    assert faults(nora, colours=colours) == []
    box(nora).get_by_label("Send it as it is").check()
    send(nora)
    expect(newest(nora)).to_contain_text("waiting until")
    newest(nora).locator("summary").click()
    assert faults(nora, colours=colours) == []
    newest(nora).get_by_role("button", name="Call off").click()
    expect(history(nora)).to_contain_text("took back the mail")
