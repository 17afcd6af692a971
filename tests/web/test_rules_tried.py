"""Rules before they act: what matches, what would happen, what would have happened."""

import re

import pytest
import sqlalchemy as sa

from app.domain.case import Case
from app.domain.message import Message
from app.domain.rules import RuleRehearsal, RuleRun
from app.extensions import db
from tests.rules import rule_of
from tests.web.reading import words
from tests.web.rule_pages import STORY, story_for


def test_the_cases_that_match_are_those_that_are_counted(as_, ada, claim, case):
    rule = story_for(ada)
    page = as_(ada).get(f"/rules/{rule.id}/matches")
    assert "1 case matches now" in page.text
    assert claim.name in page.text
    assert case.name not in page.text
    count = as_(ada).get(f"/rules/{rule.id}/matches?count", htmx=True)
    assert "1 case matches now" in count.text
    typed = as_(ada).post("/rules/new/matches", **STORY | {"conditions-0-values": "opportunity"})
    assert claim.name not in typed.text


def test_a_long_list_of_matches_is_read_page_by_page(as_, ada, nora, front_desk, monkeypatch):
    from app.blueprints.rules import page

    monkeypatch.setattr(page, "A_PAGE", 2)
    for number in range(3):
        Case.make("lead", f"Lead {number}", by=nora, team=front_desk)
    db.session.commit()
    rule = rule_of(ada, on=False)
    first = as_(ada).get(f"/rules/{rule.id}/matches")
    way = re.search(r'href="(/rules/\d+/matches\?after=\d+)"', first.text)[1]
    second = as_(ada).get(way)
    assert [("Lead 1" in each.text, "Lead 2" in each.text) for each in (first, second)] == [
        (True, False),
        (False, True),
    ]


def test_a_dry_run_says_what_would_happen_and_does_nothing(as_, ada, marc, claim):
    rule = story_for(ada)
    for sent in ({"which": "all"}, {"case": claim.name}, {"case": f"#{claim.id}"}):
        answer = as_(ada).post(f"/rules/{rule.id}/trial", **sent)
        assert answer.status_code == 200
        said = words(answer)
        assert "Nothing was done." in said
        assert "priority normal → high" in said
        assert f"Mail to {marc.name}" in said
    db.session.expire_all()
    assert claim.priority == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RuleRun)) == 0


def test_a_dry_run_tries_what_stands_in_the_editor(as_, ada, claim):
    rule = story_for(ada)
    typed = STORY | {"actions-0-priority": "3"}
    answer = as_(ada).post(f"/rules/{rule.id}/trial", htmx=True, which="all", **typed)
    assert "priority normal → very high" in words(answer)


def test_a_dry_run_on_others_says_why_nothing_would_happen(as_, ada, claim, case):
    rule = story_for(ada)
    answer = as_(ada).post(f"/rules/{rule.id}/trial", case=f"#{case.id}")
    assert "It is not for this case" in answer.text
    answer = as_(ada).post(f"/rules/{rule.id}/trial", case="No such thing")
    assert answer.status_code == 422
    assert "No case you know is called “No such thing”." in answer.text


def test_a_rehearsal_is_held_by_the_worker_and_shows_the_mail(as_, ada, marc, claim, run_jobs):
    rule = story_for(ada)
    visitor = as_(ada)
    answer = visitor.post(f"/rules/{rule.id}/rehearsals", days="30")
    assert answer.status_code == 303
    assert "are being gone through" in visitor.get(answer.location).text
    run_jobs()
    page = words(visitor.get(answer.location))
    assert (
        "It would have acted on 1 case, 1 time, and sent 1 mail. Nothing was done and nothing sent." in page
    )
    assert claim.name in page
    assert f"Mail to {marc.name}" in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0


@pytest.mark.parametrize("days", ["", "0", "999", "many", "-3"])
def test_a_rehearsal_of_no_days_is_asked_about(as_, ada, days):
    rule = story_for(ada)
    answer = as_(ada).post(f"/rules/{rule.id}/rehearsals", days=days)
    assert answer.status_code == 422
    assert "from 1 to 365" in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RuleRehearsal)) == 0
