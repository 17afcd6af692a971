"""A page of a case that stays open is told what others do to it."""

import json
import re
from html import unescape

import pytest
import sqlalchemy as sa

from app.domain.history import lock, undo
from app.domain.permission import Permission
from app.extensions import db
from tests.conftest import last_set
from tests.web.reading import words


@pytest.fixture
def hers(as_, nora):
    """Nora's browser."""
    return as_(nora)


def news_of(shown, visitor, more="", show=""):
    """What a page that was shown is told when it asks; `show` is the kind of lines that is looked at meanwhile."""
    address = unescape(re.search(r'data-news="([^"]+)"', shown.text)[1])
    page = address.partition("/changes")[0]
    here = {"HX-Current-URL": f"http://holdfast.example{page}{f'?show={show}' if show else ''}"}
    return visitor.get(f"{address}{more}", htmx=True, headers=here)


def by(who, case, act):
    lock(case)
    act(case, who)
    db.session.commit()


def rename(case, who):
    case.edit({"name": "Flow meters, all of them"}, by=who)


def note(case, who):
    case.note("They want it before Christmas.", by=who)


def lines_in(answer):
    return answer.text.count('<article class="ev')


def test_nothing_is_sent_while_nothing_is_different(hers, case):
    answer = news_of(hers.get(f"/cases/{case.id}"), hers)

    assert (answer.status_code, answer.text) == (204, "")


def test_what_another_edits_comes_with_its_line(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}")
    by(marc, case, rename)
    answer = news_of(opened, hers)

    assert answer.status_code == 200
    assert "Marc Manager changed name" in words(answer)
    assert lines_in(answer) == 1
    assert json.loads(answer.headers["HX-Trigger"]) == {"say": f"Changed by {marc.name}."}
    assert news_of(answer, hers).status_code == 204


def test_ones_own_act_in_another_tab_is_not_announced(hers, case, nora):
    opened = hers.get(f"/cases/{case.id}")
    by(nora, case, rename)
    answer = news_of(opened, hers)

    assert "Flow meters, all of them" in words(answer)
    assert "HX-Trigger" not in answer.headers


def test_a_note_comes_alone_and_with_all_that_one_may_do_to_it(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}")
    by(marc, case, note)
    answer = news_of(opened, hers)

    assert "They want it before Christmas." in words(answer)
    assert lines_in(answer) == 1
    assert "Pin" in words(answer)
    assert 'id="text"' not in answer.text  # the box in which somebody may be writing


def test_more_than_a_page_of_lines_is_the_history_anew(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}")
    for _ in range(26):
        by(marc, case, note)
    answer = news_of(opened, hers)

    assert f'hx-target="#case-{case.id}-lines"' in answer.text
    assert "Show older lines" in words(answer)
    assert news_of(answer, hers).status_code == 204


def test_what_is_taken_back_is_struck_where_it_stands(hers, case, marc):
    by(marc, case, note)
    opened = hers.get(f"/cases/{case.id}")
    undo(last_set(case), by=marc)
    db.session.commit()
    answer = news_of(opened, hers)

    assert "Taken back" in words(answer)
    assert "They want it before Christmas." in words(answer)


def test_where_one_kind_of_line_is_looked_at_no_other_comes(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}")
    by(marc, case, rename)
    answer = news_of(opened, hers, show="mail")  # which she chose since

    assert "Flow meters, all of them" in words(answer)
    assert lines_in(answer) == 0
    assert news_of(answer, hers, show="mail").status_code == 204


def test_of_the_kind_that_is_looked_at_the_new_line_comes(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}")
    by(marc, case, rename)
    by(marc, case, note)
    answer = news_of(opened, hers, show="notes")

    assert "They want it before Christmas." in words(answer)
    assert lines_in(answer) == 1


def test_beside_the_lines_of_a_partner_all_are_read_anew(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}?partner=1")
    by(marc, case, note)
    shown = unescape(re.search(r'data-news="([^"]+)"', opened.text)[1])
    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}?partner=1"}
    answer = hers.get(shown, htmx=True, headers=here)

    assert f'hx-target="#case-{case.id}-lines"' in answer.text
    assert "They want it before Christmas." in words(answer)


def test_back_at_all_lines_the_next_one_comes(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}?show=mail")
    by(marc, case, note)
    answer = news_of(opened, hers)

    assert "They want it before Christmas." in words(answer)
    assert lines_in(answer) == 1


def test_the_bell_comes_along(hers, case):
    answer = news_of(hers.get(f"/cases/{case.id}"), hers, more="&bell=none")

    assert answer.status_code == 200
    assert 'hx-target="#bell"' in answer.text
    assert f"case-{case.id}-facts" not in answer.text


def test_who_may_no_longer_edit_is_shown_no_way_to(hers, case, marc):
    opened = hers.get(f"/cases/{case.id}")
    assert f"/cases/{case.id}/fields/deadline" in opened.text
    db.session.execute(
        sa.delete(Permission).where(Permission.role == "salesperson", Permission.act == "edit")
    )
    by(marc, case, rename)
    answer = news_of(opened, hers)

    assert "Flow meters, all of them" in words(answer)
    assert f"/cases/{case.id}/fields/deadline" not in answer.text


def test_who_lost_sight_of_it_is_answered_like_a_stranger(as_, otto, case, nora):
    by(nora, case, lambda case, who: case.watch(otto, by=who))
    visitor = as_(otto)
    opened = visitor.get(f"/cases/{case.id}")
    assert "This case is gone, or no longer yours to see." in opened.text  # what its script says then
    by(nora, case, lambda case, who: case.unwatch(otto, by=who))

    assert news_of(opened, visitor).status_code == 404
