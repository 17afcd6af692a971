"""Every trigger, condition and action of the registry alone, with a yes and a no; then pairwise.

The examples are looked up by what the registry holds, so that a new entry fails here until it has one.
"""

import itertools
import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock
from app.domain.activity import Activity
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import act, lock
from app.domain.lists import (
    ActivityType,
    Campaign,
    Category,
    Channel,
    Country,
    LostReason,
    Medium,
    PartnerTag,
    RecurringPlan,
    Source,
    StateOfMind,
    Tag,
)
from app.domain.message import Message
from app.domain.partner import Partner
from app.domain.rules import ACTIONS, CONDITIONS, TRIGGERS, WebhookCall, groups, plugins, timing
from app.domain.rules.facts import Facts
from app.domain.rules.outside import call_hook
from app.domain.rules.plan import Plan
from app.domain.rules.trying import try_on
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db
from tests.conftest import add
from tests.rules import acted, rule_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass
class Play:
    """All that the examples play with."""

    case: Any
    people: dict[str, User]
    stages: dict[str, Stage]
    teams: dict[str, Any]

    def one(self, cls, name=None):
        query = sa.select(cls).where(cls.deleted_at.is_(None)).order_by(cls.id)
        return db.session.scalars(query.where(cls.name == name) if name else query).first()


@pytest.fixture
def play(case, ada, marc, nora, otto, front_desk, support, headquarters, stages):
    vip = Tag(name="vip")
    add(
        vip,
        Tag(name="dull"),
        Category(name="Repair"),
        Category(name="Sale"),
        Source(name="Fair"),
        Campaign(name="Spring"),
        Medium(name="Letter"),
        PartnerTag(name="Gold"),
    )
    top = db.session.scalars(sa.select(PartnerTag).where(PartnerTag.name == "Gold")).one()
    add(PartnerTag(name="Gold plus", parent_id=top.id))
    people = {"ada": ada, "marc": marc, "nora": nora, "otto": otto}
    teams = {"front": front_desk, "support": support, "top": headquarters}
    return Play(case, people, stages, teams)


def do(play, work, by="nora"):
    """Somebody does something to the case, and it is stored."""
    lock(play.case)
    work(play.case, play.people[by])
    db.session.commit()


def make_another(play):
    made = Case.make("opportunity", "Another one", by=play.people["nora"], team=play.teams["front"])
    db.session.commit()
    play.case = made


def send_mail(case, by):
    with act("mail planned", case, by=by) as line:
        Message.send([("", "x@holdfast.example")], "Hello", "…", sender="a@holdfast.example", event=line)


# -- triggers: values, what wakes it, and what does not

EVENTS = {
    "created": (
        {},
        make_another,
        lambda play: do(play, lambda case, by: case.edit({"referred_by": "Ida"}, by=by)),
    ),
    "changed": (
        {"fields": ["priority", "tags"]},
        lambda play: do(play, lambda case, by: case.edit({"priority": 2}, by=by)),
        lambda play: do(play, lambda case, by: case.edit({"city": "Lund"}, by=by)),
    ),
    "button": (
        {"buttons": ["waiting", "escalated"], "before": ["open"], "after": ["pending"]},
        lambda play: do(play, lambda case, by: case.wait(by=by)),
        lambda play: do(play, lambda case, by: case.escalate(by=by)),
    ),
    "stage": (
        lambda play: {"ids": [play.stages["Negotiation"].id]},
        lambda play: do(play, lambda case, by: case.move_to(play.stages["Negotiation"], by=by)),
        lambda play: do(play, lambda case, by: case.move_to(play.stages["Qualified"], by=by)),
    ),
    "tagged": (
        lambda play: {"ids": [play.one(Tag, "vip").id]},
        lambda play: do(play, lambda case, by: case.tag(play.one(Tag, "vip"), by=by)),
        lambda play: do(play, lambda case, by: case.tag(play.one(Tag, "dull"), by=by)),
    ),
    "mail_sent": (
        {},
        lambda play: do(play, send_mail),
        lambda play: do(play, lambda case, by: case.note("Only for us", by=by)),
    ),
    "communicated": (
        {},
        lambda play: do(play, lambda case, by: case.log("They called", by=by)),
        lambda play: do(play, lambda case, by: case.note("Only for us", by=by)),
    ),
    "assigned": (
        lambda play: {"ids": [play.people["otto"].id]},
        lambda play: do(play, lambda case, by: case.assign(play.people["otto"], by=by)),
        lambda play: do(play, lambda case, by: case.assign(play.people["marc"], by=by)),
    ),
    "won": (
        {},
        lambda play: do(play, lambda case, by: case.win(by=by)),
        lambda play: do(play, lambda case, by: case.cancel(by=by)),
    ),
    "lost": (
        {},
        lambda play: do(play, lambda case, by: case.lose(by=by, reason=play.one(LostReason))),
        lambda play: do(play, lambda case, by: case.cancel(by=by)),
    ),
}


def values_of(values, play):
    return values(play) if callable(values) else values


def test_no_trigger_is_without_its_example():
    assert set(EVENTS) | set(MOMENTS) | {"hook"} == set(TRIGGERS)


@pytest.mark.parametrize("key", EVENTS)
def test_a_trigger_wakes_its_rule(key, play, ada):
    values, yes, _no = EVENTS[key]
    rule_of(ada, triggers=[{"key": key, **values_of(values, play)}])

    yes(play)

    assert acted(play.case) == ["noted"]


@pytest.mark.parametrize("key", EVENTS)
def test_a_trigger_sleeps_through_everything_else(key, play, ada):
    values, _yes, no = EVENTS[key]
    rule_of(ada, triggers=[{"key": key, **values_of(values, play)}])

    no(play)

    assert acted(play.case) == []


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(EVENTS, 2)))
def test_two_triggers_each_wake_their_rule(one, other, play, ada):
    triggers = [{"key": key, **values_of(EVENTS[key][0], play)} for key in (one, other)]
    rule = rule_of(ada, triggers=triggers)
    assert rule.plan.say().startswith("When a case ")

    EVENTS[one][1](play)
    first = acted(play.case)
    if one not in {"won", "lost"}:
        EVENTS[other][1](play)
        assert "noted" in acted(play.case)
    assert first == ["noted"]


def test_a_call_from_outside_wakes_the_rule_whose_address_it_is_and_no_other(play, ada):
    rule = rule_of(ada, triggers=[{"key": "hook"}])
    rule_of(ada, name="Another", triggers=[{"key": "hook"}])
    lock(rule)
    token = rule.new_hook(by=ada)
    db.session.commit()

    assert call_hook(token, play.case.id, key="order 17")
    assert not call_hook(token, play.case.id, key="order 17")
    db.session.commit()

    assert acted(play.case) == ["noted"]
    assert acted(play.case, "Another") == []


# Each makes the case's date what the test says.
MOMENTS = {
    "since_created": lambda case, when: None,
    "since_opened": lambda case, when: None,
    "since_action": lambda case, when: None,
    "since_contact": lambda case, when: None,
    "since_stage": lambda case, when: None,
    "deadline": lambda case, when: case.edit({"deadline": when.date()}, by=SYSTEM),
    "scheduled": lambda case, when: case.edit({"scheduled_at": when}, by=SYSTEM),
}


@pytest.fixture
def at_noon(play, ada):
    """A case that was made, opened, talked about and moved at noon."""
    with clock.stopped_at(NOON):
        play.case = Case.make(
            "opportunity",
            "Made at noon",
            by=play.people["nora"],
            team=play.teams["front"],
            stage=play.stages["New"],
        )
        play.case.log("A word", by=play.people["nora"])
        play.case.move_to(play.stages["Qualified"], by=play.people["nora"])
        db.session.commit()
    return play.case


@pytest.mark.parametrize("key", MOMENTS)
def test_a_moment_comes_once_and_not_too_early(key, play, ada, at_noon):
    with clock.stopped_at(NOON - timedelta(days=5)):
        rule_of(ada, triggers=[{"key": key, "number": 2, "unit": "days", "direction": "after"}])
    with clock.stopped_at(NOON):
        lock(at_noon)
        MOMENTS[key](at_noon, NOON)
        db.session.commit()
    # A date is over when its day ends where the organisation is.
    due = datetime(2026, 11, 27, tzinfo=UTC) if key == "deadline" else NOON + timedelta(days=2)

    for instant, expected in (
        (due - timedelta(minutes=1), []),
        (due, ["noted"]),
        (due + timedelta(hours=5), ["noted"]),
    ):
        with clock.stopped_at(instant):
            timing.evaluate()
        assert acted(at_noon) == expected


@pytest.mark.parametrize("key", ["deadline", "scheduled"])
def test_a_moment_comes_before_a_date(key, play, ada, at_noon):
    with clock.stopped_at(NOON):
        rule_of(ada, triggers=[{"key": key, "number": 3, "unit": "hours", "direction": "before"}])
        lock(at_noon)
        MOMENTS[key](at_noon, NOON + timedelta(days=3))
        db.session.commit()
    # A date comes when its day begins.
    base = datetime(2026, 11, 27, tzinfo=UTC) if key == "deadline" else NOON + timedelta(days=3)

    for instant, expected in ((base - timedelta(hours=4), []), (base - timedelta(hours=3), ["noted"])):
        with clock.stopped_at(instant):
            timing.evaluate()
        assert acted(at_noon) == expected


# -- conditions: values, facts of a case that is meant, facts of one that is not


def id_of(cls, name=None):
    return lambda play: play.one(cls, name).id


CHOSEN = {
    "kind": ({"values": ["task", "bug"]}, {"kind": "bug"}, {"kind": "claim"}),
    "state": ({"values": ["pending"]}, {"verb": "wait"}, {}),
    "outcome": ({"values": ["won"]}, {"verb": "win"}, {}),
    "team": (lambda play: {"ids": [play.teams["top"].id]}, {"team": "support"}, {"team": None}),
    "category": (
        lambda play: {"ids": [play.one(Category, "Sale").id]},
        {"category": "Sale"},
        {"category": "Repair"},
    ),
    "tag": (lambda play: {"ids": [play.one(Tag, "vip").id]}, {"tags": ["vip", "dull"]}, {"tags": ["dull"]}),
    "stage": (lambda play: {"ids": [play.stages["New"].id]}, {"stage": "New"}, {"stage": "Proposal"}),
    "responsible": ({}, {"responsible": None}, {"responsible": "otto"}),
    "partner": (lambda play: {"ids": [play.case.partner_id]}, {"partner": True}, {"partner": False}),
    "partner_tag": (
        lambda play: {"ids": [play.one(PartnerTag, "Gold").id]},
        {"partner_tag": "Gold plus"},
        {"partner": True},
    ),
    "country": (lambda play: {"ids": [play.one(Country).id]}, {"country_id": id_of(Country)}, {}),
    "priority": ({"least": 1, "most": 2}, {"priority": 2}, {"priority": 3}),
    "channel": (lambda play: {"ids": [play.one(Channel).id]}, {"channel_id": id_of(Channel)}, {}),
    "source": (lambda play: {"ids": [play.one(Source).id]}, {"source_id": id_of(Source)}, {}),
    "medium": (lambda play: {"ids": [play.one(Medium).id]}, {"medium_id": id_of(Medium)}, {}),
    "campaign": (lambda play: {"ids": [play.one(Campaign).id]}, {"campaign_id": id_of(Campaign)}, {}),
    "lost_reason": (lambda play: {"ids": [play.one(LostReason).id]}, {"verb": "lose"}, {}),
    "plan": ({}, {}, {"recurring_plan_id": id_of(RecurringPlan)}),
    "state_of_mind": (
        lambda play: {"ids": [play.one(StateOfMind).id]},
        {"state_of_mind_id": id_of(StateOfMind)},
        {},
    ),
    "revenue": ({"least": 100}, {"expected_revenue": 10_000, "currency": "EUR"}, {"expected_revenue": 9_999}),
    "probability": ({"most": 20}, {"probability_typed": 20}, {"probability_typed": 21}),
    "name": ({"pattern": "*Pump?"}, {"name": "Two PÚMPS"}, {"name": "Pumps and more"}),
    "communications": ({"most": 1}, {"logs": 1}, {"logs": 2}),
    "field": ({"field": "city", "operator": "contains", "value": "und"}, {"city": "Lund"}, {"city": "LUND"}),
}
COMPARED = [
    ("city", "is", "Lund", {"city": "Lund"}, {"city": "lund"}),
    ("city", "is_not", "Lund", {}, {"city": "Lund"}),
    ("city", "lacks", "%", {"city": "L_nd"}, {"city": "5%"}),
    ("city", "empty", None, {}, {"city": "Lund"}),
    ("city", "filled", None, {"city": "Lund"}, {}),
    ("deadline", "at_most", "+3", {"deadline": "+3"}, {"deadline": "+4"}),
    ("deadline", "at_least", "2026-12-01", {"deadline": "2026-12-01"}, {"deadline": "2026-11-30"}),
    ("deadline", "is", "0", {"deadline": "0"}, {}),
    ("deadline", "empty", None, {}, {"deadline": "0"}),
    ("created_at", "is", "0", {}, None),
    ("opened_at", "at_most", "-1", None, {}),
    ("probability_typed", "at_least", "50", {"probability_typed": 50}, {"probability_typed": 49}),
    ("planned_cost", "at_most", "10", {"planned_cost": 1000}, {"planned_cost": 1001}),
]


def made(play, facts):
    """A case with these facts, made at noon."""
    facts = dict(facts)
    verb, logs, kind = facts.pop("verb", None), facts.pop("logs", 0), facts.pop("kind", "opportunity")
    team = play.teams.get(facts.pop("team", "front"))
    columns: dict[str, Any] = {"team": team}
    if "category" in facts:
        columns["category"] = play.one(Category, facts.pop("category"))
    if "tags" in facts:
        columns["tags"] = [play.one(Tag, name) for name in facts.pop("tags")]
    if "stage" in facts:
        columns["stage"] = play.stages[facts.pop("stage")]
    if facts.pop("partner", False):
        columns["partner"] = play.case.partner
    if "partner_tag" in facts:
        tag = play.one(PartnerTag, facts.pop("partner_tag"))
        columns["contact"] = Partner.make("Tagged", by=SYSTEM, tags=[tag])
    if "deadline" in facts:
        from app.domain.rules.conditions import day_of

        columns["deadline"] = day_of(facts.pop("deadline"), NOON.date())
    responsible = facts.pop("responsible", "nora")
    for name, value in facts.items():
        columns[name] = value(play) if callable(value) else value
    with clock.stopped_at(NOON):
        case = Case.make(kind, columns.pop("name", "Some case"), by=play.people["nora"], **columns)
        if responsible != "nora":
            case.assign(play.people.get(responsible), by=play.people["nora"])
        for _ in range(logs):
            case.log("A word", by=play.people["nora"])
        if verb == "lose":
            case.lose(by=play.people["nora"], reason=play.one(LostReason))
        elif verb:
            getattr(case, verb)(by=play.people["nora"])
    db.session.commit()
    return case


def found(group):
    """The cases that the database finds."""
    return set(db.session.scalars(sa.select(Case.id).where(group.clause())))


def agree(group, cases):
    """Python and the database say the same of each; answers which it holds for."""
    with clock.stopped_at(NOON):
        held = {case.id for case in cases if group.holds(Facts(case))}
        assert found(group) & {case.id for case in cases} == held
    return held


def test_no_condition_is_without_its_example():
    assert set(CHOSEN) == set(CONDITIONS)


@pytest.mark.parametrize("key", CHOSEN)
def test_a_condition_holds_for_one_and_not_for_the_other(key, play):
    values, yes, no = CHOSEN[key]
    meant, other = made(play, yes), made(play, no)
    group = groups.read({"all": [{"key": key, **values_of(values, play)}]})

    assert agree(group, [meant, other]) == {meant.id}
    assert agree(groups.read({"none": [group.stored]}), [meant, other]) == {other.id}
    assert group.say()
    assert groups.stored(group.stored).stored == group.stored


@pytest.mark.parametrize(("field", "operator", "value", "yes", "no"), COMPARED)
def test_a_field_is_compared(field, operator, value, yes, no, play):
    with clock.stopped_at(NOON):
        group = groups.read({"all": [{"key": "field", "field": field, "operator": operator, "value": value}]})
    meant = [made(play, yes)] if yes is not None else []
    others = [made(play, no)] if no is not None else []

    assert agree(group, meant + others) == {case.id for case in meant}
    assert agree(groups.read({"none": [group.stored]}), meant + others) == {case.id for case in others}


@pytest.fixture
def many(play):
    """Cases of every sort."""
    luck = random.Random(11)
    facts = [facts for _values, yes, no in CHOSEN.values() for facts in (yes, no)]
    cases = []
    for one, other in zip(facts, luck.sample(facts, len(facts)), strict=True):
        mixed = {**other, **one}
        if mixed.get("kind", "opportunity") != "opportunity":
            mixed.pop("stage", None)
            mixed.pop("verb", None)
        cases.append(made(play, mixed))
    return cases


def test_every_two_conditions_hold_together(play, many):
    ids = {case.id for case in many}
    for pair in itertools.combinations(CHOSEN, 2):
        parts = [{"key": key, **values_of(CHOSEN[key][0], play)} for key in pair]

        both = agree(groups.read({"all": parts}), many)
        either = agree(groups.read({"any": parts}), many)
        none = agree(groups.read({"none": parts}), many)

        assert (both <= either, either | none, either & none) == (True, ids, set()), pair


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_python_and_the_database_agree_on_every_group(data, play, many):
    leaf = st.sampled_from(sorted(CHOSEN)).map(lambda key: {"key": key, **values_of(CHOSEN[key][0], play)})
    tree = st.recursive(
        leaf,
        lambda inner: st.builds(
            lambda word, parts: {word: parts},
            st.sampled_from(groups.WORDS),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=6,
    )
    drawn = data.draw(tree)
    group = groups.read(drawn if "key" not in drawn else {"all": [drawn]}) if depth(drawn) <= 4 else None
    if group is not None:
        agree(group, many)
        assert agree(group, many) | agree(groups.read({"none": [group.stored]}), many) == {
            case.id for case in many
        }


def depth(tree):
    return 0 if "key" in tree else 1 + max(depth(each) for parts in tree.values() for each in parts)


# -- actions: values, what is asked afterwards, and a case on which there is nothing to do

ACTS = {
    "state": ({"state": "pending"}, lambda play: play.case.state == "pending"),
    "win": ({}, lambda play: play.case.is_won),
    "lose": ({}, lambda play: play.case.is_lost),
    "escalate": ({}, lambda play: play.case.team is play.teams["top"]),
    "stage": (
        lambda play: {"id": play.stages["Qualified"].id},
        lambda play: play.case.stage is play.stages["Qualified"],
    ),
    "team": (
        lambda play: {"id": play.teams["support"].id},
        lambda play: play.case.team is play.teams["support"],
    ),
    "responsible": (
        lambda play: {"id": play.people["ada"].id},
        lambda play: play.case.responsible is play.people["ada"],
    ),
    "to_leader": ({}, lambda play: play.case.responsible is play.people["marc"]),
    "in_turn": ({}, lambda play: play.case.responsible is play.people["nora"]),
    "least_loaded": ({}, lambda play: play.case.responsible is play.people["nora"]),
    "to_nobody": ({}, lambda play: play.case.responsible is None),
    "priority": ({"priority": 3}, lambda play: play.case.priority == 3),
    "category": (
        lambda play: {"id": play.one(Category, "Sale").id},
        lambda play: play.case.category is play.one(Category, "Sale"),
    ),
    "tag": (
        lambda play: {"ids": [play.one(Tag, "vip").id]},
        lambda play: [tag.name for tag in play.case.tags if tag.name == "vip"] == ["vip"],
    ),
    "untag": (
        lambda play: {"ids": [play.one(Tag, "dull").id]},
        lambda play: "dull" not in {tag.name for tag in play.case.tags},
    ),
    "deadline": ({"day": "+3"}, lambda play: play.case.deadline == date(2026, 11, 27)),
    "field": (
        {"field": "referred_by", "value": "By {{ team.name }}"},
        lambda play: play.case.referred_by == f"By {play.case.team.name}",
    ),
    "watchers": (
        lambda play: {"ids": [play.people["otto"].id]},
        lambda play: play.people["otto"] in play.case.watchers,
    ),
    "copies": (
        {"addresses": "Expert@other.example"},
        lambda play: [each.address for each in play.case.addresses] == ["expert@other.example"],
    ),
    "activity": (
        lambda play: {"id": play.one(ActivityType).id, "what": "Call about {{ case.name }}", "days": 2},
        lambda play: (
            db.session.scalars(sa.select(Activity.what).where(Activity.case_id == play.case.id)).all()
            == [f"Call about {play.case.name}"]
        ),
    ),
    "note": ({"text": "About {{ case.number }}"}, lambda play: f"About {play.case.id}" in bodies(play)),
    "mail": (
        {
            "to": ["partner", "addresses"],
            "addresses": "b@other.example",
            "subject": "On {{ case.name }}",
            "text": "Hi",
        },
        lambda play: recipients() == {"info@hofmann.example", "b@other.example"},
    ),
    "tell": ({"whom": ["leader"]}, lambda play: recipients() == {"marc@holdfast.example"}),
    "remind_responsible": ({}, lambda play: recipients() == {"nora@holdfast.example"}),
    "remind_partner": ({"text": "Still there?"}, lambda play: recipients() == {"info@hofmann.example"}),
    "webhook": (
        {"url": "https://hooks.example/case"},
        lambda play: db.session.scalars(sa.select(WebhookCall.url)).all() == ["https://hooks.example/case"],
    ),
    "plugin": ({"name": "shout"}, lambda play: play.case.referred_by == "A plug-in"),
    "rules": (
        lambda play: {"rules": [further(play).id]},
        lambda play: acted(play.case, "Further") == ["noted"],
    ),
    "stop": ({}, lambda play: acted(play.case, "Last") == []),
}


def further(play):
    return rule_of(play.people["ada"], name="Further", triggers=[{"key": "hook"}])


def bodies(play):
    return [event.body for event in play.case.history]


def recipients():
    return {each.address for message in db.session.scalars(sa.select(Message)) for each in message.recipients}


class Shouting:
    name = "shout"

    @staticmethod
    def load():
        return lambda case, *, by: case.edit({"referred_by": "A plug-in"}, by=by)


@pytest.fixture
def acting(play, monkeypatch):
    """A case of the front desk that is nobody's, dull and tagged so; a plug-in is installed."""
    monkeypatch.setattr(plugins, "entry_points", lambda group: [Shouting] if group == plugins.GROUP else [])
    lock(play.teams["front"])
    with clock.stopped_at(NOON):
        play.teams["front"].edit({"leader_id": play.people["marc"].id}, by=SYSTEM)
        play.case.tag(play.one(Tag, "dull"), by=SYSTEM)
        play.case.assign(play.people["otto"], by=SYSTEM)
        db.session.commit()
    return play


def ready(play, key):
    """Whatever the action is about is not so yet."""
    lock(play.case)
    if key in {"mail", "tell", "remind_responsible", "remind_partner"}:
        play.case.assign(play.people["nora"], by=SYSTEM)
        db.session.commit()


@pytest.fixture
def lock_case(play):
    lock(play.case)


def test_no_action_is_without_its_example():
    assert set(ACTS) == set(ACTIONS)


@pytest.mark.parametrize("key", ACTS)
def test_an_action_is_done_when_its_rule_is_woken_and_not_before(key, lock_case, acting, ada):
    values, is_done = ACTS[key]
    ready(acting, key)
    with clock.stopped_at(NOON):
        rule = rule_of(
            ada, triggers=[{"key": "communicated"}], actions=[{"key": key, **values_of(values, acting)}]
        )
        rule_of(ada, name="Last", triggers=[{"key": "communicated"}])
        assert key == "stop" or not is_done(acting)
        do(acting, lambda case, by: case.log("A word", by=by))

        db.session.expire_all()
        assert is_done(acting)
    assert rule.sentence().endswith(".")
    assert "rule failed" not in {event.action for event in acting.case.history}


# Where a case ends or goes elsewhere, what comes after may not be possible any more.
MOVING = frozenset({"state", "win", "lose", "escalate", "stage", "team"})


def test_every_two_actions_are_done_one_after_the_other(lock_case, acting, ada):
    ready(acting, "mail")
    with clock.stopped_at(NOON):
        rule = rule_of(ada, on=False).working
        values = {key: values_of(given, acting) for key, (given, _is_done) in ACTS.items()}
        for pair in itertools.permutations(ACTS, 2):
            plan = Plan.read(
                {"triggers": [{"key": "won"}], "actions": [{"key": key, **values[key]} for key in pair]}
            )
            trial = try_on(replace(rule, plan=plan), acting.case)

            assert trial.error is None or MOVING & set(pair), (pair, trial.error)
            assert plan.say().count(",") >= 1
