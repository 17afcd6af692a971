"""A page of a case that stays open is told what others do to it."""

import json
import re
from html import unescape

import pytest

from app.domain.history import lock
from app.extensions import db
from tests.web.reading import words


@pytest.fixture
def page(as_, nora, case):
    """Nora's page, as it is open before her."""
    visitor = as_(nora)

    def news(answer=None, **headers):
        shown = answer or visitor.get(f"/cases/{case.id}")
        address = unescape(re.search(r'data-news="([^"]+)"', shown.text)[1])
        return visitor.get(
            f"{address}&bell=none" if headers.pop("bell", 0) else address, htmx=True, headers=headers
        )

    visitor.news = news
    return visitor


def test_nothing_is_sent_while_nothing_is_different(page):
    answer = page.news()

    assert (answer.status_code, answer.text) == (204, "")


def test_what_another_edits_comes_with_its_line(page, case, marc):
    opened = page.get(f"/cases/{case.id}")
    lock(case)
    case.edit({"name": "Flow meters, all of them"}, by=marc)
    db.session.commit()

    answer = page.news(opened)

    assert answer.status_code == 200
    assert "Flow meters, all of them" in words(answer)
    assert "Marc Manager changed name" in words(answer)
    assert json.loads(answer.headers["HX-Trigger"]) == {"say": f"Changed by {marc.name}."}
    assert page.news(answer).status_code == 204


def test_a_note_comes_alone_with_what_stands_around_it(page, case, marc):
    opened = page.get(f"/cases/{case.id}")
    lock(case)
    case.note("They want it before Christmas.", by=marc)
    db.session.commit()

    answer = page.news(opened)

    assert "They want it before Christmas." in words(answer)
    assert answer.text.count('<article class="ev') == 1
    assert 'id="text"' not in answer.text  # the box in which somebody may be writing


def test_more_than_a_page_of_lines_is_the_history_anew(page, case, marc):
    opened = page.get(f"/cases/{case.id}")
    lock(case)
    for number in range(26):
        case.note(f"Note {number}.", by=marc)
    db.session.commit()

    answer = page.news(opened)

    assert f'hx-target="#case-{case.id}-lines"' in answer.text
    assert "Show older lines" in words(answer)


def test_where_one_kind_of_line_is_looked_at_no_other_comes(page, case, marc):
    opened = page.get(f"/cases/{case.id}?show=mail")
    lock(case)
    case.edit({"name": "Flow meters, all of them"}, by=marc)
    db.session.commit()

    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}?show=mail"}
    answer = page.news(opened, **here)

    assert "Flow meters, all of them" in words(answer)
    assert '<article class="ev' not in answer.text
    assert page.news(answer, **here).status_code == 204


def test_the_bell_comes_along(page, case):
    answer = page.news(bell=True)

    assert answer.status_code == 200
    assert 'hx-target="#bell"' in answer.text
    assert f"case-{case.id}-facts" not in answer.text
