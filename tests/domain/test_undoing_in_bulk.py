"""What changed more records than one transaction should hold is taken back by a job, with the same result."""

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.errors import NotTheirs, Refused
from app.domain.history import (
    Change,
    ChangeSet,
    Event,
    Tie,
    change_many,
    lock,
    offers,
    plain_rows,
    redo,
    undo,
    write_many,
)
from app.domain.history.tracking import business_columns, plain
from app.domain.history.undoing import in_bulk
from app.domain.job import Job
from app.domain.lists import Tag
from app.domain.sign_in import SignIn
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from tests.conftest import add

NUMBER = 450


@pytest.fixture
def tag(database):
    made = Tag(name="Pilot")
    add(made)
    return made


@pytest.fixture
def made(ada, front_desk, tag):
    """Cases that an import of Ada's made, each with a tag."""
    many = write_many("import", by=ada)
    rows = [{"name": f"Case {n}", "team_id": front_desk.id, "tags": [tag.id]} for n in range(NUMBER)]
    many.make(Case, rows, action="imported")
    db.session.commit()
    return many.change_set


def cases(**where):
    return db.session.scalars(sa.select(Case).filter_by(**where).order_by(Case.id)).all()


def facts():
    """All that is business in the cases, and their tags."""
    return [
        ({name: plain(getattr(case, name)) for name in business_columns(Case)}, {tag.id for tag in case.tags})
        for case in cases()
    ]


def raise_all(by, by_how_much=100):
    """Another import: each is worth more, and no longer a pilot."""
    many = write_many("import", by=by)
    before = plain_rows(Case, [case.id for case in cases()], lock=True)
    after = {
        id_: {
            **row,
            "expected_revenue": (row["expected_revenue"] or 0) + by_how_much,
            "probability_typed": 50,
        }
        for id_, row in before.items()
    }
    ties = [Tie(case.id, "tags", tag.id, False) for case in cases() for tag in case.tags]
    changed = change_many(many, Case, before, after, ties, action="imported")
    db.session.commit()
    db.session.expire_all()
    assert len(changed) == NUMBER
    return many.change_set


def test_a_making_goes_to_the_bin(made, ada, run_jobs):
    answer = undo(made, by=ada)
    db.session.commit()
    assert answer.is_planned
    assert run_jobs() == 1

    db.session.expire_all()
    assert all(case.is_binned and case.tags == [] for case in cases())
    assert made.undone_by_id == answer.change_set.id
    assert in_bulk.kept(answer.change_set) == 0
    lines = sa.select(Event.action, sa.func.count()).where(Event.change_set_id == answer.change_set.id)
    assert db.session.execute(lines.group_by(Event.action)).all() == [("undone", NUMBER)]
    assert {case.version for case in cases()} == {2}
    with pytest.raises(Refused, match="undone already"):
        undo(made, by=ada)


def test_what_was_changed_is_as_before_but_for_what_others_changed_since(made, ada, run_jobs):
    before = facts()
    raised = raise_all(ada)
    assert (cases()[0].weighted, cases()[0].tags) == (50, [])
    theirs = cases()[7]
    lock(theirs)
    theirs.edit({"expected_revenue": 7}, by=SYSTEM)
    db.session.commit()

    answer = undo(raised, by=ada)
    db.session.commit()
    run_jobs()

    db.session.expire_all()
    after = facts()
    assert [after[n] for n in range(NUMBER) if n != 7] == [before[n] for n in range(NUMBER) if n != 7]
    assert (theirs.expected_revenue, theirs.probability_typed, len(theirs.tags)) == (7, None, 1)
    assert in_bulk.kept(answer.change_set) == 1
    assert not any(case.is_binned for case in cases())


def test_what_others_worked_on_since_does_not_go_to_the_bin(made, ada, nora, run_jobs):
    theirs = cases()[3]
    lock(theirs)
    theirs.edit({"description": "They need six"}, by=nora)
    db.session.commit()

    undo(made, by=ada)
    db.session.commit()
    run_jobs()

    db.session.expire_all()
    assert [case for case in cases() if not case.is_binned] == [theirs]
    assert len(theirs.tags) == 1


def test_entries_in_use_by_now_stay_and_the_others_go(ada, nora, front_desk, case, run_jobs):
    many = write_many("import", by=ada)
    tag_ids = many.make(Tag, [{"name": "Pilot"}, {"name": "Trial"}], action="imported")
    above_id = many.make(Team, [{"name": "North", "path": "/"}], action="imported")[0]
    below_id = many.make(
        Team, [{"name": "Coast", "parent_id": above_id, "path": f"/{above_id}/"}], action="imported"
    )[0]
    rows = [{"name": f"Case {n}", "team_id": below_id, "tags": tag_ids} for n in range(NUMBER)]
    many.make(Case, rows, action="imported")
    db.session.commit()
    pilot, trial = (db.session.get_one(Tag, id_) for id_ in tag_ids)
    lock(case)
    case.tag(pilot, by=nora)
    db.session.commit()

    answer = undo(many.change_set, by=ada)
    db.session.commit()
    run_jobs()

    db.session.expire_all()
    assert case.tags == [pilot]
    assert (pilot.is_binned, trial.is_binned) == (False, True)
    assert db.session.get_one(Team, above_id).is_binned
    assert db.session.get_one(Team, below_id).is_binned
    assert all(each.is_binned for each in cases(team_id=below_id))
    assert in_bulk.kept(answer.change_set) == 1


def test_people_who_go_are_signed_out_and_the_last_administrator_stays(ada, front_desk, run_jobs):
    many = write_many("import", by=ada)
    people = [
        {"name": name, "email": f"{name}@holdfast.example", "role": role}
        for name, role in (("first", "administrator"), ("second", "administrator"), ("third", "salesperson"))
    ]
    ids = many.make(User, people, action="imported")
    many.make(Case, [{"name": f"Case {n}", "team_id": front_desk.id} for n in range(NUMBER)])
    db.session.commit()
    made = [db.session.get_one(User, id_) for id_ in ids]
    undo(many.change_set, by=ada)
    SignIn.begin(made[2])
    assert len(SignIn.of(made[2])) == 1
    lock(ada)
    ada.deactivate(by=made[0])
    db.session.commit()
    run_jobs()

    db.session.expire_all()
    assert [person.is_binned for person in made] == [False, True, True]
    assert SignIn.of(made[2]) == []


def test_interrupted_it_goes_on(made, ada, monkeypatch):
    answer = undo(made, by=ada)
    db.session.commit()
    [job_id] = Job.alive("undo", answer.change_set.id)
    renew = Job.renew

    def renew_and_die(job):
        renew(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(Job, "renew", renew_and_die)
    with pytest.raises(KeyboardInterrupt):
        Job.run(job_id)
    db.session.rollback()
    assert 0 < sum(case.is_binned for case in cases()) < NUMBER
    monkeypatch.setattr(Job, "renew", renew)

    in_bulk.run(db.session.get_one(Job, job_id))
    db.session.commit()

    db.session.expire_all()
    assert all(case.is_binned for case in cases())
    undone = sa.select(sa.func.count()).where(Event.change_set_id == answer.change_set.id)
    assert db.session.scalar(undone) == NUMBER


def test_who_may(made, ada, marc, nora):
    for somebody in (marc, nora):
        with pytest.raises(NotTheirs):
            undo(made, by=somebody)
    sets = [db.session.get_one(ChangeSet, made.id)]
    assert offers(sets, ada) == {made.id: "undo"}
    assert offers(sets, marc) == {}


def test_it_is_not_done_again_and_refused_before_anything_is_loaded(made, ada, run_jobs):
    undo(made, by=ada)
    db.session.commit()
    run_jobs()
    made_id, ada_id = made.id, ada.id
    db.session.expunge_all()
    made, ada = db.session.get_one(ChangeSet, made_id), db.session.get_one(User, ada_id)

    with pytest.raises(Refused, match="more than 200 records"):
        redo(made, by=ada)
    assert not any(isinstance(record, Case) for record in db.session.identity_map.values())


def test_two_administrators_plan_one_undo(made, ada, locks):
    assert not made.is_undone
    other = ChangeSet(kind="undo", actor_kind="user", actor_id=ada.id, actor_name="Ada", at=made.at)
    db.session.add(other)
    db.session.flush()
    stored = sa.update(ChangeSet.__table__).where(ChangeSet.__table__.c.id == made.id)
    db.session.connection().execute(stored.values(undone_by_id=other.id))
    locks.clear()

    with pytest.raises(Refused, match="undone already"):
        undo(made, by=ada)
    assert locks[0] == "change_sets"


def test_it_changes_what_was_said_and_nothing_twice(made, ada):
    raise_all(ada)
    again = plain_rows(Case, [case.id for case in cases()], lock=True)
    many = write_many("import", by=ada)

    assert change_many(many, Case, again, {id_: dict(row) for id_, row in again.items()}) == set()
    rows = db.session.scalars(
        sa.select(Change).where(
            Change.record_id == cases()[0].id, Change.record_kind == "case", Change.version == 2
        )
    )
    assert {row.field.partition(":")[0]: (row.old, row.new) for row in rows if row.field[:5] != "tags:"} == {
        "expected_revenue": (None, 100),
        "probability_typed": (None, 50),
        "probability": (0, 50),
        "weighted": (0, 50),
    }
