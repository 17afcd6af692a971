"""Reminders: to who is responsible and to the other side, now or on a day."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.domain.actor import SYSTEM
from app.domain.errors import Refused
from app.domain.file import Attachment, File
from app.domain.history import lock, undo
from app.domain.replying import ReplyTo
from app.extensions import db

T = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def remind(case, nora):
    """`remind("partner", "Well?")`: a reminder about Nora's case, by her."""

    def remind(whom, *text, by=nora, **more):
        lock(case)
        message = getattr(case, f"remind_{whom}")(*text, by=by, **more)
        db.session.commit()
        return message

    return remind


@pytest.fixture
def spoken(case, nora):
    """What was said last."""
    with clock.stopped_at(T - timedelta(days=2)):
        lock(case)
        case.log("They want the hygienic flange.\nFor all six.", by=nora)
        db.session.commit()


def test_who_is_responsible_is_reminded_of_what_was_said_last(case, nora, marc, remind, spoken):
    message = remind("responsible", by=marc)

    assert [each.address for each in message.recipients] == [nora.email]
    assert message.subject == f"Reminder: [#{case.id}] Flow meters for bottling line 3"
    assert message.text.startswith("They want the hygienic flange.\nFor all six.")
    assert message.sender_name == "Marc Manager"
    assert ReplyTo.read(message.reply_to).user is nora
    line = case.history[-1]
    assert (line.action, line.who, line.details["to"]) == ("mail reminder", "Marc Manager", nora.name)


def test_or_of_what_the_case_is_about_or_by_words_of_ones_own(case, nora, remind):
    assert remind("responsible").text.startswith(case.name)
    lock(case)
    case.edit({"description": "Six meters."}, by=nora)
    assert remind("responsible").text.startswith("Six meters.")
    assert remind("responsible", "Ring Clara.").text.startswith("Ring Clara.")


def test_nobody_is_reminded_where_nobody_is_responsible(case, nora, remind):
    lock(case)
    case.assign(None, by=nora)
    db.session.commit()

    with pytest.raises(Refused, match="Nobody is responsible"):
        remind("responsible")


def test_a_reminder_waits_for_its_day(case, nora, remind, run_jobs):
    with clock.stopped_at(T):
        message = remind("responsible", at=T + timedelta(days=20))

        assert message.send_at == T + timedelta(days=20)
        assert run_jobs() == 0


def test_the_other_side_is_reminded_with_what_was_said_last(case, nora, brewery, remind, spoken):
    lock(nora)
    nora.edit({"signature": "Nora Lindahl\nLindqvist Instruments"}, by=nora)

    message = remind("partner", "May we go on?", forward_last=True)

    assert [each.address for each in message.recipients] == ["info@hofmann.example"]
    assert message.subject == f"Reminder: [#{case.id}] Flow meters for bottling line 3"
    assert message.text == (
        "May we go on?\n\nNora Lindahl\nLindqvist Instruments\n\n"
        "On November 24, 2026, Nora Lindahl wrote:\n> They want the hygienic flange.\n> For all six."
    )
    assert case.history[-1].details["to"] == "Hofmann Brewery"


def test_what_was_taken_back_is_not_forwarded(case, nora, remind):
    lock(case)
    undo(case.log("Wrong number.", by=nora).change_set, by=nora)
    db.session.commit()

    assert remind("partner", "May we go on?", forward_last=True).text == "May we go on?"


def test_a_mail_is_the_last_that_was_said_unless_it_was_called_off(case, nora, remind):
    lock(case)
    mail = case.write_mail("Here is the offer.", by=nora, to=[("", "ines@hofmann.example")])
    assert "> Here is the offer." in remind("partner", "Well?", forward_last=True).text
    lock(case)
    mail.cancel(by=nora)
    assert ">" not in remind("partner", "Well?", forward_last=True).text


@pytest.mark.parametrize(("whom", "text"), [("responsible", ()), ("partner", ("Well?",))])
def test_the_files_of_the_case_go_along_when_wished(case, nora, remind, whom, text):
    file = File.store(io.BytesIO(b"An offer"))
    lock(case)
    Attachment.add(case, [("offer.pdf", file)], by=nora)
    db.session.commit()

    assert [each.name for each in remind(whom, *text, files=True).files] == ["offer.pdf"]
    assert remind(whom, *text).files == []


def test_one_for_later_is_called_off_when_they_write_first(case, nora, remind):
    later = remind("partner", "Well?", at=clock.now() + timedelta(days=3))
    now = remind("partner", "Well?")

    lock(case)
    case.log("Ines rang.", by=nora, awaits_answer=True)
    db.session.commit()

    assert (later.state, now.state) == ("recalled", "waiting")


def test_watchers_get_no_copies_of_reminders(case, nora, otto, remind):
    lock(case)
    case.watch(otto, by=nora)

    message = remind("partner", "Well?")

    assert len(message.recipients) == 1
    assert [each.address for each in message.recipients] == ["info@hofmann.example"]


def test_without_an_address_the_other_side_is_not_reminded(case, nora, brewery, remind):
    lock(brewery)
    brewery.edit({"email": None}, by=SYSTEM)

    with pytest.raises(Refused, match="No address"):
        remind("partner", "Well?")


def test_undo_takes_a_reminder_back(case, nora, remind):
    message = remind("partner", "Well?")

    undo(message.event.change_set, by=nora)
    db.session.commit()

    assert message.state == "recalled"
    assert case.events(limit=1)[0].details["actions"] == ["mail reminder"]
