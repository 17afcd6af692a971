"""Filling the demo: the same one for a date and a seed, on any day and of any size."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import demo
from app.domain.case import Case
from app.domain.day import Day
from app.domain.demo import cast, crowd, script
from app.domain.history import Change, ChangeSet, Event
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db

T = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


def count(cls, *where):
    return db.session.scalar(sa.select(sa.func.count()).select_from(cls).where(*where))


def story():
    """All that can be read in the demo, without the ids."""
    lines = sa.select(
        Case.name, Case.kind, Event.action, Event.at, Event.body, ChangeSet.actor_name, Partner.phone
    )
    lines = (
        lines.join(Event, Event.case_id == Case.id)
        .join(ChangeSet)
        .join(Partner, Case.contact_id == Partner.id)
    )
    return [tuple(line) for line in db.session.execute(lines.order_by(Event.id))]


def guards():
    """The indexes and references of the cases, by their names."""
    inspector = sa.inspect(db.engine)
    return {each["name"] for each in (*inspector.get_indexes("cases"), *inspector.get_foreign_keys("cases"))}


def test_no_team_is_given_what_it_does_not_take():
    takes = {name: kinds for name, _parent, _leader, _answers, _members, kinds in cast.TEAMS}
    ideas = [script.invent(Random(seed)) for seed in range(1000)]

    assert [idea for idea in ideas if idea.team and idea.kind not in takes[idea.team]] == []


@pytest.mark.parametrize("days", [0, 3, 4])
def test_whoever_comes_in_finds_something_to_do(database, days):
    """On a Thursday, a Sunday and a Monday: the seller, who leads them all, and the operator."""
    with clock.stopped_at(T + timedelta(days=days)):
        demo.fill(32)
        users = {user.email: user for user in db.session.scalars(sa.select(User))}
        waits = {
            who: [thing.about.name for thing in Day(users[f"{who}@demo.example"]).things]
            for who in ("sales", "manager", "operator")
        }
        seen = set(db.session.scalars(Case.visible_to(users["operator@demo.example"])))

    assert waits["sales"]
    assert {"Level radars delivered three weeks late", "Framework for all twelve waterworks"} <= set(
        waits["manager"]
    )
    assert waits["operator"] == [
        "Service check: heat meters, block C",
        "Display E-14: when may the technician come?",
        "Display shows E-14 on meter 2",
    ]
    assert {"claim", "call"} == {case.kind for case in seen}


def test_a_date_and_a_seed_make_one_story(database):
    told = []
    for seed in (3, 3, 4):
        trial = db.engine.begin_nested()  # the one connection of this test
        with clock.stopped_at(T):
            demo.fill(30, seed)
            told.append(story())
        db.session.remove()
        trial.rollback()

    assert told[0] == told[1] != told[2]


def test_beyond_the_lively_ones_cases_come_in_bulk_and_the_indexes_come_back(database, monkeypatch):
    monkeypatch.setattr(demo, "LIVELY", 5)
    monkeypatch.setattr(crowd, "BATCH", 200)
    before = guards()
    with clock.stopped_at(T):
        demo.fill(505)

    assert count(Case) == 505
    assert count(Change, Change.record_kind == "case", Change.field == "+") == 505
    assert count(Event, Event.action == "created", Event.case_id.is_not(None)) == 505
    assert guards() == before


def test_whatever_the_number_there_are_so_many(database):
    assert demo.is_empty()
    with clock.stopped_at(T):
        demo.fill(7)

    assert count(Case) == 7
    assert not demo.is_empty()
