"""Rules about plans of several steps."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.domain.activity_plan import ActivityPlan, PlanStep
from app.domain.errors import Refused
from app.domain.history import lock, undo
from app.domain.lists import ActivityType
from app.extensions import db
from tests.conftest import last_set

FAIR = date(2023, 9, 30)


@pytest.fixture
def types(database):
    return {each.name: each for each in db.session.scalars(sa.select(ActivityType))}


@pytest.fixture
def fair(types, ada):
    """What is done about a fair: ring before it, write after it, and have the leader look at it in the end."""
    plan = ActivityPlan.make(by=ada, name="After the fair")
    for name, kind, days, who in [
        ("Write to them", "Mail", 1, "responsible"),
        ("Announce us", "Call", -3, "me"),
        ("Look at it", "To-do", 14, "leader"),
    ]:
        PlanStep.make(by=ada, name=name, plan_id=plan.id, type_id=types[kind].id, days=days, who=who)
    db.session.commit()
    return plan


def planned(case):
    return [
        (each.what, each.type.name, each.due_on.isoformat(), each.user and each.user.name.split()[0])
        for each in sorted(case.activities, key=lambda each: each.due_on)
    ]


def test_all_steps_are_planned_at_once_and_taken_back_at_once(case, fair, otto, headquarters, nora, ada):
    lock(case.team)
    case.team.edit({"leader_id": ada.id}, by=ada)
    db.session.commit()
    fair.plan_on(case, by=otto, start=FAIR)
    db.session.commit()

    assert planned(case) == [
        ("Announce us", "Call", "2023-09-27", "Otto"),
        ("Write to them", "Mail", "2023-10-01", "Nora"),
        ("Look at it", "To-do", "2023-10-14", "Ada"),
    ]
    assert case.next_activity_on == FAIR - timedelta(days=3)
    undo(last_set(case), by=otto)
    db.session.commit()
    assert (case.activities, case.next_activity_on) == ([], None)


def test_steps_for_people_whom_the_case_does_not_have_are_refused(case, fair, nora, ada):
    lock(case)
    with pytest.raises(Refused, match="“Look at it” is for the leader, and the case's team has none"):
        fair.plan_on(case, by=nora)
    case.assign(None, by=nora)
    with pytest.raises(Refused, match="“Write to them” is for whoever is responsible, and nobody is yet"):
        fair.plan_on(case, by=nora)
    assert case.activities == []


def test_a_plan_without_steps_and_a_closed_case_are_refused(case, fair, nora, ada):
    empty = ActivityPlan.make(by=ada, name="Nothing yet")
    db.session.commit()
    with pytest.raises(Refused, match="“Nothing yet” has no steps yet"):
        empty.plan_on(case, by=nora)
    lock(case)
    case.cancel(by=nora)
    with pytest.raises(Refused, match="A closed case is reopened before a plan is followed"):
        fair.plan_on(case, by=nora)


def test_steps_in_the_archive_are_left_out(case, fair, nora, ada):
    for step in fair.steps[::2]:
        lock(step)
        step.archive(by=ada)
    db.session.commit()
    fair.plan_on(case, by=nora, start=FAIR)
    db.session.commit()
    assert planned(case) == [("Write to them", "Mail", "2023-10-01", "Nora")]


def test_a_plan_that_has_steps_is_archived_and_not_deleted(fair, ada):
    lock(fair)
    with pytest.raises(Refused, match="is in use"):
        fair.delete(by=ada)
