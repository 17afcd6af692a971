"""The board as pages: what stands on it, every way of moving, making and filtering, by htmx and by plain forms."""

import itertools
import json
import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app import clock
from app.blueprints.cases.page import FOREMOST, FURTHER
from app.domain.actor import SYSTEM
from app.domain.case import KINDS, Case
from app.domain.history import lock, write_many
from app.domain.lists import Category
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add, last_set
from tests.web.reading import words

BOARD = {"HX-Current-URL": "http://holdfast.example/pipeline/?responsible=me"}


def address(path):
    """An address of the page as a browser follows it."""
    return path.replace("&amp;", "&")


def column_of(answer, stage):
    """The part of the page that is one column."""
    found = re.search(rf'<section[^>]*id="column-stage-{stage.id}".*?</section>', answer.text, re.DOTALL)
    return found[0]


def place(case, visitor, *, column, by="stage", above="", version=None, query="", htmx=True, **more):
    return visitor.post(
        f"/pipeline/cards/{case.id}/place{query}",
        htmx=htmx,
        headers=BOARD if htmx else {"Referer": "http://holdfast.example/pipeline/"},
        by=by,
        column=str(column),
        above=str(above),
        version=str(version or case.version),
        **more,
    )


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


def fill(number, team, stage, user):
    now = clock.now()
    rows = [
        {"name": f"Case {each}", "state": "open", "opened_at": now, "created_at": now - timedelta(seconds=each),
         "responsible_id": user.id, "team_id": team.id, "stage_id": stage.id, "expected_revenue": 100}
        for each in range(number)
    ]  # fmt: skip
    write_many("demo", by=SYSTEM).make(Case, rows)
    db.session.commit()


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


def statements(visitor, path):
    """How many statements a page takes, once the process knows its configuration."""
    return asked_by(lambda: visitor.get(path))


def asked_by(act):
    """How many statements an act reads with, when it is done for the third time."""
    act()
    act()
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith(("SELECT", "WITH")) and "INSERT" not in statement:
            asked.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        assert act().status_code == 200
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)
    return len(asked)


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


# Moving


def test_a_move_answers_with_the_card_and_both_heads(as_, nora, case, stages):
    visitor = as_(nora)
    answer = place(case, visitor, column=stages["Qualified"].id)

    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#ask"
    assert f'hx-target="#case-{case.id}" hx-swap="delete"' in answer.text
    assert f'hx-target="#column-stage-{stages["Qualified"].id}-cards" hx-swap="afterbegin"' in answer.text
    heads = re.findall(r'<header id="column-stage-(\d+)-head"', answer.text)
    assert set(heads) == {str(stages[name].id) for name in ("Proposal", "Qualified")}
    assert "€48,200" in answer.text
    assert f"/history/{last_set(case).id}/undo" in answer.text
    assert case.stage is stages["Qualified"]


def test_what_a_move_says_itself_is_not_kept_for_the_next_page(as_, nora, case, stages):
    visitor = as_(nora)
    place(case, visitor, column=stages["Qualified"].id)
    answer = place(case, visitor, column=stages["New"].id)

    assert "moved to New." in words(answer)
    assert "Set-Cookie" not in answer.headers
    assert "moved to New." not in words(visitor.get("/pipeline/"))


def test_a_card_put_below_another_comes_there(as_, nora, case, front_desk, stages):
    low = Case.make("opportunity", "Low", by=nora, team=front_desk, stage=stages["New"])
    high = Case.make("opportunity", "High", by=nora, team=front_desk, stage=stages["New"])
    db.session.commit()
    answer = place(case, as_(nora), column=stages["New"].id, above=high.id)

    assert f'hx-target="#case-{high.id}" hx-swap="afterend"' in answer.text
    column = column_of(as_(nora).get("/pipeline/"), stages["New"])
    assert re.findall(r'id="case-(\d+)"', column) == [str(each.id) for each in (high, case, low)]


def test_a_plain_form_moves_too(as_, nora, case, stages):
    visitor = as_(nora)
    answer = place(case, visitor, column=stages["Qualified"].id, query="?responsible=me", htmx=False)

    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/pipeline/")
    page = visitor.get(answer.location)
    assert "Flow meters for bottling line 3 moved to Qualified." in words(page)
    assert "Flow meters" in column_of(page, stages["Qualified"])


@pytest.mark.parametrize(
    ("by", "field", "column"),
    [
        ("responsible", "responsible_id", lambda world: world["marc"].id),
        ("responsible", "responsible_id", lambda world: "none"),
        ("team", "team_id", lambda world: world["support"].id),
        ("month", "deadline", lambda world: "2027-02"),
        ("priority", "priority", lambda world: "2"),
        ("category", "category_id", lambda world: world["category"].id),
    ],
)
def test_dragging_on_other_boards_does_what_their_columns_say(as_, marc, support, case, by, field, column):
    category = Category(name="Metering")
    add(category)
    value = column({"marc": marc, "support": support, "category": category})
    answer = place(case, as_(marc), column=value, by=by, query=f"?by={by}&all=1")

    assert answer.status_code == 200
    wanted = {"none": None, "2027-02": date(2027, 2, 28)}.get(value, value)
    assert getattr(case, field) == (int(wanted) if isinstance(wanted, str) else wanted)
    assert f"#column-{by}-{value}-cards" in answer.text


def test_who_comes_second_is_told_and_sees_the_first(as_, nora, marc, case, stages):
    seen = case.version
    place(case, as_(marc), column=stages["Qualified"].id)
    answer = place(case, as_(nora), column=stages["New"].id, version=seen)

    assert answer.status_code == 409
    assert "Marc Manager moved it just now. It stays where they put it." in words(answer)
    assert f'hx-target="#column-stage-{stages["Qualified"].id}-cards"' in answer.text
    assert case.stage is stages["Qualified"]


def test_who_wants_the_same_is_not_bothered_nor_by_other_changes(as_, nora, marc, case, stages):
    seen = case.version
    lock(case)
    case.edit({"priority": 3}, by=marc)
    db.session.commit()
    assert place(case, as_(nora), column=stages["Qualified"].id, version=seen).status_code == 200
    assert place(case, as_(marc), column=stages["Qualified"].id, version=seen).status_code == 200


def test_a_stage_asks_for_what_is_missing_before_anything_is_saved(as_, nora, case, stages):
    lock(stages["Negotiation"])
    stages["Negotiation"].edit({"required_fields": ["deadline", "description"]}, by=nora)
    db.session.commit()
    visitor, before = as_(nora), case.version
    asked = place(case, visitor, column=stages["Negotiation"].id)

    assert asked.status_code == 422
    assert "Move to Negotiation" in words(asked)
    assert {"deadline", "description", "column", "version"} <= set(re.findall(r'name="(\w+)"', asked.text))
    assert (case.version, case.stage) == (before, stages["Proposal"])

    again = place(case, visitor, column=stages["Negotiation"].id, deadline="soon", description="Big")
    assert again.status_code == 422
    assert 'value="soon"' in again.text
    assert "Big" in again.text

    done = place(case, visitor, column=stages["Negotiation"].id, deadline="2026-12-24", description="Big")
    assert done.status_code == 200
    assert (case.stage, case.deadline, case.description) == (stages["Negotiation"], date(2026, 12, 24), "Big")
    visitor.post(f"/history/{last_set(case).id}/undo")
    assert (case.stage, case.deadline) == (stages["Proposal"], None)


def test_a_plain_form_is_asked_on_a_page_of_its_own(as_, nora, case, stages):
    lock(stages["Negotiation"])
    stages["Negotiation"].edit({"required_fields": ["deadline"]}, by=nora)
    db.session.commit()
    page = place(case, as_(nora), column=stages["Negotiation"].id, htmx=False)

    assert page.status_code == 422
    assert "<html" in page.text
    assert 'name="deadline"' in page.text


def test_the_case_page_asks_for_what_a_stage_asks_for(as_, nora, case, stages):
    lock(stages["Negotiation"])
    stages["Negotiation"].edit({"required_fields": ["deadline"]}, by=nora)
    db.session.commit()
    answer = as_(nora).post(f"/cases/{case.id}/stage", stage=str(stages["Negotiation"].id))

    assert answer.status_code == 422
    assert "Move to Negotiation Deadline" in words(answer)


def test_what_cannot_be_is_refused_with_its_reason(as_, nora, case, support, stages):
    theirs = Stage(name="Only support", sequence=99, teams=[support])
    add(theirs)
    answer = place(case, as_(nora), column=theirs.id)

    assert answer.status_code == 409
    assert "is no stage of this team" in words(answer)
    assert case.stage is stages["Proposal"]


@pytest.mark.parametrize("who", ["nora", "marc", "ada"])
def test_ids_of_others_and_of_nothing_do_not_exist(request, as_, who, case, otto, stages, headquarters):
    closed = Team(name="Closed", members=[otto], is_open=False)
    add(closed)
    theirs = Case.make("opportunity", "Theirs", by=otto, team=closed, stage=stages["New"])
    db.session.commit()
    visitor, reader = as_(request.getfixturevalue(who)), request.getfixturevalue(who)
    missing = "999999"

    def status(one=case, **fields):
        return place(one, visitor, **{"column": stages["New"].id, **fields}).status_code

    if not theirs.is_visible_to(reader):
        assert status(theirs) == 404
        assert status(above=theirs.id) == 404
        assert visitor.get(f"/pipeline/cards/{theirs.id}/menu").status_code == 404
        assert (
            visitor.get(f"/pipeline/cards?column={stages['New'].id}&after={theirs.id}").text.count(
                'id="case-'
            )
            == 0
        )
    assert status(above=missing) == 404
    for by in ("stage", "responsible", "team", "category"):
        for column in (missing, "", "x", "-1", "9" * 30):
            assert status(by=by, column=column) == 404
    assert status(by="month", column="2026-13") == 404
    assert status(by="priority", column="4") == 404
    assert status(by="priority", column="none") == 404
    assert status(by="nothing") == 404
    assert visitor.get(f"/pipeline/new?column={missing}").status_code == 404
    assert visitor.post("/pipeline/cards", name="Pumps", column=missing).status_code == 404
    assert case.stage is stages["Proposal"]


def test_who_may_not_move_is_told_so(as_, olga, case, stages):
    lock(case)
    case.watch(olga, by=SYSTEM)
    db.session.commit()

    assert place(case, as_(olga), column=stages["New"].id).status_code == 403
    assert case.stage is stages["Proposal"]


# Acts on a card


@pytest.mark.parametrize(
    ("act", "fields", "stays"),
    [
        ("win", {}, True),
        ("archive", {}, False),
        ("priority", {"priority": "2"}, True),
        ("assignment", {"user_id": ""}, False),
    ],
)
def test_acts_from_the_board_answer_with_the_board(as_, nora, case, act, fields, stays):
    answer = as_(nora).post(f"/cases/{case.id}/{act}", htmx=True, headers=BOARD, **fields)

    assert f'hx-target="#case-{case.id}" hx-swap="delete"' in answer.text
    assert (f'<li class="card" id="case-{case.id}"' in answer.text) is stays
    assert re.findall(r'<header id="column-stage-(\d+)-head"', answer.text)
    assert f"/history/{last_set(case).id}/undo" in answer.text


def test_a_loss_asks_first_and_takes_the_card_away(as_, nora, case, stages, too_expensive):
    visitor = as_(nora)
    assert "Why was it lost?" in visitor.get(f"/cases/{case.id}/loss", htmx=True, headers=BOARD).text
    assert visitor.post(f"/cases/{case.id}/loss", htmx=True, headers=BOARD).status_code == 422
    assert case.stage is stages["Proposal"]
    answer = visitor.post(f"/cases/{case.id}/loss", htmx=True, headers=BOARD, reason_id=str(too_expensive.id))

    assert f'id="case-{case.id}"' not in answer.text
    back = visitor.post(f"/history/{last_set(case).id}/undo", htmx=True, headers=BOARD)
    assert f'<li class="card" id="case-{case.id}"' in back.text
    assert f'id="column-stage-{stages["Proposal"].id}-head"' in back.text
    assert "Taken back" in words(back)


def test_the_same_act_on_the_case_page_answers_with_the_case(as_, nora, case):
    there = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}"}
    answer = as_(nora).post(f"/cases/{case.id}/win", htmx=True, headers=there)

    assert "HX-Retarget" not in answer.headers
    assert f'id="case-{case.id}"' in answer.text
    assert "column-stage" not in answer.text


def test_the_menu_offers_every_column_and_act_and_works_without_scripts(as_, nora, case, stages):
    visitor = as_(nora)
    part, page = (
        visitor.get(f"/pipeline/cards/{case.id}/menu?responsible=me", htmx=htmx) for htmx in (True, False)
    )

    assert "<html" not in part.text
    for said in ("Move to Negotiation", "Qualified", "Won", "Lost…", "Assign…", "Archive", "Another team…",
                 "Wait", "Escalate", "Make it a draft again", "Watch it", "Cancel it"):  # fmt: skip
        assert said in words(page)
    assert "Watch it no more" not in words(page)
    action = address(re.search(r'<form method="post" action="(/pipeline/[^"]+)"', page.text)[1])
    answer = visitor.post(
        action, by="stage", column=str(stages["Negotiation"].id), above="", version=str(case.version)
    )
    assert answer.status_code == 303
    assert case.stage is stages["Negotiation"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_offers_all_that_its_page_offers(as_, ada, headquarters, kind):
    team = Team(name="Everything", parent=headquarters, kinds=list(KINDS))
    add(team)
    case = Case.make(kind, "Pumps", by=ada, team=team)
    db.session.commit()
    page, menu = (
        as_(ada).get(path).text for path in (f"/cases/{case.id}", f"/pipeline/cards/{case.id}/menu")
    )
    acts = re.compile(rf'(?:action|href)="(/cases/{case.id}/[a-z-]+)"')
    of_page = {f"/cases/{case.id}/{verb.endpoint.split('.')[1]}" for verb in (*FOREMOST, *FURTHER)}
    offered = set(acts.findall(page)) & of_page
    assert len(offered) > 5
    assert offered <= set(acts.findall(menu))


def test_watched_from_the_card(as_, nora, case):
    visitor = as_(nora)
    answer = visitor.post(f"/cases/{case.id}/watching", htmx=True, headers=BOARD)
    assert "You watch it." in words(answer)
    assert case.watchers == [nora]
    assert "Watch it no more" in words(visitor.get(f"/pipeline/cards/{case.id}/menu"))
    visitor.post(f"/cases/{case.id}/unwatching", htmx=True, headers=BOARD)
    assert case.watchers == []


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
    assert 'value="Pumps"' not in answer.text
    assert 'name="name"' in answer.text
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


# Other people's changes


def marks(page):
    return ",".join(
        f"{key}:{mark}"
        for key, mark in re.findall(r'<header [^>]*data-column="([^"]+)" data-mark="([^"]+)"', page.text)
    )


def changes(visitor, page, since=None, query="responsible=me"):
    token = since or re.search(r'data-token="([^"]+)"', page.text)[1]
    return visitor.get(f"/pipeline/changes?{query}&marks={marks(page)}&since={token}", htmx=True)


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


# Filters


def test_filters_stand_as_chips_that_can_be_dropped(as_, nora, front_desk, case, stages):
    visitor = as_(nora)
    page = visitor.get(
        f"/pipeline/?team={front_desk.id}&stage={stages['Proposal'].id}&q=flow&priority=0&priority=1"
    )

    for said in ("Team Front desk", "Stage Proposal", "Text “flow”", "Priority normal or medium"):
        assert said in words(page)
    without = [address(each) for each in re.findall(r'<a class="x" href="([^"]+)"', page.text)]
    assert len(without) == 4
    assert all(visitor.get(path).text.count('<a class="x"') == 3 for path in without)


def test_a_filter_that_names_a_stage_that_is_gone_opens_with_a_warning(as_, nora, case, stages):
    gone = stages["Qualified"]
    db.session.execute(
        sa.update(Stage).where(Stage.id == gone.id).values(deleted_at=clock.now()),
        execution_options={"history": True},
    )
    db.session.commit()
    for place_ in ("/pipeline/", "/cases/"):
        page = as_(nora).get(f"{place_}?stage={gone.id}&responsible=me")
        assert page.status_code == 200
        assert "Stage named something that is no more" in words(page)
        assert "Flow meters" in words(page)


def test_the_filter_stays_from_board_to_list_and_back(as_, nora, case, stages):
    visitor = as_(nora)
    board = visitor.get("/pipeline/?q=flow&state=all&by=priority")
    as_list = address(
        re.search(r'<a href="(/cases/\?[^"]+)"[^>]*><svg[^>]*><use href="[^"]*#layout-list', board.text)[1]
    )
    page = visitor.get(as_list)
    assert "Text “flow”" in words(page)
    assert "State any" in words(page)
    back = address(
        re.search(r'<a href="(/pipeline/\?[^"]+)"[^>]*><svg[^>]*><use href="[^"]*#layout-kanban', page.text)[
            1
        ]
    )
    assert {"q=flow", "state=all", "by=priority"} <= set(back.partition("?")[2].split("&"))


def test_the_form_asks_for_everything_and_leads_there_without_scripts(as_, nora, front_desk, stages, case):
    visitor = as_(nora)
    page = visitor.get(f"/pipeline/filter?stage={stages['Proposal'].id}&by=priority")
    asked = set(re.findall(r'name="(\w+)"', page.text))

    assert {"q", "responsible", "team", "stage", "tag", "priority", "deadline_from", "revenue_from", "channel",
            "by", "state", "stale"} <= asked  # fmt: skip
    assert re.search(rf'value="{stages["Proposal"].id}"\s*(selected|checked)', page.text)
    assert 'action="/pipeline/"' in page.text
    assert 'action="/cases/"' in visitor.get("/pipeline/filter?place=list").text


# The list


def test_a_list_is_sorted_and_paged_without_skipping_or_repeating(as_, nora, front_desk, stages):
    now = clock.now()
    rows = [
        {"name": f"Case {each:03}", "state": "open", "opened_at": now, "responsible_id": nora.id,
         "team_id": front_desk.id, "expected_revenue": each % 7 * 100 if each % 5 else None,
         "deadline": date(2026, 12, each % 3 + 1) if each % 4 else None}
        for each in range(130)
    ]  # fmt: skip
    write_many("demo", by=SYSTEM).make(Case, rows)
    db.session.commit()
    visitor = as_(nora)
    for sort in ("", "name", "-name", "revenue", "-revenue", "deadline", "-deadline", "next"):
        pages, path = [], f"/cases/?sort={sort}"
        while path:
            page = visitor.get(path)
            pages.append(re.findall(r'<td class="main"><a href="/cases/(\d+)"', page.text))
            older = re.search(r'href="([^"]+)" rel="next"', page.text)
            path = address(older[1]) if older else None
        seen = [case_id for page in pages for case_id in page]
        assert [len(page) for page in pages] == [50, 50, 30], sort
        assert len(set(seen)) == 130, sort
        assert seen == [str(each) for each in expected(sort, rows)], sort
        path = address(re.search(r'href="([^"]+)" rel="prev"', page.text)[1])
        page = visitor.get(path)
        assert re.findall(r'<td class="main"><a href="/cases/(\d+)"', page.text) == pages[1], sort
        assert re.search(r'rel="prev"', page.text)


def expected(sort, rows):
    """The ids as people would sort them: what has nothing to sort by comes last."""
    name = {"name": "name", "revenue": "expected_revenue", "deadline": "deadline", "next": "next"}.get(
        sort.lstrip("-")
    )
    if name is None:
        return sorted((row["id"] for row in rows), reverse=True)
    is_falling = (sort == "revenue") or (sort.startswith("-") and sort != "-revenue")
    keyed = [(row[name], row["id"]) for row in rows if row.get(name) is not None]
    bare = [row["id"] for row in rows if row.get(name) is None]
    return [id_ for _key, id_ in sorted(keyed, reverse=is_falling)] + sorted(bare, reverse=is_falling)


def test_a_list_costs_the_same_for_any_number_of_cases(as_, nora, front_desk, stages):
    visitor = as_(nora)
    fill(10, front_desk, stages["New"], nora)
    visitor.get("/cases/")
    few = statements(visitor, "/cases/?sort=revenue")
    fill(500, front_desk, stages["New"], nora)

    assert statements(visitor, "/cases/?sort=revenue") == few <= 12


def test_a_page_that_began_with_a_case_that_is_gone_begins_anew(as_, nora, case):
    page = as_(nora).get("/cases/?after=999999")

    assert page.status_code == 200
    assert "Flow meters" in words(page)
