"""Setting what is there already is no change, and no error either."""

from app import clock
from app.domain.activity import Activity
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.history import act, lock
from app.domain.lists import ActivityType
from app.extensions import db


def test_what_comes_to_nothing_leaves_the_case_as_it_was(case):
    db.session.expire_all()
    lock(case)
    version = case.version
    with act("edited", case, by=SYSTEM):
        case.name = "Something else"
        case.name = "Flow meters for bottling line 3"
    db.session.commit()

    assert (case.version, case.history[-1].changes) == (version, [])


def test_a_second_step_planned_for_later_leaves_the_next_one(case):
    todo = db.session.get(ActivityType, 1)
    for _ in range(2):
        lock(case)
        Activity.plan(case, todo, "Look again", by=SYSTEM, due_on=clock.today())
        db.session.commit()

    assert case.next_activity_on == clock.today()


def test_each_kind_is_loaded_as_what_it_is(case, front_desk, nora):
    call = Case.make("call", "Ring back", by=nora, team=front_desk)
    db.session.commit()
    ids = call.id, case.id
    db.session.expunge_all()

    assert [type(db.session.get(Case, id_)) for id_ in ids] == [Call, Case]
