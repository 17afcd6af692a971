"""Writing about a case: to whom it goes, as what, in which conversation, and what calls it off."""

import io
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.errors import Gaps, Refused
from app.domain.file import LARGEST, Attachment, File
from app.domain.history import Event, lock, redo, undo
from app.domain.mail_template import MailTemplate
from app.domain.message import Message
from app.domain.replying import ReplyTo
from app.extensions import db
from app.mail.outbound import build

INES = ("Ines Carvalho", "ines@hofmann.example")
T = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def desk(front_desk):
    """The front desk, which has an address of its own."""
    lock(front_desk)
    front_desk.edit({"reply_to": "desk@lindqvist.example"}, by=SYSTEM)
    db.session.commit()
    return front_desk


def write(case, text="They left today.", by=None, to=(INES,), **more):
    lock(case)
    message = case.write_mail(text, by=by or case.responsible, to=to, **more)
    db.session.commit()
    return message


def messages(case):
    """All that was mailed about it, in order."""
    query = sa.select(Message).join(Event, Message.event_id == Event.id).where(Event.case_id == case.id)
    return list(db.session.scalars(query.order_by(Message.id)))


def whom(case):
    return [[each.address for each in message.recipients] for message in messages(case)]


def travelling(message):
    """The mail as it arrives."""
    return message_from_bytes(build(message).as_bytes(), policy=default)


def stored(content=b"An offer", name="offer.pdf"):
    return name, File.store(io.BytesIO(content))


# One mail


def test_a_person_writes_in_their_name_with_the_address_of_the_team(case, nora, desk):
    message = write(case)
    mail = travelling(message)

    assert mail["From"] == "Nora Lindahl <desk@lindqvist.example>"
    assert mail["To"] == "Ines Carvalho <ines@hofmann.example>"
    assert mail["Subject"] == f"[#{case.id}] Flow meters for bottling line 3"
    assert f".case-{case.id}@lindqvist.example>" in mail["Message-ID"]
    assert mail["Auto-Submitted"] is None
    assert ReplyTo.read(mail["Reply-To"]) == ReplyTo(case.id, recipient_id=message.recipients[0].id)
    assert mail["Reply-To"].endswith("@lindqvist.example")


def test_without_an_address_of_the_team_it_is_the_organisations(case, nora):
    assert write(case).sender == "holdfast@localhost"


def test_what_no_person_writes_is_in_the_name_of_the_team(case, desk):
    message = write(case, by=SYSTEM)

    assert message.sender_name == desk.name


def test_it_is_one_line_of_history_with_its_words(case, nora):
    write(case, "They left today.\n\nKind regards", cc=[("", "clara@hofmann.example")])

    line = case.history[-1]
    assert (line.action, line.who, line.body) == (
        "mail planned",
        nora.name,
        "They left today.\n\nKind regards",
    )
    assert line.details["to"] == "Ines Carvalho <ines@hofmann.example>, clara@hofmann.example"
    assert line.details["what"] == f"[#{case.id}] Flow meters for bottling line 3"


def test_plain_words_travel_as_text_and_as_a_page(case, nora):
    mail = travelling(write(case, "See <b> https://lindqvist.example/a?b=1&c=2.\nYours\n\nNora"))

    assert mail.get_body(("plain",)).get_content().strip().startswith("See <b> https://lindqvist")
    page = mail.get_body(("html",)).get_content()
    assert "See &lt;b&gt; " in page
    assert '<a href="https://lindqvist.example/a?b=1&amp;c=2">' in page
    assert page.count("<p>") == 2


def test_a_page_of_ones_own_brings_nothing_that_runs(case, nora):
    message = write(case, "Hello", html="<p onclick=x()>Hello <b>you</b><script>alert(1)</script></p>")

    assert message.html == "<p>Hello <b>you</b></p>"


def test_a_subject_keeps_the_number_by_which_an_answer_finds_back(case, nora):
    assert write(case, subject="Your order").subject == f"[#{case.id}] Your order"
    assert write(case, subject=f"Re: [#{case.id}] Your order").subject == f"Re: [#{case.id}] Your order"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_neither_subject_nor_name_brings_a_header(case, nora, end):
    message = write(
        case, subject=f"Hi{end}Bcc: m@evil.example", to=[(f"Ines{end}Bcc: m@evil.example", INES[1])]
    )
    mail = travelling(message)

    assert mail["Bcc"] is None
    assert mail["Subject"] == f"[#{case.id}] Hi Bcc: m@evil.example"
    assert [each.addr_spec for each in mail["To"].addresses] == [INES[1]]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\r\nBcc: c@d.example", "a@b.example, c@d.example", "@"]
)
def test_what_is_no_address_is_named_and_nothing_is_written(case, nora, address):
    lock(case)
    with pytest.raises(Refused, match="no mail address"):
        case.write_mail("Hello", by=nora, to=[INES], cc=[("", address)])

    db.session.rollback()
    assert messages(case) == []


def test_nothing_to_say_and_nobody_to_say_it_to_are_refused(case, nora):
    lock(case)
    with pytest.raises(Refused, match="Write something first"):
        case.write_mail(" \n", by=nora, to=[INES])
    with pytest.raises(Refused, match="whom it goes to"):
        case.write_mail("Hello", by=nora, to=[])
    with pytest.raises(Refused, match="up to 100 people"):
        case.write_mail("Hello", by=nora, to=[("", f"n{n}@hofmann.example") for n in range(101)])


# Files


def test_files_travel_under_their_names_and_stay_on_the_case(case, nora):
    message = write(case, files=[stored(b"%PDF-1.4", "Größe 3.pdf"), stored(b"\0\1", "..\\x\r\ny.bin")])

    [offer, other] = travelling(message).iter_attachments()
    assert (offer.get_filename(), offer.get_content_type(), offer.get_content()) == (
        "Größe 3.pdf",
        "application/pdf",
        b"%PDF-1.4",
    )
    assert other.get_filename() == "xy.bin"
    assert {each.name for each in Attachment.on(case)} == {"Größe 3.pdf", "xy.bin"}


def test_what_is_attached_already_goes_along_and_is_not_attached_again(case, nora):
    name, file = stored()
    lock(case)
    Attachment.add(case, [(name, file)], by=nora)
    db.session.commit()

    message = write(case, files=Attachment.on(case))

    assert [each.get_content() for each in travelling(message).iter_attachments()] == [b"An offer"]
    assert len(Attachment.on(case)) == 1
    assert case.history[-1].details["enclosed"] == ["offer.pdf"]


def test_files_are_not_too_large_together(case, nora):
    half = LARGEST // 2 + 1
    files = [stored(sign * half, "big.bin") for sign in (b"a", b"b")]
    lock(case)
    with pytest.raises(Refused, match="25 MB together"):
        case.write_mail("Hello", by=nora, to=[INES], files=files)


# Copies


def test_watchers_get_a_copy_of_their_own_and_who_writes_none(case, nora, otto, marc):
    lock(case)
    for user in (nora, otto, marc):
        case.watch(user, by=nora)
    case.copy_to("clara@hofmann.example", by=nora)

    write(case)

    assert whom(case) == [[INES[1]], [marc.email], [otto.email], ["clara@hofmann.example"]]
    first, _for_marc, for_otto, for_clara = messages(case)
    assert [each.is_copy for each in messages(case)] == [False, True, True, True]
    assert ReplyTo.read(for_otto.reply_to).user is otto
    assert ReplyTo.read(for_clara.reply_to).recipient.address == "clara@hofmann.example"
    assert for_otto.text.startswith("Nora Lindahl wrote to Ines Carvalho <ines@hofmann.example>:")
    assert f"/cases/{case.id}" in for_otto.text
    assert "/cases/" not in for_clara.text
    assert "Nora Lindahl wrote to" not in first.text


def test_colleagues_among_those_written_to_get_one_each(case, nora, otto, marc):
    write(case, to=[INES, ("Otto", otto.email)], cc=[("Marc", marc.email), ("", "clara@hofmann.example")])

    assert whom(case) == [[INES[1], "clara@hofmann.example"], [otto.email], [marc.email]]
    assert not any(each.is_copy for each in messages(case))
    assert travelling(messages(case)[0])["Cc"] == "clara@hofmann.example"


def test_one_may_write_to_oneself_alone(case, nora):
    message = write(case, to=[("", nora.email)])

    assert whom(case) == [[nora.email]]
    assert "wrote to" not in message.text


def test_nobody_gets_it_twice(case, nora, otto):
    lock(case)
    case.watch(otto, by=nora)
    case.copy_to(INES[1], by=nora)
    case.copy_to(otto.email, by=nora)

    write(case, to=[INES, ("Ines", INES[1].upper())], cc=[INES, ("Otto", otto.email.upper())])

    assert whom(case) == [[INES[1]], [otto.email]]


def test_who_has_left_us_gets_no_copy(case, nora, otto, ada):
    lock(case, otto)
    case.watch(otto, by=nora)
    otto.deactivate(by=ada)

    write(case)

    assert whom(case) == [[INES[1]]]


ADDRESSES = st.sampled_from(
    [
        "ines@hofmann.example",
        "INES@hofmann.example",
        "clara@hofmann.example",
        "dora@hofmann.example",
        "otto@holdfast.example",
        "nora@holdfast.example",
        "Zoë@bücher.example",
    ]
)
PEOPLE = st.lists(st.tuples(st.sampled_from(["", "Ines", "Clara, of 'Hofmann'"]), ADDRESSES), max_size=4)


@given(to=PEOPLE, cc=PEOPLE, watching=st.sets(ADDRESSES), otto_watches=st.booleans())
def test_however_they_are_named_each_address_gets_one(case, nora, otto, to, cc, watching, otto_watches):
    assume(to or cc)
    lock(case)
    for address in sorted(watching):
        case.copy_to(address, by=nora)
    if otto_watches:
        case.watch(otto, by=nora)

    case.write_mail("Hello", by=nora, to=to, cc=cc)

    got = [each.address.casefold() for message in messages(case) for each in message.recipients]
    named = {address.casefold() for _name, address in (*to, *cc)}
    # What goes to nobody outside is copied to nobody outside.
    goes_out = bool(named - {nora.email, otto.email})
    copied = {each.casefold() for each in watching if goes_out} | ({otto.email} if otto_watches else set())
    assert sorted(got) == sorted(named | (copied - {nora.email}))
    db.session.rollback()


# The conversation


def test_the_next_mail_goes_on_with_the_conversation(case, nora, otto):
    first = write(case)
    second = write(case, "Did they arrive?")

    mail = travelling(second)
    assert travelling(first)["References"] is None
    assert mail["In-Reply-To"] == first.message_id
    assert mail["References"] == first.message_id
    third = travelling(write(case, "Well?"))
    assert third["In-Reply-To"] == second.message_id
    assert third["References"] == f"{first.message_id} {second.message_id}"


def test_each_answers_what_they_have_seen_last(case, nora):
    first = write(case)
    to_clara = write(case, to=[("", "clara@hofmann.example")])
    again = write(case)

    assert (to_clara.in_reply_to, again.in_reply_to) == (first.message_id, first.message_id)
    assert {each.thread for each in (to_clara, again)} == {first.message_id}


def test_copies_belong_to_the_conversation(case, nora, otto):
    lock(case)
    case.watch(otto, by=nora)
    first = write(case)
    copy = messages(case)[1]
    write(case, "Did they arrive?")

    assert copy.thread == first.message_id
    assert messages(case)[3].in_reply_to == copy.message_id


def test_what_was_called_off_is_no_part_of_it(case, nora):
    write(case).cancel(by=nora)
    db.session.commit()

    assert write(case).in_reply_to is None


def test_other_cases_are_other_conversations(case, nora, front_desk):
    write(case)
    other = Case.make("opportunity", "Spare parts", by=nora, team=front_desk)
    db.session.commit()

    assert write(other).thread is None


# Later, and called off


def test_it_goes_in_ten_seconds_or_when_one_says(case, nora):
    with clock.stopped_at(T):
        now, late, past = (
            write(case, send_at=at) for at in (None, T + timedelta(days=40), T - timedelta(days=1))
        )

    assert [each.send_at - T for each in (now, late, past)] == [
        timedelta(seconds=10),
        timedelta(days=40),
        timedelta(seconds=10),
    ]
    assert late.job.run_at == late.send_at


def test_what_waits_for_an_answer_is_called_off_by_one(case, nora, otto):
    lock(case)
    case.watch(otto, by=nora)
    until, anyway = (
        write(case, send_at=clock.now() + timedelta(days=3), until_answered=answered)
        for answered in (True, False)
    )

    lock(case)
    case.log("Ines rang: they are well.", by=nora, awaits_answer=True)
    db.session.commit()

    assert [each.state for each in messages(case)] == ["recalled", "recalled", "waiting", "waiting"]
    assert (until.state, until.job.state, anyway.job.state) == ("recalled", "cancelled", "waiting")
    told = [line for line in case.history if line.action == "mail recalled"]
    assert [line.details["because"] for line in told] == ["the other side wrote first"]
    assert case.last_contact_at is not None


def test_a_case_that_is_deleted_sends_nothing(case, nora, front_desk):
    draft = Case.make("lead", "Wrong number", by=SYSTEM, team=front_desk)
    db.session.commit()
    message = write(draft, by=nora, send_at=clock.now() + timedelta(days=40))

    lock(draft)
    draft.delete(by=nora)
    db.session.commit()

    assert (message.state, message.job.state) == ("recalled", "cancelled")
    assert [line.action for line in draft.history][-2:] == ["deleted", "mail recalled"]


def test_a_note_is_no_answer(case, nora):
    message = write(case, send_at=clock.now() + timedelta(days=3), until_answered=True)

    lock(case)
    case.note("Still waiting.", by=nora)
    db.session.commit()

    assert message.state == "waiting"


def test_what_is_just_going_goes(case, nora):
    message = write(case, until_answered=True)
    message.job.state = "running"
    db.session.commit()

    lock(case)
    case.log("Ines rang.", by=nora, awaits_answer=True)
    db.session.commit()

    assert message.state == "waiting"
    assert case.history[-1].action == "communicated"


def test_undo_takes_the_mail_back_and_says_so(case, nora, otto):
    lock(case)
    case.watch(otto, by=nora)
    message = write(case, files=[stored()])
    made = message.event.change_set

    answer = undo(made, by=nora)
    db.session.commit()

    assert (answer.is_complete, answer.recalled) == (True, 2)
    assert [each.state for each in messages(case)] == ["recalled", "recalled"]
    assert made.is_undone
    line = case.events(limit=1)[0]
    assert (line.action, line.details["actions"]) == ("undone", ["mail planned"])
    assert Attachment.on(case) == []


def test_a_mail_without_files_is_taken_back_by_who_leads_the_team(case, nora, marc, otto):
    made = write(case).event.change_set

    lock(case)
    case.watch(otto, by=nora)
    db.session.commit()
    with pytest.raises(Refused, match="Only the person who did this"):
        undo(made, by=otto)
    db.session.rollback()
    undo(made, by=marc)
    db.session.commit()

    assert made.is_undone
    assert case.events(limit=1)[0].who == marc.name


def test_what_has_gone_stays_with_all_that_went_along(case, nora):
    message = write(case, files=[stored()])
    message.state = "sent"
    message.job.state = "done"
    db.session.commit()

    answer = undo(message.event.change_set, by=nora)

    assert (answer.gone, answer.change_set, answer.actions) == (["Ines Carvalho"], None, [])
    db.session.rollback()
    assert len(Attachment.on(case)) == 1
    assert not message.event.change_set.is_undone


def test_what_was_recalled_is_not_sent_after_all(case, nora):
    message = write(case)
    made = message.event.change_set
    undo(made, by=nora)
    db.session.commit()

    redo(made, by=nora)
    db.session.commit()

    assert message.state == "recalled"


# Templates


@pytest.fixture
def follow_up(database):
    return MailTemplate.make(
        by=SYSTEM,
        name="Follow-up",
        kind="opportunity",
        subject="Our quotation for {{ case.name }}",
        text="Dear {{ contact.name | you }},\n\nby {{ case.deadline }}?\n\n{{ user.name }}",
    )


def test_a_template_tells_of_the_case_and_names_its_gaps(case, nora, follow_up):
    filled = follow_up.filled(case, nora)

    assert filled.subject == "Our quotation for Flow meters for bottling line 3"
    assert filled.text == "Dear Hofmann Brewery,\n\nby ⟨case.deadline⟩?\n\nNora Lindahl"
    assert filled.gaps == ("case.deadline",)


def test_gaps_are_not_sent_unless_one_says_so(case, nora, follow_up):
    lock(case)
    with pytest.raises(Gaps) as refused:
        case.write_mail("", by=nora, to=[INES], template=follow_up)
    assert refused.value.names == ("case.deadline",)
    assert "Its deadline" in str(refused.value)

    message = write(case, "", template=follow_up, despite_gaps=True)
    assert message.text.startswith("Dear Hofmann Brewery,")
    assert message.event.details["template"] == "Follow-up"


@pytest.mark.parametrize("field", ["subject", "text"])
def test_what_no_case_can_fill_is_not_kept(follow_up, field, ada):
    with pytest.raises(Refused, match="no field"):
        MailTemplate.make(by=ada, **{"name": "Bad", "text": "x", field: "{{ config }}"})
    db.session.rollback()
    lock(follow_up)
    with pytest.raises(Refused, match="no field"):
        follow_up.edit({field: "{{ 7*7 }}"}, by=ada)


def test_templates_are_offered_where_they_fit(case, headquarters, front_desk, support, ada):
    facts = {
        "Everywhere": {},
        "Theirs": {"team": front_desk},
        "Above": {"team": headquarters},
        "Others": {"team": support},
        "Kind": {"kind": "opportunity"},
        "Other kind": {"kind": "claim"},
    }
    made = {name: MailTemplate.make(by=ada, name=name, text="x", **more) for name, more in facts.items()}
    made["Archived"] = MailTemplate.make(by=ada, name="Archived", text="x")
    made["Archived"].archive(by=ada)

    assert [each.name for each in MailTemplate.offered_for(case)] == ["Everywhere", "Theirs", "Above", "Kind"]


# Whom one writes to


def test_the_other_side_is_written_to_where_it_wrote_from(case, nora, brewery):
    assert case.correspondent == ("Hofmann Brewery", "info@hofmann.example")
    lock(case)
    case.edit({"email": "clara@hofmann.example", "contact_name": "Clara"}, by=nora)
    assert case.correspondent == ("Clara", "clara@hofmann.example")
    case.edit({"email": None, "partner_id": None}, by=nora)
    assert case.correspondent is None


# Drafts


def test_what_is_typed_into_a_mail_is_kept_in_its_parts(case, nora, otto):
    for part in ("mail", "mail-to", "mail-subject"):
        Draft.keep(nora, case, part, f"my {part}")
    db.session.commit()

    assert Draft.of(nora, case) == {
        "mail": "my mail",
        "mail-to": "my mail-to",
        "mail-subject": "my mail-subject",
    }
    Draft.drop(nora, case, "mail")
    assert "mail" not in Draft.of(nora, case)
    assert Draft.of(otto, case) == {}
