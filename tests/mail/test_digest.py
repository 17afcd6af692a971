"""Everybody's day by mail: at their hour, once, and only if something waits."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import housekeeping
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.digest import Digest
from app.domain.history import lock
from app.domain.job import Job
from app.domain.lists import ActivityType
from app.domain.message import Message
from app.domain.notification.choosing import NotificationChoice, Ways
from app.extensions import db
from app.mail.digest import send_digests

MORNING = datetime(2026, 11, 26, 7, 2, tzinfo=UTC)


@pytest.fixture
def wish(nora):
    """`wish(nora, 7)`: they want their day by mail at seven."""

    def wish(user, hour, **more):
        lock(user)
        user.edit({"digest_hour": hour, **more}, by=user)
        db.session.commit()

    return wish


@pytest.fixture
def due(front_desk, nora):
    """`due(nora, "Ring Clara")`: something that is theirs to do this morning."""

    def due(user, what, days=0):
        case = Case.make("task", "Pumps", by=nora, team=front_desk)
        kind = db.session.scalars(sa.select(ActivityType)).first()
        day = MORNING.date() + timedelta(days=days)
        Activity.plan(case, kind, what, by=nora, user=user, due_on=day)
        db.session.commit()
        return case

    return due


def sent():
    """Whom the digests so far are for, and what they are about."""
    found = db.session.scalars(sa.select(Message).order_by(Message.id))
    return [(message.to_line, message.subject) for message in found]


def at(instant):
    with clock.stopped_at(instant):
        send_digests()


def test_it_comes_in_the_morning_once_and_says_why_each_thing_is_there(nora, wish, due):
    wish(nora, 7)
    case = due(nora, "Ring Clara", days=-2)
    due(nora, "Write the offer")
    at(MORNING - timedelta(minutes=30))
    assert sent() == []
    for minutes in (0, 5, 10, 300):
        at(MORNING + timedelta(minutes=minutes))

    assert sent() == [("Nora Lindahl", "Your day: Ring Clara and 1 more")]
    message = db.session.scalars(sa.select(Message)).one()
    assert "- Ring Clara · Pumps (2 days overdue)\n" in message.text
    assert f"/cases/{case.id}\n" in message.text
    assert "- Write the offer · Pumps (due today)\n" in message.text
    assert message.text.index("Ring Clara") < message.text.index("Write the offer")
    assert db.session.scalar(sa.select(Job.kind).where(Job.record_id == message.id)) == "send"


def test_the_next_morning_has_one_of_its_own(nora, wish, due):
    wish(nora, 7)
    due(nora, "Ring Clara")
    at(MORNING)
    at(MORNING + timedelta(days=1))
    assert len(sent()) == 2


def test_whoever_was_down_in_the_morning_sends_it_later_that_day_and_none_for_days_gone(nora, wish, due):
    wish(nora, 7)
    due(nora, "Ring Clara")
    at(MORNING + timedelta(days=3, hours=9))
    assert len(sent()) == 1


def test_nothing_comes_where_nothing_waits_or_nobody_wishes_it(nora, otto, wish, due):
    wish(nora, 7)
    due(nora, "Much later", days=5)
    due(otto, "Not wished for")
    at(MORNING)
    assert sent() == []
    due(nora, "Planned after breakfast")
    at(MORNING + timedelta(minutes=5))
    assert sent() == [], "the morning was seen to"


def test_the_hour_and_the_language_are_the_readers(nora, wish, due):
    wish(nora, 7, zone="America/New_York", language="de")
    due(nora, "Clara anrufen")
    at(MORNING)
    assert sent() == [], "it is two in the morning there"
    at(MORNING + timedelta(hours=5))
    assert [name for name, _subject in sent()] == ["Nora Lindahl"]


def test_those_who_have_left_get_none(nora, ada, wish, due):
    wish(nora, 7)
    due(nora, "Ring Clara")
    lock(nora)
    nora.deactivate(by=ada)
    db.session.commit()
    at(MORNING)
    assert sent() == []


def test_of_two_workers_one_sends_it(nora, wish, due, monkeypatch):
    wish(nora, 7)
    due(nora, "Ring Clara")
    day = MORNING.date()
    both = [(nora, day), (nora, day)]  # the second looked before the first was done
    monkeypatch.setattr(Digest, "due", classmethod(lambda cls: both))
    at(MORNING)
    assert len(sent()) == 1


def test_old_ones_are_forgotten_and_todays_is_kept(nora, wish, due):
    wish(nora, 7)
    due(nora, "Ring Clara")
    at(MORNING)
    at(MORNING + timedelta(days=40))
    with clock.stopped_at(MORNING + timedelta(days=40, hours=1)):
        housekeeping.tidy()
        send_digests()
    assert db.session.scalars(sa.select(Digest.day)).all() == [MORNING.date() + timedelta(days=40)]
    assert len(sent()) == 2


def test_what_was_to_be_told_in_the_digest_stands_in_it_once(nora, otto, case, wish):
    wish(nora, 7)
    with clock.stopped_at(MORNING - timedelta(hours=12)):
        NotificationChoice.keep(nora, {"mentioned": Ways(in_digest=True)})
        lock(case)
        case.note("@Nora please look", by=otto)
        db.session.commit()
    for minutes in (0, 5):
        at(MORNING + timedelta(minutes=minutes))

    [message] = db.session.scalars(sa.select(Message))
    assert "This happened meanwhile:" in message.text
    assert "please look" in message.text
