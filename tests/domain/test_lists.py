"""Entries of lists: their order, what names them, and the cases that follow a percentage."""

from itertools import combinations, pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.domain.actor import SYSTEM
from app.domain.case import Case, reweighing
from app.domain.errors import EditConflict, Refused
from app.domain.history import Change, Event, just_made, lock, undo
from app.domain.job import Job
from app.domain.lists import Category, Currency, PartnerTag, Product, Region, Tag
from app.domain.sequence import ROOM, renumbered, standing
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db


def in_order(cls, **within):
    query = sa.select(cls.name).filter_by(**within).where(cls.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(cls.sequence, cls.id)))


@pytest.fixture
def tags(database):
    return [Tag.make(by=SYSTEM, name=name) for name in "ABCDE"]


# Order


@given(st.lists(st.integers(-50, 50), max_size=30))
def test_new_numbers_rise(order):
    new = renumbered(order)
    numbers = [new.get(place, number) for place, number in enumerate(order)]

    assert numbers == sorted(set(numbers))
    assert new.keys().isdisjoint(standing(order))


@given(st.lists(st.integers(-9, 9), max_size=9))
def test_as_many_numbers_stay_as_can(order):
    def may_stay(places):
        return all(order[right] - order[left] >= right - left for left, right in pairwise(places))

    most = max(
        size for size in range(len(order) + 1) if any(map(may_stay, combinations(range(len(order)), size)))
    )
    assert len(standing(order)) == most


def test_a_move_writes_one_row_where_there_is_room(tags, ada):
    tags[4].stand_below(tags[0], by=ada)
    tags[1].stand_below(tags[3], by=ada)
    tags[3].stand_below(None, by=ada)

    assert in_order(Tag) == ["D", "A", "E", "C", "B"]
    for tag in (tags[4], tags[1], tags[3]):
        moves = sa.select(sa.func.count()).where(Change.record_kind == "tag", Change.field == "sequence")
        assert db.session.scalar(moves.where(Change.record_id == tag.id)) == 1
    assert db.session.scalar(moves) == 3


def test_where_there_is_no_room_few_rows_make_some(stages, ada):
    before = {stage.name: stage.sequence for stage in stages.values()}
    lock(stages["Won"])
    stages["Negotiation"].stand_below(stages["New"], by=ada)

    assert in_order(Stage) == ["New", "Negotiation", "Qualified", "Proposal", "Won"]
    assert sum(stage.sequence != before[name] for name, stage in stages.items()) == 2
    undo(just_made(), by=ada)
    assert {stage.name: stage.sequence for stage in stages.values()} == before


def test_staying_is_no_move(tags, ada):
    made = just_made()
    assert tags[2].stand_below(tags[1], by=ada) == 0
    assert just_made() is made


def test_entries_are_ordered_among_their_equals(headquarters, front_desk, support, ada):
    support.stand_below(None, by=ada)
    assert in_order(Team, parent_id=headquarters.id) == ["Support", "Front desk"]
    with pytest.raises(Refused):
        support.stand_below(headquarters, by=ada)
    region = Region.make(by=ada, name="Benelux")
    assert region.sequence == ROOM


# What names an entry


def test_what_is_used_cannot_be_deleted(case, ada):
    tag = Tag.make(by=ada, name="Retrofit")
    lock(case)
    case.tag(tag, by=ada)
    euro = db.session.scalars(sa.select(Currency).where(Currency.code == "EUR")).one()
    lock(euro, case.team, case.stage)

    for entry in (tag, case.team, case.stage, euro):
        assert entry.is_used
        with pytest.raises(Refused, match="Archive it instead"):
            entry.delete(by=ada)
        db.session.rollback()
        lock(tag, euro, case.team, case.stage)


def test_a_case_in_the_bin_holds_nothing(nora, front_desk, stages, ada):
    lead = Case.make("lead", "Wrong number", by=SYSTEM, team=front_desk)
    tag = Tag.make(by=ada, name="Retrofit")
    category = Category.make(by=ada, name="Warranty")
    lead.edit({"category_id": category.id}, by=ada)
    assert category.is_used
    lead.delete(by=ada)

    category.delete(by=ada)
    tag.delete(by=ada)

    assert category.is_binned
    assert tag.is_binned


def test_a_code_names_one_entry(ada):
    first = Product.make(by=ada, name="Flow meter", code="FM-1")
    with pytest.raises(Refused, match="Flow meter"):
        Product.make(by=ada, name="Another", code="FM-1")
    db.session.rollback()
    assert first not in db.session


def test_a_team_taken_back_takes_all_below_along(headquarters, front_desk, support, ada):
    lock(front_desk)
    front_desk.move_below(support, by=ada)
    lock(support)
    support.move_below(None, by=ada)
    made = just_made()
    assert front_desk.path == f"/{support.id}/"

    undo(made, by=ada)

    assert (support.path, front_desk.path) == (f"/{headquarters.id}/", f"/{headquarters.id}/{support.id}/")


def test_no_undo_puts_a_team_below_itself(headquarters, front_desk, support, ada):
    lock(support)
    support.move_below(None, by=ada)
    to_the_top = just_made()
    lock(headquarters)
    headquarters.move_below(support, by=ada)

    with pytest.raises(Refused, match="below itself"):
        undo(to_the_top, by=ada)
    db.session.rollback()


def test_two_who_move_a_team_see_it(headquarters, front_desk, support, ada, marc):
    lock(front_desk)
    read_at = front_desk.version
    front_desk.edit({"parent_id": support.id}, by=marc, read_at=read_at)

    with pytest.raises(EditConflict):
        front_desk.edit({"parent_id": None}, by=ada, read_at=read_at)
    db.session.rollback()


def test_branches_of_tags(ada):
    trade = PartnerTag.make(by=ada, name="Food")
    part = PartnerTag.make(by=ada, name="Breweries", parent_id=trade.id)
    below = PartnerTag.branches()

    assert set(db.session.execute(sa.select(below.c.top, below.c.id)).all()) == {
        (trade.id, trade.id),
        (trade.id, part.id),
        (part.id, part.id),
    }


# Percentages


def percentages(cases):
    db.session.expire_all()
    return [(each.probability, each.weighted) for each in cases]


@pytest.fixture
def several(case, nora, stages):
    """Five in one stage, of which somebody typed one, won one and lost another."""
    made = [case, *(a_case(nora, case.team, stages["Proposal"], 333 * n) for n in range(1, 5))]
    db.session.commit()
    lock(*made)
    made[1].edit({"probability_typed": 5}, by=nora)
    made[2].win(by=nora)
    db.session.commit()
    return made


def a_case(nora, team, stage, revenue, **facts):
    return Case.make(
        "opportunity",
        "Pumps",
        by=nora,
        team=team,
        stage=stage,
        expected_revenue=revenue,
        currency="EUR",
        **facts,
    )


def test_cases_follow_their_stage(several, stages, ada, run_jobs, monkeypatch):
    monkeypatch.setattr(reweighing, "AT_ONCE", 2)
    written = []
    rewrite = reweighing.rewrite
    monkeypatch.setattr(
        reweighing, "rewrite", lambda ids, likely: (written.append(len(ids)), rewrite(ids, likely))
    )
    versions = [each.version for each in several]
    events = db.session.scalar(sa.select(sa.func.count()).select_from(Event))
    lock(stages["Proposal"])
    stages["Proposal"].edit({"probability": 45}, by=ada)
    db.session.commit()

    assert run_jobs() == 1

    assert percentages(several) == [(45, 2_169_000), (5, 17), (100, 666), (45, 450), (45, 599)]
    assert written == [2, 1]
    assert [each.version for each in several] == versions
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == events + 1


def test_what_is_written_is_what_a_case_works_out_itself(several, stages, ada, nora, run_jobs):
    lock(stages["Proposal"])
    stages["Proposal"].edit({"probability": 33}, by=ada)
    db.session.commit()
    run_jobs()
    written = percentages(several)
    lock(*several)
    for each in several:
        each.edit({"priority": 3}, by=nora)
    db.session.commit()

    assert percentages(several) == written


def test_an_edit_in_between_is_kept(several, stages, ada, nora, run_jobs, monkeypatch):
    """Between two batches somebody types a percentage, earns more, and moves a case away."""
    monkeypatch.setattr(reweighing, "AT_ONCE", 1)
    lock(stages["Proposal"])
    stages["Proposal"].edit({"probability": 45}, by=ada)
    db.session.commit()
    renew = Job.renew

    def meanwhile(job):
        renew(job)
        monkeypatch.setattr(Job, "renew", renew)
        lock(*several)
        several[0].edit({"expected_revenue": 1_000}, by=nora)
        several[3].edit({"probability_typed": 90}, by=nora)
        several[4].move_to(stages["New"], by=nora)
        db.session.commit()

    monkeypatch.setattr(Job, "renew", meanwhile)
    run_jobs()

    assert percentages(several) == [(45, 450), (5, 17), (100, 666), (90, 899), (10, 133)]


def test_a_percentage_changed_twice_is_one_piece_of_work_and_the_last_holds(several, stages, ada, run_jobs):
    lock(stages["Proposal"])
    stages["Proposal"].edit({"probability": 45}, by=ada)
    db.session.commit()
    lock(stages["Proposal"])
    stages["Proposal"].edit({"probability": 20}, by=ada)
    made = just_made()
    db.session.commit()

    assert run_jobs() == 1
    assert percentages(several)[0] == (20, 964_000)
    undo(made, by=ada)
    db.session.commit()
    assert run_jobs() == 1
    assert percentages(several)[0] == (45, 2_169_000)


def test_a_new_name_is_no_work(several, stages, ada, run_jobs):
    lock(stages["Proposal"])
    stages["Proposal"].edit({"name": "Offer"}, by=ada)
    db.session.commit()

    assert run_jobs() == 0


def test_cases_without_a_stage_follow_their_category(case, nora, ada, run_jobs, front_desk):
    category = Category.make(by=ada, name="Warranty", probability=10)
    claim = Case.make("claim", "Leaks", by=nora, team=front_desk, category=category)
    lock(case)
    case.edit({"category_id": category.id}, by=nora)
    db.session.commit()
    assert claim.probability == 10
    lock(category)
    category.edit({"probability": 70}, by=ada)
    db.session.commit()
    run_jobs()

    assert [each.probability for each in (claim, case)] == [70, 60]
    lock(category)
    category.edit({"probability": None}, by=ada)
    db.session.commit()
    run_jobs()
    assert percentages([claim]) == [(0, 0)]


def test_stages_of_teams_and_kinds(front_desk, support, stages, ada):
    own = Stage.make(by=ada, name="Visit", kind="opportunity", probability=20, teams=[front_desk])

    assert own in Stage.of(front_desk, "opportunity")
    assert own not in Stage.of(support, "opportunity")
    assert own is Stage.of(front_desk, "opportunity")[-1]
