"""The board: its columns, figures and cards, who sees what on it, and what a move does."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app import clock
from app.domain.actor import SYSTEM
from app.domain.board import Board, is_settled, newest_change
from app.domain.board.grouping import GROUPINGS
from app.domain.case import Case
from app.domain.case.filtering import CaseFilter
from app.domain.case.ranking import above, between, rank_on_top
from app.domain.errors import Incomplete, Refused
from app.domain.history import Event, lock, redo, undo, write_many
from app.domain.lists import Category, CurrencyRate, Tag
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add, last_set

SECONDS = count(1)
NOW = datetime(2026, 11, 20, 9, tzinfo=clock.UTC)


@pytest.fixture(autouse=True)
def at_one_time():
    with clock.stopped_at(NOW):
        yield


def board_of(reader, by="stage", **asked):
    return Board(CaseFilter.from_args(MultiDict(asked), reader, "current"), by, reader)


def names_on(board):
    """The names on the cards of each column that has any, by the column's value."""
    return {column.value: [card.name for card in column.cards] for column in board.columns if column.cards}


def make(name, by, team, stage=None, *, after=0, **facts):
    """A case that was made so many seconds later."""
    with clock.stopped_at(clock.now() + timedelta(seconds=after)):
        case = Case.make("opportunity", name, by=by, team=team, stage=stage, **facts)
        db.session.commit()
    lock(case)
    return case


# Columns and figures


def test_columns_are_the_stages_in_order_and_new_cards_come_on_top(nora, front_desk, stages):
    for place, name in enumerate(("first", "second", "third")):
        make(name, nora, front_desk, stages["New"], after=place)
    make("elsewhere", nora, front_desk, stages["Proposal"])
    board = board_of(nora)

    assert [column.name for column in board.columns][:2] == ["New", "Qualified"]
    assert names_on(board) == {
        str(stages["New"].id): ["third", "second", "first"],
        str(stages["Proposal"].id): ["elsewhere"],
    }


def test_figures_of_a_column_in_each_currency_and_in_ours(nora, front_desk, stages, ada):
    add(CurrencyRate(currency_code="USD", valid_from=date(2026, 11, 1), rate=Decimal("0.5")))
    add(CurrencyRate(currency_code="JPY", valid_from=date(2026, 11, 1), rate=Decimal("0.01")))
    make("a", nora, front_desk, stages["Proposal"], expected_revenue=1000_00, currency="EUR")
    make("b", nora, front_desk, stages["Proposal"], expected_revenue=300_00, currency="USD")
    make("c", nora, front_desk, stages["Proposal"], expected_revenue=5000, currency="JPY")
    make("d", nora, front_desk, stages["Proposal"], expected_revenue=7_00, currency="GBP")
    make("e", nora, front_desk, stages["Proposal"])
    total = board_of(nora).totals[str(stages["Proposal"].id)]

    assert (total.count, total.is_more) == (5, False)
    assert total.sums == {"EUR": 1000_00, "USD": 300_00, "JPY": 5000, "GBP": 7_00}
    assert total.worth == 1000_00 + 150_00 + 50_00
    assert total.weighted == 600_00 + 90_00 + 30_00
    assert total.without_rate == 1
    assert total.activities == {"overdue": 0, "today": 0, "planned": 0, "none": 5}


def test_what_was_won_counts_at_the_rate_of_its_day(nora, front_desk, stages):
    with clock.stopped_at(NOW - timedelta(days=9)):
        add(CurrencyRate(currency_code="USD", valid_from=date(2026, 11, 1), rate=Decimal("0.5")))
        case = make("won", nora, front_desk, stages["New"], expected_revenue=300_00, currency="USD")
        case.win(by=nora)
        db.session.commit()
    add(CurrencyRate(currency_code="USD", valid_from=date(2026, 11, 15), rate=Decimal("0.8")))

    assert board_of(nora).totals[str(stages["Won"].id)].worth == 150_00


def test_won_cases_stay_for_thirty_days_and_lost_ones_leave(nora, front_desk, stages, too_expensive):
    for name, days in (("long won", 31), ("just won", 29)):
        with clock.stopped_at(NOW - timedelta(days=days)):
            make(name, nora, front_desk, stages["New"]).win(by=nora)
            db.session.commit()
    make("lost", nora, front_desk, stages["New"]).lose(by=nora, reason=too_expensive)
    make("gone", nora, front_desk, stages["New"]).archive(by=nora)
    db.session.commit()

    assert names_on(board_of(nora)) == {str(stages["Won"].id): ["just won"]}
    assert names_on(board_of(nora, outcome="won")) == {str(stages["Won"].id): ["just won", "long won"]}


def test_a_column_shows_twenty_and_then_the_next(nora, front_desk, stages):
    for number in range(45):
        make(f"{number}", nora, front_desk, stages["New"], after=number)
    board = board_of(nora)
    column = next(column for column in board.columns if column.name == "New")

    assert [card.name for card in column.cards] == [str(each) for each in range(44, 24, -1)]
    assert column.more
    following = board.after(column.value, column.cards[-1].id)
    assert [card.name for card in following.cards] == [str(each) for each in range(24, 4, -1)]
    rest = board.after(column.value, following.cards[-1].id)
    assert [card.name for card in rest.cards] == ["4", "3", "2", "1", "0"]
    assert not rest.more


def test_a_case_in_a_stage_that_is_not_used_any_more_is_still_shown(nora, ada, front_desk, stages):
    make("left", nora, front_desk, stages["Qualified"])
    lock(stages["Qualified"])
    stages["Qualified"].archive(by=ada)
    db.session.commit()

    assert names_on(board_of(nora)) == {str(stages["Qualified"].id): ["left"]}


def test_stages_of_other_teams_are_no_columns(nora, otto, ada, front_desk, support):
    add(Stage(name="Only support", sequence=99, teams=[support]))

    assert "Only support" not in [column.name for column in board_of(nora).columns]
    assert "Only support" in [column.name for column in board_of(otto).columns]
    assert "Only support" in [column.name for column in board_of(ada).columns]


def test_other_kinds_without_stages_stand_in_one_column(nora, front_desk):
    Case.make("task", "Ring", by=nora, team=front_desk)
    db.session.commit()

    assert names_on(board_of(nora, kind="task")) == {"none": ["Ring"]}


@pytest.mark.parametrize("by", sorted(GROUPINGS))
def test_each_figure_is_that_of_the_list_behind_it(crowd, nora, marc, ada, by):
    for asked in ({}, {"state": "all"}, {"mine": "1"}, {"unassigned": "1"}, {"led": "1"}):
        for reader in (nora, marc, ada):
            figures_are_of_their_lists(reader, by, asked)


def figures_are_of_their_lists(reader, by, asked):
    board = board_of(reader, by, **asked)
    visible = set(db.session.scalars(board.filter.apply(Case.visible_to(reader)).with_only_columns(Case.id)))
    seen, whose = set(), (reader.name, asked)
    for column in board.columns_with(dict.fromkeys([each.value for each in board.heads()], 500)):
        behind = CaseFilter.from_args(MultiDict(column.filter.full_args), reader)
        rows = db.session.execute(
            behind.apply(Case.visible_to(reader)).with_only_columns(
                Case.id, Case.expected_revenue, Case.weighted, Case.rank
            )
        ).all()
        assert column.total.count == len(rows), whose
        assert sum(column.total.sums.values()) == sum(row.expected_revenue or 0 for row in rows), whose
        assert column.total.weighted == sum(row.weighted for row in rows), whose
        assert sum(column.total.activities.values()) == len(rows), whose
        in_order = [row.id for row in sorted(rows, key=lambda row: (row.rank, row.id))]
        assert [card.id for card in column.cards] == in_order, whose
        seen.update(in_order)

    assert seen == visible, whose
    assert board.total.count == len(visible), whose


@pytest.fixture
def crowd(nora, otto, marc, ada, front_desk, support, headquarters, stages):
    """Cases of all sorts: of three teams of which one is closed, nobody's, watched, won, lost, without a stage."""
    closed = Team(name="Closed", members=[nora], is_open=False)
    category = Category(name="Metering")
    add(closed, category)
    people = [nora.id, otto.id, marc.id, None]
    teams = [front_desk.id, support.id, closed.id, headquarters.id, None]
    places = [stages[name].id for name in ("New", "Qualified", "Proposal")] + [None]
    rows = []
    for number in range(120):
        row = {
            "name": f"Case {number}",
            "state": "open",
            "opened_at": NOW,
            "created_at": NOW - timedelta(seconds=number // 2),  # some at the same instant
            "responsible_id": people[number % 4],
            "team_id": teams[number % 5],
            "stage_id": places[number // 7 % 4],
            "category_id": category.id if number % 6 == 0 else None,
            "priority": number % 4,
            "deadline": date(2026, 10 + number % 3, 1 + number % 28) if number % 7 else None,
            "expected_revenue": number * 100 if number % 9 else None,
            "watchers": [nora.id] if number % 13 == 0 else [],
        }
        if number % 10 == 3:
            row |= {
                "state": "done",
                "outcome": "won",
                "closed_at": NOW - timedelta(days=number % 60),
                "closing_rate": 1,
            }
            row |= {"stage_id": stages["Won"].id}
        elif number % 10 == 7:
            row |= {
                "state": "done",
                "outcome": "lost",
                "closed_at": NOW - timedelta(days=1),
                "closing_rate": 1,
            }
        rows.append(row)
    write_many("demo", by=SYSTEM).make(Case, rows)
    db.session.commit()


# Cards


def test_a_card_says_what_matters(nora, front_desk, stages, brewery):
    case = make(
        "Meters", nora, front_desk, stages["Proposal"], partner=brewery, expected_revenue=5_00, priority=2
    )
    for number in range(5):
        tag = Tag(name=f"Tag {number}", sequence=number)
        add(tag)
        lock(case)
        case.tag(tag, by=nora)
    db.session.commit()
    (card,) = (card for column in board_of(nora).columns for card in column.cards)

    assert (card.name, card.who, card.revenue, card.currency, card.priority) == (
        "Meters", "Hofmann Brewery", 5_00, "EUR", 2,
    )  # fmt: skip
    assert card.responsible == (nora.id, "Nora Lindahl")
    assert (len(card.tags), card.more_tags) == (5, 2)
    assert card.version == case.version
    assert card.stale is None


@pytest.mark.parametrize(
    ("days", "spoken", "stale"),
    [(9, None, None), (10, None, 10), (30, None, 30), (30, 12, 12), (30, 5, None)],
)
def test_stale_counts_from_the_later_of_stage_and_word(nora, front_desk, stages, days, spoken, stale):
    lock(stages["Proposal"])
    stages["Proposal"].edit({"stale_days": 10}, by=nora)
    with clock.stopped_at(NOW - timedelta(days=days)):
        case = make("Meters", nora, front_desk, stages["Proposal"])
    if spoken is not None:
        with clock.stopped_at(NOW - timedelta(days=spoken)):
            case.log("Clara rang.", by=nora)
            db.session.commit()
    (card,) = (card for column in board_of(nora).columns for card in column.cards)

    assert card.stale == stale
    assert bool(board_of(nora, stale="1").total.count) is (stale is not None)


# Moving


@pytest.mark.parametrize(
    ("by", "target", "column"),
    [
        ("stage", "stage", lambda world: str(world["stage"].id)),
        ("responsible", "person", lambda world: str(world["person"].id)),
        ("team", "team", lambda world: str(world["team"].id)),
        ("month", "day", lambda world: "2027-02"),
        ("priority", "number", lambda world: "3"),
        ("category", "category", lambda world: str(world["category"].id)),
    ],
)
def test_a_card_goes_where_it_is_put_and_undo_brings_it_back(
    nora, marc, otto, support, case, stages, by, target, column
):
    category = Category(name="Metering")
    add(category)
    world = {
        "stage": stages["Qualified"],
        "person": otto,
        "team": support,
        "day": date(2027, 2, 28),
        "number": 3,
        "category": category,
    }
    before = board_of(marc, by).spot(case.id)[0]
    lock(case)
    case.place(by, world[target], by=marc)
    db.session.commit()

    assert board_of(marc, by).spot(case.id)[0] == column(world)
    undo(last_set(case), by=marc)
    db.session.commit()
    assert board_of(marc, by).spot(case.id)[0] == before


def test_a_move_that_is_taken_back_leaves_everything_where_it_stood(nora, front_desk, stages):
    new, qualified = stages["New"], stages["Qualified"]
    for place, name in enumerate("abc"):
        make(name, nora, front_desk, new, after=place)
    below = make("x", nora, front_desk, qualified, after=3)
    board = names_on(board_of(nora))
    assert board == {str(new.id): ["c", "b", "a"], str(qualified.id): ["x"]}
    moved = db.session.scalars(sa.select(Case).where(Case.name == "b")).one()
    lock(moved)
    moved.place("stage", qualified, by=nora, below=below)
    db.session.commit()
    there = names_on(board_of(nora))
    assert there == {str(new.id): ["c", "a"], str(qualified.id): ["x", "b"]}
    move = last_set(moved)

    undo(move, by=nora)
    db.session.commit()
    assert names_on(board_of(nora)) == board
    redo(move, by=nora)
    db.session.commit()
    assert names_on(board_of(nora)) == there


def test_a_case_within_the_month_keeps_its_day(nora, case):
    lock(case)
    case.edit({"deadline": date(2026, 11, 12)}, by=nora)
    case.place("month", date(2026, 11, 30), by=nora)

    assert case.deadline == date(2026, 11, 12)


def test_only_its_place_changes_without_version_or_line(nora, front_desk, stages):
    first, second = (
        make(name, nora, front_desk, stages["New"], after=place) for place, name in enumerate("ab")
    )
    version, lines = second.version, len(second.history)
    with clock.stopped_at(NOW + timedelta(minutes=1)):
        second.place("stage", stages["New"], by=nora, below=first)
        db.session.commit()

    assert names_on(board_of(nora))[str(stages["New"].id)] == ["a", "b"]
    assert second.version == version
    assert db.session.scalar(sa.select(sa.func.count()).where(Event.case_id == second.id)) == lines
    assert second.updated_at == NOW + timedelta(minutes=1)  # so that other boards hear of it


def test_out_of_won_it_is_reopened_and_into_it_won(nora, case, stages):
    lock(case)
    case.place("stage", stages["Won"], by=nora)
    assert case.is_won
    case.place("stage", stages["Qualified"], by=nora)
    assert (case.state, case.stage) == ("open", stages["Qualified"])


def test_a_stage_asks_people_for_facts(nora, case, stages):
    lock(stages["Negotiation"], case)
    stages["Negotiation"].edit({"required_fields": ["expected_revenue", "deadline"]}, by=nora)
    with pytest.raises(Incomplete) as refusal:
        case.move_to(stages["Negotiation"], by=nora)
    assert refusal.value.fields == ["deadline"]
    db.session.rollback()

    lock(stages["Negotiation"], case)
    stages["Negotiation"].edit({"required_fields": ["deadline"]}, by=nora)
    case.place("stage", stages["Negotiation"], by=nora, facts={"deadline": date(2026, 12, 1)})
    assert (case.stage, case.deadline) == (stages["Negotiation"], date(2026, 12, 1))


def test_a_won_stage_asks_too_whichever_way_one_gets_there(nora, case, stages):
    lock(stages["Won"], case)
    stages["Won"].edit({"required_fields": ["deadline"]}, by=nora)
    for act in (lambda: case.win(by=nora), lambda: case.move_to(stages["Won"], by=nora)):
        with pytest.raises(Incomplete):
            act()
    db.session.rollback()


def test_rules_and_imports_are_not_asked(nora, case, stages):
    lock(stages["Negotiation"], case)
    stages["Negotiation"].edit({"required_fields": ["deadline"]}, by=nora)
    case.move_to(stages["Negotiation"], by=SYSTEM)

    assert case.stage is stages["Negotiation"]


def test_out_of_a_stage_there_is_no_way_to_none(nora, case):
    lock(case)
    with pytest.raises(Refused):
        case.place("stage", None, by=nora)


def test_a_refused_move_leaves_its_place_to_nothing_that_comes_later(case, nora):
    stood = case.rank
    lock(case)
    with pytest.raises(Refused):
        case.place("stage", None, by=nora)
    db.session.rollback()
    lock(case)
    case.edit({"priority": 2}, by=nora)
    db.session.commit()

    assert case.rank == stood


# Ranks


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_between_any_two_there_is_room_for_ever(moves):
    with clock.stopped_at(NOW):
        ranks = [rank_on_top()]
        for move in moves:
            place = move % (len(ranks) + 1)
            below = ranks[place] if place < len(ranks) else None
            rank = above(ranks[0]) if place == 0 else between(ranks[place - 1], below)[0]
            ranks.insert(place, rank)

        assert ranks == sorted(set(ranks))


@given(st.integers(1, 50))
def test_always_into_the_same_gap(times):
    upper, lower = rank_on_top(NOW + timedelta(seconds=1)), rank_on_top(NOW)
    for _time in range(times * 20):
        (rank,) = between(upper, lower)
        assert upper < rank < lower
        upper, lower = (rank, lower) if times % 2 else (upper, rank)
    assert len(rank) < 14 + times * 20 // 3 + 2


@given(
    moves=st.lists(
        st.tuples(st.integers(0, 7), st.integers(-1, 7), st.integers(0, 1)), min_size=1, max_size=12
    )
)
def test_cards_stand_as_they_were_put(nora, front_desk, stages, moves):
    """Eight cards that came at one instant, moved at random within and between two columns."""
    team = Team(name="Fresh", members=[nora])
    add(team)
    nora.__dict__.pop("reach", None)
    cases = [make(f"{number}", nora, team, stages["New"]) for number in range(8)]
    db.session.commit()
    wanted = {0: [case.id for case in cases], 1: []}
    columns = [stages["New"], stages["Qualified"]]
    for moving, under, column in moves:
        case = cases[moving]
        below = cases[under] if under >= 0 and cases[under].id in wanted[column] and under != moving else None
        lock(case)
        case.place("stage", columns[column], by=nora, below=below)
        for ids in wanted.values():
            if case.id in ids:
                ids.remove(case.id)
        wanted[column].insert(wanted[column].index(below.id) + 1 if below else 0, case.id)
        db.session.commit()
    board = board_of(nora, team=str(team.id))
    shown = {column.value: [card.id for card in column.cards] for column in board.columns}

    assert [shown[str(stage.id)] for stage in columns] == [wanted[0], wanted[1]]
    newest = make("newest", nora, team, stages["New"], after=next(SECONDS))
    fresh = board_of(nora, team=str(team.id)).spot(newest.id)
    assert fresh[2] is None  # on top


def test_a_spot_names_the_card_above(nora, front_desk, stages):
    low, high = (make(name, nora, front_desk, stages["New"], after=place) for place, name in enumerate("ab"))
    board = board_of(nora)

    assert (board.spot(low.id)[2], board.spot(high.id)[2]) == (high.id, None)
    assert board_of(nora, q="b").spot(low.id) is None


# Other people's changes


def test_the_newest_change_is_settled_after_a_while(nora, case):
    token = newest_change()
    assert not is_settled(token)
    with clock.stopped_at(NOW + timedelta(seconds=11)):
        assert newest_change() == token
        assert is_settled(token)
        lock(case)
        case.edit({"priority": 1}, by=nora)
        db.session.commit()
        assert newest_change() != token


def test_a_mark_changes_with_what_is_shown(nora, front_desk, stages):
    cards = [make(name, nora, front_desk, stages["New"], after=place) for place, name in enumerate("ab")]

    def marks():
        return {column.name: column.mark for column in board_of(nora).columns}

    before = marks()
    assert marks() == before
    cards[0].place("stage", stages["New"], by=nora)
    db.session.commit()
    moved = marks()
    assert moved["New"] != before["New"]
    assert moved["Qualified"] == before["Qualified"]
