"""Mail from a case by its pages: written, filled, looked at, sent, taken back; reminders; templates."""

import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.case.sparing import Unwanted
from app.domain.draft import Draft
from app.domain.file import Attachment
from app.domain.history import lock
from app.domain.housekeeping import clear_unused_files
from app.domain.job import Job
from app.domain.mail_template import MailTemplate
from app.domain.message import Message, Outcome
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import last_set
from tests.web.reading import words

TO = "Ines Carvalho <ines@hofmann.example>"


@pytest.fixture
def server(monkeypatch):
    """Mail leaves this Holdfast."""
    monkeypatch.setattr("app.mail.server.MailServer.current", lambda: "mail.example:25")


@pytest.fixture
def thanks(ada):
    template = MailTemplate.make(
        by=ada,
        name="Thanks",
        subject="About {{ case.name }}",
        text="Hello {{ contact.name }},\n\nby {{ case.deadline }} you hear from us.",
    )
    db.session.commit()
    return template


def write(visitor, case, **fields):
    sent = {"to": TO, "subject": "Your flow meters", "text": "They left today.", "with_signature": "y"}
    return visitor.post(f"/cases/{case.id}/mails", htmx=True, **(sent | fields))


def fill(visitor, case, **fields):
    return visitor.post(f"/cases/{case.id}/mails/filled", htmx=True, **fields)


def mails():
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def value(answer, name):
    """What stands in a line of the mail that is written."""
    (tag,) = re.findall(rf'<input[^>]* name="{name}"[^>]*>', answer.text)
    found = re.search(r' value="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def text_of(answer):
    (found,) = re.findall(r'<textarea id="mail-text"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    return html.unescape(found)


# Sending


def stored(answer):
    return re.findall(r'name="stored" value="([^"]+)"', answer.text)


def test_files_wait_with_the_draft_until_it_is_sent(as_, nora, marc, case):
    visitor = as_(nora)
    files = [(io.BytesIO(b"our offer"), "offer.txt")]
    sent = visitor.open("/notes/files", method="POST", data={"file": files})
    place = f"/cases/{case.id}/drafts/mail-files"
    as_(marc).post(place, text=stored(sent)[0])
    visitor.post(place, text=stored(sent)[0])
    with clock.stopped_at(clock.now() + timedelta(days=3)):
        clear_unused_files()

    assert "offer.txt" not in words(as_(marc).get(f"/cases/{case.id}/mails/new"))
    page = visitor.get(f"/cases/{case.id}/mails/new")
    assert "offer.txt" in words(page)
    write(visitor, case, stored=stored(page)[-1])
    assert [each.name for each in mails()[0].files] == ["offer.txt"]
    assert stored(visitor.get(f"/cases/{case.id}/mails/new")) == []
    assert db.session.scalars(sa.select(Draft)).all() == []


def test_what_is_filled_after_it_was_sent_is_no_draft(as_, nora, case):
    visitor = as_(nora)
    kept = fill(visitor, case, once="k", to=TO, text="They left", add="Otto <otto@elsewhere.example>")
    assert kept.status_code == 200
    assert "They left" in [each.text for each in db.session.scalars(sa.select(Draft))]

    write(visitor, case, once="k")
    assert db.session.scalars(sa.select(Draft)).all() == []
    late = {"to": TO, "text": "They left", "once": "k", "file": [(io.BytesIO(b"1"), "a.txt")]}
    visitor.open(f"/cases/{case.id}/mails/filled", method="POST", data=late)

    assert db.session.scalars(sa.select(Draft)).all() == []
    assert text_of(visitor.get(f"/cases/{case.id}/mails/new")) == ""


def test_a_template_takes_no_file_away(as_, nora, case):
    fields = {"to": TO, "text": "Here.", "file": [(io.BytesIO(b"1"), "a.txt")], "use": "1", "template_id": ""}
    page = as_(nora).open(f"/cases/{case.id}/mails/filled", method="POST", data=fields)

    assert "a.txt" in words(page)
    assert "a.txt" in words(as_(nora).get(f"/cases/{case.id}/mails/new"))


def test_what_did_not_go_out_comes_back_with_its_files(as_, nora, case, server):
    visitor = as_(nora)
    sent = visitor.open("/notes/files", method="POST", data={"file": [(io.BytesIO(b"1"), "offer.txt")]})
    write(visitor, case, stored=stored(sent)[0])
    line = mails()[0].event_id
    visitor.post(f"/history/{last_set(case).id}/undo")

    page = visitor.get(f"/cases/{case.id}/mails/new?again={line}")
    assert "offer.txt" in words(page)
    answer = fill(visitor, case, again=line, to="", text="")
    assert stored(answer) == stored(page)
    again = fill(visitor, case, again=line, to="", text="", stored=stored(page)[0])
    assert stored(again) == [], "it is there already"
    write(visitor, case, stored=stored(answer)[0])
    assert [each.name for each in mails()[-1].files] == ["offer.txt"]


def test_a_mail_that_failed_is_written_again_with_the_files_that_the_case_has_from_it(
    as_, nora, case, server
):
    visitor = as_(nora)
    sent = visitor.open("/notes/files", method="POST", data={"file": [(io.BytesIO(b"1"), "offer.txt")]})
    write(visitor, case, stored=stored(sent)[0])
    (failed,) = mails()
    failed.conclude({each.id: Outcome("refused", "550") for each in failed.recipients})
    db.session.commit()

    page = visitor.get(f"/cases/{case.id}/mails/new?again={failed.event_id}")
    other = visitor.open("/notes/files", method="POST", data={"file": [(io.BytesIO(b"2"), "offer.txt")]})
    write(visitor, case, stored=[stored(page)[-1], stored(other)[0]])

    first, other = sorted(Attachment.on(case), key=lambda each: each.id)
    assert [each.file for each in mails()[-1].files] == [first.file, other.file]
    assert [first.event_id, other.event_id] == [failed.event_id, mails()[-1].event_id]


def test_a_mail_goes_out_in_ten_seconds_with_the_way_back(as_, nora, case, server):
    answer = write(as_(nora), case, cc="otto@elsewhere.example")

    (mail,) = mails()
    assert (mail.text, mail.sender_name) == ("They left today.", "Nora Lindahl")
    assert [(each.kind, each.name, each.address) for each in mail.recipients] == [
        ("to", "Ines Carvalho", "ines@hofmann.example"),
        ("cc", "", "otto@elsewhere.example"),
    ]
    assert "It goes out in ten seconds." in words(answer)
    assert f'action="/history/{last_set(case).id}/undo"' in answer.text
    line = words(answer)
    assert "Nora Lindahl wrote a mail" in line
    assert "Ines Carvalho ines@hofmann.example waiting until" in line
    assert f"[#{case.id}] Your flow meters" in line


def test_a_plain_form_does_the_same(as_, nora, case):
    answer = as_(nora).post(f"/cases/{case.id}/mails", to=TO, text="They left today.")

    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert mails()[0].subject == f"[#{case.id}] {case.name}"


def test_without_a_mail_server_it_says_that_mail_is_kept(as_, nora, case):
    answer = write(as_(nora), case)

    assert "It is kept, and goes out once there is a mail server." in words(answer)
    assert "kept here" in words(answer)


def test_sent_twice_it_is_one_mail(as_, nora, case):
    visitor = as_(nora)
    for _ in range(2):
        write(visitor, case, once="only-this-form")

    assert len(mails()) == 1


def test_undo_in_time_recalls_it(as_, nora, case, server):
    visitor = as_(nora)
    write(visitor, case)

    answer = visitor.post(f"/history/{last_set(case).id}/undo", headers={"Referer": f"/cases/{case.id}"})
    page = visitor.get(f"/cases/{case.id}")

    assert answer.status_code == 303
    assert mails()[0].state == "recalled"
    assert "Taken back: the mail." in words(page)
    assert "called off" in words(page)
    assert "Write again" in words(page)


def test_undo_after_it_went_says_so(as_, nora, case, server):
    visitor = as_(nora)
    write(visitor, case)
    (mail,) = mails()
    mail.state = mail.recipients[0].state = "sent"
    db.session.execute(sa.update(Job).values(state="done"))
    db.session.commit()

    answer = visitor.post(f"/history/{last_set(case).id}/undo", htmx=True)

    assert answer.status_code == 409
    assert "The mail to Ines Carvalho has gone." in words(answer)


def test_later_and_only_if_they_do_not_write_before(as_, nora, case, server):
    tomorrow = (clock.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    answer = write(as_(nora), case, send_at=tomorrow.strftime("%Y-%m-%dT%H:%M"), until_answered="y")

    (mail,) = mails()
    assert (mail.send_at, mail.until_answered) == (tomorrow, True)
    on_the_day = f"{tomorrow.day} {tomorrow:%b} {tomorrow:%H:%M}"
    assert f"It goes out {on_the_day}." in words(answer).replace(f" {tomorrow.year}", "")
    assert f"waiting until {on_the_day}" in words(answer).replace(f" {tomorrow.year}", "")
    assert "only if they do not write before" in words(answer)
    assert "Call off" in words(answer)

    answer = as_(nora).post(
        f"/cases/{case.id}/notes", htmx=True, kind="word", text="They rang.", awaits_answer="y"
    )
    assert mails()[0].state == "recalled"
    assert "called off" in words(answer)


def test_the_signature_goes_below_unless_one_leaves_it_out(as_, nora, case):
    lock(nora)
    nora.edit({"signature": "Nora Lindahl\nProcess sales"}, by=nora)
    db.session.commit()
    visitor = as_(nora)
    write(visitor, case)
    visitor.post(f"/cases/{case.id}/mails", to=TO, text="Without.")

    assert [mail.text for mail in mails()] == [
        "They left today.\n\n-- \nNora Lindahl\nProcess sales",
        "Without.",
    ]
    again = fill(visitor, case, again=mails()[0].event_id)
    assert text_of(again) == "They left today."


def test_files_go_along_and_are_links_on_the_line(as_, nora, otto, case):
    visitor = as_(nora)
    both = [
        (io.BytesIO(content), name) for name, content in (("offer.pdf", b"%PDF-offer"), ("empty.txt", b""))
    ]
    sent = visitor.open("/notes/files", method="POST", htmx=True, data={"file": both})
    (word,) = re.findall(r'name="stored" value="([^"]+)"', sent.text)

    answer = write(visitor, case, stored=word)

    (mail,) = mails()
    (link,) = set(re.findall(rf'href="(/outbox/{mail.id}/files/[^"]+)"', answer.text))
    assert visitor.get(link).data == b"%PDF-offer"
    assert as_(otto).get(link).status_code == 404
    assert visitor.get(link.replace("/0/", "/7/")).status_code == 404


def test_a_name_cannot_bring_a_header_of_its_own(as_, nora, case):
    write(
        as_(nora), case, subject="Offer\r\nBcc: all@elsewhere.example", cc='"Otto\r\nBcc: x" <o@else.example>'
    )

    source = as_(nora).get(f"/outbox/{mails()[0].id}/source").text
    assert "\nBcc:" not in source
    assert "Subject: " in source


# What needs another look


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"to": ""}, "Say whom it is for."),
        ({"to": "Ines"}, "“Ines” is no mail address"),
        ({"cc": "a@b.example, nobody"}, "“nobody” is no mail address"),
        ({"text": "  "}, "Write something first."),
        ({"send_at": "2020-01-01T10:00"}, "This has passed."),
        ({"send_at": "soon"}, "Write a day and a time"),
        ({"until_answered": "y"}, "Say when: it goes then, unless they write before."),
        ({"subject": "x" * 501}, "A subject has up to 500 characters."),
        ({"text": "Dear ⟨contact.name⟩"}, "This case does not say “Contact”."),
        ({"text": "Dear {{ contact.name }}"}, "This case does not say “Contact”."),
        ({"to": ", ".join(f"a{n}@b.example" for n in range(101))}, "up to 100 people"),
    ],
)
def test_what_is_wrong_stands_beside_and_all_that_was_typed_stays(as_, nora, case, wrong, sentence):
    typed = {"cc": "cc@hofmann.example", "subject": "Typed subject", "text": "Typed text"} | wrong
    part = write(as_(nora), case, **typed)
    page = as_(nora).post(f"/cases/{case.id}/mails", **({"to": TO} | typed))

    for answer in (part, page):
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert value(answer, "subject") == typed["subject"]
        assert value(answer, "to") == typed.get("to", TO)
        assert text_of(answer).strip() == typed["text"].strip()
    assert part.text.lstrip().startswith('<form class="words mailing"')
    assert re.search(r'value="mail"[^>]* checked', page.text)
    assert mails() == []


def test_a_gap_goes_out_once_somebody_says_so(as_, nora, case):
    answer = write(as_(nora), case, text="Dear ⟨contact.name⟩", is_complete="y")

    assert answer.status_code == 200
    assert mails()[0].text == "Dear ⟨contact.name⟩"


def test_a_file_that_cannot_be_kept_keeps_the_mail(as_, nora, case):
    answer = as_(nora).open(
        f"/cases/{case.id}/mails",
        method="POST",
        htmx=True,
        data={"to": TO, "text": "See", "file": [(io.BytesIO(b""), "empty.pdf")]},
    )

    assert answer.status_code == 422
    assert "empty.pdf: This file is empty." in words(answer)
    assert mails() == []


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


# Where it stands


def test_each_recipient_has_a_word_of_their_own(as_, nora, case, server):
    visitor = as_(nora)
    write(visitor, case, to="one@a.example, two@a.example, three@a.example")
    (mail,) = mails()
    for recipient, state, answer in zip(
        mail.recipients,
        ("sent", "refused", "waiting"),
        ("250 ok", "550 No such user", "451 Later"),
        strict=True,
    ):
        recipient.state, recipient.answer = state, answer
    mail.error = "two@a.example: 550 No such user"
    db.session.commit()

    for page in (visitor.get(f"/cases/{case.id}"), visitor.get(f"/outbox/{mail.id}")):
        said = words(page)
        assert "one@a.example taken by the server" in said
        assert "two@a.example refused 550 No such user" in said
        assert "three@a.example will be tried again 451 Later" in said
        assert f'action="/outbox/{mail.id}/another-try"' in page.text

    answer = visitor.post(
        f"/outbox/{mail.id}/another-try",
        htmx=True,
        headers={"HX-Current-URL": f"http://holdfast.example/cases/{case.id}"},
    )
    assert answer.headers["HX-Retarget"] == f"#case-{case.id}"
    assert mails()[0].recipients[1].state == "waiting"


def test_many_mails_take_no_more_statements_than_one(as_, nora, otto, case, statements):
    lock(case)
    case.watch(otto, by=nora)
    db.session.commit()
    visitor = as_(nora)
    write(visitor, case)
    few, _page = statements(visitor, f"/cases/{case.id}")
    for _ in range(3):
        write(visitor, case)
    many, page = statements(visitor, f"/cases/{case.id}")

    assert page.text.count("Nora Lindahl</b> wrote a mail") == 4
    assert many == few


def test_an_operator_reads_mail_and_writes_none(as_, olga, nora, marc, case, front_desk):
    Call.make("call", "Ring them", by=marc, team=front_desk, about=case, responsible=olga)
    db.session.commit()
    write(as_(nora), case)
    page = as_(olga).get(f"/cases/{case.id}")

    assert "wrote a mail" in words(page)
    assert 'class="words mailing"' not in page.text
    assert "/mails/new" not in page.text


def test_the_source_of_a_mail_is_what_travels(as_, nora, case):
    write(as_(nora), case)

    answer = as_(nora).get(f"/outbox/{mails()[0].id}/source")

    assert answer.headers["Content-Type"] == "message/rfc822"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert f"Message-ID: {mails()[0].message_id}" in answer.text.replace("\r\n ", " ")
    assert "Reply-To: reply+" in answer.text


def test_the_address_to_answer_to_of_a_colleague_is_theirs_alone(as_, nora, otto, case):
    """By it we would know Otto when mail comes in."""
    write(as_(nora), case, to=f"Otto <{otto.email}>")
    (mail,) = mails()
    assert mail.reply_to.startswith("reply+")

    source = as_(nora).get(f"/outbox/{mail.id}/source")

    assert source.status_code == 200
    assert "reply+" not in source.text


# Reminders


def test_remind_me_at_a_time_in_ones_own_words(as_, nora, case, server):
    visitor = as_(nora)
    assert "Remind me…" in words(visitor.get(f"/cases/{case.id}"))
    assert "Remind me" in words(visitor.get(f"/cases/{case.id}/reminder"))

    answer = visitor.post(f"/cases/{case.id}/reminder", htmx=True, at="2199-01-31T10:00", text="Ring Clara")

    (mail,) = mails()
    assert (mail.recipients[0].address, mail.send_at.year) == (nora.email, 2199)
    assert "Ring Clara" in mail.text
    assert "The reminder goes out 31 Jan 2199 10:00." in words(answer)
    assert "reminds Nora Lindahl" in words(answer)


def test_somebody_else_reminds_the_responsible(as_, marc, case):
    assert "Remind the responsible…" in words(as_(marc).get(f"/cases/{case.id}"))
    assert "Remind Nora Lindahl" in words(as_(marc).get(f"/cases/{case.id}/reminder"))

    as_(marc).post(f"/cases/{case.id}/reminder", text="Please look")

    assert mails()[0].recipients[0].address == "nora@holdfast.example"


def test_a_reminder_without_a_mail_server_is_kept(as_, nora, case):
    answer = as_(nora).post(f"/cases/{case.id}/reminder", htmx=True, text="Ring Clara")

    assert "The reminder is kept, and goes out once there is a mail server." in words(answer)


def test_a_reminder_says_what_the_case_says(as_, nora, case):
    url = f"/cases/{case.id}/partner-reminder"
    as_(nora).post(url, text="About {{ case.name }}: any news?")

    assert mails()[0].text.startswith(f"About {case.name}: any news?")
    for text, sentence in [
        ("By {{ case.deadline }}?", "There is nothing to say yet in these places: Its deadline."),
        ("Dear {{ case.friend }}", "There is no field “case.friend”."),
    ]:
        answer = as_(nora).post(url, htmx=True, text=text)
        assert (answer.status_code, sentence in words(answer), text in answer.text) == (422, True, True)
    assert len(mails()) == 1


def test_remind_them_with_what_was_said_last(as_, nora, case, server):
    lock(case)
    case.log("We will decide in March.", by=nora)
    db.session.commit()

    answer = as_(nora).post(
        f"/cases/{case.id}/partner-reminder", htmx=True, text="Any news?", forward_last="y"
    )

    (mail,) = mails()
    assert mail.recipients[0].address == "info@hofmann.example"
    assert mail.text.startswith("Any news?")
    assert "> We will decide in March." in mail.text
    assert "The reminder goes out in ten seconds." in words(answer)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({}, "Write something first."), ({"text": "Any news?", "at": "2020-01-01T10:00"}, "This has passed.")],
)
def test_a_reminder_that_needs_another_look(as_, nora, case, fields, sentence):
    for htmx in (True, False):
        answer = as_(nora).post(f"/cases/{case.id}/partner-reminder", htmx=htmx, **fields)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert fields.get("text", "") in answer.text
    assert mails() == []


def test_a_case_that_is_closed_reminds_nobody(as_, nora, case):
    lock(case)
    case.win(by=nora)
    db.session.commit()

    assert "Remind" not in words(as_(nora).get(f"/cases/{case.id}"))


# Templates


def test_a_template_is_added_where_lists_are_set_up(as_, ada):
    visitor = as_(ada)
    answer = visitor.post(
        "/lists/mail-templates/",
        htmx=True,
        name="Hello",
        subject="{{ case.name }}",
        text="Hello {{ contact.name }}",
    )

    assert answer.status_code == 200
    assert "Hello" in words(visitor.get("/lists/mail-templates/"))
    page = visitor.get("/lists/mail-templates/")
    assert "{{ case.name }}" in page.text
    assert "What it is about" in words(page)


@pytest.mark.parametrize("text", ["{{ config }}", "{{ 7*7 }}", "{% for x in y %}", "{{ case.__class__ }}"])
def test_what_does_not_exist_is_refused_beside_its_field(as_, ada, thanks, text):
    visitor = as_(ada)
    new = visitor.post("/lists/mail-templates/", htmx=True, name="Bad", subject="", text=text)
    old = visitor.post(
        f"/lists/mail-templates/{thanks.id}/text", htmx=True, text=text, version=str(thanks.version)
    )

    for answer in (new, old):
        assert answer.status_code == 422
        assert "There is no field" in words(answer) or "stands alone here" in words(answer)
        assert html.escape(text, quote=False) in answer.text
    assert db.session.scalars(sa.select(MailTemplate).where(MailTemplate.name == "Bad")).first() is None


def test_a_template_of_one_kind_is_set_back_to_all(as_, ada, case, thanks):
    visitor = as_(ada)
    for kind, expected in (("claim", False), ("", True)):
        thanks = db.session.get(MailTemplate, thanks.id)
        visitor.post(f"/lists/mail-templates/{thanks.id}/kind", kind=kind, version=str(thanks.version))
        page = visitor.get(f"/cases/{case.id}/mails/new")
        assert (f'<option value="{thanks.id}">Thanks</option>' in page.text) is expected


def test_a_template_is_shown_on_a_real_case(as_, ada, case, thanks):
    visitor = as_(ada)
    page = visitor.get(f"/lists/mail-templates/{thanks.id}")
    assert f"About {case.name}" in words(page)
    assert "This case leaves open: ⟨case.deadline⟩" in words(page)
    assert "by {{ case.deadline }} you hear from us." in page.text

    named = visitor.get(f"/mail-templates/{thanks.id}/on-case?case=%23{case.id}", htmx=True)
    assert "Hello Hofmann Brewery" in words(named)
    nobody = visitor.get(f"/mail-templates/{thanks.id}/on-case?case=Nothing+such")
    assert "No case you know is called “Nothing such”." in words(nobody)
    assert "<html" in nobody.text


def test_where_there_is_no_case_a_template_says_so(as_, ada, thanks):
    page = as_(ada).get(f"/lists/mail-templates/{thanks.id}")
    assert "There is no case yet to show it on." in words(page)


# Who is not to be written to


@pytest.fixture
def clara(brewery):
    """She wants no mail."""
    made = Partner.make("Clara Hofmann", by=SYSTEM, email="Clara@hofmann.example", do_not_mail=True)
    db.session.commit()
    return made


def beside(answer, field):
    """What stands below a line of the mail."""
    found = re.search(rf'<p class="wrong" id="[^"]*{field}-e">.*?</p>', answer.text, re.DOTALL)
    return re.sub("<[^>]*>", "", found[0]) if found else None


@pytest.mark.parametrize("field", ["to", "cc"])
def test_who_wants_no_mail_is_named_beside_the_line_and_all_that_was_typed_stays(
    as_, nora, case, clara, field
):
    typed = {"to": TO, "cc": "", field: f"{TO}, clara@hofmann.example", "subject": "Typed", "text": "Kept"}
    answer = write(as_(nora), case, **typed)

    assert answer.status_code == 422
    assert beside(answer, f"-{field}") == "“clara@hofmann.example” wants no mail."
    assert beside(answer, "-cc" if field == "to" else "-to") is None
    assert value(answer, field).endswith(", clara@hofmann.example")
    assert (value(answer, "subject"), ">Kept</textarea>" in answer.text) == ("Typed", True)
    assert "Write to them all the same" in answer.text
    assert mails() == []

    assert write(as_(nora), case, is_meant="y", **typed).status_code == 200
    assert [each.address for each in mails()[0].recipients] == [
        "ines@hofmann.example",
        "clara@hofmann.example",
    ]


def test_an_address_from_which_mail_came_back_is_named_with_the_day(as_, nora, case, brewery):
    lock(brewery)
    brewery.edit({"mail_bounced_at": datetime(2026, 11, 12, 9, tzinfo=UTC)}, by=SYSTEM)
    db.session.commit()
    visitor = as_(nora)
    assert (
        "Mail to “info@hofmann.example” came back on Nov 12, 2026."
        in visitor.get(f"/cases/{case.id}/mails/new").text
    )
    answer = write(visitor, case, to="info@hofmann.example")
    assert answer.status_code == 422
    assert beside(answer, "-to") == "Mail to “info@hofmann.example” came back on Nov 12, 2026."

    lock(brewery)
    brewery.edit({"email": "office@hofmann.example"}, by=SYSTEM)
    db.session.commit()
    assert brewery.mail_bounced_at is None
    assert write(visitor, case, to="office@hofmann.example").status_code == 200


def test_when_mail_came_back_is_told_only_to_who_may_know_of_the_partner(nora, olga, case, brewery):
    lock(case, brewery)
    brewery.edit({"mail_bounced_at": datetime(2026, 11, 12, 9, tzinfo=UTC)}, by=SYSTEM)
    db.session.commit()
    lock(case)
    for writer, sentence in [
        (nora, "Mail to “info@hofmann.example” came back on Nov 12, 2026."),
        (olga, "Mail to “info@hofmann.example” came back."),
    ]:
        with pytest.raises(Unwanted) as refusal:
            case.write_mail("Hello", by=writer, to=[("", "info@hofmann.example")])
        assert str(refusal.value) == sentence


def test_the_address_that_a_case_came_with_is_as_unwilling_as_its_contact(as_, nora, case, clara):
    lock(case)
    case.edit({"contact_id": clara.id, "email": "clara@home.example"}, by=nora)
    db.session.commit()

    answer = write(as_(nora), case, to="clara@home.example")
    assert (answer.status_code, beside(answer, "-to")) == (422, "“clara@home.example” wants no mail.")


def test_who_wants_no_mail_is_reminded_only_by_who_means_it(as_, nora, case, clara):
    lock(case)
    case.edit({"contact_id": clara.id}, by=nora)
    db.session.commit()
    visitor, url = as_(nora), f"/cases/{case.id}/partner-reminder"
    unwanted, all_the_same = "“Clara@hofmann.example” wants no mail.", "Write to them all the same"
    asked = visitor.get(url)
    assert unwanted in words(asked)
    assert all_the_same in words(asked)

    answer = visitor.post(url, htmx=True, text="Any news?")
    assert answer.status_code == 422
    assert unwanted in beside(answer, "is_meant")
    assert all_the_same in words(answer)
    assert "Any news?</textarea>" in answer.text
    assert mails() == []

    assert visitor.post(url, htmx=True, text="Any news?", is_meant="y").status_code == 200
    assert [each.address for each in mails()[0].recipients] == ["Clara@hofmann.example"]


def test_nobody_is_asked_whether_they_mean_a_reminder_that_is_welcome(as_, nora, case, clara):
    for url in (f"/cases/{case.id}/partner-reminder", f"/cases/{case.id}/reminder"):
        assert "Write to them all the same" not in words(as_(nora).get(url))
