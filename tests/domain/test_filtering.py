"""Filters: what each field lets through, what an address keeps, and what is left out with a warning."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from app import clock
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.case.filtering import FIELDS, CaseFilter
from app.domain.history import lock
from app.domain.lists import ActivityType, Category, Currency, Tag
from app.domain.organisation import Organisation
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add

TODAY = datetime(2026, 11, 20, 9, tzinfo=clock.UTC)


@pytest.fixture
def some(nora, otto, marc, front_desk, support, headquarters, stages, brewery, too_expensive):
    """Cases that differ in everything one filters by, under short names."""
    lock(stages["Proposal"])
    stages["Proposal"].edit({"stale_days": 10}, by=marc)
    with clock.stopped_at(TODAY - timedelta(days=40)):
        kept = {
            "old": make("Old meters", nora, front_desk, stages["Proposal"], deadline=date(2026, 11, 1)),
            "lost": make("Lost probes", nora, front_desk, stages["New"]),
            "won long ago": make("Won pumps", nora, front_desk, stages["New"]),
        }
        lock(kept["won long ago"])
        kept["won long ago"].win(by=nora)
        db.session.commit()
    with clock.stopped_at(TODAY - timedelta(days=3)):
        kept |= {
            "new": make("Neue Zähler", nora, front_desk, stages["New"], expected_revenue=5_000_00, currency="EUR",
                        partner=brewery, priority=2, deadline=date(2026, 11, 30)),
            "otto's": make("Valves", otto, support, stages["New"], expected_revenue=90_000_00, currency="EUR"),
            "won": make("Flow", nora, front_desk, stages["New"]),
            "archived": make("Archived", nora, front_desk, stages["New"]),
            "task": make("Ring", marc, headquarters, None, kind="task"),
        }  # fmt: skip
        lock(*kept.values())
        kept["won"].win(by=nora)
        kept["archived"].archive(by=nora)
        kept["lost"].lose(by=nora, reason=too_expensive)
        kept["otto's"].assign(None, by=otto)
        db.session.commit()
    with clock.stopped_at(TODAY):
        yield kept


def make(name, by, team, stage, kind="opportunity", **facts):
    case = Case.make(kind, name, by=by, team=team, stage=stage, **facts)
    db.session.commit()
    lock(case)
    return case


def found(reader, some, usual_state="open", **asked):
    """The short names of the cases that a filter lets through."""
    chosen = CaseFilter.from_args(MultiDict(asked), reader, usual_state)
    assert not chosen.unknown
    ids = set(db.session.scalars(chosen.apply(Case.visible_to(reader)).with_only_columns(Case.id)))
    return {name for name, case in some.items() if case.id in ids}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, {"old", "new", "otto's", "task"}),
        ({"state": "current"}, {"old", "new", "otto's", "task", "won"}),
        ({"state": "closed"}, {"lost", "won", "won long ago"}),
        ({"state": "all", "archived": "1"}, {"archived"}),
        ({"archived": "any"}, {"old", "new", "otto's", "task", "archived"}),
        ({"outcome": "won"}, {"won", "won long ago"}),
        ({"outcome": ["won", "lost"]}, {"won", "won long ago", "lost"}),
        ({"won": "this_month"}, {"won"}),
        ({"mine": "1"}, {"task"}),
        ({"unassigned": "1"}, {"otto's"}),
        ({"led": "1"}, {"old", "new", "otto's", "task"}),
        ({"kind": "task"}, {"task"}),
        ({"priority": ["2", "3"]}, {"new"}),
        ({"deadline": "overdue"}, {"old"}),
        ({"deadline": "this_month"}, {"old", "new"}),
        ({"deadline_from": "2026-11-02", "deadline_to": "2026-11-30"}, {"new"}),
        ({"month": ["2026-11", "none"]}, {"old", "new", "otto's", "task"}),
        ({"revenue_from": "6000"}, {"otto's"}),
        ({"revenue_from": "6,000"}, {"otto's"}),
        ({"revenue_from": "6.000"}, {"otto's"}),
        ({"revenue_to": "5000"}, {"new"}),
        ({"created_from": "2026-11-10"}, {"new", "otto's", "task"}),
        ({"closed_to": "2026-10-31"}, {"won long ago"}),
        ({"stale": "1"}, {"old"}),
        ({"q": "zahler"}, {"new"}),
        ({"q": "HOFMANN"}, {"new"}),
        ({"q": "100%"}, set()),
        ({"activity": "none", "kind": "opportunity"}, {"old", "new", "otto's"}),
    ],
)
def test_each_field_lets_its_cases_through(marc, some, asked, wanted):
    assert found(marc, some, **asked) == wanted


def test_revenue_is_asked_for_in_the_organisations_currency(ada, marc, nora, some, front_desk, stages):
    db.session.execute(sa.update(Currency).values(archived=False), execution_options={"history": True})
    some["yen"] = make("Pumps", nora, front_desk, stages["New"], expected_revenue=7_000, currency="JPY")
    assert found(marc, some, revenue_to="5000") == {"new"}
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"currency": "JPY"}, by=ada)
    db.session.commit()

    assert found(marc, some, revenue_from="7000") == {"yen"}
    assert found(marc, some, revenue_from="7001") == set()


def test_fields_that_name_records(marc, some, nora, front_desk, support, headquarters, stages, brewery):
    assert found(marc, some, responsible=[str(nora.id), "none"]) == {"old", "new", "otto's"}
    assert found(marc, some, team=str(support.id)) == {"otto's"}
    assert found(marc, some, team=str(headquarters.id)) == {"old", "new", "otto's", "task"}  # and all below
    assert found(marc, some, in_team=str(headquarters.id)) == {"task"}
    assert found(marc, some, stage=[str(stages["Proposal"].id), "none"]) == {"old", "task"}
    assert found(marc, some, partner=str(brewery.id)) == {"new"}
    assert found(marc, some, q=f"#{some['old'].id}") == {"old"}


def test_tags_categories_and_watching(marc, nora, some, front_desk):
    tag, other, category = Tag(name="Retrofit"), Tag(name="Tender"), Category(name="Metering")
    add(tag, other, category)
    lock(some["new"], some["old"])
    some["new"].tag(tag, by=nora)
    some["old"].watch(marc, by=nora)
    some["old"].edit({"category_id": category.id}, by=nora)
    db.session.commit()

    assert found(marc, some, tag=[str(tag.id), str(other.id)]) == {"new"}
    assert found(marc, some, tag="none", kind="opportunity") == {"old", "otto's"}
    assert found(marc, some, category=str(category.id)) == {"old"}
    assert found(marc, some, watched="1") == {"old"}


def test_a_word_with_the_other_side_makes_it_fresh(nora, some):
    assert found(nora, some, stale="1") == {"old"}
    lock(some["old"])
    some["old"].log("Clara rang.", by=nora)
    db.session.commit()

    assert found(nora, some, stale="1") == set()


def test_next_steps_by_their_day(nora, some):
    kind = db.session.scalars(sa.select(ActivityType)).first()
    for name, days in (("old", -1), ("new", 0)):
        lock(some[name])
        Activity.plan(some[name], kind, "Ring", by=nora, due_on=TODAY.date() + timedelta(days=days))
    db.session.commit()

    assert found(nora, some, activity="overdue") == {"old"}
    assert found(nora, some, activity=["overdue", "today"]) == {"old", "new"}
    assert found(nora, some, activity="planned") == set()


def test_nobody_finds_what_is_not_theirs_to_see(nora, some):
    assert found(nora, some) == {"old", "new"}
    assert found(nora, some, unassigned="1") == set()


def test_an_address_is_kept_in_one_order_without_what_is_usual(nora, front_desk):
    asked = MultiDict(
        [("q", " pumps "), ("team", str(front_desk.id)), ("state", "open"), ("team", ""), ("x", "y")]
    )
    chosen = CaseFilter.from_args(asked, nora)

    assert list(chosen.args.items()) == [("team", [str(front_desk.id)]), ("q", ["pumps"])]
    assert chosen.given["team"] == {str(front_desk.id): "Front desk"}
    assert CaseFilter.from_args(MultiDict(chosen.args), nora).args == chosen.args
    assert chosen.without("q").with_(stage=3).full_args == {
        "stage": ["3"],
        "team": [str(front_desk.id)],
        "state": ["open"],
    }


def test_what_is_no_more_is_left_out_with_a_warning(nora, stages, brewery):
    gone = stages["Qualified"]
    asked = {"stage": [str(gone.id), str(stages["New"].id)], "priority": "7", "deadline_to": "31.12.2026"}
    lock(gone)
    gone.edit({}, by=nora)
    db.session.execute(
        sa.update(Stage).where(Stage.id == gone.id).values(deleted_at=clock.now()),
        execution_options={"history": True},
    )
    chosen = CaseFilter.from_args(MultiDict(asked), nora)

    assert chosen.given == {"stage": {str(stages["New"].id): "New"}}
    assert set(chosen.unknown) == {"stage", "priority", "deadline_to"}


@pytest.mark.parametrize(
    "typed", ["", "0", "-1", "9" * 19, "9" * 30, "1e3", "abc", "'; --", "²", "²²", "none", "\0"]
)
@pytest.mark.parametrize("name", sorted(FIELDS))
def test_no_value_breaks_a_filter(nora, name, typed):
    chosen = CaseFilter.from_args(MultiDict({name: typed}), nora)

    list(db.session.scalars(chosen.apply(Case.visible_to(nora)).with_only_columns(Case.id)))


def test_the_names_of_partners_out_of_sight_are_not_told(olga, brewery):
    chosen = CaseFilter.from_args(MultiDict({"partner": str(brewery.id)}), olga)

    assert chosen.given == {}
    assert chosen.unknown == ("partner",)


def test_teams_far_below_are_found(marc, headquarters, front_desk):
    deep = Team(name="Deep", parent=front_desk)
    add(deep)
    case = make("Deep down", marc, deep, None)

    assert found(marc, {"it": case}, team=str(headquarters.id)) == {"it"}
