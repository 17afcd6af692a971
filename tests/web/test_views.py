"""Saved views: kept, shared, changed, dropped, and the one that the board opens with."""

import re
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.history import ChangeSet
from app.domain.saved_view import SavedView
from app.domain.stage import Stage
from app.extensions import db
from tests.web.reading import words


def keep(visitor, name="Mine", query="responsible=me&by=priority", **fields):
    answer = visitor.post("/views/", name=name, query=query, **fields)
    assert answer.status_code == 303, answer.text
    return db.session.scalars(sa.select(SavedView).order_by(SavedView.id.desc())).first(), answer


def test_what_is_shown_is_kept_under_a_name(as_, nora, case):
    visitor = as_(nora)
    view, answer = keep(visitor, "By stars", "priority=0&responsible=me&by=priority&nonsense=1&stage=999")

    assert (view.name, view.user_id, view.is_shared) == ("By stars", nora.id, False)
    assert view.query == "by=priority&responsible=me&priority=0"
    page = visitor.get(answer.location)
    assert "The view is saved." in words(page)
    assert "By stars" in words(page)
    assert "Flow meters" in words(page)
    assert "changed" not in re.findall(r'class="badge warn">(\w+)<', page.text)


def test_a_view_keeps_the_order_of_the_list(as_, nora, case):
    visitor = as_(nora)
    shown = visitor.get("/cases/?responsible=me&sort=-revenue")
    assert 'name="query" value="sort=-revenue&amp;responsible=me"' in shown.text
    view, answer = keep(visitor, "Smallest first", "sort=-revenue&responsible=me", place="list")

    assert view.query == "as=list&sort=-revenue&responsible=me"
    # It opens as the list that it was, wherever one is.
    assert f'href="/cases/?view={view.id}&amp;as=list&amp;sort=-revenue' in visitor.get("/pipeline/").text
    assert answer.location.startswith("/cases/?")
    page = visitor.get(answer.location)
    assert 'aria-sort="ascending"' in page.text
    assert "changed" not in re.findall(r'class="badge warn">(\w+)<', page.text)
    other = visitor.get(f"{answer.location.replace('sort=-revenue', 'sort=name')}")
    assert "changed" in re.findall(r'class="badge warn">(\w+)<', other.text)
    # Another filter leaves the order as it is.
    form = visitor.get("/pipeline/filter?place=list&sort=-revenue&responsible=me").text
    assert '<input type="hidden" name="sort" value="-revenue">' in form


def test_a_view_without_a_name_is_asked_for_one(as_, nora):
    answer = as_(nora).post("/views/", htmx=True, name=" ", query="stale=1")

    assert answer.status_code == 422
    assert "Give it a name." in words(answer)
    assert 'value="stale=1"' in answer.text


def test_ones_own_cases_are_always_a_click_away(as_, nora):
    visitor = as_(nora)
    ours = re.compile(r'<a href="/pipeline/\?responsible=me"( aria-current="true")?>.*?My cases</a>')

    assert ours.search(visitor.get("/pipeline/?stale=1").text)[1] is None
    assert ours.search(visitor.get("/pipeline/?responsible=me").text)[1] is not None


def test_only_shared_views_are_seen_by_others(as_, nora, otto, ada):
    view, _answer = keep(as_(nora), "Secret plans")
    shared, _answer = keep(as_(nora), "For all", is_shared="1")
    for other in (otto, ada):
        page = as_(other).get("/pipeline/").text
        assert "Secret plans" not in page
        assert "For all" in page
        assert "Secret plans" not in words(as_(other).get(f"/pipeline/?view={view.id}&all=1"))
        for act in ("edit", "deletion", "default"):
            assert as_(other).post(f"/views/{view.id}/{act}", name="x").status_code == 404
        for act in ("edit", "deletion"):
            assert as_(other).post(f"/views/{shared.id}/{act}", name="x").status_code == 403
    assert shared.name == "For all"


def test_a_shared_view_of_mine_is_theirs_for_who_looks(as_, nora, otto, support, case):
    view, _answer = keep(as_(nora), "Own", "responsible=me", is_shared="1")
    Case.make("opportunity", "Valves", by=otto, team=support)
    db.session.commit()
    page = as_(otto).get(f"/pipeline/?view={view.id}&{view.query}")

    assert "Valves" in words(page)
    assert "Flow meters" not in words(page)


def test_the_board_opens_with_the_default_until_it_does_not(as_, nora, front_desk, case):
    visitor = as_(nora)
    first, _answer = keep(visitor, "First", "q=nothing")
    second, _answer = keep(visitor, "Second", "q=flow")
    visitor.post(f"/views/{first.id}/default")
    for _twice in range(2):
        visitor.post(f"/views/{second.id}/default", wanted="1")
    page = visitor.get("/pipeline/")
    assert "Second" in words(page)
    assert "Text “flow”" in words(page)
    assert first.default_for == []
    assert 'name="wanted" value="0"' in visitor.get("/pipeline/").text
    for _twice in range(2):
        visitor.post(f"/views/{second.id}/default", wanted="0")

    assert "My cases" in words(visitor.get("/pipeline/"))


def test_a_changed_view_says_so_and_can_be_saved_again(as_, nora, case):
    visitor = as_(nora)
    view, _answer = keep(visitor, "Mine", "responsible=me")
    page = visitor.get(f"/pipeline/?view={view.id}&responsible=me&priority=0")
    assert re.search(r'class="badge warn">changed<', page.text)
    action = re.search(rf'action="(/views/{view.id}/edit)"', page.text)[1]
    query = re.search(r'name="query" value="([^"]+)"', page.text)[1].replace("&amp;", "&")
    visitor.post(action, query=query)

    assert view.query == "kind=opportunity&responsible=me&priority=0"
    assert view.name == "Mine"


def test_a_view_of_a_list_keeps_its_state_and_leads_back_to_the_list(as_, nora, case):
    visitor = as_(nora)
    page = visitor.get("/cases/?state=current&responsible=me")
    query = re.search(r'name="query" value="([^"]+)"', page.text)[1].replace("&amp;", "&")
    place = re.search(r'name="place" value="([^"]+)"', page.text)[1]
    view, answer = keep(visitor, "Lately", query, place=place)

    assert urlsplit(answer.location).path == "/cases/"
    assert "State not closed, or won lately" in words(visitor.get(answer.location))
    renamed = visitor.post(f"/views/{view.id}/edit", name="Of late", place="list")
    chosen = visitor.post(f"/views/{view.id}/default", wanted="1", place="list")
    assert renamed.location == chosen.location == answer.location
    assert 'name="place" value="list"' in visitor.get(f"/views/{view.id}/edit?place=list").text


def test_a_view_is_renamed_and_shared_and_dropped_and_brought_back(as_, nora):
    visitor = as_(nora)
    view, _answer = keep(visitor)
    assert 'value="Mine"' in visitor.get(f"/views/{view.id}/edit").text
    visitor.post(f"/views/{view.id}/edit", name="Ours", is_shared="1")
    assert (view.name, view.is_shared, view.query) == ("Ours", True, "by=priority&responsible=me")
    gone = visitor.post(f"/views/{view.id}/deletion")

    assert urlsplit(gone.location).path == "/pipeline/"
    assert "The view is deleted." in words(visitor.get("/pipeline/"))
    assert visitor.get(f"/views/{view.id}/edit").status_code == 404
    made = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    visitor.post(f"/history/{made}/undo")
    assert visitor.get(f"/views/{view.id}/edit").status_code == 200


@pytest.mark.parametrize("number", ["0", "999", "x", "-1", "9" * 30])
def test_a_view_that_is_no_more_opens_as_all_there_is(as_, nora, case, number):
    page = as_(nora).get(f"/pipeline/?view={number}")

    assert page.status_code == 200
    assert "Flow meters" in words(page)


def test_a_view_that_names_what_is_gone_opens_with_a_warning(as_, nora, case, stages):
    visitor = as_(nora)
    view, answer = keep(
        visitor, "Two stages", f"stage={stages['Qualified'].id}&stage={stages['Proposal'].id}"
    )
    db.session.execute(
        sa.update(Stage).where(Stage.id == stages["Qualified"].id).values(deleted_at=clock.now()),
        execution_options={"history": True},
    )
    db.session.commit()
    visitor.post(f"/views/{view.id}/default")
    for path in (answer.location, "/pipeline/"):
        page = visitor.get(path)
        assert "Stage named something that is no more" in words(page)
        assert "Flow meters" in words(page)


def test_a_list_says_which_kind_it_shows_as_a_board_does_by_itself(as_, nora, case):
    visitor = as_(nora)
    assert 'aria-label="Remove filter: Kind Opportunity"' in visitor.get("/cases/?kind=opportunity").text
    assert "Remove filter: Kind" not in visitor.get("/pipeline/?kind=opportunity").text
