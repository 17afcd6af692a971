"""Rules about planned steps."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.activity_plan import ActivityPlan, PlanStep
from app.domain.errors import Refused
from app.domain.history import lock, undo
from app.domain.lists import ActivityType, Holiday, WorkingCalendar
from app.domain.organisation import Organisation
from app.extensions import db
from tests.conftest import last_set
from tests.rules import rule_of


@pytest.fixture
def call(database):
    return db.session.scalars(sa.select(ActivityType).where(ActivityType.name == "Call")).one()


@pytest.fixture
def plan(case, nora, call):
    def make(what="Call Clara", days=3, about=None, **more):
        about = about or case
        lock(about)
        step = Activity.plan(about, call, what, by=nora, due_on=clock.today() + timedelta(days=days), **more)
        db.session.commit()
        return step

    return make


@pytest.fixture
def house(ada):
    """The house works from Monday to Friday, and is closed on the 30th of November."""
    calendar = db.session.scalars(
        sa.select(WorkingCalendar).where(WorkingCalendar.name == "Office hours")
    ).one()
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"calendar_id": calendar.id}, by=ada)
    Holiday.make(by=ada, name="Closed", day=date(2026, 11, 30), calendar_id=calendar.id)
    db.session.commit()
    with clock.stopped_at(datetime(2026, 11, 26, 12, tzinfo=UTC)):  # a Thursday
        yield


def test_a_step_without_a_day_is_due_on_a_day_of_work(
    house, case, brewery, call, nora, otto, front_desk, ada
):
    """By the calendar of the team, else of whoever does it, else of the house."""

    def due(about, user=None, days=2):
        lock(call, about)
        call.edit({"days": days}, by=ada)
        return Activity.plan(about, call, "", by=nora, user=user).due_on

    assert due(case) == date(2026, 12, 1)  # neither Saturday, Sunday nor the day on which it is closed
    assert due(case, days=1) == date(2026, 11, 27)
    weekend = WorkingCalendar.make(by=ada, name="Weekend", zone="UTC", hours={"5": [[540, 720]]})
    lock(front_desk)
    front_desk.edit({"calendar_id": weekend.id}, by=ada)
    db.session.commit()
    assert due(case) == date(2026, 11, 28)
    assert due(brewery, nora) == date(2026, 11, 28)
    assert due(brewery, otto) == due(brewery) == date(2026, 12, 1)
    typed = Activity.plan(case, call, "", by=nora, due_on=date(2026, 11, 29))
    assert typed.due_on == date(2026, 11, 29)


def test_steps_of_a_plan_and_of_a_rule_fall_on_days_of_work(house, case, call, nora, ada):
    plan = ActivityPlan.make(by=ada, name="Fair")
    db.session.flush()
    for days in (-4, 2):
        PlanStep.make(by=ada, name=f"Step {days}", plan_id=plan.id, type_id=call.id, days=days, who="me")
    db.session.commit()
    lock(case)
    steps = plan.plan_on(case, by=nora)
    assert [step.due_on for step in steps] == [date(2026, 11, 20), date(2026, 12, 1)]

    rule_of(
        ada,
        triggers=[{"key": "communicated"}],
        actions=[{"key": "activity", "id": call.id, "what": "By rule", "days": 3}],
    )
    lock(case)
    case.log("They called", by=nora)
    db.session.commit()
    step = db.session.scalars(sa.select(Activity).where(Activity.what == "By rule")).one()
    assert step.due_on == date(2026, 12, 1)


def test_the_case_knows_its_next_day(case, plan, nora):
    later, sooner = plan(days=9), plan(days=2)
    assert case.next_activity_on == sooner.due_on
    lock(sooner, case)
    sooner.done(by=nora)
    assert case.next_activity_on == later.due_on
    lock(later, case)
    later.cancel(by=nora)
    assert case.next_activity_on is None


def test_a_partner_knows_theirs(brewery, plan):
    assert plan(about=brewery, days=4).due_on == brewery.next_activity_on


def test_without_words_it_is_called_by_its_type_and_due_when_its_type_usually_is(case, nora, call):
    lock(case)
    step = Activity.plan(case, call, "  ", by=nora)
    assert step.due_on == clock.today() + timedelta(days=call.days)
    assert step.what.strip() in {"", "Call"}


@pytest.mark.parametrize(("first", "then"), [("done", "cancel"), ("cancel", "done")])
def test_it_ends_once(plan, nora, case, first, then):
    step = plan()
    lock(step, case)
    getattr(step, first)(by=nora)
    lines = len(case.events())
    getattr(step, first)(by=nora)
    assert len(case.events()) == lines
    with pytest.raises(Refused, match="This activity has ended already"):
        getattr(step, then)(by=nora)


def test_what_came_of_it_is_in_the_history(plan, nora, case):
    step = plan()
    lock(step, case)
    step.done(by=nora, said="She agrees.")
    last = case.events()[0]
    assert (last.action, last.details["what"], last.body) == ("activity done", "Call Clara", "She agrees.")
    assert case.last_action_at is not None


def test_undoing_the_tick_plans_it_again(plan, nora, case):
    step = plan()
    lock(step, case)
    step.done(by=nora)
    db.session.commit()
    undo(last_set(case), by=nora)
    assert (step.state, step.ended_at, case.next_activity_on) == ("planned", None, step.due_on)


def test_undoing_the_plan_bins_it(plan, nora, case):
    step = plan()
    undo(last_set(case), by=nora)
    assert step.is_binned
    assert case.next_activity_on is None
    assert case.activities == []


def test_who_may_write_on_the_case_may_change_its_steps(plan, nora, otto, marc, olga, case):
    step = plan()
    assert [user.may("edit", step) for user in (nora, marc, otto, olga)] == [True, True, False, False]
    assert marc.leads(step)
    assert not nora.leads(step)


def test_steps_on_hidden_cases_are_hidden(plan, nora, otto, support, brewery):
    on_case, on_partner = plan(), plan(about=brewery)
    query = Activity.visible_to(otto).order_by(Activity.id)
    assert list(db.session.scalars(query)) == [on_partner]
    assert list(db.session.scalars(Activity.visible_to(nora).order_by(Activity.id))) == [on_case, on_partner]


def test_how_pressing_it_is(plan):
    today = clock.today()
    assert [plan(days=days).bucket(today) for days in (-1, 0, 1)] == ["overdue", "today", "planned"]


@pytest.mark.parametrize("verb", ["lose", "cancel"])
def test_what_is_given_up_is_not_gone_on_with(plan, case, nora, too_expensive, verb):
    step, done = plan(), plan(what="Send the offer")
    lock(done, case)
    done.cancel(by=nora)
    db.session.commit()
    lock(case)
    getattr(case, verb)(by=nora, **({"reason": too_expensive} if verb == "lose" else {}))
    db.session.commit()

    assert (step.state, case.activities, case.next_activity_on) == ("cancelled", [], None)
    given_up = {"lose": "lost", "cancel": "cancelled"}[verb]
    assert [event.action for event in case.events()[:2]] == ["activity cancelled", given_up]

    undo(last_set(case), by=nora)
    db.session.commit()
    assert (case.state, step.state, case.next_activity_on) == ("open", "planned", step.due_on)


@pytest.mark.parametrize("back", ["reopen", "reset"])
def test_what_was_given_up_with_a_case_comes_back_with_it(plan, case, nora, too_expensive, back):
    step, dropped = plan(), plan(what="Send the offer")
    lock(dropped, case)
    dropped.cancel(by=nora)
    db.session.commit()
    lock(case)
    case.lose(by=nora, reason=too_expensive)
    db.session.commit()
    lock(case)
    getattr(case, back)(by=nora)
    db.session.commit()

    assert (step.state, dropped.state, case.next_activity_on) == ("planned", "cancelled", step.due_on)


def test_what_was_won_may_have_next_steps(plan, case, nora):
    step = plan()
    lock(case)
    case.win(by=nora)
    db.session.commit()
    assert (step.state, case.next_activity_on) == ("planned", step.due_on)


# What comes next


@pytest.fixture
def mail(database):
    return db.session.scalars(sa.select(ActivityType).where(ActivityType.name == "Mail")).one()


def follow_by(call, mail, ada, **how):
    lock(call)
    call.edit({"next_type_id": mail.id, "days": 2, **how}, by=ada)
    lock(mail)
    mail.edit({"days": 4}, by=ada)
    db.session.commit()


def test_what_follows_by_itself_is_planned_in_the_same_act(plan, nora, otto, case, call, mail, ada):
    follow_by(call, mail, ada, plans_next=True)
    step = plan(user=otto)
    lock(step, case)
    following = step.done(by=nora, said="She wants it in writing.")
    db.session.commit()

    assert (following.type, following.what, following.user) == (mail, "Mail", otto)
    assert case.next_activity_on == following.due_on == clock.today() + timedelta(days=4)
    undo(last_set(case), by=nora)
    assert (step.state, case.activities, case.next_activity_on) == ("planned", [step], step.due_on)


def test_what_is_only_suggested_is_not_planned(plan, nora, case, call, mail, ada):
    follow_by(call, mail, ada)
    step = plan()
    lock(step, case)
    assert step.done(by=nora) is None
    assert (call.follower, case.activities) == (mail, [])


def test_what_somebody_plans_next_takes_the_place_of_what_would_follow(plan, nora, case, call, mail, ada):
    follow_by(call, mail, ada, plans_next=True)
    step = plan()
    lock(step, case)
    step.done(by=nora, then={"kind": call, "what": "Ring once more", "user": nora})
    db.session.commit()
    assert [each.what for each in case.activities] == ["Ring once more"]


def test_what_is_no_longer_offered_does_not_follow(plan, nora, case, call, mail, ada):
    follow_by(call, mail, ada, plans_next=True)
    lock(mail)
    mail.archive(by=ada)
    step = plan()
    lock(step, case)
    assert step.done(by=nora) is None


def test_done_twice_plans_nothing_twice(plan, nora, case, call):
    step = plan()
    lock(step, case)
    then = {"kind": call, "what": "Ring once more"}
    step.done(by=nora, then=then)
    assert step.done(by=nora, then=then) is None
    db.session.commit()
    assert len(case.activities) == 1
