"""The start page: what waits, what is open, what was decided."""

from datetime import timedelta

import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.history import lock
from app.domain.lists import ActivityType
from app.extensions import db
from tests.web.reading import words


def plan(about, what, user, days):
    kind = db.session.scalars(sa.select(ActivityType)).first()
    lock(about)
    Activity.plan(about, kind, what, by=user, user=user, due_on=clock.today() + timedelta(days=days))


def test_who_begins_is_told_what_to_do_next(as_, nora, front_desk):
    text = words(as_(nora).get("/"))

    assert "Nothing waits for you. Plan the next step on a case, and it stands here on its day." in text
    assert "No case is yours Make one, or take one up that nobody has. New case See all open cases" in text
    assert "Recently decided" not in text


def test_steps_stand_under_overdue_today_and_later(as_, nora, marc, case, brewery):
    plan(case, "Call Clara", nora, -1)
    plan(case, "Send the offer", nora, 0)
    plan(brewery, "Wish a good year", nora, 30)
    plan(case, "Not for Nora", marc, -3)
    db.session.commit()
    text = words(as_(nora).get("/"))

    order = [
        "Overdue 1",
        "Call Clara",
        "Today 1",
        "Send the offer",
        "Later 1",
        "Wish a good year",
        "Your open cases",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "Not for Nora" not in text


def test_open_cases_stand_by_the_last_action_and_decided_ones_below(as_, nora, otto, case, front_desk):
    with clock.stopped_at(clock.now() - timedelta(hours=3)):
        older = Case.make("task", "Older", by=nora, team=front_desk)
        lost = Case.make("opportunity", "Given up", by=nora, team=front_desk)
        lost.cancel(by=nora)
    Case.make("task", "Otto's", by=otto, team=front_desk)
    db.session.commit()
    text = words(as_(nora).get("/"))

    assert (
        text.index("Flow meters")
        < text.index("Older")
        < text.index("Recently decided")
        < text.index("Given up")
    )
    assert "Otto's" not in text
    lock(older)
    older.note("Still warm.", by=nora)
    db.session.commit()
    text = words(as_(nora).get("/"))
    assert text.index("Older") < text.index("Flow meters")


def test_a_step_on_a_case_that_is_out_of_sight_by_now_is_not_shown(as_, otto, nora, support, case):
    plan(case, "Help Nora", otto, 0)
    db.session.commit()
    assert "Help Nora" not in words(as_(otto).get("/"))


def test_an_operator_may_begin_with_a_lead(as_, olga, database):
    assert "New case" in words(as_(olga).get("/"))


def test_strangers_sign_in_and_portal_users_have_another_start(as_, ines):
    assert as_(None).get("/").location.startswith("/sign-in")
    assert as_(ines).get("/").status_code == 404


def test_the_start_asks_as_often_for_much_as_for_little(as_, nora, case, brewery, front_desk, statements):
    plan(case, "Call", nora, 0)
    plan(brewery, "Call", nora, 0)
    db.session.commit()
    few, _page = statements(as_(nora), "/")
    for number in range(20):
        other = Case.make("opportunity", f"Case {number}", by=nora, team=front_desk, partner=brewery)
        plan(other, f"Call {number}", nora, number - 10)
    db.session.commit()
    many, page = statements(as_(nora), "/")
    assert "Case 19" in page.text
    assert many == few
