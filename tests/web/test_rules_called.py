"""Rules that are called from outside."""

import json
import re
from datetime import timedelta

import pytest

from tests.conftest import Visitor
from tests.rules import acted, rule_of


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
