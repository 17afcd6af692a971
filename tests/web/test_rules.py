"""The pages of rules: made, changed by two at once, tried, rehearsed, switched, put in order, called from outside."""

import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import Event, lock
from app.domain.lists import Category, Tag
from app.domain.message import Message, Recipient
from app.domain.rules import ACTIONS, CONDITIONS, TRIGGERS, Rule, RuleRehearsal, RuleRun, timing
from app.domain.team import Team
from app.extensions import db
from tests.conftest import Visitor, add, person
from tests.rules import acted, rule_of

STORY = {
    "name": "Claims without contact",
    "triggers-0-key": "since_contact",
    "triggers-0-number": "2",
    "triggers-0-unit": "days",
    "conditions-word": "all",
    "conditions-0-key": "kind",
    "conditions-0-values": "claim",
    "conditions-1-key": "state",
    "conditions-1-values": "open",
    "actions-0-key": "priority",
    "actions-0-priority": "2",
    "actions-1-key": "tell",
    "actions-1-whom": "leader",
}
SENTENCE = (
    "When a claim is without a contact for more than 2 days and it is open, "
    "set its priority to high, tell the leader."
)


def words(page):
    """What one reads, without the markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.text)).replace("&#39;", "'")


def newest():
    db.session.expire_all()
    return db.session.scalars(sa.select(Rule).order_by(Rule.id.desc())).first()


@pytest.fixture
def led_support(support, marc):
    """Support, led by Marc himself."""
    lock(support)
    support.edit({"leader_id": marc.id}, by=marc)
    db.session.commit()
    return support


@pytest.fixture
def claim(led_support, otto, marc):
    """Open for three days, and nobody has spoken with them."""
    support = led_support
    with clock.stopped_at(clock.now() - timedelta(days=3)):
        made = Case.make("claim", "Wrong flange delivered", by=marc, team=support, responsible=otto)
        made.open(by=otto)
        db.session.commit()
    return made


# Making one


def test_a_rule_is_made_off_and_says_what_it_does(as_, ada, support):
    answer = as_(ada).post("/rules/new", **STORY)
    rule = newest()
    assert (answer.status_code, answer.location) == (303, f"/rules/{rule.id}")
    assert (rule.name, rule.is_on, rule.owner_id) == ("Claims without contact", False, ada.id)
    page = as_(ada).get(answer.location)
    assert SENTENCE in words(page)
    assert "Saved. It is off until you switch it on." in page.text or "is on" in page.text
    assert SENTENCE in words(as_(ada).get("/rules/"))


def test_every_entry_of_the_registry_can_be_shown_and_sent_back_empty(as_, ada):
    """The editor has no template of its own for any of them."""
    for place, registry in (("triggers", TRIGGERS), ("conditions", CONDITIONS), ("actions", ACTIONS)):
        for key, entry in registry.items():
            page = as_(ada).post("/rules/new/draft", name="Half", **{f"{place}-0-key": key})
            assert page.status_code == 200
            for parameter in entry.parameters:
                assert f"f-{place}-0-{parameter.name}" in page.text, (key, parameter.name)
            assert as_(ada).post("/rules/new", name="Half", **{f"{place}-0-key": key}).status_code == 422
    assert newest() is None


def test_what_is_wrong_stands_beside_its_field_and_all_that_was_typed_stays(as_, ada):
    typed = STORY | {
        "name": "",
        "triggers-0-number": "many",
        "actions-1-key": "mail",
        "actions-1-to": "addresses",
        "actions-1-addresses": "nobody",
        "actions-1-subject": "About {{ case.nonsense }}",
        "actions-1-text": "Kept as it is",
    }
    for htmx in (False, True):
        answer = as_(ada).post("/rules/new", htmx=htmx, **typed)
        assert answer.status_code == 422
        for id_, sentence in (
            ("f-name", "Give it a name"),
            ("f-triggers-0-number", "cannot be “many”"),
            ("f-actions-1-addresses", "“nobody” is no mail address."),
            ("f-actions-1-subject", "case.nonsense"),
        ):
            told = re.search(rf'id="{id_}-e".*?</p>', answer.text, re.DOTALL)
            assert told, id_
            assert sentence in told[0]
        for kept in ('value="many"', 'value="nobody"', "Kept as it is", "About {{ case.nonsense }}"):
            assert kept in answer.text
        assert ("<html" in answer.text) is not htmx
    assert newest() is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8765/hooks/x",
        "http://localhost/",
        "http://[::1]/",
        "https://10.1.2.3/a",
        "http://2130706433/",
    ],
)
def test_an_address_that_can_never_be_called_is_refused_beside_its_field(as_, ada, url):
    typed = STORY | {"actions-1-key": "webhook", "actions-1-url": url}
    answer = as_(ada).post("/rules/new", **typed)
    assert answer.status_code == 422
    told = re.search(r'id="f-actions-1-url-e".*?</p>', answer.text, re.DOTALL)[0]
    assert "is in a network of our own, where rules call nobody." in told
    assert (
        as_(ada).post("/rules/new", **typed | {"actions-1-url": "https://hooks.example/x"}).status_code == 303
    )


@pytest.mark.parametrize("missing", ["triggers", "actions"])
def test_a_rule_says_when_and_what(as_, ada, missing):
    typed = {name: value for name, value in STORY.items() if not name.startswith(missing)}
    answer = as_(ada).post("/rules/new", **typed)
    assert answer.status_code == 422
    assert f'id="{missing}-e"' in answer.text


def test_sent_twice_it_is_one_rule(as_, ada):
    visitor = as_(ada)
    key = re.search(r'name="once" value="([^"]+)"', visitor.get("/rules/new").text)[1]
    first, second = (visitor.post("/rules/new", once=key, **STORY) for _time in range(2))
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rule)) == 1


# Rows


def test_rows_come_go_and_change_places_with_everything_typed(as_, ada):
    visitor = as_(ada)

    def rows(page, place):
        return re.findall(
            rf'<div class="cond" id="({place}[^"]*)" role="group" aria-label="([^"]*)"', page.text
        )

    page = visitor.post("/rules/new/draft", do="down:actions-0", **STORY)
    assert [label for _id, label in rows(page, "actions")] == ["Tell somebody of ours", "Set the priority"]
    page = visitor.post("/rules/new/draft", do="remove:conditions-0", **STORY)
    assert rows(page, "conditions") == [("conditions-0", "State")]
    page = visitor.post("/rules/new/draft", do="add:triggers", **STORY)
    assert rows(page, "triggers") == [
        ("triggers-0", "Time since the last contact"),
        ("triggers-1", "nothing chosen yet"),
    ]
    page = visitor.post("/rules/new/draft", do="group:conditions", **STORY)
    assert 'name="conditions-2-word"' in page.text
    assert ("conditions-2-0", "nothing chosen yet") in rows(page, "conditions")
    assert 'value="Claims without contact"' in page.text


def test_groups_are_kept_in_one_another(as_, ada, support):
    inner = {
        "conditions-2-word": "none",
        "conditions-2-0-key": "team",
        "conditions-2-0-ids": str(support.id),
        "conditions-2-1-word": "any",
        "conditions-2-1-0-key": "priority",
        "conditions-2-1-0-least": "2",
    }
    assert as_(ada).post("/rules/new", **STORY | inner).status_code == 303
    assert newest().conditions["all"][2] == {
        "none": [{"key": "team", "ids": [support.id]}, {"any": [{"key": "priority", "least": 2}]}]
    }
    page = as_(ada).get(f"/rules/{newest().id}")
    assert 'id="f-conditions-2-1-0-least"' in page.text


def test_an_empty_group_is_asked_about(as_, ada):
    answer = as_(ada).post("/rules/new", **STORY | {"conditions-2-word": "any"})
    assert answer.status_code == 422
    assert "This group is empty." in answer.text


def test_a_partner_is_chosen_by_name(as_, ada, brewery):
    typed = STORY | {"conditions-0-key": "partner", "conditions-0-ids-typed": "hofmann brewery"}
    page = as_(ada).post("/rules/new/draft", **typed)
    assert f'name="conditions-0-ids" value="{brewery.id}" checked' in page.text
    assert as_(ada).post("/rules/new", **typed).status_code == 303
    assert newest().conditions["all"][0] == {"key": "partner", "ids": [brewery.id]}
    answer = as_(ada).post("/rules/new", **typed | {"conditions-0-ids-typed": "Nobody Ltd"})
    assert answer.status_code == 422
    assert "Nobody you know is called “Nobody Ltd”." in answer.text


def test_the_sentence_and_the_number_follow_what_is_typed(as_, ada, claim):
    visitor = as_(ada)
    live = visitor.post("/rules/new/draft?live", htmx=True, **STORY)
    assert SENTENCE in words(live)
    assert "1 case matches now" in live.text
    live = visitor.post("/rules/new/draft?live", htmx=True, **STORY | {"triggers-0-number": "4"})
    assert "No case matches now" in live.text
    live = visitor.post("/rules/new/draft?live", htmx=True, **STORY | {"triggers-0-number": ""})
    assert "counted when every row is filled" in live.text
    assert newest() is None


def test_the_sentence_says_days_as_one_does_and_leaves_a_gap_for_what_is_not_right_yet(as_, ada, claim):
    days = {
        "actions-0-key": "deadline",
        "actions-0-day": "+3",
        "actions-1-key": "note",
        "actions-1-text": "Hm",
    }
    typed = {name: value for name, value in STORY.items() if not name.startswith("actions")} | days

    def said(**more):
        return words(as_(ada).post("/rules/new/draft?live", htmx=True, **typed | more))

    assert "let its deadline be in 3 days, write a note." in said()
    assert "let its deadline be December 31, 2026, write" in said(**{"actions-0-day": "2026-12-31"})
    assert "take off its deadline, write" in said(**{"actions-0-day": "none"})
    broken = said(**{"actions-0-day": "soon"})
    assert "it is open, …, write a note." in broken
    assert "1 case matches now What it does is not whole yet" in broken
    broken = said(**{"conditions-1-key": "name"})
    assert "for more than 2 days and …, let its deadline" in broken
    assert "matches now" not in broken


def test_each_row_that_needs_another_look_is_named_once_with_its_fields(as_, ada):
    empty = dict.fromkeys(("triggers-0-number", "triggers-0-unit"), "")
    answer = as_(ada).post("/rules/new", **STORY | empty | {"actions-1-key": ""})
    box = re.search(r"data-errors>.*?</div></div>", answer.text, re.DOTALL)[0]
    assert "2 places need another look." in box
    assert re.findall(r'<a href="#([^"]+)"[^>]*>([^<]+)</a>', box) == [
        ("f-triggers-0-number", "Time since the last contact (How many, Unit)"),
        ("f-actions-1-key", "What: nothing chosen yet"),
    ]


def test_what_was_wrong_is_looked_at_anew_while_it_is_mended(as_, ada):
    broken = STORY | {"triggers-0-number": "soon", "name": ""}
    page = as_(ada).post("/rules/new/draft?checked", htmx=True, **broken)
    assert "2 places need another look." in page.text
    page = as_(ada).post("/rules/new/draft?checked", htmx=True, **broken | {"triggers-0-number": "2"})
    assert "One place needs another look." in page.text
    assert "cannot be “soon”" not in page.text
    page = as_(ada).post("/rules/new/draft?checked", htmx=True, **STORY)
    assert "another look" not in page.text
    assert newest() is None


def test_what_no_index_serves_says_what_it_costs(as_, ada, claim, monkeypatch):
    from app.blueprints.rules import page
    from app.domain.rules.matching import Cost

    monkeypatch.setattr(page, "cost", lambda _rule: Cost(False, 1_500_000))
    live = as_(ada).post("/rules/new/draft?live", htmx=True, **STORY)
    assert "each minute about 1,500,000 are looked at, in about 3.0 s." in live.text


# Changing one


def test_saved_again_it_is_changed(as_, ada):
    rule = rule_of(ada, name="Old", on=False)
    answer = as_(ada).post(f"/rules/{rule.id}", version=rule.version, **STORY | {"stops": "1"})
    assert answer.status_code == 303
    rule = newest()
    assert (rule.name, rule.stops, rule.triggers[0]["key"]) == (
        "Claims without contact",
        True,
        "since_contact",
    )


def test_before_or_after_is_asked_only_where_both_can_be(as_, ada):
    for key, is_asked in (("since_contact", False), ("deadline", True)):
        page = as_(ada).post("/rules/new/draft", **STORY | {"triggers-0-key": key})
        assert ("Before or after" in page.text) is is_asked
    as_(ada).post("/rules/new", **STORY)
    assert newest().triggers[0]["direction"] == "after"


def test_two_who_edit_different_things_both_get_theirs(as_, ada):
    rule = rule_of(ada, name="Old", on=False)
    version = rule.version
    typed = {"triggers-0-key": "created", "actions-0-key": "note", "actions-0-text": "The rule was here."}
    as_(ada).post(f"/rules/{rule.id}", version=version, name="New", **typed)
    answer = as_(ada).post(
        f"/rules/{rule.id}", version=version, name="Old", **typed | {"actions-0-text": "Other"}
    )
    assert answer.status_code == 303
    assert (newest().name, newest().actions[0]["text"]) == ("New", "Other")


@pytest.mark.parametrize(("keep", "wanted"), [("theirs", "First"), ("mine", "Second")])
def test_two_who_edit_the_same_choose(as_, ada, keep, wanted):
    rule = rule_of(ada, on=False)
    version = rule.version
    typed = {
        "name": "A rule",
        "triggers-0-key": "created",
        "actions-0-key": "field",
        "actions-0-field": "city",
    }
    as_(ada).post(f"/rules/{rule.id}", version=version, **typed | {"actions-0-value": "First"})
    mine = typed | {"actions-0-value": "Second"}
    answer = as_(ada).post(f"/rules/{rule.id}", version=version, **mine)
    assert answer.status_code == 409
    assert "set its City to “First”" in answer.text
    assert "set its City to “Second”" in answer.text
    assert newest().actions[0]["value"] == "First"
    found = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    since = re.search(r'name="since-actions" value="(\d+)"', answer.text)[1]
    chosen = {"since-actions": since, "keep-actions": keep}
    answer = as_(ada).post(f"/rules/{rule.id}", version=found, **mine | chosen)
    assert answer.status_code == 303, answer.text
    assert newest().actions[0]["value"] == wanted


# Whose they are


def test_a_manager_makes_rules_for_the_teams_that_they_lead(as_, marc, support):
    page = as_(marc).get("/rules/new")
    assert "all teams" not in page.text
    assert as_(marc).post("/rules/new", **STORY).status_code == 422
    assert as_(marc).post("/rules/new", **STORY | {"team_id": str(support.id)}).status_code == 303
    assert newest().team_id == support.id


def test_a_manager_neither_sees_nor_takes_rules_of_others(as_, ada, marc, support):
    far = person("Fritz Far", "manager")
    elsewhere = Team(name="Elsewhere", leader=far)
    add(elsewhere)
    rule = rule_of(ada, name="Far away", team_id=elsewhere.id)
    mine = rule_of(marc, name="Near", team_id=support.id)
    page = as_(marc).get("/rules/")
    assert "Near" in page.text
    assert "Far away" not in page.text
    assert as_(marc).get(f"/rules/{rule.id}").status_code == 404
    answer = as_(marc).post(
        f"/rules/{mine.id}", version=mine.version, **STORY | {"team_id": str(elsewhere.id)}
    )
    assert answer.status_code == 422
    assert newest().team_id == support.id


def test_salespeople_and_operators_have_no_rules(as_, nora, olga):
    for user in (nora, olga):
        assert as_(user).get("/rules/").status_code == 403
        assert 'href="/rules/"' not in as_(user).get("/cases/").text


# The list


def test_the_list_costs_the_same_with_one_rule_and_with_four(as_, ada, statements, support):
    rule_of(ada, name="One", team_id=support.id)
    one, _page = statements(as_(ada), "/rules/")
    for name in ("Two", "Three", "Four"):
        rule_of(ada, name=name, conditions={"all": [{"key": "team", "ids": [support.id]}]})
    four, page = statements(as_(ada), "/rules/")
    assert four == one
    assert page.text.count('class="switch-button"') == 4


def test_switched_on_it_acts_and_switched_off_it_rests(as_, ada, nora, front_desk):
    rule = rule_of(ada, on=False)
    visitor = as_(ada)
    assert visitor.post(f"/rules/{rule.id}/switch", on="1", **{"from": "list"}).location == "/rules/"
    first = Case.make("lead", "First", by=nora, team=front_desk)
    db.session.commit()
    visitor.post(f"/rules/{rule.id}/switch", on="0")
    second = Case.make("lead", "Second", by=nora, team=front_desk)
    db.session.commit()
    assert (acted(first), acted(second)) == (["noted"], [])
    page = visitor.get("/rules/")
    assert "1 time in 30 days" in page.text


def test_it_is_said_that_what_matches_now_does_not_set_a_rule_going(as_, ada, claim):
    rule = rule_of(ada, on=False)
    for path in ("/rules/", f"/rules/{rule.id}"):
        assert "that a case matches now does not set it going" in words(as_(ada).get(path))


def test_a_rule_that_names_what_is_gone_is_not_switched_on(as_, ada, support):
    rule = rule_of(ada, actions=[{"key": "team", "id": support.id}], on=False)
    lock(support)
    support.archive(by=ada)
    db.session.commit()
    answer = as_(ada).post(f"/rules/{rule.id}/switch", on="1")
    assert answer.status_code == 409
    assert not newest().is_on


def test_a_paused_rule_says_why_and_goes_on(as_, ada, nora, front_desk):
    rule = rule_of(ada, actions=[{"key": "to_leader"}])
    for number in range(5):
        Case.make("lead", f"Case {number}", by=nora, team=front_desk)
        db.session.commit()
    page = as_(ada).get("/rules/")
    assert "Paused after five failures: Nobody leads the team of this case." in page.text
    log = as_(ada).get(f"/rules/{rule.id}/log")
    assert log.text.count("Nobody leads the team of this case.") == 5
    assert "Let it go on" in as_(ada).get(f"/rules/{rule.id}").text
    as_(ada).post(f"/rules/{rule.id}/switch", on="1")
    assert newest().is_at_work


def test_rules_are_put_in_order(as_, ada):
    rules = [rule_of(ada, name=name) for name in ("First", "Second", "Third")]
    answer = as_(ada).post(f"/rules/{rules[2].id}/position", htmx=True, above="0")
    assert "“Third” is number 1 of 3 now." in answer.text
    assert re.findall(r'<h2><a href="[^"]*">(\w+)</a>', answer.text) == ["Third", "First", "Second"]


def order():
    db.session.expire_all()
    return [rule.name for rule in db.session.scalars(sa.select(Rule).order_by(*Rule.in_order()))]


def test_a_manager_orders_their_rules_and_passes_none_of_others_that_their_cases_meet(
    as_, ada, marc, support, front_desk
):
    far = Team(name="Elsewhere")
    add(far)
    of = {"A": support, "B": front_desk, "Far": far, "C": front_desk, "General": None, "D": support}
    rules = {name: rule_of(ada, name=name, team_id=team.id if team else None) for name, team in of.items()}
    visitor = as_(marc)

    def move(name, above):
        return visitor.post(
            f"/rules/{rules[name].id}/position", above=str(rules[above].id) if above else "0"
        ).status_code

    page = visitor.get("/rules/").text
    assert "not yours stand in between" in page
    assert "General" not in page
    within = dict(re.findall(r'id="rule-(\d+)" data-within="(\d+)"', page))
    assert [within[str(rules[name].id)] for name in "ABCD"] == ["0", "0", "0", "1"]

    assert [move("D", above) for above in ("A", "B", None)] == [403, 403, 403]
    assert move("A", "D") == 403
    assert order() == ["A", "B", "Far", "C", "General", "D"]
    assert move("D", "C") == 303  # it is there already
    assert order() == ["A", "B", "Far", "C", "General", "D"]
    assert [move("C", "A"), order()] == [303, ["A", "C", "B", "Far", "General", "D"]]
    assert [move("C", None), order()] == [303, ["C", "A", "B", "Far", "General", "D"]]
    assert [move("C", "B"), order()] == [303, ["A", "B", "C", "Far", "General", "D"]]

    assert as_(ada).post(f"/rules/{rules['D'].id}/position", above="0").status_code == 303
    assert order() == ["D", "A", "B", "C", "Far", "General"]


def test_a_manager_is_not_put_above_what_administrators_made_first(as_, ada, marc, support):
    rule_of(ada, name="General")
    _first, second = (rule_of(marc, name=name, team_id=support.id) for name in ("First", "Second"))

    assert as_(marc).post(f"/rules/{second.id}/position", above="0").status_code == 303
    assert order() == ["General", "Second", "First"]


def test_ready_made_rules_come_switched_off(as_, ada):
    answer = as_(ada).post("/rules/ready-made", htmx=True)
    assert "4 rules added; all are off. Route by category was left out: no category belongs" in answer.text
    rules = list(db.session.scalars(sa.select(Rule)))
    assert rules
    assert not any(rule.is_on for rule in rules)
    page = as_(ada).get("/rules/")
    assert "Thank the sender" in page.text


def switch_of(page):
    """Which way the switch on the page of a team stands; None where there is none."""
    found = re.search(r'role="switch" aria-checked="(\w+)" aria-labelledby="thanks-title"', page.text)
    return found[1] if found else None


def thank(visitor, team, on, **more):
    return visitor.post(f"/rules/thanks/{team.id}", on="1" if on else "0", **more)


def write_to(team):
    lock(team)
    made = Case.make("request", "A leak", by=SYSTEM, team=team, email="clara@other.example")
    db.session.commit()
    return [each.address for each in db.session.scalars(sa.select(Recipient).join(Message).join(Event).where(
        Event.case_id == made.id))]  # fmt: skip


def test_a_team_thanks_who_writes_to_it_by_one_switch_on_its_page(as_, marc, front_desk, support):
    visitor, page = as_(marc), f"/lists/teams/{front_desk.id}"
    assert switch_of(visitor.get(page)) == "false"
    assert "Thank the sender" not in visitor.get("/lists/teams/").text
    assert write_to(front_desk) == []

    answer = thank(visitor, front_desk, True, htmx=True)
    assert (answer.status_code, switch_of(answer)) == (200, "true")
    assert "Who writes to Front desk is thanked from now on." in words(answer)
    (rule,) = db.session.scalars(sa.select(Rule))
    assert (rule.team, rule.owner, rule.is_at_work) == (front_desk, marc, True)
    assert f'href="/rules/{rule.id}"' in answer.text
    assert (write_to(front_desk), write_to(support)) == (["clara@other.example"], [])

    assert thank(visitor, front_desk, False).location == page
    assert switch_of(visitor.get(page)) == "false"
    assert write_to(front_desk) == []
    assert thank(visitor, front_desk, True).status_code == 303
    assert db.session.scalars(sa.select(Rule)).all() == [rule]
    assert rule.is_on


def test_the_switch_of_a_team_is_taken_back_whole(as_, marc, front_desk):
    visitor = as_(marc)
    answer = thank(visitor, front_desk, True, htmx=True)
    undo = re.search(r"/history/(\d+)/undo", answer.text)
    assert visitor.post(undo[0]).status_code == 303
    assert switch_of(visitor.get(f"/lists/teams/{front_desk.id}")) == "false"
    assert not newest().is_at_work
    assert write_to(front_desk) == []


def test_only_who_leads_a_team_lets_it_thank(as_, marc, otto):
    far = Team(name="Far away", leader=otto)
    add(far)
    visitor = as_(marc)
    assert switch_of(visitor.get(f"/lists/teams/{far.id}")) is None
    for htmx in (True, False):
        assert thank(visitor, far, True, htmx=htmx).status_code == 403
    assert newest() is None


def test_nobody_is_thanked_twice(as_, ada, marc, front_desk, headquarters):
    assert thank(as_(marc), headquarters, True).status_code == 303
    visitor = as_(ada)
    page = visitor.get(f"/lists/teams/{front_desk.id}")
    assert switch_of(page) is None
    assert "does it here already" in words(page)
    assert f'href="/rules/{newest().id}"' in page.text
    refused = thank(visitor, front_desk, True)
    assert refused.status_code == 409
    assert "nobody is thanked twice" in words(refused)
    assert write_to(front_desk) == ["clara@other.example"]

    assert thank(visitor, headquarters, False).status_code == 303
    assert thank(visitor, front_desk, True).status_code == 303
    assert switch_of(visitor.get(f"/lists/teams/{headquarters.id}")) is None


def test_a_manager_without_rules_is_offered_ready_made_ones_whoever_else_has_them(as_, ada, marc, support):
    add(Category(name="Repair", team_id=support.id))
    as_(ada).post("/rules/ready-made")
    page = as_(marc).get("/rules/").text
    assert "begin with those that come along" in page
    assert "Add them" in page

    assert as_(marc).post("/rules/ready-made", team_id=str(support.id)).status_code == 303
    theirs = list(db.session.scalars(Rule.handled_by(marc)))
    assert {rule.team_id for rule in theirs} == {support.id}
    assert "Add them" not in as_(marc).get("/rules/").text
    for rule in theirs:
        as_(marc).post(f"/rules/{rule.id}/archive")
    page = as_(marc).get("/rules/").text
    assert "No rules yet" in page
    assert "those that come along" not in page


def test_trying_and_looking_back_are_two_words_in_german_too(as_, ada):
    rule = rule_of(ada)
    lock(ada)
    ada.edit({"language": "de"}, by=ada)
    db.session.commit()
    page = words(as_(ada).get(f"/rules/{rule.id}"))
    assert page.count("Probelauf") == 1
    assert page.count("Rückschau") == 1


def test_a_rule_that_never_acted_is_deleted_and_one_that_did_is_archived(as_, ada, nora, front_desk):
    idle, busy = rule_of(ada, name="Idle", triggers=[{"key": "won"}]), rule_of(ada, name="Busy")
    Case.make("lead", "First", by=nora, team=front_desk)
    db.session.commit()
    visitor = as_(ada)
    assert visitor.post(f"/rules/{idle.id}/deletion").status_code == 303
    assert visitor.get(f"/rules/{idle.id}").status_code == 404
    assert visitor.post(f"/rules/{busy.id}/deletion").status_code == 409
    assert visitor.post(f"/rules/{busy.id}/archive").status_code == 303
    assert "Busy" not in words(visitor.get("/rules/")).replace("“Busy” is archived", "")
    assert "Busy" in visitor.get("/rules/?view=archived").text
    visitor.post(f"/rules/{busy.id}/unarchive")
    assert not newest().is_on


# Looking before it acts


def story_for(ada, **facts):
    return rule_of(
        ada,
        name="Claims without contact",
        triggers=[{"key": "since_contact", "number": 2, "unit": "days", "direction": "after"}],
        conditions={"all": [{"key": "kind", "values": ["claim"]}, {"key": "state", "values": ["open"]}]},
        actions=[{"key": "priority", "priority": 2}, {"key": "tell", "whom": ["leader"]}],
        **{"on": False} | facts,
    )


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


# What it did


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
    assert "KindClaimStateOpen" in log


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


# Called from outside


@pytest.fixture
def hook(as_, ada):
    """A rule that waits for calls, and its address."""
    rule = rule_of(ada, triggers=[{"key": "hook"}])
    page = as_(ada).post(f"/rules/{rule.id}/hook")
    return rule, re.search(r'value="https?://[^/]+(/hooks/[^"]+)"', page.text)[1]


def call(app, address, body, **headers):
    return Visitor(app, None).open(
        address, method="POST", data=json.dumps(body), content_type="application/json", headers=headers
    )


def test_an_address_is_offered_for_rules_that_wait_for_calls(as_, ada, hook):
    other = rule_of(ada, name="Waits for nothing")
    assert "New address" in as_(ada).get(f"/rules/{hook[0].id}").text
    page = as_(ada).get(f"/rules/{other.id}").text
    assert "Make an address" not in page
    assert "Call from outside" not in page


def test_a_call_from_outside_wakes_the_rule(app, hook, case):
    answer = call(app, hook[1], {"case": case.id})
    assert (answer.status_code, answer.json) == (200, {"case": case.id, "done": True})
    assert acted(case) == ["noted"]
    assert Visitor(app, None).post(hook[1], case=str(case.id)).status_code == 200
    assert acted(case) == ["noted", "noted"]


def test_a_call_that_comes_again_with_its_key_does_nothing_again(app, hook, case):
    answers = [call(app, hook[1], {"case": case.id, "key": "a1"}).json["done"] for _time in range(2)]
    answers += [call(app, hook[1], {"case": case.id}, **{"Idempotency-Key": "a1"}).json["done"]]
    assert answers == [True, False, False]
    assert acted(case) == ["noted"]


def test_a_wrong_address_and_a_wrong_case_are_answered_alike(app, as_, ada, hook, case):
    rule, address = hook
    answers = [
        call(app, "/hooks/nothing", {"case": case.id}),
        call(app, address, {"case": 999_999}),
    ]
    as_(ada).post(f"/rules/{rule.id}/hook")
    answers.append(call(app, address, {"case": case.id}))
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({re.sub(r"/hooks/\S+", "", answer.text) for answer in answers}) == 1
    assert acted(case) == []


def test_a_rule_that_is_off_is_not_called(app, as_, ada, hook, case):
    as_(ada).post(f"/rules/{hook[0].id}/switch", on="0")
    assert call(app, hook[1], {"case": case.id}).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, [], "12", {"case": "x"}, {"case": -1}, {"case": 2**70}, {"case": {"id": 1}}]
)
def test_what_names_no_case_is_refused(app, hook, body):
    assert call(app, hook[1], body).status_code == 400


def test_calls_are_throttled(app, hook, case, monkeypatch):
    from app.blueprints.hooks import routes

    monkeypatch.setattr(routes, "BY_CALLER", routes.Limit("hook", 2, timedelta(minutes=1)))
    answers = [call(app, "/hooks/nothing", {"case": case.id}).status_code for _time in range(3)]
    assert answers == [404, 404, 429]


# Hostile input

NASTY = ["\x00", "\N{PILE OF POO}\u202e", "9" * 5000, "-1", "<script>alert(1)</script>", "'"]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_typed_breaks_the_editor(as_, ada, text):
    visitor = as_(ada)
    for place, registry in (("triggers", TRIGGERS), ("conditions", CONDITIONS), ("actions", ACTIONS)):
        typed = {"name": text, "team_id": text}
        for number, (key, entry) in enumerate(registry.items()):
            typed[f"{place}-{number}-key"] = key
            typed |= {f"{place}-{number}-{each.name}": text for each in entry.parameters}
        page = visitor.post("/rules/new/draft", **typed)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert visitor.post("/rules/new", **typed).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        {"do": "add:nowhere"},
        {"do": "remove:triggers-77"},
        {"do": "group:actions"},
        {"do": ":::"},
        {"triggers-0-key": "x" * 10_000},
        {"triggers-9999-key": "created"},
        {"-".join(["conditions", *["0"] * 200, "word"]): "any"},
        {"-".join(["conditions", *["0"] * n]) + "-word": "any" for n in range(1, 40)},
        {f"conditions-{n}-key": "kind" for n in range(300)},
        {"conditions-word": "maybe"},
        {"version": "many"},
    ],
)
def test_nothing_sent_breaks_it_either(as_, ada, typed):
    assert as_(ada).post("/rules/new/draft", **typed).status_code == 200
    assert as_(ada).post("/rules/new", **STORY | typed).status_code in {303, 422}


def test_a_rule_does_not_run_itself(as_, ada):
    rule = rule_of(ada, on=False)
    typed = STORY | {"actions-0-key": "rules", "actions-0-rules": str(rule.id)}
    answer = as_(ada).post(f"/rules/{rule.id}", version=rule.version, **typed)
    assert answer.status_code == 422
    assert "A rule does not run itself." in answer.text


def test_only_rules_that_one_sets_up_are_offered_and_taken_to_be_run(as_, ada, marc, support):
    general = rule_of(ada, name="General")
    near = rule_of(marc, name="Near", team_id=support.id)
    run = STORY | {"team_id": str(support.id), "actions-0-key": "rules"}
    for reader, offered in ((ada, ["General", "Near"]), (marc, ["Near"])):
        page = as_(reader).post("/rules/new/draft", **run).text
        assert [name for name in ("General", "Near") if f"<span>{name}</span>" in page] == offered

    typed = run | {"actions-0-rules": [str(general.id), str(near.id)]}
    answer = as_(marc).post("/rules/new", htmx=True, **typed)
    assert answer.status_code == 422
    told = re.search(r'id="f-actions-0-rules-e".*?</p>', answer.text, re.DOTALL)
    assert "the rules that you may set up" in told[0]
    assert "General" not in answer.text
    assert f'value="{near.id}" checked' in answer.text
    assert newest() is near

    assert as_(marc).post("/rules/new", **run | {"actions-0-rules": str(near.id)}).status_code == 303
    assert newest().actions[0]["rules"] == [near.id]


def test_what_an_administrator_lets_a_rule_run_stays_when_a_manager_edits_it(as_, ada, marc, support):
    general = rule_of(ada, name="General")
    rule = rule_of(ada, team_id=support.id, actions=[{"key": "rules", "rules": [general.id]}])
    assert "General" in as_(marc).get(f"/rules/{rule.id}").text

    typed = STORY | {"team_id": str(support.id), "actions-0-key": "rules"}
    kept = typed | {"actions-0-rules": str(general.id)}
    assert as_(marc).post(f"/rules/{rule.id}", version=rule.version, **kept).status_code == 303
    assert newest().name == "Claims without contact"
    assert newest().actions[0]["rules"] == [general.id]
