"""What stands on somebody's day: each thing once, the most pressing first, with reasons that are true."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.day import MOST, Day
from app.domain.history import lock
from app.domain.lists import ActivityType
from app.domain.user import User
from app.extensions import db
from tests.conftest import person

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
TODAY = NOON.date()
STALE_AFTER = 10


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def to_do(database):
    return db.session.scalars(sa.select(ActivityType)).first()


@pytest.fixture
def proposal(stages, ada):
    """A stage in which cases go stale."""
    lock(stages["Proposal"])
    stages["Proposal"].edit({"stale_days": STALE_AFTER}, by=ada)
    db.session.commit()
    return stages["Proposal"]


@pytest.fixture
def make(front_desk, nora):
    def make(name, kind="task", days_ago=0, by=nora, **facts):
        with clock.stopped_at(NOON - timedelta(days=days_ago)):
            made = Case.make(kind, name, by=by, team=front_desk, **facts)
            db.session.commit()
        return made

    return make


@pytest.fixture
def plan(to_do, nora):
    def plan(about, what, days, user=nora):
        lock(about)
        step = Activity.plan(about, to_do, what, by=nora, user=user, due_on=TODAY + timedelta(days=days))
        db.session.commit()
        return step

    return plan


def hear(case, by, days_ago):
    lock(case)
    with clock.stopped_at(NOON - timedelta(days=days_ago)):
        case.log("When does it come?", by=by, awaits_answer=True)
    db.session.commit()


def told(user):
    """What stands there, and why, in order: the newest day is asked for."""
    return [
        (thing.step.what if thing.step else thing.about.name, [reason.kind for reason in thing.reasons])
        for thing in Day(user).things
    ]


def test_the_most_pressing_comes_first(make, plan, nora, brewery, proposal):
    plan(make("A"), "Due today", 0)
    plan(brewery, "Long overdue", -9)
    plan(make("B"), "Overdue", -1)
    plan(make("C"), "Tomorrow", 1)
    make("Late", deadline=TODAY - timedelta(days=4))
    make("Until today", deadline=TODAY)
    make("Until tomorrow", deadline=TODAY + timedelta(days=1))
    hear(make("They wait"), nora, 2)
    make("Ring them", "call", scheduled_at=NOON + timedelta(hours=3))
    make("Ring them tomorrow", "call", scheduled_at=NOON + timedelta(days=1))
    make("Forgotten", "opportunity", days_ago=12, stage=proposal)
    make("Fresh", "opportunity", days_ago=9, stage=proposal)

    assert told(nora) == [
        ("Long overdue", ["overdue"]),
        ("Late", ["late"]),
        ("Overdue", ["overdue"]),
        ("They wait", ["answer"]),
        ("Ring them", ["call"]),
        ("Due today", ["today"]),
        ("Until today", ["deadline"]),
        ("Forgotten", ["stale"]),
    ]


def test_a_case_stands_once_with_all_its_reasons(make, plan, nora, proposal):
    case = make("Pumps", "opportunity", days_ago=30, stage=proposal, deadline=TODAY - timedelta(days=1))
    plan(case, "Ring them", 0)
    plan(case, "Write to them", 0)
    assert told(nora) == [
        ("Ring them", ["late", "today", "stale"]),
        ("Write to them", ["today"]),
    ]


def test_what_is_planned_for_later_waits_till_then_unless_the_other_side_waits(make, plan, nora, proposal):
    late = make("Late", "opportunity", days_ago=30, stage=proposal, deadline=TODAY - timedelta(days=1))
    asked = make("Asked")
    hear(asked, nora, 1)
    assert told(nora) == [("Late", ["late", "stale"]), ("Asked", ["answer"])]
    for case in (late, asked):
        plan(case, "Later", 3)
    assert told(nora) == [("Asked", ["answer"])]


def test_what_is_ended_hidden_or_of_others_is_not_theirs(make, plan, nora, otto, support, headquarters):
    gone, ended, theirs = (make(name, deadline=TODAY) for name in ("Archived", "Closed", "Otto's"))
    lock(gone, ended, theirs)
    gone.archive(by=nora)
    ended.close(by=nora)
    theirs.assign(otto, by=nora)
    db.session.commit()
    assert told(nora) == []
    assert told(otto) == [("Otto's", ["deadline"])]

    far = make("Far from Otto")
    plan(far, "Help Nora", -1, user=otto)
    assert told(otto) == [("Otto's", ["deadline"])], "a step on a case that he may not know of"
    lock(far)
    far.watch(otto, by=nora)
    db.session.commit()
    assert told(otto) == [("Help Nora", ["overdue"]), ("Otto's", ["deadline"])]


def test_what_is_answered_and_done_leaves_it(make, plan, nora):
    asked, step = make("Asked"), plan(make("Pumps"), "Ring them", -1)
    hear(asked, nora, 1)
    lock(asked)
    asked.log("Next week.", by=nora)
    lock(step, step.about)
    step.done(by=nora)
    db.session.commit()
    assert told(nora) == []


def test_the_day_is_that_of_the_wall_of_whoever_looks(make, plan, nora):
    plan(make("A"), "For Friday", 1)
    plan(make("B"), "For Thursday", 0)
    lock(nora)
    nora.edit({"zone": "Pacific/Kiritimati"}, by=nora)  # fourteen hours ahead
    db.session.commit()
    assert Day(nora).today == TODAY + timedelta(days=1)
    assert told(nora) == [("For Thursday", ["overdue"]), ("For Friday", ["today"])]


def test_only_the_first_are_shown_and_more_is_said_to_wait(make, plan, nora):
    for number in range(MOST + 3):
        plan(make(f"Case {number}"), f"Step {number}", -1)
    make("Late", deadline=TODAY - timedelta(days=9))
    day = Day(nora)
    assert len(day.things) == MOST
    assert day.has_more
    assert day.things[0].about.name == "Late"


CASES = st.fixed_dictionaries({
    "kind": st.sampled_from(("task", "opportunity", "call")),
    "days_ago": st.integers(0, 25),
    "deadline": st.none() | st.integers(-3, 3),
    "scheduled": st.none() | st.integers(-3, 3),
    "steps": st.lists(st.integers(-3, 3), max_size=3),
    "heard": st.none() | st.integers(0, 5),
    "ended": st.sampled_from((None, None, "archive", "cancel")),
    "is_ottos": st.booleans(),
})  # fmt: skip


@given(ideas=st.lists(CASES, max_size=6))
def test_each_thing_stands_there_once_for_a_true_reason_and_nothing_is_left_out(
    ideas, make, plan, otto, proposal
):
    db.session.rollback()
    seller = person(f"{uuid4()} Seller", "salesperson")  # each example has somebody of its own
    cases, steps = [], []
    for idea in ideas:
        facts = {"stage": proposal} if idea["kind"] == "opportunity" else {}
        if idea["deadline"] is not None:
            facts["deadline"] = TODAY + timedelta(days=idea["deadline"])
        if idea["kind"] == "call" and idea["scheduled"] is not None:
            facts["scheduled_at"] = NOON + timedelta(days=idea["scheduled"])
        case = make("Pumps", idea["kind"], days_ago=idea["days_ago"], by=seller, **facts)
        steps += [plan(case, "Ring them", days, user=seller) for days in idea["steps"]]
        if idea["heard"] is not None:
            hear(case, seller, idea["heard"])
        lock(case)
        if idea["is_ottos"]:
            case.assign(otto, by=seller)
        if idea["ended"]:
            getattr(case, idea["ended"])(by=seller)
        db.session.commit()
        cases.append(case)
    things = Day(seller).things

    assert len({thing.key for thing in things}) == len(things)
    assert [thing.rank for thing in things] == sorted(thing.rank for thing in things)
    assert {thing.step.id for thing in things if thing.step} == {step.id for step in steps if is_due(step)}
    for case in cases:
        rows = [thing for thing in things if thing.about is case]
        said = [reason.kind for thing in rows for reason in thing.reasons if reason.kind not in OF_STEPS]
        assert sorted(said) == sorted(reasons_for(case, seller))
        assert len(rows) == max(sum(thing.step is not None for thing in rows), bool(said))


OF_STEPS = frozenset({"overdue", "today"})


def is_due(step):
    return step.state == "planned" and step.due_on <= TODAY


def reasons_for(case: Case, user: User) -> set[str]:
    """The same, told by looking at the case."""
    if case.responsible is not user or case.is_closed or case.archived:
        return set()
    found = set()
    waits = case.next_activity_on is not None and case.next_activity_on > TODAY
    is_call = case.kind == "call"
    if case.unanswered_since is not None:
        found.add("answer")
    if is_call and (case.scheduled_at or case.created_at).date() <= TODAY:
        found.add("call")
    if case.deadline is not None and case.deadline <= TODAY and not waits and not is_call:
        found.add("late" if case.deadline < TODAY else "deadline")
    moved = max(case.created_at, case.last_contact_at or case.created_at)
    if case.stage is not None and (NOON - moved).days >= STALE_AFTER and not waits and not is_call:
        found.add("stale")
    return found
