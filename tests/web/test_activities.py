"""Planned steps, from the page of a case or partner and from the start."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.history import lock
from app.domain.lists import ActivityType
from app.domain.permission import Permission
from app.extensions import db
from tests.web.reading import words


@pytest.fixture
def call(database):
    return db.session.scalars(sa.select(ActivityType).where(ActivityType.name == "Call")).one()


@pytest.fixture
def step(case, nora, call):
    lock(case)
    made = Activity.plan(
        case, call, "Call Clara", by=nora, user=nora, due_on=clock.today() - timedelta(days=1)
    )
    db.session.commit()
    return made


def test_a_step_is_planned_where_the_case_is(as_, nora, case, call):
    answer = as_(nora).post(f"/cases/{case.id}/activities", htmx=True, type_id=call.id, what="Call Clara",
                            due_on="2031-01-15", user_id=nora.id)  # fmt: skip

    assert answer.status_code == 200
    assert "Planned: Call Clara." in words(answer)
    assert "Call Clara 15 Jan 2031" in words(answer)
    assert case.next_activity_on.isoformat() == "2031-01-15"
    assert "planned Call Clara, by 15 Jan 2031" in words(answer)


def test_without_a_day_it_is_due_when_its_type_usually_is(as_, nora, brewery, call):
    answer = as_(nora).post(f"/partners/{brewery.id}/activities", type_id=call.id, user_id=nora.id)

    assert answer.location == f"/partners/{brewery.id}"
    made = db.session.scalars(sa.select(Activity)).one()
    assert (made.what, made.due_on, made.partner) == ("Call", clock.today() + timedelta(days=2), brewery)


def test_a_step_without_a_type_is_asked_again(as_, nora, case):
    for path in (f"/cases/{case.id}/activities",):
        part = as_(nora).post(path, htmx=True, type_id="", what="Something", due_on="someday")
        assert part.status_code == 422
        assert part.text.lstrip().startswith(f'<div class="plan" id="case-{case.id}-plan"')
        assert 'value="Something"' in part.text
        assert "Say what kind of step it is." in words(part)
        assert "Write a day such as" in words(part)
        assert as_(nora).post(path, type_id="").status_code == 422
        assert "Plan a step" in words(as_(nora).get(path))


def test_done_with_one_click(as_, nora, case, step):
    visitor = as_(nora)
    answer = visitor.post(f"/activities/{step.id}/done", htmx=True)

    assert answer.status_code == 200
    assert "Done: Call Clara." in words(answer)
    assert (step.state, case.next_activity_on) == ("done", None)
    assert "Nora Lindahl did Call Clara" in words(answer)
    assert visitor.post(f"/activities/{step.id}/done").status_code == 303, "doing it twice is harmless"
    refused = visitor.post(f"/activities/{step.id}/cancellation")
    assert refused.status_code == 409
    assert "This activity has ended already." in words(refused)


def test_done_and_the_next_one_planned_at_once(as_, nora, case, step):
    part = as_(nora).post(f"/activities/{step.id}/done", htmx=True, then="plan", said="She agrees.")
    assert re.search(r'type="radio" name="kind" value="plan"[^>]* checked', part.text), (
        "the box is open for it"
    )
    assert f'id="case-{case.id}-plan"' in part.text.partition("<hx-partial")[2]
    assert "She agrees." in words(part)


def test_without_scripts_the_next_one_is_planned_on_a_page_of_its_own(as_, nora, case, step):
    answer = as_(nora).post(f"/activities/{step.id}/done", then="plan")
    assert answer.location == f"/cases/{case.id}/activities"


def test_cancelled_from_the_start_page_one_stays_there(as_, nora, case, step):
    visitor = as_(nora)
    part = visitor.post(f"/activities/{step.id}/cancellation", htmx=True, next="/")

    assert 'id="planned"' in part.text
    assert "Nothing waits for you." in words(part)
    assert "Cancelled: Call Clara." in words(part)
    assert step.state == "cancelled"


def test_a_step_out_of_sight_is_not_there(as_, otto, support, step):
    for path in (
        f"/activities/{step.id}/done",
        f"/activities/{step.id}/cancellation",
        "/activities/999999/done",
    ):
        assert as_(otto).post(path).status_code == 404
    assert step.state == "planned"


def test_who_may_not_write_may_not_plan(as_, olga, nora, case, call):
    assert as_(olga).get(f"/cases/{case.id}/activities").status_code == 404
    lock(case)
    case.watch(olga, by=nora)
    db.session.execute(sa.delete(Permission).where(Permission.role == "operator", Permission.act == "note"))
    db.session.commit()
    assert as_(olga).post(f"/cases/{case.id}/activities", type_id=call.id).status_code == 403
