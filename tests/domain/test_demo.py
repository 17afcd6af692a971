"""The demo as one finds it: alive, and true to the history."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import demo
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.case.weighing import weighted
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
from tests.stage import stage_of

T = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(app):
    """One stage for all: whoever only reads leaves it as it was."""
    with stage_of(app):
        yield


@pytest.fixture(scope="module")
def filled(database):
    """A smaller one, of lively cases and a few in bulk."""
    with pytest.MonkeyPatch.context() as patch, clock.stopped_at(T):
        patch.setattr(demo, "LIVELY", 70)
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
