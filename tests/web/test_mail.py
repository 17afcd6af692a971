"""Mail from a case by its pages: sent, taken back, asked about, and where it stands."""

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.call import Call
from app.domain.draft import Draft
from app.domain.file import Attachment
from app.domain.history import lock
from app.domain.housekeeping import clear_unused_files
from app.domain.job import Job
from app.domain.message import Outcome
from app.extensions import db
from tests.conftest import last_set
from tests.web.mail_pages import TO, fill, mails, text_of, value, write
from tests.web.reading import words


def stored(answer):
    return re.findall(r'name="stored" value="([^"]+)"', answer.text)


# Sending


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
