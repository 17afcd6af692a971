"""The list of rules: switched, put in order, taken ready-made, done away with."""

import re

import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import Event, lock
from app.domain.lists import Category
from app.domain.message import Message, Recipient
from app.domain.rules import Rule
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add
from tests.rules import acted, rule_of
from tests.web.reading import words
from tests.web.rule_pages import newest


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
