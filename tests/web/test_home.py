"""The start page: what waits, what is open, what was decided."""

import re
from datetime import timedelta

import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.history import ChangeSet, lock
from app.domain.lists import ActivityType
from app.domain.organisation import Organisation
from app.domain.permission import Permission
from app.extensions import db
from tests.web.reading import words


def plan(about, what, user, days):
    kind = db.session.scalars(sa.select(ActivityType)).first()
    lock(about)
    Activity.plan(about, kind, what, by=user, user=user, due_on=clock.today() + timedelta(days=days))


def test_who_begins_is_told_what_to_do_next(as_, nora, front_desk):
    text = words(as_(nora).get("/"))

    assert (
        "Nothing waits for you Plan the next step on a case, and it stands here on its day. Go to the pipeline"
        " Your cases with nothing planned"
    ) in text
    assert "No case is yours Make one, or take one up that nobody has. New case See all open cases" in text
    assert "Recently decided" not in text


def test_on_the_first_day_an_administrator_is_shown_where_to_begin(as_, ada, nora):
    text = words(as_(ada).get("/"))

    assert "To begin with Name and currency What you are called" in text
    assert "Your colleagues Each chooses a password by a link that you send. Done" in text  # Nora is there
    assert "A team Every case belongs to one, and who leads it sees all of it. Your colleagues" in text
    assert "docs/import.md" in text
    assert "To begin with" not in words(as_(nora).get("/"))


def test_what_is_set_up_is_ticked_off(as_, ada, front_desk):
    lock(organisation := Organisation.row())
    organisation.edit({"name": "Lindqvist Instruments"}, by=ada)
    organisation.send_by("smtp://mail.lindqvist.example", sender=None, password=None, by=ada)
    db.session.commit()
    text = words(as_(ada).get("/"))

    assert "where your day begins. Done" in text
    assert "mail is kept in the outbox. Done" in text
    assert "who leads it sees all of it. Done" in text


def test_once_there_is_a_case_the_first_steps_are_gone(as_, ada, case):
    assert "To begin with" not in words(as_(ada).get("/"))


def test_what_waits_stands_in_one_list_with_its_reasons_and_the_rest_comes_later(
    as_, nora, marc, case, brewery, front_desk
):
    plan(case, "Call Clara", nora, -1)
    plan(case, "Send the offer", nora, 0)
    plan(brewery, "Wish a good year", nora, 30)
    plan(case, "Not for Nora", marc, -3)
    db.session.commit()
    text = words(as_(nora).get("/"))

    order = [
        "What waits for you 2",
        "Call Clara Flow meters for bottling line 3 · Hofmann Brewery 1 day overdue",
        "Send the offer Flow meters for bottling line 3 · Hofmann Brewery due today",
        "Coming up Planned 1",
        "Wish a good year",
        "Your open cases",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "Not for Nora" not in text


def test_cases_that_want_something_stand_there_with_the_arithmetic(as_, nora, ada, case, stages, front_desk):
    lock(stages["Proposal"])
    stages["Proposal"].edit({"stale_days": 1}, by=ada)
    Case.make("call", "Ring Clara", by=nora, team=front_desk, number="+49 951 5550 1420")
    task = Case.make("task", "Tidy up", by=nora, team=front_desk, deadline=clock.today() - timedelta(days=3))
    db.session.commit()
    with clock.stopped_at(clock.now() + timedelta(days=4)):
        lock(task)
        task.log("Have you tidied up?", by=nora, awaits_answer=True)
        db.session.commit()
        page = as_(nora).get("/")
    text = words(page)

    assert "Tidy up deadline 7 days ago waits for an answer since today" in text
    assert "Ring Clara call to make" in text
    assert "Hofmann Brewery 4 days without a move or a word, 1 allowed" in text
    assert 'href="tel:+4995155501420" hx-boost="false" data-row-key="T"' in page.text


def test_what_is_not_theirs_to_plan_on_is_shown_and_not_offered(as_, olga, nora, case):
    lock(case)
    case.watch(olga, by=nora)
    plan(case, "Look at it", nora, 0)
    step = db.session.scalars(sa.select(Activity)).one()
    lock(step)
    step.edit({"user_id": olga.id}, by=nora)
    db.session.commit()
    assert 'data-row-key="D"' in as_(olga).get("/").text
    db.session.execute(sa.delete(Permission).where(Permission.role == "operator", Permission.act == "note"))
    db.session.commit()
    page = as_(olga).get("/")
    assert "Look at it" in words(page)
    assert "data-row-key" not in page.text


def test_planned_and_undone_on_the_day_one_stays_there(as_, nora, case, front_desk):
    task = Case.make("task", "Tidy up", by=nora, team=front_desk, deadline=clock.today())
    db.session.commit()
    kind = db.session.scalars(sa.select(ActivityType)).first()
    visitor, here = as_(nora), {"HX-Current-URL": "http://holdfast.example/"}
    form = visitor.get(f"/cases/{task.id}/activities", htmx=True, headers=here)
    assert form.text.lstrip().startswith(f'<div id="case-{task.id}">')
    assert "Leave" in words(form)
    day = (clock.today() + timedelta(days=2)).isoformat()
    planned = {"type_id": kind.id, "due_on": day, "user_id": nora.id}
    answer = visitor.post(f"/cases/{task.id}/activities", htmx=True, headers=here, **planned)
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#day", "outerMorph")
    assert "Nothing waits for you" in words(answer)
    assert "Coming up Planned 1" in words(answer)

    made = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    undone = visitor.post(f"/history/{made}/undo", htmx=True, headers=here)
    assert undone.headers["HX-Retarget"] == "#day"
    assert "Tidy up" in words(undone)


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


def test_lost_and_won_wear_marks_of_their_own(as_, nora, front_desk, stages, too_expensive):
    Case.make("opportunity", "Taken", by=nora, team=front_desk).win(by=nora)
    Case.make("opportunity", "Given up", by=nora, team=front_desk).lose(by=nora, reason=too_expensive)
    db.session.commit()
    page = as_(nora).get("/").text

    assert '<span class="state done">Won</span>' in page
    assert '<span class="state lost">Lost</span>' in page


def test_a_step_on_a_case_that_is_out_of_sight_by_now_is_not_shown(as_, otto, nora, support, case):
    plan(case, "Help Nora", otto, 0)
    db.session.commit()
    assert "Help Nora" not in words(as_(otto).get("/"))


def test_an_operator_may_begin_with_a_lead(as_, olga, database):
    assert "New case" in words(as_(olga).get("/"))


def test_strangers_sign_in_and_portal_users_have_another_start(as_, ines):
    assert as_(None).get("/").location.startswith("/sign-in")
    answer = as_(ines).get("/")
    assert (answer.status_code, answer.location) == (303, "/portal/")


def test_the_start_asks_as_often_for_much_as_for_little(as_, nora, case, brewery, front_desk, statements):
    plan(case, "Call", nora, 0)
    plan(brewery, "Call", nora, 0)
    db.session.commit()
    few, _page = statements(as_(nora), "/")
    for number in range(20):
        other = Case.make("opportunity", f"Case {number}", by=nora, team=front_desk, partner=brewery)
        plan(other, f"Call {number}", nora, number - 10)
        lock(other)
        other.log("When?", by=nora, awaits_answer=number % 2 == 0)
    db.session.commit()
    many, page = statements(as_(nora), "/")
    assert "Case 19" in page.text
    assert many == few


def test_what_was_drawn_for_one_is_read_by_another_with_their_own_token(as_, nora, marc, case):
    plan(case, 'Ring <b>Clara</b> 100 % %(token)s "now"', nora, 0)
    plan(case, "Send the offer", nora, 3)
    db.session.commit()

    def tokens(page):
        return set(re.findall(r'name="csrf_token" value="([^"]+)"', page.text))

    seen = [
        as_(who).get(path) for who in (nora, marc) for path in ("/", f"/cases/{case.id}") for _again in "ab"
    ]
    assert all(len(tokens(page)) == 1 for page in seen[:4] + seen[6:])
    assert tokens(seen[0]) != tokens(seen[6])
    for page in seen[:4]:
        assert "Ring &lt;b&gt;Clara&lt;/b&gt; 100 % %(token)s &#34;now&#34;" in page.text


def test_what_is_drawn_again_says_what_is_new(as_, nora, case):
    plan(case, "Ring them", nora, 0)
    db.session.commit()
    visitor = as_(nora)
    assert "Ring them" in words(visitor.get("/"))

    lock(case)
    case.edit({"name": "Pumps for the brewery", "phone": "+49 951 1"}, by=nora)
    db.session.commit()

    page = visitor.get("/")
    assert "Pumps for the brewery" in words(page)
    assert 'href="tel:+499511"' in page.text
