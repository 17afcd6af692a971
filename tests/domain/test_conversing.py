"""Who spoke last, and when somebody of ours first did."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.history import Event, lock, redo, undo
from app.domain.job import Job
from app.domain.message import Message, Outcome
from app.extensions import db
from tests.conftest import last_set


@pytest.fixture
def at(case):
    """`at(3)`: three hours after the case was made."""
    return lambda hours: clock.stopped_at(case.created_at + timedelta(hours=hours))


def exchange(case, text, by, **told):
    lock(case)
    event = case.log(text, by=by, **told)
    db.session.commit()
    return event


def waits(case):
    return case.unanswered_since and (case.unanswered_since - case.created_at) / timedelta(hours=1)


def answered(case):
    return case.answered_at and (case.answered_at - case.created_at) / timedelta(hours=1)


def test_the_first_answer_is_kept_and_the_other_side_waits_from_its_first_word_on(case, nora, at):
    assert (answered(case), waits(case)) == (None, None)
    for hours, theirs, expected in [
        (1, True, (None, 1)),
        (2, True, (None, 1)),
        (3, False, (3, None)),
        (4, False, (3, None)),
        (5, True, (3, 5)),
    ]:
        with at(hours):
            exchange(case, "…", nora, awaits_answer=theirs)
        assert (answered(case), waits(case)) == expected
        assert case.last_contact_at == case.created_at + timedelta(hours=hours)


def test_notes_for_colleagues_answer_nobody(case, nora, at):
    with at(1):
        exchange(case, "When will it come?", nora, awaits_answer=True)
    lock(case)
    case.note("I do not know.", by=nora)
    db.session.commit()
    assert (answered(case), waits(case)) == (None, 1)


def test_only_a_persons_word_is_an_answer(case, nora, at):
    with at(1):
        exchange(case, "When will it come?", nora, awaits_answer=True)
    with at(2):
        exchange(case, "We have got your mail.", SYSTEM)
    assert (answered(case), waits(case)) == (None, 1)


def test_words_that_are_taken_back_never_were(case, nora, at):
    sets = []
    for hours, theirs in [(1, True), (2, False), (3, True)]:
        with at(hours):
            exchange(case, "…", nora, awaits_answer=theirs)
        sets.append(last_set(case))
    for back, expected in [(2, (2, None)), (1, (None, 1)), (0, (None, None))]:
        undo(sets[back], by=nora)
        db.session.commit()
        assert (answered(case), waits(case)) == expected
    redo(sets[1], by=nora)
    db.session.commit()
    assert (answered(case), waits(case)) == (2, None)
    redo(sets[2], by=nora)
    db.session.commit()
    assert (answered(case), waits(case)) == (2, 3)


def test_the_last_contact_is_the_last_word_that_stands(case, nora, at):
    sets = []
    for hours, theirs in [(1, False), (2, True), (3, False)]:
        with at(hours):
            exchange(case, "…", nora, awaits_answer=theirs)
        sets.append(last_set(case))
    for back, hours in [(2, 2), (0, 2), (1, None)]:
        undo(sets[back], by=nora)
        db.session.commit()
        assert case.last_contact_at == (hours and case.created_at + timedelta(hours=hours))
    redo(sets[0], by=nora)
    db.session.commit()
    assert case.last_contact_at == case.created_at + timedelta(hours=1)


def test_a_word_that_came_in_bulk_stays_the_last_contact(case, nora, at):
    with at(1):
        exchange(case, "…", nora)
    db.session.execute(sa.update(Event).where(Event.id == case.events()[0].id).values(direction=None))
    with at(2):
        exchange(case, "…", nora)
    undo(last_set(case), by=nora)
    db.session.commit()
    assert case.last_contact_at == case.created_at + timedelta(hours=1)


def test_a_mail_that_is_taken_back_in_time_was_no_contact(case, nora):
    lock(case)
    case.write_mail("They do.", by=nora, to=[("Ines Carvalho", "ines@hofmann.example")])
    db.session.commit()
    undo(last_set(case), by=nora)
    db.session.commit()
    assert case.last_contact_at is None


def test_an_older_word_is_taken_back_though_others_were_said_since(case, nora, at):
    with at(1):
        exchange(case, "…", nora, awaits_answer=True)
    first = last_set(case)
    with at(2):
        exchange(case, "…", nora, awaits_answer=True)
    assert undo(first, by=nora).kept == []
    db.session.commit()
    assert waits(case) == 2


def test_words_with_a_partner_go_one_way_or_the_other_too(brewery, nora):
    lock(brewery)
    theirs, ours = (brewery.log("…", by=nora, awaits_answer=each) for each in (True, False))
    db.session.commit()
    assert (theirs.direction, ours.direction, brewery.last_contact_at) == ("in", "out", ours.at)


INES = ("Ines Carvalho", "ines@hofmann.example")


@pytest.fixture
def asked(case, nora, at):
    """They asked something, an hour after the case was made."""
    with at(1):
        exchange(case, "Do they fit?", nora, awaits_answer=True)


def mailed(case, by, *to, **more):
    lock(case)
    mail = case.write_mail("They do.", by=by, to=to or [INES], **more)
    db.session.commit()
    return mail


def become(mail, *states):
    """What the mail server says of each of its recipients."""
    mail.conclude({each.id: Outcome(state, "…") for each, state in zip(mail.recipients, states, strict=True)})
    if mail.state != "waiting":
        Job.cancel_waiting("send", mail.id)
    db.session.commit()


def contact(case):
    return (case.last_contact_at - case.created_at) / timedelta(hours=1)


def test_a_mail_is_an_answer_when_it_leaves_and_not_before(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora)
    version, updated = case.version, case.updated_at
    assert (answered(case), waits(case), contact(case)) == (None, 1, 1)

    with at(3):
        become(mail, "sent")

    assert (answered(case), waits(case), contact(case)) == (3, None, 3)
    assert (case.version, case.updated_at) == (version, updated)


def test_what_goes_later_answers_what_was_asked_until_it_was_written(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora, send_at=clock.now() + timedelta(hours=50))
    with at(4):
        exchange(case, "Well?", nora, awaits_answer=True)
    with at(5):
        exchange(case, "And the price?", nora, awaits_answer=True)
    asked_last = last_set(case)
    assert (answered(case), waits(case)) == (None, 1)

    with at(52):
        become(mail, "sent")
    assert (answered(case), waits(case), contact(case)) == (52, 4, 52)

    undo(asked_last, by=nora)
    db.session.commit()
    assert (answered(case), waits(case), contact(case)) == (52, 4, 52)


def test_what_goes_later_is_an_answer_then(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora, send_at=clock.now() + timedelta(hours=50))
    with at(4):
        exchange(case, "Well?", nora, awaits_answer=True)
    undo(last_set(case), by=nora)
    db.session.commit()
    assert (answered(case), waits(case)) == (None, 1)

    with at(52):
        become(mail, "sent")
    assert (answered(case), waits(case), contact(case)) == (52, None, 52)


def test_who_was_answered_by_a_call_does_not_wait_again_when_an_older_mail_leaves(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora, send_at=clock.now() + timedelta(hours=50))
    with at(4):
        exchange(case, "Well?", nora, awaits_answer=True)
    with at(5):
        exchange(case, "I told them.", nora)

    with at(52):
        become(mail, "sent")
    assert (answered(case), waits(case), contact(case)) == (5, None, 52)


def test_a_mail_that_all_refuse_is_no_answer_until_it_is_taken_after_all(case, nora, at, asked):
    clara = ("Clara", "clara@hofmann.example")
    with at(2):
        mail = mailed(case, nora, INES, clara)
        become(mail, "refused", "refused")
    assert mail.state == "failed"
    assert (answered(case), waits(case), contact(case)) == (None, 1, 1)

    with at(3):
        lock(case)
        mail.retry(by=nora)
        become(mail, "refused", "sent")
    assert (answered(case), waits(case)) == (3, None)


def test_the_first_who_takes_it_is_answered_whatever_becomes_of_the_others(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora, INES, ("Clara", "clara@hofmann.example"))
        become(mail, "sent", "waiting")
    assert (answered(case), waits(case)) == (2, None)
    with at(3):
        become(mail, "sent", "refused")
    assert (answered(case), waits(case), contact(case)) == (2, None, 2)


def test_what_only_colleagues_and_watchers_get_is_no_answer(case, nora, otto, at, asked):
    lock(case)
    case.copy_to("clara@hofmann.example", by=nora)
    with at(2):
        mailed(case, nora, INES, (otto.name, otto.email))
        outside, *others = db.session.scalars(sa.select(Message).order_by(Message.id))
        for mail in others:
            become(mail, "sent")
        become(outside, "refused")
    assert [mail.is_copy for mail in others] == [False, True]
    assert (answered(case), waits(case)) == (None, 1)


def test_a_mail_that_was_called_off_is_no_answer(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora)
        mail.cancel(by=nora)
        db.session.commit()
    assert (answered(case), waits(case), contact(case)) == (None, 1, 1)


def test_a_reminder_is_a_word_of_ours_too(case, nora, at, asked):
    with at(2):
        lock(case)
        mail = case.remind_partner("We still need your drawing.", by=nora)
        db.session.commit()
        become(mail, "sent")
    assert (answered(case), waits(case)) == (2, None)


def test_what_is_taken_back_leaves_the_mail_that_has_left(case, nora, at, asked):
    with at(2):
        mail = mailed(case, nora)
    with at(3):
        exchange(case, "…", nora)
    spoken = last_set(case)
    with at(4):
        become(mail, "sent")
    assert answered(case) == 3

    undo(spoken, by=nora)
    db.session.commit()
    assert (answered(case), waits(case)) == (4, None)
    redo(spoken, by=nora)
    db.session.commit()
    assert (answered(case), waits(case)) == (3, None)

    assert undo(mail.event.change_set, by=nora).gone == [INES[0]]
    db.session.commit()
    assert (answered(case), waits(case)) == (3, None)


def test_what_holdfast_writes_by_itself_is_no_contact(case, nora):
    lock(case)
    before = case.last_contact_at
    mail = case.write_mail("We have received it.", by=SYSTEM, to=[INES])
    become(mail, "sent")

    assert (case.last_contact_at, case.answered_at) == (before, None)


def test_what_we_say_among_ourselves_is_copied_to_nobody_outside(case, nora, otto):
    lock(case)
    case.copy_to("watcher@outside.example", by=nora)
    case.write_mail("They are in trouble.", by=nora, to=[(otto.name, otto.email)])
    db.session.commit()

    told = [each.address for message in db.session.scalars(sa.select(Message)) for each in message.recipients]
    assert told == [otto.email]
