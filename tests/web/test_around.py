"""What stands around every page is kept drawn: it follows who reads, where they are, and what there is to go to."""

import re

import sqlalchemy as sa

from app.domain.organisation import Organisation
from app.extensions import db
from tests.web.editing import change
from tests.web.reading import words


def side(answer):
    (found,) = re.findall(r'<nav class="side".*?</nav>', answer.text, re.DOTALL)
    return found


def current(answer):
    """Where the ways say that one is, beside the work and under the thumb."""
    tabs = re.findall(r'<nav class="tabs".*?</nav>', answer.text, re.DOTALL)
    return [
        re.findall(r'href="([^"]+)"[^>]* aria-current="page"', part) for part in (side(answer), "".join(tabs))
    ]


def test_the_way_about_says_where_one_is(as_, nora, case):
    visitor = as_(nora)
    for path, place in (
        ("/cases/", "/cases/"),
        ("/pipeline/", "/pipeline/"),
        (f"/cases/{case.id}", "/cases/"),
    ):
        assert current(visitor.get(path)) == [[place], [place]]
    assert current(visitor.get("/more")) == [["/more"], ["/more"]]


def test_each_has_their_own_way_about(as_, ada, nora, case):
    hers, of_ada = (side(as_(who).get(f"/cases/{case.id}")) for who in (nora, ada))
    assert "Nora Lindahl" in hers
    assert "/worker/" not in hers
    assert "Nora Lindahl" not in of_ada
    assert "/worker/" in of_ada


def test_the_way_about_follows_names_language_and_saved_views(as_, ada, nora, otto, case):
    visitor = as_(nora)
    assert "Saved views" not in side(visitor.get("/cases/"))
    visitor.post("/views/", name="Mine of today", query="mine=1", place="list", next="/cases/")
    (opens,) = re.findall(r'href="([^"]+)"[^>]*><span class="dot', side(visitor.get("/cases/")))
    assert opens in current(visitor.get(opens.replace("&amp;", "&").replace("/pipeline/", "/cases/")))[0]
    assert opens not in current(visitor.get("/cases/"))[0]
    assert "Mine of today" not in side(as_(otto).get("/cases/"))

    change(nora, ada, name="Nora Berg")
    change(db.session.scalars(sa.select(Organisation)).one(), ada, name="Meters & Co")
    page = visitor.get("/cases/")
    assert "Nora Berg" in side(page)
    assert "Nora Lindahl" not in side(page)
    assert "Meters &amp; Co" in side(page)

    change(nora, nora, language="de")
    assert "Mein Tag" in side(visitor.get("/cases/"))
    assert "Suchen" in words(visitor.get("/cases/"))
