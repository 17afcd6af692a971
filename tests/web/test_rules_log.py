"""What rules did, as the history and their log tell it."""

from datetime import timedelta

from app import clock
from app.domain.case import Case
from app.domain.history import lock
from app.domain.lists import Tag
from app.domain.rules import timing
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add, person
from tests.rules import rule_of
from tests.web.reading import words
from tests.web.rule_pages import story_for


def test_history_says_why_a_rule_acted_and_leads_to_it(as_, ada, otto, led_support):
    rule = story_for(ada, on=True)
    claim = Case.make("claim", "Wrong flange", by=otto, team=led_support, responsible=otto)
    claim.open(by=otto)
    db.session.commit()
    with clock.stopped_at(clock.now() + timedelta(days=2, minutes=1)):
        timing.evaluate()
        page = as_(ada).get(f"/cases/{claim.id}")
        assert "Because it is without a contact for more than 2 days." in words(page)
        assert f'href="/rules/{rule.id}"' in page.text
        theirs = as_(otto).get(f"/cases/{claim.id}")
        assert "Because it is without a contact for more than 2 days." in words(theirs)
        assert f'href="/rules/{rule.id}"' not in theirs.text
        log = words(as_(ada).get(f"/rules/{rule.id}/log"))
    assert "Wrong flange" in log
    assert "Kind Claim State Open" in log


def test_the_log_says_what_was_changed_and_who_was_told(as_, ada, case, nora, marc, statements):
    tag = Tag(name="Urgent")
    add(tag)
    rule = rule_of(
        ada,
        triggers=[{"key": "communicated"}],
        actions=[
            {"key": "priority", "priority": 2},
            {"key": "tag", "ids": [tag.id]},
            {"key": "tell", "whom": ["responsible", "owner"]},
            {
                "key": "mail",
                "to": ["addresses"],
                "addresses": ["till@shop.example"],
                "subject": "Hm",
                "text": "Hm",
            },
            {"key": "note", "text": "Looked at"},
            {"key": "webhook", "url": "https://hooks.example/a/secret"},
        ],
    )

    def call():
        lock(case)
        case.log("They called", by=nora)
        db.session.commit()

    call()
    for path in (f"/rules/{rule.id}/log", f"/rules/{rule.id}"):
        said = words(as_(ada).get(path))
        for deed in (
            "priority normal → high",
            "tag nothing → Urgent",
            f"told {nora.name}, {ada.name}",
            "mail to till@shop.example",
            "wrote a note",
            "calls hooks.example, which has not answered yet",
        ):
            assert deed in said, path
        assert "secret" not in said.partition("Lately")[2]
    once, _page = statements(as_(ada), f"/rules/{rule.id}/log")
    call()
    call()
    thrice, page = statements(as_(ada), f"/rules/{rule.id}/log")
    assert (thrice, page.text.count("wrote a note")) == (once, 3)


def test_the_log_names_no_case_that_its_reader_may_not_know_of(as_, ada, marc, nora, front_desk):
    rule = rule_of(marc, team_id=front_desk.id)
    case = Case.make("lead", "Moves away", by=nora, team=front_desk)
    db.session.commit()
    far = person("Fritz Far", "salesperson")
    elsewhere = Team(name="Elsewhere", leader=far, members=[far])
    add(elsewhere)
    lock(case)
    case.hand_to_team(elsewhere, by=ada)
    db.session.commit()
    assert "Moves away" in as_(ada).get(f"/rules/{rule.id}/log").text
    page = as_(marc).get(f"/rules/{rule.id}/log")
    assert "Moves away" not in page.text
    assert "another case" in page.text
    assert "wrote a note" not in page.text


def test_the_history_tells_what_rules_did_that_people_do_not(as_, ada, case, nora):
    further = rule_of(ada, name="Further", triggers=[{"key": "won"}])
    rule_of(
        ada,
        triggers=[{"key": "changed"}],
        actions=[
            {"key": "tell", "whom": ["responsible"]},
            {"key": "remind_responsible"},
            {"key": "webhook", "url": "https://hooks.example/a/secret"},
            {"key": "rules", "rules": [further.id]},
        ],
    )
    lock(case)
    case.edit({"city": "Bergen"}, by=nora)
    db.session.commit()
    said = words(as_(ada).get(f"/cases/{case.id}"))
    for sentence in (
        f"A rule told {nora.name} of it",
        f"A rule reminds {nora.name}",
        "A rule called hooks.example",
        "A rule ran further rules: Further",
        f"Because {nora.name} changed.",
    ):
        assert sentence in said
    assert "secret" not in said
