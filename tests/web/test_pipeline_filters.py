"""What the board and the list leave out, and in which order."""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask import g, request

from app import clock
from app.blueprints.cases.listing import Listing
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import write_many
from app.domain.stage import Stage
from app.extensions import db
from tests.plans import plan_of
from tests.web.board_pages import address, fill, statements
from tests.web.reading import words

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
    as_list = address(re.search(r'<a href="(/cases/\?[^"]+)"[^>]*><svg.*?</svg>List', board.text)[1])
    page = visitor.get(as_list)
    assert "Text “flow”" in words(page)
    assert "State any" in words(page)
    back = address(re.search(r'<a href="(/pipeline/\?[^"]+)"[^>]*><svg.*?</svg>Board', page.text)[1])
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


def test_an_amount_that_nobody_understands_is_named(as_, nora, case):
    told = words(as_(nora).get("/cases/?revenue_from=abc"))
    assert "was not written so that it can be understood" in told


@pytest.mark.parametrize(
    ("asked", "is_own"),
    [
        ("responsible=me&sort=revenue", True),
        ("responsible=me&sort=-revenue", True),
        ("responsible=me&sort=name", False),
        ("sort=revenue", False),
        ("responsible=me&sort=revenue&state=all", False),
    ],
)
def test_however_many_cases_one_has_their_worth_leads_past_nobody_elses(
    app, nora, monkeypatch, asked, is_own
):
    monkeypatch.setattr("app.blueprints.cases.listing.COUNTED", 0)
    with app.test_request_context(f"/cases/?{asked}"):
        g._login_user = nora
        listing = Listing(request.args)
        plan = plan_of(listing.query("start", is_walked=listing.is_walked))
        assert listing.found == []

    # PostgreSQL knows by its figures which way is shorter.
    if db.engine.dialect.name == "sqlite":
        assert ("ix_cases_worth" in plan) is is_own
