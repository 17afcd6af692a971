"""A mail before it goes: filled from templates and what was said, and looked at."""

import html
import io
import re

from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.history import lock
from app.domain.mail_template import MailTemplate
from app.extensions import db
from tests.web.mail_pages import TO, fill, mails, text_of, value, write
from tests.web.reading import words

# Filling


def test_it_begins_with_the_other_side_and_the_name_of_the_case(as_, nora, case):
    page = as_(nora).get(f"/cases/{case.id}/mails/new")

    assert value(page, "to") == "Hofmann Brewery <info@hofmann.example>"
    assert value(page, "subject") == case.name
    assert text_of(page) == ""
    assert re.search(r'value="mail"[^>]* checked', page.text)


def test_a_template_fills_subject_and_text_and_marks_what_is_open(as_, nora, case, thanks):
    answer = fill(as_(nora), case, use="1", template_id=thanks.id, subject=case.name, text="My own words")

    assert value(answer, "subject") == f"About {case.name}"
    assert text_of(answer) == "Hello Hofmann Brewery,\n\nby ⟨case.deadline⟩ you hear from us.\n\nMy own words"
    assert "<mark>⟨case.deadline⟩</mark>" in answer.text
    assert "Send it as it is" in words(answer)


def test_another_template_takes_the_place_of_the_first(as_, nora, ada, case, thanks):
    short = MailTemplate.make(by=ada, name="Short", subject="Short", text="In short.")
    db.session.commit()
    visitor = as_(nora)
    first = fill(visitor, case, use="1", template_id=thanks.id, subject=case.name, text="Mine")
    second = fill(
        visitor,
        case,
        use="1",
        template_id=short.id,
        filled=thanks.id,
        subject=value(first, "subject"),
        text=text_of(first),
    )
    none = fill(
        visitor, case, use="1", template_id="", filled=short.id, subject="Short", text=text_of(second)
    )

    assert (value(second, "subject"), text_of(second)) == ("Short", "In short.\n\nMine")
    assert (value(none, "subject"), text_of(none)) == (case.name, "Mine")


def test_a_subject_of_ones_own_outlasts_a_template(as_, nora, case, thanks):
    answer = fill(as_(nora), case, use="1", template_id=thanks.id, subject="My own", text="")

    assert value(answer, "subject") == "My own"


def test_what_was_filled_is_kept_as_a_draft_until_it_is_sent(as_, nora, case, thanks):
    visitor = as_(nora)
    fill(visitor, case, use="1", template_id=thanks.id, to=TO, subject=case.name, text="Mine")
    page = visitor.get(f"/cases/{case.id}/mails/new")
    assert (value(page, "to"), value(page, "subject")) == (TO, f"About {case.name}")
    assert text_of(page).endswith("Mine")

    write(visitor, case)
    assert Draft.of(nora, case) == {}


def test_reply_quotes_what_was_said_last_and_says_re_once(as_, nora, case):
    visitor = as_(nora)
    lock(case)
    case.log("Can you send six?\n\nBy March?", by=nora)
    db.session.commit()

    answer = fill(visitor, case, reply="last", subject=case.name, text="Yes.")

    said = text_of(answer)
    assert said.startswith("Yes.\n\nOn ")
    assert said.endswith("Nora Lindahl wrote:\n> Can you send six?\n>\n> By March?")
    assert value(answer, "subject") == f"Re: {case.name}"
    write(visitor, case, subject=value(answer, "subject"), text=said)
    again = fill(visitor, case, reply=mails()[0].event_id, subject="", text="")
    assert value(again, "subject") == f"Re: {case.name}"


def test_there_is_nothing_to_quote_where_nothing_was_said(as_, nora, otto, case, support):
    answer = fill(as_(nora), case, reply="last")
    assert answer.status_code == 409
    assert "Nothing has been said yet that could be answered." in words(answer)

    lock(case)
    note = case.note("For colleagues only", by=nora)
    db.session.commit()
    assert fill(as_(nora), case, reply=note.id).status_code == 409


def test_a_mail_of_another_case_is_not_written_again_here(as_, nora, case, front_desk):
    other = Case.make("task", "Another", by=nora, team=front_desk)
    db.session.commit()
    write(as_(nora), other)

    answer = fill(as_(nora), case, again=mails()[0].event_id)

    assert answer.status_code == 409
    assert "They left today." not in answer.text


def test_who_has_to_do_with_it_is_added_by_a_button(as_, nora, case):
    visitor = as_(nora)
    without = fill(visitor, case, to="x@y.example", add="Hofmann Brewery <info@hofmann.example>")

    assert value(without, "to") == "x@y.example, Hofmann Brewery <info@hofmann.example>"
    assert "x@y.example" in value(visitor.get(f"/cases/{case.id}/mails/new"), "to")


def test_only_whom_it_does_not_go_to_yet_is_offered_also_while_one_types(as_, nora, case):
    lock(case)
    case.edit({"email": "came@hofmann.example", "contact_name": "Brand, Ida"}, by=nora)
    db.session.commit()
    to = '"Brand, Ida" <came@hofmann.example>, cla'

    answer = fill(as_(nora), case, to=to, text="…", use="1", template_id="")

    offered = re.findall(r'name="add" value="([^"]*)"', answer.text)
    assert [html.unescape(each) for each in offered] == ["Hofmann Brewery <info@hofmann.example>"]


def test_what_the_case_says_stands_beside(as_, nora, case):
    page = as_(nora).get(f"/cases/{case.id}/mails/new")

    assert f'data-text="{case.name}"' in page.text
    assert "€48,200" in words(page)


def test_fields_of_the_case_are_never_filled_twice(as_, nora, case, thanks):
    lock(case)
    case.edit({"name": "{{ responsible.email }} {{ 7*7 }}"}, by=nora)
    db.session.commit()

    answer = fill(as_(nora), case, use="1", template_id=thanks.id, subject="", text="")

    assert value(answer, "subject") == "About {{ responsible.email }} {{ 7*7 }}"
    assert nora.email not in value(answer, "subject")


# Looking at it first


def test_preview_shows_it_as_it_will_arrive_and_sends_nothing(as_, nora, otto, case):
    lock(case)
    case.watch(otto, by=nora)
    db.session.commit()
    answer = as_(nora).post(
        f"/cases/{case.id}/mails/preview",
        htmx=True,
        to=f"{TO}, otto@holdfast.example",
        cc="clara@hofmann.example",
        subject="Yours",
        text="Look at https://example.com/a?b=1&c=2\n\n<script>alert(1)</script>",
    )

    said = words(answer)
    assert "From Nora Lindahl" in said
    assert "To Ines Carvalho" in said
    assert "Copy clara@hofmann.example" in said
    assert "Colleagues Otto Brandt" in said
    assert f"Subject [#{case.id}] Yours" in said
    assert '<a href="https://example.com/a?b=1&amp;c=2">' in answer.text
    assert "<script>alert" not in answer.text
    assert mails() == []


def test_preview_without_scripts_is_the_page_with_all_that_was_typed(as_, nora, case):
    page = as_(nora).open(
        f"/cases/{case.id}/mails/preview",
        method="POST",
        data={"to": "nobody", "subject": "Yours", "text": "Typed", "file": [(io.BytesIO(b"1"), "a.txt")]},
    )

    assert page.status_code == 200
    assert "How it will arrive" in words(page)
    assert "To “nobody” is no mail address" in words(page)
    assert (value(page, "to"), text_of(page)) == ("nobody", "Typed")
    assert "a.txt" in words(page)


def test_preview_says_in_which_line_something_is_wrong(as_, nora, case):
    answer = as_(nora).post(f"/cases/{case.id}/mails/preview", htmx=True, to=TO, cc="clara@", text="Typed")

    said = words(answer)
    assert "Copy “clara@” is no mail address" in said
    assert "To “" not in said


def test_people_are_offered_by_name_and_address(as_, nora, otto, brewery, case):
    visitor = as_(nora)

    def offered(typed):
        found = visitor.get(f"/mails/addresses?field=cc&cc={typed}", htmx=True).text
        return re.findall(r'value="([^"]+)"', found)

    assert offered("x@y.example, hof") == ["Hofmann Brewery &lt;info@hofmann.example&gt;"]
    assert offered("info@") == ["Hofmann Brewery &lt;info@hofmann.example&gt;"]
    assert offered("otto") == ["Otto Brandt &lt;otto@holdfast.example&gt;"]
    assert offered("hof, ") == []
