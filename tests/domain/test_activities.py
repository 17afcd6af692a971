"""Rules about planned steps."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.errors import Refused
from app.domain.history import lock, undo
from app.domain.lists import ActivityType
from app.extensions import db
from tests.conftest import last_set


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
