"""The board in use: cards are moved, asked about, acted on."""

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from app.blueprints.cases.page import FOREMOST, FURTHER
from app.domain.actor import SYSTEM
from app.domain.case import KINDS, Case
from app.domain.history import lock
from app.domain.lists import Category
from app.domain.rules import plugins
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add, last_set
from tests.rules import rule_of
from tests.web.board_pages import BOARD, address, column_of, place
from tests.web.reading import words

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


def test_what_a_rule_makes_of_a_move_comes_above_it(as_, nora, ada, case, front_desk, stages, monkeypatch):
    class Splitting:
        name = "split"

        @staticmethod
        def load():
            facts = {"team_id": front_desk.id, "responsible_id": nora.id, "stage_id": stages["New"].id}
            return lambda _case, *, by: Case.make("opportunity", "The other half", by=by, **facts)

    monkeypatch.setattr(plugins, "entry_points", lambda group: [Splitting] if group == plugins.GROUP else [])
    rule_of(
        ada,
        triggers=[{"key": "changed", "fields": ["stage_id"]}],
        actions=[{"key": "plugin", "name": "split"}],
    )
    visitor = as_(nora)
    answer = place(case, visitor, column=stages["New"].id)

    made = db.session.scalars(sa.select(Case).where(Case.name == "The other half")).one()
    column = column_of(visitor.get("/pipeline/"), stages["New"])
    assert re.findall(r'id="case-(\d+)"', column) == [str(made.id), str(case.id)]
    assert f'hx-target="#case-{made.id}" hx-swap="afterend"' in answer.text


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
