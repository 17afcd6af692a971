"""The board as pages: what stands on it, what is made there, and what others changed meanwhile."""

import itertools
import json
import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add, last_set
from tests.web.board_pages import BOARD, address, asked_by, column_of, fill, place, statements
from tests.web.reading import words

# What stands on it


def test_a_salesperson_begins_with_their_own(as_, nora, otto, support, case):
    Case.make("opportunity", "Valves", by=otto, team=support)
    db.session.commit()
    page = as_(nora).get("/pipeline/")

    assert "Flow meters for bottling line 3" in words(page)
    assert "Valves" not in words(page)
    assert "My cases" in words(page)
    assert 'href="/pipeline/?all=1&amp;kind=opportunity"' in page.text  # the chip's cross


def test_an_empty_board_has_columns_and_an_empty_filter_says_what_to_drop(as_, nora, front_desk, stages):
    assert f'id="column-stage-{stages["New"].id}-cards"' in as_(nora).get("/pipeline/").text
    page = as_(nora).get("/pipeline/?q=nothing")
    assert "No case fits all of this" in words(page)
    assert "column-stage" not in page.text


def test_who_leads_teams_begins_with_these(as_, marc, ada, case):
    assert "Cases of my teams" in words(as_(marc).get("/pipeline/"))
    assert "All cases" in words(as_(ada).get("/pipeline/"))
    assert "Flow meters" in words(as_(marc).get("/pipeline/"))


def test_a_column_says_what_it_is_worth_and_opens_it(as_, nora, case, stages):
    visitor = as_(nora)
    column = column_of(visitor.get("/pipeline/"), stages["Proposal"])
    opened = address(re.search(r'class="col-sum"><a href="([^"]+)" title="([^"]+)"', column)[1])

    assert "€48,200" in column
    assert "weighted €28,920" in column
    assert "Activities: 0 overdue, 0 today, 0 planned, 1 none" in column
    page = visitor.get(opened)
    assert "1 case" in words(page)
    assert "Flow meters" in words(page)


@pytest.mark.parametrize("by", ["stage", "responsible", "team", "month", "priority", "category"])
@pytest.mark.parametrize("who", ["nora", "marc", "ada"])
def test_each_count_is_that_of_the_list_behind_it(
    request, as_, by, who, case, nora, otto, front_desk, support, stages
):
    for number, (user, team) in enumerate([(nora, front_desk), (otto, support), (nora, support)]):
        Case.make(
            "opportunity",
            f"Case {number}",
            by=user,
            team=team,
            priority=number,
            deadline=date(2026, 12, number + 1),
        )
    won = Case.make("opportunity", "Won", by=nora, team=front_desk, stage=stages["New"])
    won.win(by=nora)
    db.session.commit()
    visitor = as_(request.getfixturevalue(who))
    page = visitor.get(f"/pipeline/?by={by}&all=1")
    heads = re.findall(r'<header id="column-.*?</header>', page.text, re.DOTALL)

    counts = []
    for head in heads:
        count = int(re.search(r'<span class="n">(\d+)</span>', head)[1])
        behind = visitor.get(address(re.search(r'class="col-sum"><a[^>]* href="([^"]+)"', head)[1]))
        listed = re.search(r'class="pager"[^>]*><span class="num">(\d+) case', behind.text)
        assert (
            (int(listed[1]) if listed else 0) == count == len(re.findall(r'<td class="main">', behind.text))
        )
        counts.append(count)
    assert sum(counts) >= 3


def test_a_part_is_the_very_part_of_the_page(as_, nora, case):
    page, part = (as_(nora).get("/pipeline/", htmx=htmx) for htmx in (False, True))

    assert "<html" not in part.text
    assert f'id="case-{case.id}"' in part.text
    assert f'id="case-{case.id}"' in page.text


def test_nothing_is_told_of_what_is_not_theirs(as_, otto, case):
    for path in (
        "/pipeline/?all=1",
        f"/pipeline/?q=%23{case.id}",
        "/pipeline/?by=team&all=1",
        "/cases/?state=all",
    ):
        assert "Flow meters" not in as_(otto).get(path).text


@pytest.mark.parametrize("who", ["nora", "marc", "ada"])
def test_the_board_costs_the_same_for_any_number_of_cases_and_columns(
    request, as_, who, nora, front_desk, stages
):
    visitor = as_(request.getfixturevalue(who))
    fill(10, front_desk, stages["New"], nora)
    visitor.get("/pipeline/")
    few = statements(visitor, "/pipeline/")
    fill(1990, front_desk, stages["New"], nora)
    for number in range(40):
        add(Stage(name=f"Stage {number}", sequence=10 + number))

    assert statements(visitor, "/pipeline/") == few <= 12


def test_acts_on_the_board_read_the_same_little_among_any_number_of_cases(
    as_, nora, case, front_desk, stages
):
    visitor, there = as_(nora), f"/pipeline/cards/{case.id}/place"
    new, *others = [str(stages[name].id) for name in ("New", "Qualified")]
    columns = itertools.cycle([*others, new])

    def move():
        return visitor.post(there, htmx=True, headers=BOARD, by="stage", column=next(columns), above="")

    def add_one():
        return visitor.post(
            "/pipeline/cards?responsible=me", htmx=True, headers=BOARD, column=new, name="Valves"
        )

    few = asked_by(move), asked_by(add_one)
    fill(300, front_desk, stages["New"], nora)

    assert (asked_by(move), asked_by(add_one)) == few
    assert few[0] <= 5
    assert few[1] <= 3


def test_more_cards_come_twenty_at_a_time_with_and_without_scripts(as_, nora, front_desk, stages):
    fill(45, front_desk, stages["New"], nora)
    visitor = as_(nora)
    column = column_of(visitor.get("/pipeline/"), stages["New"])
    assert [f"Case {each}<" in column for each in (0, 19, 20)] == [True, True, False]
    plain, more = (
        address(re.search(rf'{name}="([^"]+)"', column.split('class="more"')[-1])[1])
        for name in ("href", "hx-get")
    )

    part = visitor.get(more, htmx=True).text
    assert [f"Case {each}<" in part for each in (19, 20, 39, 40)] == [False, True, True, False]
    page = column_of(visitor.get(plain), stages["New"])
    assert [f"Case {each}<" in page for each in (0, 39, 40)] == [True, True, False]
    assert visitor.get(more).location.startswith("/pipeline/?")


# Making


def test_quick_create_stays_open_for_the_next(as_, nora, front_desk, stages, brewery):
    visitor = as_(nora)
    form = visitor.get(f"/pipeline/new?column={stages['Qualified'].id}&responsible=me", htmx=True)
    assert "New in Qualified" in form.text
    typed = {"name": "Pumps", "partner": "hofmann brewery", "revenue": "1,250.50"}
    column = str(stages["Qualified"].id)
    answer = visitor.post("/pipeline/cards?responsible=me", htmx=True, headers=BOARD, column=column, **typed)
    made = db.session.scalars(sa.select(Case).where(Case.name == "Pumps")).one()

    assert (made.stage, made.partner, made.expected_revenue) == (stages["Qualified"], brewery, 125_050)
    assert (made.team, made.responsible, made.state) == (front_desk, nora, "open")
    assert f'id="case-{made.id}"' in answer.text
    # The form stays as it is: the next one is being typed in it.
    assert answer.headers["HX-Reswap"] == "none"
    assert "<input" not in answer.text.replace('<input type="hidden" name="csrf_token"', "")
    assert '<span class="n">1</span>' in answer.text
    assert f'id="column-stage-{stages["Qualified"].id}-head"' in answer.text
    assert f"/history/{last_set(made).id}/undo" in answer.text


def test_an_unknown_partner_is_kept_as_the_company(as_, nora, front_desk, stages):
    visitor = as_(nora)
    answer = visitor.post(
        "/pipeline/cards", name="Pumps", partner="Serra Water", column=str(stages["New"].id)
    )
    made = db.session.scalars(sa.select(Case).where(Case.name == "Pumps")).one()

    assert urlsplit(answer.location).path == "/pipeline/"
    assert (made.partner_id, made.company_name) == (None, "Serra Water")
    assert "Opportunity created." in words(visitor.get(answer.location))


def test_what_cannot_be_made_says_why_and_keeps_what_was_typed(as_, nora, front_desk, stages, brewery):
    Partner.make("Hofmann Brewery", by=SYSTEM)
    db.session.commit()
    answer = as_(nora).post("/pipeline/cards", htmx=True, headers=BOARD, name="", partner="Hofmann Brewery",
                            revenue="much", column=str(stages["New"].id))  # fmt: skip

    assert answer.status_code == 422
    for said in ("Say in a line what it is about.", "Several are called that"):
        assert said in words(answer)
    assert 'value="much"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 0


@pytest.mark.parametrize(
    ("by", "column", "field", "value"),
    [
        ("month", "2027-02", "deadline", date(2027, 2, 28)),
        ("priority", "3", "priority", 3),
        ("responsible", "none", "name", "Pumps"),
    ],
)
def test_a_new_case_stands_in_the_column_it_was_made_in(as_, nora, front_desk, by, column, field, value):
    as_(nora).post(f"/pipeline/cards?by={by}&all=1", name="Pumps", column=column)
    made = db.session.scalars(sa.select(Case)).one()

    assert getattr(made, field) == value


def test_who_may_not_make_has_no_form(as_, olga, stages):
    visitor = as_(olga)
    assert "/pipeline/new" not in visitor.get("/pipeline/").text
    assert visitor.post("/pipeline/cards", name="Pumps", column=str(stages["New"].id)).status_code == 403


def test_a_stage_that_is_no_longer_used_keeps_its_cases_and_takes_no_more(as_, nora, ada, case, stages):
    visitor, column = as_(nora), stages["Proposal"].id
    assert (
        f"/pipeline/new?kind=opportunity&amp;responsible=me&amp;column={column}"
        in visitor.get("/pipeline/").text
    )
    lock(stages["Proposal"])
    stages["Proposal"].archive(by=ada)
    db.session.commit()

    page = visitor.get("/pipeline/")
    assert "Flow meters for bottling line 3" in words(page)
    assert f'data-column="{column}" data-unused' in page.text
    assert f'column={column}"' not in page.text
    assert visitor.get(f"/pipeline/new?column={column}").status_code == 404
    assert visitor.post("/pipeline/cards", name="Pumps", column=str(column)).status_code == 404
    refused = visitor.post("/cases/new", kind="opportunity", name="Pumps", stage_id=str(column))
    assert refused.status_code in {303, 422}
    assert db.session.scalars(sa.select(Case.stage_id).where(Case.name == "Pumps")).first() != column


@pytest.mark.parametrize(("priority", "is_left_out"), [(3, True), (0, False)])
def test_a_new_case_that_the_filter_leaves_out_is_said_to_be_there(
    as_, nora, front_desk, stages, priority, is_left_out
):
    board, column = f"/pipeline/cards?priority={priority}", str(stages["New"].id)
    answer = as_(nora).post(board, htmx=True, headers=BOARD, name="Pumps", column=column)

    assert "Opportunity created." in words(answer)
    assert ("The filter of this board leaves it out." in words(answer)) is is_left_out
    assert ('<li class="card' in answer.text) is not is_left_out


@pytest.mark.parametrize("by", ["stage", "responsible"])
def test_who_hands_in_does_not_choose_where_it_stands_or_whose_it_is(as_, olga, nora, front_desk, by):
    add(Stage(name="Promising", kind="lead", probability=20))
    promising = db.session.scalars(sa.select(Stage).where(Stage.name == "Promising")).one()
    column = {"stage": promising.id, "responsible": nora.id}[by]
    visitor, board = as_(olga), f"kind=lead&team={front_desk.id}&by={by}"
    assert visitor.get(f"/pipeline/?{board}").status_code == 200
    assert "/pipeline/new" not in visitor.get(f"/pipeline/?{board}").text
    assert visitor.get(f"/pipeline/new?{board}&column={column}").status_code == 403

    answer = visitor.post(f"/pipeline/cards?{board}", name="Pumps", column=str(column))
    assert answer.status_code == 403
    assert "not yours to choose" in words(answer)
    assert db.session.scalar(sa.select(sa.func.count(Case.id))) == 0


def test_who_hands_in_may_say_which_team_it_is_for(as_, olga, nora):
    team = Team(name="Trade fair", code="TF", members=[olga], default_responsible=nora)
    add(team)
    answer = as_(olga).post("/pipeline/cards?kind=lead&by=team", name="Pumps", column=str(team.id))
    assert answer.status_code == 303
    made = db.session.scalars(sa.select(Case)).one()

    assert (made.state, made.team, made.responsible) == ("draft", team, nora)


def marks(page):
    return ",".join(
        f"{key}:{mark}"
        for key, mark in re.findall(r'<header [^>]*data-column="([^"]+)" data-mark="([^"]+)"', page.text)
    )


def changes(visitor, page, since=None, query="responsible=me"):
    token = since or re.search(r'data-token="([^"]+)"', page.text)[1]
    return visitor.get(f"/pipeline/changes?{query}&marks={marks(page)}&since={token}", htmx=True)


# Other people's changes


def test_nothing_changed_is_an_empty_answer(as_, nora, case):
    visitor = as_(nora)
    page = visitor.get("/pipeline/")
    answer = changes(visitor, page)

    assert (answer.status_code, answer.text) == (204, "")
    assert json.loads(answer.headers["HX-Trigger"])["board-marked"]["token"]


def test_what_others_moved_comes_as_these_columns(as_, nora, marc, case, stages):
    visitor = as_(nora)
    page = visitor.get("/pipeline/")
    place(case, as_(marc), column=stages["Qualified"].id)
    answer = changes(visitor, page)

    assert answer.status_code == 200
    columns = re.findall(r'hx-target="#column-stage-(\d+)-cards"', answer.text)
    assert set(columns) == {str(stages[name].id) for name in ("Proposal", "Qualified")}
    assert f'id="case-{case.id}"' in answer.text


def test_other_columns_than_before_are_the_whole_board(as_, nora, case, stages):
    visitor = as_(nora)
    page = visitor.get("/pipeline/")
    add(Stage(name="Site visit", sequence=2))
    lock(case)
    case.edit({"priority": 1}, by=nora)
    db.session.commit()

    assert 'hx-target="#board"' in changes(visitor, page).text


def test_a_settled_board_is_not_looked_at(as_, nora, case):
    visitor = as_(nora)
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        page = visitor.get("/pipeline/")
        token = re.search(r'data-token="([^"]+)"', page.text)[1]
        changes(visitor, page)
        path = f"/pipeline/changes?responsible=me&marks=&since={token}"
        answer = visitor.get(path, htmx=True)
        assert answer.status_code == 204
