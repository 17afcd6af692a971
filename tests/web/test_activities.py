"""Planned steps, from the page of a case or partner and from the start."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.activity_plan import ActivityPlan, PlanStep
from app.domain.history import ChangeSet, lock
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
    assert "Planned 1 Call Clara 15 Jan 2031" in words(answer)
    assert case.next_activity_on.isoformat() == "2031-01-15"
    assert "planned Call Clara, by 15 Jan 2031" in words(answer)


def test_the_line_of_a_plan_names_the_date_whenever_it_is_read(as_, nora, case, call):
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    with clock.stopped_at(monday):
        lock(case)
        Activity.plan(case, call, "Call Clara", by=nora, user=nora, due_on=clock.today())
        db.session.commit()
        assert "planned Call Clara, by 23 Nov" in words(as_(nora).get(f"/cases/{case.id}"))
    with clock.stopped_at(monday + timedelta(days=1)):
        assert "planned Call Clara, by 23 Nov" in words(as_(nora).get(f"/cases/{case.id}"))


def test_winning_says_that_planned_steps_stay(as_, nora, case, step):
    answer = as_(nora).post(f"/cases/{case.id}/win", htmx=True)

    assert "Won. One planned step stays." in words(answer)
    assert step.state == "planned"


def test_without_a_day_it_is_due_when_its_type_usually_is(as_, nora, brewery, call):
    answer = as_(nora).post(f"/partners/{brewery.id}/activities", type_id=call.id, user_id=nora.id)

    assert answer.location == f"/partners/{brewery.id}"
    made = db.session.scalars(sa.select(Activity)).one()
    assert (made.what, made.due_on, made.partner) == ("Call", clock.today() + timedelta(days=2), brewery)


def test_who_names_no_day_hears_which_one_it_became(as_, nora, case, call, followed):
    visitor, path = as_(nora), f"/cases/{case.id}/activities"
    with clock.stopped_at(datetime(2026, 11, 26, 12, tzinfo=UTC)):  # a Thursday
        assert "Without a day it is due as usual for its type." in words(visitor.get(path))
        answer = visitor.post(path, htmx=True, type_id=call.id)
        assert "Planned: Call. You named no day, so it is due: Saturday." in words(answer)
        answer = visitor.post(path, htmx=True, type_id=call.id, due_on="2026-11-27")
        assert "You named no day" not in words(answer)

        form = {"then": "plan", "type_id": followed.id}
        for due_on, is_said in (("", True), ("2026-11-27", False)):
            (step, *_others) = db.session.scalars(sa.select(Activity).where(Activity.state == "planned"))
            answer = visitor.post(f"/activities/{step.id}/done", htmx=True, due_on=due_on, **form)
            assert "Done: Call. Next: Mail." in words(answer)
            assert ("You named no day, so it is due: Today." in words(answer)) is is_said


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


@pytest.fixture
def followed(call, ada):
    """Mails commonly follow calls."""
    mail = db.session.scalars(sa.select(ActivityType).where(ActivityType.name == "Mail")).one()
    lock(call)
    call.edit({"next_type_id": mail.id}, by=ada)
    db.session.commit()
    return mail


def test_done_and_the_next_one_planned_in_one_form(as_, nora, case, step, followed):
    visitor = as_(nora)
    form = visitor.get(f"/activities/{step.id}/done", htmx=True)
    assert f'<option selected value="{followed.id}">Mail' in form.text, "what commonly follows"
    answer = visitor.post(f"/activities/{step.id}/done", htmx=True, then="plan", said="She agrees.",
                          type_id=followed.id, what="Send the offer", due_on="2031-01-15", user_id=nora.id)  # fmt: skip

    assert "Done: Call Clara. Next: Send the offer." in words(answer)
    assert "She agrees." in words(answer)
    assert "Planned 1 Send the offer" in words(answer)
    assert [each.what for each in case.activities] == ["Send the offer"]
    made = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    visitor.post(f"/history/{made}/undo")
    assert [each.what for each in case.activities] == ["Call Clara"], "one Undo for both"


def test_the_next_one_needs_a_type_and_everything_typed_stays(as_, nora, case, step):
    visitor = as_(nora)
    for htmx in (True, False):
        answer = visitor.post(
            f"/activities/{step.id}/done", htmx=htmx, then="plan", said="She agrees.", type_id=""
        )
        assert answer.status_code == 422
        assert "Say what kind of step it is." in words(answer)
        assert 'value="She agrees."' in answer.text
        assert ("<html" in answer.text) is not htmx
    assert step.state == "planned"


def test_without_scripts_the_same_form_is_a_page_and_leads_back(as_, nora, case, step, followed):
    visitor = as_(nora)
    page = visitor.get(f"/activities/{step.id}/done")
    assert "Done: Call Clara" in words(page)
    answer = visitor.post(
        f"/activities/{step.id}/done", then="plan", type_id=followed.id, next=f"/cases/{case.id}"
    )
    assert answer.location == f"/cases/{case.id}"


def test_cancelled_from_the_start_page_one_stays_there(as_, nora, case, step):
    visitor = as_(nora)
    part = visitor.post(f"/activities/{step.id}/cancellation", htmx=True, next="/")

    assert 'id="day"' in part.text
    assert "Nothing waits for you" in words(part)
    assert "Cancelled: Call Clara." in words(part)
    assert step.state == "cancelled"


def test_the_step_of_a_case_that_is_done_on_its_partners_page_leaves_one_there(as_, nora, brewery, step):
    page = f"/partners/{brewery.id}"
    part = as_(nora).post(f"/activities/{step.id}/done", htmx=True, next=page)
    assert f'<div id="partner-{brewery.id}">' in part.text
    assert as_(nora).post(f"/activities/{step.id}/cancellation", next=page).status_code == 409


def test_steps_stand_under_overdue_today_and_planned_wherever_they_are(as_, nora, case, brewery, call, step):
    for days in (0, 3):
        lock(case)
        Activity.plan(case, call, f"In {days}", by=nora, due_on=clock.today() + timedelta(days=days))
    db.session.commit()
    for path in (f"/cases/{case.id}", f"/partners/{brewery.id}", f"/cases/{case.id}/activities"):
        text = words(as_(nora).get(path))
        places = [text.index(each) for each in ("Overdue 1 Call Clara", "Today 1 In 0", "Planned 1 In 3")]
        assert places == sorted(places), path


# Plans of several steps


@pytest.fixture
def fair(call, ada):
    plan = ActivityPlan.make(by=ada, name="After the fair")
    for name, days in (("Write to them", 1), ("Ring them", 5)):
        PlanStep.make(by=ada, name=name, plan_id=plan.id, type_id=call.id, days=days, who="responsible")
    db.session.commit()
    return plan


def test_a_plan_is_followed_from_the_case_and_taken_back_as_one(as_, nora, case, fair):
    visitor = as_(nora)
    assert "Follow a plan…" in words(visitor.get(f"/cases/{case.id}"))
    asked = visitor.get(f"/cases/{case.id}/plan", htmx=True)
    assert "After the fair" in words(asked)
    answer = visitor.post(f"/cases/{case.id}/plan", htmx=True, plan_id=fair.id, start="2031-01-15")
    assert "After the fair: 2 steps planned." in words(answer)
    assert sorted(each.due_on.isoformat() for each in case.activities) == ["2031-01-16", "2031-01-20"]
    made = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    visitor.post(f"/history/{made}/undo")
    assert case.activities == []


def test_a_form_sent_twice_plans_once_and_one_without_a_plan_is_asked_again(as_, nora, case, fair):
    visitor = as_(nora)
    for _ in range(2):
        visitor.post(f"/cases/{case.id}/plan", plan_id=fair.id, start="2031-01-15", once="a-key-of-its-own")
    assert len(case.activities) == 2
    again = visitor.post(f"/cases/{case.id}/plan", htmx=True, plan_id="", start="someday")
    assert again.status_code == 422
    assert "Say which plan." in words(again)
    assert "Write a day such as" in words(again)


def test_no_plan_is_offered_where_there_is_none(as_, nora, case):
    assert "Follow a plan" not in words(as_(nora).get(f"/cases/{case.id}"))


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
