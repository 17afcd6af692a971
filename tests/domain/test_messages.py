"""The outbox: whose mail one may know of, and what can be done about it."""

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.history import act, change_set, lock
from app.domain.message import Message, one_line
from app.extensions import db


def write(event=None, **facts):
    return Message.send(
        [("Ines", "ines@hofmann.example")],
        "Hello",
        "Hello",
        sender="us@holdfast.example",
        event=event,
        **facts,
    )


def write_on(case, by):
    lock(case)
    with act("mailed", case, by=by) as event:
        message = write(event)
    db.session.commit()
    return message


def in_outbox_of(user):
    return list(db.session.scalars(Message.in_outbox_of(user).order_by(Message.id)))


def test_who_administers_sees_all_mail_others_that_of_their_cases(case, nora, otto, olga, marc, ada):
    of_case, of_system = write_on(case, nora), write()
    db.session.commit()

    assert in_outbox_of(ada) == [of_case, of_system]
    assert in_outbox_of(marc) == [of_case]
    assert in_outbox_of(nora) == [of_case]
    assert in_outbox_of(otto) == in_outbox_of(olga) == []


def test_ones_own_mail_stays_in_ones_sight(case, nora, otto):
    message = write_on(case, otto)

    assert in_outbox_of(otto) == [message]
    assert message.may_be_handled_by(otto)
    assert not message.may_be_handled_by(nora)


def test_mail_that_came_in_is_not_in_the_outbox(ada):
    message = write(direction="in", state="stored")
    db.session.commit()

    assert in_outbox_of(ada) == []
    assert message.id is not None


def test_mail_belongs_to_the_act_that_caused_it(case, nora):
    with change_set("act", by=nora) as made:
        message = write_on_open_set(case, nora)
    db.session.commit()

    assert Message.planned_by([made]) == [message]


def write_on_open_set(case, by):
    lock(case)
    with act("mailed", case, by=by) as event:
        return write(event)


def test_every_mail_has_an_identity_of_its_own_from_the_start(database):
    one, other = write(), write()

    assert one.message_id != other.message_id
    assert one.message_id.endswith("@holdfast.example>")
    assert [one.state, one.job.state] == ["waiting", "waiting"]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\0", "\x85", "\u2028", "\u2029", "\x1b", "\t"])
def test_a_line_is_one_line(end):
    assert one_line(f" a{end}b ") == "a b" if end != "\0" else "ab"


def test_an_act_of_holdfast_is_not_the_last_action_of_a_person(case):
    before = case.last_action_at
    write_on(case, SYSTEM)

    assert case.last_action_at == before
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1
