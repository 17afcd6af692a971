"""The worked trace of the model: a card is dragged to Won, a rule thanks, and Undo is pressed."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.history import Change, ChangeSet, Event, lock, redo, undo
from app.domain.job import Job
from app.domain.lists import Tag
from app.domain.message import Message
from app.extensions import db
from tests.conftest import add
from tests.rules import rule_of

T = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def customer(database):
    tag = Tag(name="customer")
    add(tag)
    return tag


@pytest.fixture
def rule(customer, ada):
    """When won: tag *customer*, and a mail to the partner."""
    return rule_of(
        ada,
        name="Thank for the order",
        triggers=[{"key": "won"}],
        actions=[
            {"key": "tag", "ids": [customer.id]},
            {"key": "mail", "to": ["partner"], "subject": "Thanks", "text": "For {{ case.name }}"},
        ],
    )


@pytest.fixture
def won(case, nora, stages, rule):
    """Case at version 7, dragged to Won at T."""
    for n in range(6):
        lock(case)
        case.edit({"referred_by": f"somebody {n}"}, by=nora)
        db.session.commit()
    assert case.version == 7
    with clock.stopped_at(T):
        lock(case)
        case.move_to(stages["Won"], by=nora)
        db.session.commit()
    return db.session.scalars(sa.select(ChangeSet).where(ChangeSet.kind == "move")).one()


def rows(change_set):
    query = sa.select(Change).join(Event).where(Event.change_set_id == change_set.id).order_by(Change.field)
    return {row.field: (row.old, row.new, row.version) for row in db.session.scalars(query)}


def business(case):
    """What must be the same after an Undo."""
    return (
        case.state,
        case.outcome,
        case.stage.name,
        case.probability,
        case.weighted,
        case.closed_at,
        case.closing_rate,
        [tag.name for tag in case.tags],
    )


AS_BEFORE = ("open", "none", "Proposal", 60, 2_892_000, None, None, [])


def test_the_drag_is_one_change_set_with_every_column_it_set(won, nora, stages):
    assert (won.actor_name, won.cause_id, won.root_id, won.depth) == (nora.name, None, None, 0)
    assert [event.action for event in won.events] == ["won"]
    assert rows(won) == {
        "state": ("open", "done", 8),
        "outcome": ("none", "won", 8),
        "stage_id": (stages["Proposal"].id, stages["Won"].id, 8),
        "stage_changed_at": (None, T.isoformat(), 8),
        "probability": (60, 100, 8),
        "weighted": (2_892_000, 4_820_000, 8),
        "closed_at": (None, T.isoformat(), 8),
        "closing_rate": (None, "1", 8),
    }


def test_the_rule_acts_in_the_same_transaction_signed_and_caused(won, rule, case, customer):
    made = db.session.scalars(sa.select(ChangeSet).where(ChangeSet.kind == "rule")).one()
    assert (made.actor_name, made.cause_id, made.root_id, made.depth) == (
        "Thank for the order",
        won.id,
        won.id,
        1,
    )
    assert [event.action for event in made.events] == ["tagged", "mail planned"]
    assert rows(made) == {f"tags:{customer.id}": (None, customer.id, 9)}
    message = db.session.scalars(sa.select(Message)).one()
    assert (message.state, message.send_at) == ("waiting", T + timedelta(seconds=10))
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.kind, job.record_id, job.run_at) == ("send", message.id, T + timedelta(seconds=10))


def test_undo_after_four_seconds_takes_all_of_it_back(won, case, nora):
    with clock.stopped_at(T + timedelta(seconds=4)):
        answer = undo(won, by=nora)
        db.session.commit()

    assert answer.is_complete
    assert answer.recalled == 1
    assert business(case) == AS_BEFORE
    assert case.version == 10
    assert db.session.scalars(sa.select(Message.state)).one() == "recalled"
    assert db.session.scalars(sa.select(Job.state)).one() == "cancelled"
    made = answer.change_set
    assert (made.kind, made.actor_name, [event.action for event in made.events]) == (
        "undo",
        nora.name,
        ["undone"],
    )
    undone = db.session.scalars(sa.select(ChangeSet.undone_by_id).where(ChangeSet.kind.in_(("move", "rule"))))
    assert set(undone) == {made.id}
    assert db.session.scalar(sa.select(sa.func.count()).where(ChangeSet.kind == "rule")) == 1


def test_undo_after_the_mail_has_gone_says_so(won, case, nora):
    message = db.session.scalars(sa.select(Message)).one()
    message.state = "sent"
    db.session.scalars(sa.select(Job)).one().state = "done"
    db.session.commit()

    answer = undo(won, by=nora)
    db.session.commit()

    assert answer.gone == ["Hofmann Brewery"]
    assert business(case) == AS_BEFORE
    assert message.state == "sent"


def test_another_field_edited_in_between_stays(won, case, nora, otto):
    lock(case)
    case.edit({"deadline": date(2026, 12, 11)}, by=otto)
    db.session.commit()
    assert case.version == 10

    answer = undo(won, by=nora)
    db.session.commit()

    assert answer.is_complete
    assert case.version == 11
    assert case.deadline == date(2026, 12, 11)
    assert business(case) == AS_BEFORE


def test_a_stage_moved_in_between_keeps_the_win_whole(won, case, nora, otto, customer):
    from app.domain.stage import Stage

    signed = Stage(name="Signed", sequence=9, is_won=True, probability=100)
    add(signed)
    lock(case)
    case.move_to(signed, by=otto)
    db.session.commit()

    answer = undo(won, by=nora)
    db.session.commit()

    assert [(kept.field, kept.who) for kept in answer.kept if kept.field == "stage_id"] == [
        ("stage_id", otto.name)
    ]
    assert (case.state, case.outcome, case.stage, case.probability) == ("done", "won", signed, 100)
    assert case.tags == []
    assert answer.recalled == 1


def test_what_was_undone_can_be_done_again_but_its_mail_stays_recalled(won, case, nora, customer):
    after = business(case)
    undo(won, by=nora)
    db.session.commit()

    answer = redo(won, by=nora)
    db.session.commit()

    assert answer.is_complete
    assert business(case) == after
    assert not won.is_undone
    assert db.session.scalars(sa.select(Message.state)).one() == "recalled"
