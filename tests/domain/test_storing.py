"""What an act writes down is stored past the session's unit of work, and stands as if it had not been."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from app.domain.base import Base
from app.domain.case import Case
from app.domain.history import Change, Event, act, change_set, lock, written_down
from app.domain.lists import Tag
from app.extensions import db
from tests.conftest import add, last_set

# What is sent for one act on a case: the case itself, then its history.
SENT = {"sqlite": 4, "postgresql": 2}


def changes_of(event):
    """Field, old and new of what a line changed, as they are stored."""
    rows = sa.select(Change).where(Change.event_id == event.id).order_by(Change.id)
    return {row.field: (row.old, row.new, row.version) for row in db.session.scalars(rows)}


def stored(case):
    """The lines of a case as anybody reads them, the oldest first."""
    db.session.commit()
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Event).where(Event.case_id == case.id).order_by(Event.id)))


def test_lines_within_lines_stand_in_the_order_in_which_they_began(case, nora):
    lock(case)
    with change_set("act", by=nora), act("outside", case, by=nora) as outside:
        case.priority = 1
        with act("inside", case, by=nora):
            case.referred_by = "Clara"
        outside.details = {"said": "at the end"}
        case.title = "Head of filling"
    made, around, inside = stored(case)

    assert [made.action, around.action, inside.action] == ["created", "outside", "inside"]
    assert (around.change_set, around.details) == (inside.change_set, {"said": "at the end"})
    assert changes_of(around) == {"priority": (0, 1, 2), "title": (None, "Head of filling", 2)}
    assert changes_of(inside) == {"referred_by": (None, "Clara", 2)}


def test_what_names_a_line_by_id_finds_it_before_the_act_is_over(case, nora):
    lock(case)
    with act("noted", case, by=nora) as event:
        open_set = written_down()
        assert db.session.get_one(Event, event.id) is event
        assert event.change_set_id == open_set.id

    assert written_down() is None
    assert last_set(case).id == open_set.id


def test_a_line_belongs_to_the_team_of_its_case_from_the_first_on(case, front_desk):
    (made,) = stored(case)

    assert made.team_id == front_desk.id


def test_a_savepoint_takes_back_what_was_stored_in_it(case, nora, front_desk):
    before = [event.id for event in stored(case)]
    lock(case)
    savepoint = db.session.begin_nested()
    lost = Case.make("task", "Never", by=nora, team=front_desk)
    case.edit({"priority": 2}, by=nora)
    savepoint.rollback()

    assert lost not in db.session
    assert case.priority == 0
    kept = Case.make("task", "Ever", by=nora, team=front_desk)
    case.edit({"priority": 3}, by=nora)

    assert [event.action for event in stored(kept)] == ["created"]
    assert [event.id for event in stored(case)][:-1] == before
    assert changes_of(stored(case)[-1]) == {"priority": (0, 3, case.version)}


def test_whoever_forgot_that_others_write_too_is_stopped(case, nora):
    lock(case)
    meanwhile = sa.update(Case).where(Case.id == case.id).values(version=case.version + 1)
    db.session.execute(meanwhile, execution_options={"history": True, "synchronize_session": False})

    with pytest.raises(StaleDataError):
        case.edit({"priority": 2}, by=nora)


def test_whoever_listens_to_flushes_need_not_know_of_a_record_that_goes_past_them(database):
    """Nobody else does. `flush` tells the history by hand; whoever is added here has its reason in `is_plain`."""

    def names(listeners):
        return {f"{each.__module__}.{each.__name__}" for each in listeners}

    told = db.session().dispatch
    assert names(told.before_flush) == {"app.domain.history.acts.refuse_what_is_outside"}
    assert names(told.after_flush) == {
        "app.domain.history.acts.note_what_changed",
        "app.domain.configuration.mark_change",
        "app.domain.job.remember_new_jobs",
    }
    assert not told.after_flush_postexec
    of_records = [f"{when}_{what}" for when in ("before", "after") for what in ("insert", "update")]
    hooks = [(mapper, hook) for hook in of_records for mapper in Base.registry.mappers]
    assert [(mapper, hook) for mapper, hook in hooks if getattr(mapper.dispatch, hook)] == []


def test_links_are_stored_with_the_columns_beside_them(case, nora):
    tag = Tag(name="Customer")
    add(tag)
    lock(case)
    with act("edited", case, by=nora):
        case.priority = 2
        case.tags.append(tag)

    assert changes_of(stored(case)[-1]) == {"priority": (0, 2, 2), f"tags:{tag.id}": (None, tag.id, 2)}
    assert case.tags == [tag]


def test_what_a_record_is_part_of_is_stored_by_its_id(case, nora, support):
    lock(case)
    with act("handed over", case, by=nora):
        case.team, case.responsible = support, None
    line = stored(case)[-1]

    assert (case.team_id, case.team, case.responsible_id) == (support.id, support, None)
    assert line.team_id == support.id
    assert changes_of(line)["responsible_id"] == (nora.id, None, 2)


def test_a_new_record_is_stored_as_what_is_said_of_it(front_desk, nora, asked):
    asked.clear()
    made = Case.make("opportunity", "Pumps", by=nora, team=front_desk)
    insert = next(each for each in asked if each.startswith("INSERT INTO cases"))
    db.session.commit()
    db.session.expire_all()

    assert ("priority" in insert, "referred_by" in insert) == (True, False)
    assert (made.name, made.priority, made.referred_by, made.partner_id) == ("Pumps", 0, None, None)


def test_a_column_that_is_not_said_is_empty():
    """The database would fill one that has a default there, and the record at hand would not know."""
    filled = [
        column for table in Base.metadata.tables.values() for column in table.c if column.server_default
    ]

    assert filled == []


def test_an_act_is_few_statements(case, nora, asked):
    db.session.commit()
    for priority in (1, 2):
        lock(case)
        asked.clear()
        case.edit({"priority": priority}, by=nora)

    assert len(asked) <= SENT[db.engine.dialect.name]
