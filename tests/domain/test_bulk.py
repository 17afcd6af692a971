"""Records by the thousand get the same rows as those that people make one by one."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.call import Call
from app.domain.case import Case
from app.domain.case.ranking import rank_on_top
from app.domain.finding import found_by_name
from app.domain.history import Change, ChangeSet, Event, undo, write_many
from app.domain.history.tracking import business_columns, plain
from app.domain.lists import Category, Country, Tag
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db
from tests.conftest import add

T = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


@pytest.fixture
def germany(database):
    return db.session.scalars(sa.select(Country).where(Country.code == "DE")).one()


def facts_of(record):
    """All that is business in a record, in plain values."""
    return {name: plain(getattr(record, name)) for name in business_columns(type(record))}


def named(shape):
    """The same facts with the records that their ids name, as people's forms hand them over."""
    classes = {"stage": Stage, "category": Category, "country": Country}
    ids = {name: shape.get(f"{name}_id") for name in classes}
    plain = {key: value for key, value in shape.items() if key.removesuffix("_id") not in classes}
    return plain | {name: db.session.get(classes[name], id_) for name, id_ in ids.items() if id_}


def made(cls, rows, **how):
    many = write_many("import", by=how.pop("by"))
    ids = many.make(cls, rows, **how)
    db.session.commit()
    db.session.expire_all()
    return [db.session.get(cls, id_) for id_ in ids]


def test_a_case_written_in_bulk_equals_one_that_was_made(marc, front_desk, stages, germany):
    unlikely = Category(name="Unlikely", probability=7)
    add(unlikely)
    shapes = [
        {"name": "  Größe ﬁne ", "stage_id": stages["Proposal"].id, "expected_revenue": 12_345},
        {"name": "Typed", "stage_id": stages["Proposal"].id, "expected_revenue": 99, "probability_typed": 33},
        {"name": "By category", "kind": "claim", "category_id": unlikely.id, "expected_revenue": 850},
        {"name": "Neither", "kind": "task"},
        {
            "name": "Reached",
            "kind": "lead",
            "email": " Info@Hofmann.Example",
            "phone": "0951 5550 1420",
            "mobile": "+49 170 5550142",
            "country_id": germany.id,
        },
        {
            "name": "Lost",
            "state": "done",
            "outcome": "lost",
            "closed_at": T,
            "expected_revenue": 5,
            "stage_id": stages["New"].id,
        },
        {
            "name": "Won",
            "state": "done",
            "outcome": "won",
            "closed_at": T,
            "expected_revenue": 5,
            "stage_id": stages["Won"].id,
        },
    ]
    twins = [Case(team=front_desk, **named(shape)) for shape in shapes]
    add(*twins)

    cases = made(Case, [{"team_id": front_desk.id, **shape} for shape in shapes], by=marc)

    assert [facts_of(case) for case in cases] == [facts_of(twin) for twin in twins]
    assert all(case.version == 1 and case.rank for case in cases)


def test_a_call_stands_in_both_tables(marc, front_desk, germany):
    facts = {"name": "Autumn check", "number": "(0951) 5550 14", "attempts": 2, "direction": "inbound"}
    twin = Call(kind="call", country=germany, team=front_desk, **facts)
    add(twin)

    [call] = made(Call, [{"country_id": germany.id, "team_id": front_desk.id, **facts}], by=marc)

    assert facts_of(call) == facts_of(twin)
    assert call.number_e164 == "+49951555014"
    assert db.session.get(Case, call.id) is call


def test_partners_and_users_are_derived_too(marc, germany):
    facts = {"name": "Hofmann Bräu", "email": "A@B.example", "phone": "0951 5550 1420"}
    twin = Partner(country=germany, **facts)
    somebody = User(name="Jörg Groß", email="JG@demo.example", role="salesperson")
    add(twin, somebody)

    [partner] = made(Partner, [{"country_id": germany.id, **facts}], by=marc)
    [user] = made(User, [{"name": "Jörg Groß", "email": " JG@other.example", "role": "salesperson"}], by=marc)

    assert facts_of(partner) == facts_of(twin)
    assert (user.email, user.name_folded) == ("jg@other.example", somebody.name_folded)


def test_each_record_has_one_event_and_one_change_in_one_change_set(marc, front_desk, brewery):
    many = write_many("import", by=marc)
    case_ids = many.make(
        Case, [{"name": f"Case {n}", "team_id": front_desk.id} for n in range(3)], action="imported"
    )
    db.session.commit()
    many = write_many("import", by=marc, into=many.change_set)
    [activity] = many.make(
        Activity, [{"case_id": case_ids[0], "what": "Call", "due_on": date(2026, 4, 1), "type_id": 1}]
    )
    [person] = many.make(Partner, [{"name": "Clara Hofmann", "is_company": False, "company_id": brewery.id}])
    db.session.commit()

    [change_set] = db.session.scalars(sa.select(ChangeSet).where(ChangeSet.kind == "import"))
    assert (change_set.actor_name, change_set.root_id, change_set.depth) == (marc.name, None, 0)
    lines = [(e.action, e.case_id, e.partner_id, e.team_id, len(e.changes)) for e in change_set.events]
    assert lines == [
        *[("imported", case_id, None, front_desk.id, 1) for case_id in case_ids],
        ("created", case_ids[0], None, front_desk.id, 1),
        ("created", None, person, None, 1),
    ]
    rows = [
        (c.record_kind, c.record_id, c.version, c.field, c.old, c.new)
        for e in change_set.events
        for c in e.changes
    ]
    assert rows == [
        *[("case", case_id, 1, "+", None, None) for case_id in case_ids],
        ("activity", activity, 1, "+", None, None),
        ("partner", person, 1, "+", None, None),
    ]


def test_links_are_stored_and_noted_each(marc, nora, front_desk):
    tender, pilot = Tag(name="Tender"), Tag(name="Pilot")
    add(tender, pilot)
    row = {
        "name": "Tied",
        "team_id": front_desk.id,
        "tags": [tender.id, pilot.id],
        "watchers": [nora.id],
        "addresses": ["copy@hofmann.example"],
        "references": [f"case/{10**6}"],
    }

    [case, _plain] = made(Case, [row, {"name": "Untied"}], by=marc)

    assert (set(case.tags), case.watchers) == ({tender, pilot}, [nora])
    [event] = case.history
    assert {change.field: change.new for change in event.changes} == {
        "+": None,
        f"tags:{tender.id}": tender.id,
        f"tags:{pilot.id}": pilot.id,
        f"watchers:{nora.id}": nora.id,
        "addresses:copy@hofmann.example": "copy@hofmann.example",
        f"references:case/{10**6}": f"case/{10**6}",
    }


def test_it_happens_now_or_when_the_row_says(marc):
    with clock.stopped_at(T.replace(year=2027)):
        [old] = made(Case, [{"name": "Told", "created_at": T}], by=marc, when="created_at")
        [new] = made(Case, [{"name": "Brought", "created_at": T}], by=marc, action="imported")

    assert (old.created_at, old.history[0].at) == (T, T)
    assert new.rank < old.rank < rank_on_top(T.replace(year=2026)), (
        "each has a place of its own, the newer above"
    )
    assert (new.created_at, new.history[0].at) == (T, T.replace(year=2027))


def test_ids_taken_beforehand_let_rows_name_each_other(marc):
    many = write_many("import", by=marc)
    company, person = many.ids(Partner, 2)
    rows = [
        {"id": company, "name": "Hofmann Brewery"},
        {"id": person, "name": "Clara Hofmann", "is_company": False, "company_id": company},
    ]
    assert many.make(Partner, rows) == [company, person]
    db.session.commit()

    # What is made after a bulk has an id of its own.
    later = Partner.make("Later", by=marc)
    db.session.commit()
    assert later.id > person
    assert [each.name for each in db.session.get(Partner, company).people] == ["Clara Hofmann"]


def test_lines_of_history_without_changes(case, marc, nora):
    many = write_many("import", by=nora)
    many.tell(
        [{"case_id": case.id, "action": "noted", "at": T, "body": "They need six", "details": {"a": 1}}]
    )
    db.session.commit()

    line = case.history[-1]
    assert (line.action, line.at, line.body, line.details, line.who) == (
        "noted", T, "They need six", {"a": 1}, "Nora Lindahl",
    )  # fmt: skip


def test_nothing_is_written_for_no_rows(marc):
    many = write_many("import", by=marc)

    assert many.make(Case, []) == []
    many.tell([])
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == db.session.scalar(
        sa.select(sa.func.count()).select_from(Event).where(Event.change_set_id != many.change_set.id)
    )


def test_what_was_written_in_bulk_can_be_taken_back(ada):
    tag = Tag(name="Pilot")
    add(tag)
    many = write_many("import", by=ada)
    [id_] = many.make(Case, [{"name": "Mistaken", "tags": [tag.id]}], action="imported")
    db.session.commit()

    answer = undo(many.change_set, by=ada)
    db.session.commit()

    assert answer.is_complete
    assert db.session.get(Case, id_).is_binned
    changes = db.session.scalars(
        sa.select(Change).where(Change.record_kind == "case", Change.record_id == id_)
    )
    assert {change.field for change in changes if change.undone_by_id} == {"+", f"tags:{tag.id}"}


def test_all_of_many_are_found_by_a_part_of_their_name(marc, front_desk):
    """They come to the database by the hundred, by tens and one by one."""
    cases = made(Case, [{"name": f"Beer for guest {n:03}"} for n in range(123)], by=marc)

    for n in (0, 99, 100, 119, 120, 122):
        assert found_by_name(sa.select(Case), Case, f"guest {n:03}", 5) == [cases[n]]
