"""The demo: alive, true to the history, and the same one for a date and a seed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import demo
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.case.weighing import weighted
from app.domain.day import Day
from app.domain.demo import cast, crowd, script
from app.domain.history import Change, ChangeSet, Event
from app.domain.job import Job
from app.domain.lists import CurrencyRate, Product
from app.domain.message import Message
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.domain.password import matches
from app.domain.rules import Rule
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db

T = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


@pytest.fixture
def filled(database, monkeypatch):
    """A smaller one, of lively cases and a few in bulk."""
    monkeypatch.setattr(demo, "LIVELY", 70)
    with clock.stopped_at(T):
        demo.fill(100)
        yield


def count(cls, *where):
    return db.session.scalar(sa.select(sa.func.count()).select_from(cls).where(*where))


def test_everybody_may_enter_with_the_password_that_everybody_knows(filled):
    users = {user.email: user for user in db.session.scalars(sa.select(User))}

    assert {users[email].role for email in demo.ACCOUNTS} == {
        "administrator", "manager", "salesperson", "operator", "portal",
    }  # fmt: skip
    assert all(matches(users[email].password_hash, "demo") for email in demo.ACCOUNTS)
    assert (Organisation.current().name, Organisation.current().is_demo) == ("Lindqvist Instruments", True)


def test_no_team_is_given_what_it_does_not_take():
    takes = {name: kinds for name, _parent, _leader, _answers, _members, kinds in cast.TEAMS}
    ideas = [script.invent(Random(seed)) for seed in range(1000)]

    assert [idea for idea in ideas if idea.team and idea.kind not in takes[idea.team]] == []


def test_it_is_alive(filled):
    yesterday = T.replace(hour=0)
    actions = Counter(db.session.scalars(sa.select(Event.action).where(Event.case_id.is_not(None))))
    kinds = set(db.session.scalars(sa.select(Case.kind)))
    due = list(db.session.scalars(sa.select(Activity.due_on).where(Activity.state == "planned")))

    assert count(Case) == 100
    assert {"opportunity", "lead", "call", "request", "claim"} <= kinds
    assert {
        "created",
        "moved",
        "communicated",
        "noted",
        "planned",
        "activity done",
        "won",
        "lost",
    } <= actions.keys()
    assert {(day > T.date()) - (day < T.date()) for day in due} == {-1, 0, 1}
    assert count(Case, Case.outcome == "won", Case.closed_at < T - timedelta(days=31))
    assert count(Team, Team.parent_id.is_not(None)) == 6
    assert all(count(cls) for cls in (Partner, Product, CurrencyRate))
    assert {"EUR", "DKK"} <= set(db.session.scalars(sa.select(Case.currency)))
    # What is set up for the days to come is about nobody yet.
    about = sa.or_(Event.case_id.is_not(None), Event.partner_id.is_not(None))
    assert not count(Event, Event.at >= yesterday, about)


def test_the_rules_that_come_along_are_at_work_from_now_on(filled):
    rules = list(db.session.scalars(sa.select(Rule)))

    assert {"Thank the sender", "Remind before the deadline"} <= {rule.name for rule in rules}
    assert all(rule.is_at_work and rule.on_since == T for rule in rules)


def test_nobody_is_written_to_and_nothing_is_left_to_do(filled):
    assert count(Message) == count(Job) == 0


def test_the_first_screen_shows_what_it_promises(filled):
    case = db.session.scalars(sa.select(Case).where(Case.name == "Flow meters for bottling line 3")).one()

    assert (case.partner.name, case.contact.name) == ("Hofmann Brewery", "Clara Hofmann")
    assert (case.stage.name, case.expected_revenue, case.responsible.name) == (
        "Proposal",
        4_820_000,
        "Nora Lindahl",
    )
    assert [tag.name for tag in case.tags] == ["Retrofit", "Key account"]
    assert len(case.history) > 6


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


def test_the_manager_leads_those_who_sell_and_those_who_help(filled):
    marc = db.session.scalars(sa.select(User).where(User.email == "manager@demo.example")).one()

    assert {team.id for team in db.session.scalars(sa.select(Team))} == marc.reach.led
    assert {"opportunity", "claim"} <= set(
        db.session.scalars(Case.visible_to(marc).with_only_columns(Case.kind).distinct())
    )


def test_every_case_is_as_its_invariants_want_it(filled):
    for case in db.session.scalars(sa.select(Case)):
        assert (case.state in {"done", "cancelled"}) == (case.closed_at is not None)
        assert case.state != "open" or case.opened_at is not None
        assert case.outcome != "won" or (case.probability == 100 and case.stage.is_won)
        assert case.weighted == weighted(case.expected_revenue, case.likely())
        assert case.next_activity_on == Activity.next_day(Activity.case_id == case.id)
        assert not case.stage or case.stage.takes(case)


def test_the_history_tells_how_each_record_became_what_it_is(filled):
    """The last value that a field was changed to is the one that it has, and versions are counted through."""
    changes = list(
        db.session.scalars(sa.select(Change).where(Change.record_kind == "case").order_by(Change.id))
    )
    cases = {case.id: case for case in db.session.scalars(sa.select(Case))}
    last = {(change.record_id, change.field): change.new for change in changes}

    assert {id_ for id_, field in last if field == "+"} == cases.keys()
    assert Counter(change.record_id for change in changes if change.field == "+").most_common(1)[0][1] == 1
    for (id_, field), value in last.items():
        if field.endswith("_id") or field in {"state", "outcome", "probability", "weighted", "kind"}:
            assert getattr(cases[id_], field) == value
    versions = {id_: {change.version for change in changes if change.record_id == id_} for id_ in cases}
    assert all(max(versions[id_]) == cases[id_].version for id_ in cases)


def test_each_line_is_signed_by_who_was_there_in_order_of_time(filled):
    lines = db.session.execute(
        sa.select(Event.case_id, Event.at, ChangeSet.kind)
        .join(ChangeSet)
        .where(Event.case_id.is_not(None))
        .order_by(Event.id)
    ).all()
    stories = {case_id: [at for each, at, _ in lines if each == case_id] for case_id, _, _ in lines}

    assert {kind for _, _, kind in lines} == {"demo"}
    assert all(ats == sorted(ats) for ats in stories.values())


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


def guards():
    """The indexes and references of the cases, by their names."""
    inspector = sa.inspect(db.engine)
    return {each["name"] for each in (*inspector.get_indexes("cases"), *inspector.get_foreign_keys("cases"))}


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
