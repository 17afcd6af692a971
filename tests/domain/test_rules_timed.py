"""Moments: once each, late ones in order, whoever else looks and whatever the clock does."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock
from app.domain.case import Case
from app.domain.history import lock, write_many
from app.domain.rules import TRIGGERS, RuleFiring, RuleRun, acting, timing
from app.domain.rules.moments import Moment
from app.extensions import db
from tests.rules import acted, rule_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def after(key, number, unit="hours", direction="after"):
    return [{"key": key, "number": number, "unit": unit, "direction": direction}]


def look(instant):
    with clock.stopped_at(instant):
        timing.evaluate()


def during(instant, work, *records):
    with clock.stopped_at(instant):
        lock(*records)
        found = work()
        db.session.commit()
    return found


@pytest.fixture
def fresh(nora, front_desk):
    """A case made at noon."""
    return during(NOON, lambda: Case.make("task", "Made at noon", by=nora, team=front_desk))


@pytest.fixture
def rule(ada):
    """Makes a rule that has been on since long before noon."""

    def make(triggers, **facts):
        with clock.stopped_at(NOON - 30 * DAY):
            return rule_of(ada, triggers=triggers, **facts)

    return make


def test_a_moment_that_comes_while_nobody_looks_is_acted_on_later_and_once(rule, fresh):
    rule(after("since_created", 1))

    for hours in (30, 30, 31):
        look(NOON + hours * HOUR)

    assert acted(fresh) == ["noted"]


def test_late_moments_are_acted_on_in_their_order_and_not_in_that_of_the_rules(rule, fresh):
    rule(after("since_created", 3), name="Third")
    rule(after("since_created", 1), name="First")
    rule(after("since_created", 2), name="Second")
    rule(after("since_created", 2), name="Second, too")

    look(NOON + DAY)

    names = [event.change_set.actor_name for event in fresh.history if event.change_set.kind == "rule"]
    assert names == ["First", "Second", "Second, too", "Third"]


def test_a_rule_can_keep_a_moment_from_those_after_it(rule, fresh):
    rule(after("since_created", 1), name="One", stops=True)
    rule(after("since_created", 1), name="Two")
    rule(after("since_created", 2), name="Later")

    look(NOON + DAY)

    assert [acted(fresh, name) for name in ("One", "Two", "Later")] == [["noted"], [], ["noted"]]


@pytest.mark.parametrize("action", [{"key": "note", "text": "x"}, {"key": "priority", "priority": 3}])
def test_what_one_worker_ended_is_over_for_the_next_one(rule, fresh, monkeypatch, action):
    """Done one by one or together; the worker was killed when it had stored its first batch."""
    rule(after("since_created", 1), name="One", actions=[action], stops=True)
    rule(after("since_created", 1), name="Two")
    rule(after("since_created", 1), name="Three")
    rule(after("since_created", 2), name="Later")
    monkeypatch.setattr(acting, "TAKEN_AT_ONCE", 1)
    with clock.stopped_at(NOON + DAY):
        timing.find()
        acting.Work(acting.waiting()).do()
        db.session.commit()

    look(NOON + DAY)

    assert [len(acted(fresh, name)) for name in ("One", "Two", "Three", "Later")] == [1, 0, 0, 1]


def test_a_deadline_that_is_moved_comes_again(rule, fresh, nora):
    rule(after("deadline", 1, "days", "before"))
    set_to = lambda day: lambda: fresh.edit({"deadline": day}, by=nora)  # noqa: E731

    during(NOON, set_to(date(2026, 11, 27)), fresh)
    look(NOON + 2 * DAY)
    during(NOON + 2 * DAY + HOUR, set_to(date(2026, 11, 30)), fresh)
    look(NOON + 3 * DAY)
    assert acted(fresh) == ["noted"]
    look(NOON + 6 * DAY)
    assert acted(fresh) == ["noted", "noted"]
    during(NOON + 6 * DAY + HOUR, set_to(date(2026, 11, 27)), fresh)
    look(NOON + 7 * DAY)
    assert acted(fresh) == ["noted", "noted"]


def test_a_date_set_to_a_moment_that_is_over_already_comes_at_once(rule, fresh, nora):
    rule(after("scheduled", 1, "days", "before"))
    look(NOON + 9 * DAY)
    during(NOON + 10 * DAY, lambda: fresh.edit({"scheduled_at": NOON + 10 * DAY + HOUR}, by=nora), fresh)

    look(NOON + 10 * DAY + HOUR)
    look(NOON + 10 * DAY + 2 * HOUR)

    assert acted(fresh) == ["noted"]


def test_a_case_that_becomes_one_of_those_later_is_acted_on_then_and_once(rule, fresh, nora):
    rule(after("since_created", 1), conditions={"all": [{"key": "priority", "least": 2}]})
    look(NOON + DAY)
    assert acted(fresh) == []

    during(NOON + 5 * DAY, lambda: fresh.edit({"priority": 2}, by=nora), fresh)
    for hours in (1, 2, 3):
        look(NOON + 5 * DAY + hours * HOUR)

    assert acted(fresh) == ["noted"]


def test_time_goes_on_for_open_cases_only_unless_the_rule_asks_for_others(rule, fresh, nora):
    rule(after("since_created", 1), name="Usual")
    rule(
        after("since_created", 1),
        name="Of the end",
        conditions={"all": [{"key": "state", "values": ["cancelled"]}]},
    )
    during(NOON, lambda: fresh.cancel(by=nora), fresh)

    look(NOON + DAY)

    assert (acted(fresh, "Usual"), acted(fresh, "Of the end")) == ([], ["noted"])


def test_moments_before_a_rule_was_switched_on_are_no_concern_of_it(ada, fresh):
    with clock.stopped_at(NOON + 2 * HOUR):
        rule_of(ada, triggers=after("since_created", 1))
        rule_of(ada, name="Later", triggers=after("since_created", 3))

    look(NOON + DAY)

    assert (acted(fresh), acted(fresh, "Later")) == ([], ["noted"])


def test_moments_before_an_import_are_no_concern_of_rules(rule, ada, front_desk):
    rule(after("since_created", 1, "days"))
    rule(after("since_created", 1, "weeks"), name="Later")
    with clock.stopped_at(NOON):
        rows = [{"name": "Old", "team_id": front_desk.id, "created_at": NOON - 3 * DAY, "state": "draft"}]
        (id_,) = write_many("import", by=ada).make(Case, rows, action="imported")
        db.session.commit()

    look(NOON + 10 * DAY)

    case = db.session.get_one(Case, id_)
    assert (acted(case), acted(case, "Later")) == ([], ["noted"])


def test_what_waits_of_a_rule_that_is_switched_off_is_dropped(rule, fresh, ada):
    made = rule(after("since_created", 1))
    with clock.stopped_at(NOON + DAY):
        timing.find()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RuleFiring)) == 1
    during(NOON + DAY, lambda: made.switch_off(by=ada), made)

    look(NOON + 2 * DAY)

    assert acted(fresh) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RuleFiring)) == 0


def test_what_a_worker_held_when_the_rule_was_switched_off_is_no_concern_of_it_when_it_is_on_again(
    rule, fresh, ada, monkeypatch
):
    made = rule(after("since_created", 1))
    with clock.stopped_at(NOON + DAY):
        timing.find()
    monkeypatch.setattr(RuleFiring, "drop", lambda _rule_id: None)  # as where all of it is locked
    during(NOON + DAY, lambda: made.switch_off(by=ada), made)
    during(NOON + DAY, lambda: made.switch_on(by=ada), made)

    look(NOON + 2 * DAY)

    assert acted(fresh) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RuleFiring)) == 0


def test_an_earlier_rule_can_make_a_case_one_that_a_later_one_is_not_for(rule, fresh):
    rule(after("since_created", 1), name="One", actions=[{"key": "priority", "priority": 3}])
    rule(after("since_created", 1), name="Two", conditions={"all": [{"key": "priority", "most": 2}]})

    look(NOON + DAY)

    assert (acted(fresh, "One"), acted(fresh, "Two")) == (["edited"], [])


def test_what_a_moment_brought_about_wakes_other_rules_and_its_own_not_again(rule, fresh):
    both = [*after("since_created", 1), {"key": "changed", "fields": ["priority", "city"]}]
    rule(both, actions=[{"key": "priority", "priority": 3}, {"key": "note", "text": "x"}])
    rule(
        [{"key": "changed", "fields": ["priority"]}],
        name="Woken",
        actions=[{"key": "field", "field": "city", "value": "Lund"}],
    )

    look(NOON + DAY)

    assert (acted(fresh), acted(fresh, "Woken")) == (["edited", "noted"], ["edited"])


def test_a_failing_rule_hinders_no_other_and_is_not_tried_again_for_its_moment(rule, fresh):
    rule(after("since_created", 1), actions=[{"key": "priority", "priority": 3}, {"key": "to_leader"}])
    rule(after("since_created", 1), name="Other")

    look(NOON + DAY)
    look(NOON + 2 * DAY)

    assert (acted(fresh), acted(fresh, "Other"), fresh.priority) == (["rule failed"], ["noted"], 0)
    assert [run.outcome for run in db.session.scalars(sa.select(RuleRun).order_by(RuleRun.id))] == [
        "failed",
        "done",
    ]


def test_a_worker_that_died_in_between_leaves_nothing_undone(rule, fresh):
    rule(after("since_created", 1))
    with clock.stopped_at(NOON + DAY):
        timing.find()
        db.session.rollback()

    look(NOON + DAY)

    assert acted(fresh) == ["noted"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(hours=st.lists(st.integers(min_value=-100, max_value=400), min_size=1, max_size=8))
def test_a_clock_that_jumps_makes_no_moment_come_twice_or_never(hours, database, request):
    """However it jumps: what was due at the latest of all looks has been acted on once."""
    ada, nora, front_desk = (request.getfixturevalue(name) for name in ("ada", "nora", "front_desk"))
    with clock.stopped_at(NOON - 30 * DAY):
        name = f"Rule {next(NUMBERS)}"
        rule = rule_of(ada, name=name, triggers=after("since_created", 24))
    cases = [
        during(NOON + n * HOUR, lambda: Case.make("task", "x", by=nora, team=front_desk))
        for n in (0, 50, 200)
    ]
    for hour in hours:
        look(NOON + hour * HOUR)
    look(NOON + 400 * HOUR)
    during(NOON + 400 * HOUR, lambda: rule.archive(by=ada), rule)

    assert [acted(case, name) for case in cases] == [["noted"]] * 3


NUMBERS = itertools.count()


MOMENTS = [entry for entry in TRIGGERS.values() if isinstance(entry, Moment)]


@settings(max_examples=200, deadline=None)
@given(
    base=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    number=st.integers(0, 40),
    unit=st.sampled_from(["minutes", "hours", "days", "weeks", "months"]),
    direction=st.sampled_from(["before", "after"]),
    is_date=st.booleans(),
)
def test_the_search_finds_every_date_whose_moment_lies_in_it(base, number, unit, direction, is_date, app):
    moment = TRIGGERS["deadline" if is_date else "scheduled"]
    values = {"number": number, "unit": unit, "direction": direction}
    base = base.date() if is_date else base.replace(tzinfo=UTC)
    with app.app_context():
        due = moment.due(base, values)
        low, high = moment.back(due, values, -1), moment.back(due, values, 1)
        db.session.remove()

    assert low <= base <= high


def test_months_keep_the_day_or_take_the_last_one(database):
    moment = TRIGGERS["scheduled"]
    for base, number, expected in (
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-05-15", 12, "2027-05-15"),
    ):
        due = moment.due(
            datetime.fromisoformat(f"{base}T10:00+00:00"),
            {"number": number, "unit": "months", "direction": "after"},
        )
        assert due == datetime.fromisoformat(f"{expected}T10:00+00:00")


def test_days_of_dates_are_those_of_the_wall_also_in_the_night_when_clocks_change(ada, database):
    from app.domain.organisation import Organisation

    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"zone": "Europe/Stockholm"}, by=ada)
    db.session.commit()
    values = {"number": 1, "unit": "days", "direction": "before"}

    # Summer time ends on the 25th of October: that day begins at 22:00 UTC and the next at 23:00 UTC.
    assert TRIGGERS["deadline"].due(date(2026, 10, 26), values) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert TRIGGERS["deadline"].due(date(2026, 10, 27), values) == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_more_cases_than_a_batch_are_all_found(rule, front_desk, ada, monkeypatch):
    monkeypatch.setattr(timing, "FOUND_AT_ONCE", 3)
    monkeypatch.setattr(acting, "DONE_AT_ONCE", 4)
    rule(after("since_created", 1))
    with clock.stopped_at(NOON):
        rows = [{"name": f"Case {n}", "team_id": front_desk.id, "state": "draft"} for n in range(11)]
        ids = write_many("import", by=ada).make(Case, rows, action="imported")
        db.session.commit()

    with clock.stopped_at(NOON + DAY):
        assert timing.evaluate() == 11

    assert all(acted(db.session.get_one(Case, id_)) == ["noted"] for id_ in ids)


def test_a_rule_that_no_index_serves_tells_its_author_what_it_costs(rule, fresh, front_desk, ada):
    """With some cases there: what PostgreSQL would do with a handful says nothing."""
    rows = [
        {
            "name": f"Case {n}",
            "team_id": front_desk.id,
            "state": "draft",
            "deadline": (NOON + n * DAY).date(),
            "last_action_at": NOON - n * DAY if n % 2 else None,
        }
        for n in range(2000)
    ]
    with clock.stopped_at(NOON):
        write_many("import", by=ada).make(Case, rows, action="imported")
        db.session.commit()
    db.session.execute(sa.text("ANALYZE cases"))
    served = rule(after("since_action", 1, "days"), conditions={"all": [{"key": "kind", "values": ["task"]}]})
    dated = rule(after("deadline", 1, "days"), conditions={"all": [{"key": "name", "pattern": "*x*"}]})
    unserved = rule(
        after("since_action", 1, "days"), conditions={"all": [{"key": "state", "values": ["done", "open"]}]}
    )

    assert (served.cost().is_indexed, dated.cost().is_indexed) == (True, True)
    assert not unserved.cost().is_indexed
    assert unserved.cost().rows >= fresh.id


def test_a_rule_that_is_paused_in_the_middle_of_a_batch_stops_there(rule, nora, front_desk):
    """Nobody leads the front desk: its cases cannot be given to its leader."""
    made = rule(after("since_created", 1), actions=[{"key": "to_leader"}])
    with clock.stopped_at(NOON):
        cases = [Case.make("task", f"Case {n}", by=nora, team=front_desk) for n in range(8)]
        db.session.commit()

    look(NOON + DAY)

    assert made.pause_reason == "Nobody leads the team of this case."
    assert [run.outcome for run in made.runs()] == ["failed"] * 5
    assert sum(bool(acted(case)) for case in cases) == 5
