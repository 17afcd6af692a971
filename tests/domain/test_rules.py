"""Rules as people make them: what is refused, what they say of themselves, how they behave among each other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import housekeeping
from app.domain.actor import SYSTEM
from app.domain.bin import empty_bin
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.errors import NotTheirs, Refused
from app.domain.history import ChangeSet, Event, just_made, just_told, lock, undo, write_many
from app.domain.lists import Category
from app.domain.notification import Notification
from app.domain.rules import Rule, RuleRun
from app.domain.rules.outside import call_hook
from app.domain.rules.ready_made import READY_MADE, add_ready_made
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add
from tests.rules import CALLED, acted, called, rule_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


# -- made and refused


@pytest.mark.parametrize(
    "facts",
    [
        {"triggers": []},
        {"actions": []},
        {"triggers": [{"key": "full moon"}]},
        {"triggers": [{"key": "deadline", "number": 2, "unit": "days"}]},
        {"triggers": [{"key": "deadline", "number": -2, "unit": "days", "direction": "before"}]},
        {"triggers": [{"key": "stage", "ids": [4711]}]},
        {"triggers": ["created"]},
        {"conditions": {"all": [{"key": "weather", "values": ["rain"]}]}},
        {"conditions": {"some": []}},
        {"conditions": {"all": [{"any": []}]}},
        {
            "conditions": {
                "all": [{"none": [{"none": [{"none": [{"none": [{"none": [{"key": "responsible"}]}]}]}]}]}]
            }
        },
        {"conditions": {"all": [{"key": "responsible"}] * 51}},
        {"conditions": {"all": [{"key": "kind", "values": ["opportunity", "wish"]}]}},
        {"conditions": {"all": [{"key": "name", "pattern": "*a*a*a*a*a*b"}]}},
        {"conditions": {"all": [{"key": "name", "pattern": "x" * 101}]}},
        {"conditions": {"all": [{"key": "priority"}]}},
        {"conditions": {"all": [{"key": "priority", "least": 3, "most": 1}]}},
        {"conditions": {"all": [{"key": "field", "field": "city", "operator": "at_least", "value": "Lund"}]}},
        {"conditions": {"all": [{"key": "field", "field": "deadline", "operator": "is", "value": "soon"}]}},
        {
            "conditions": {
                "all": [{"key": "field", "field": "deadline", "operator": "is", "value": "2026-02-31"}]
            }
        },
        {"conditions": {"all": [{"key": "field", "field": "password_hash", "operator": "filled"}]}},
        {"actions": [{"key": "field", "field": "state", "value": "open"}]},
        {"actions": [{"key": "field", "field": "name"}]},
        {"actions": [{"key": "note", "text": "{{ config }}"}]},
        {"actions": [{"key": "note", "text": "{{ 7*7 }}"}]},
        {"actions": [{"key": "note", "text": "{{ case.__class__.__mro__ }}"}]},
        {"actions": [{"key": "note", "text": "{% for x in range(1000000000) %}x{% endfor %}"}]},
        {"actions": [{"key": "mail", "to": ["addresses"], "subject": "x", "text": "y"}]},
        {"actions": [{"key": "mail", "to": ["everybody"], "subject": "x", "text": "y"}]},
        {"actions": [{"key": "copies", "addresses": "nobody"}]},
        {"actions": [{"key": "webhook", "url": "file:///etc/passwd"}]},
        {"actions": [{"key": "webhook", "url": "https://me:secret@hooks.example/"}]},
        {"actions": [{"key": "plugin", "name": "not installed"}]},
        {"actions": [{"key": "deadline", "day": "tomorrow"}]},
    ],
)
def test_what_cannot_be_is_refused_when_it_is_saved(facts, ada):
    with pytest.raises(Refused) as refused:
        rule_of(ada, **facts)

    assert str(refused.value).endswith((".", "!", "”"))
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rule)) == 0


def test_a_rule_says_in_plain_words_what_it_does(marc, headquarters, support):
    rule = rule_of(
        marc,
        team_id=support.id,
        triggers=[{"key": "since_contact", "number": 2, "unit": "days", "direction": "after"}],
        conditions={
            "all": [
                {"key": "kind", "values": ["claim"]},
                {"key": "team", "ids": [support.id]},
                {"key": "state", "values": ["open"]},
            ]
        },
        actions=[{"key": "priority", "priority": 2}, {"key": "tell", "whom": ["leader"]}],
    )

    assert rule.sentence() == (
        "When a claim of team Support is without a contact for more than 2 days and it is open,"
        " set its priority to high, tell the leader."
    )


def test_groups_of_conditions_say_what_belongs_together(ada, front_desk):
    rule = rule_of(
        ada,
        triggers=[{"key": "created"}, {"key": "won"}],
        conditions={
            "any": [
                {"key": "priority", "least": 2},
                {"all": [{"key": "responsible"}, {"none": [{"key": "name", "pattern": "Test*"}]}]},
            ]
        },
    )

    assert rule.sentence() == (
        "When a case is made or is won and its priority is at least high or"
        " (it is nobody's and (none of this: its name is like “test*”)), write a note."
    )


# -- who may


def test_a_manager_makes_rules_for_the_teams_they_lead_and_those_below(marc, ada, headquarters, front_desk):
    other = team_of_others()

    assert rule_of(marc, team_id=front_desk.id).owner is marc
    for team_id in (None, other.id):
        with pytest.raises(NotTheirs):
            rule_of(marc, team_id=team_id)
        db.session.rollback()
    assert rule_of(ada, name="For all").team_id is None
    assert [rule.name for rule in db.session.scalars(Rule.handled_by(marc))] == ["A rule"]
    assert len(db.session.scalars(Rule.handled_by(ada)).all()) == 2


def team_of_others():
    team = Team(name="Others", code="OT")
    add(team)
    return team


def test_salespeople_handle_no_rules(ada, nora, case):
    rule = rule_of(ada, team_id=case.team_id)

    assert db.session.scalars(Rule.handled_by(nora)).all() == []
    assert not rule.may_be_handled_by(nora)


def test_a_rule_of_a_team_leaves_the_cases_of_others_alone(marc, headquarters, support, case, nora):
    rule_of(marc, team_id=support.id, triggers=CALLED)
    rule_of(marc, name="Above", team_id=headquarters.id, triggers=CALLED)

    called(case, nora)

    assert acted(case) == []
    assert acted(case, "Above") == ["noted"]


# -- at work


def test_a_rule_that_is_off_archived_or_paused_does_nothing(ada, case, nora):
    rules = [rule_of(ada, name=f"Rule {n}", triggers=CALLED) for n in range(3)]
    lock(*rules)
    rules[0].switch_off(by=ada)
    rules[1].archive(by=ada)
    rules[2].pause("It failed.")
    db.session.commit()

    called(case, nora)

    assert [acted(case, rule.name) for rule in rules] == [[], [], []]


def test_rules_act_in_their_order_and_one_can_stop_the_rest(ada, case, nora):
    rule_of(ada, name="First", triggers=CALLED)
    rule_of(ada, name="Second", triggers=CALLED, stops=True)
    rule_of(ada, name="Third", triggers=CALLED)

    called(case, nora)

    done = [event.change_set.actor_name for event in case.history if event.change_set.kind == "rule"]
    assert done == ["First", "Second"]


def test_a_rule_acts_for_the_event_that_woke_it_and_is_its_reason(ada, case, nora):
    rule = rule_of(ada, triggers=CALLED, conditions={"all": [{"key": "priority", "most": 1}]})

    called(case, nora)

    (run,) = rule.runs()
    cause = db.session.get_one(ChangeSet, run.change_set.cause_id)
    assert (cause.actor_name, run.change_set.actor_kind, run.change_set.actor_name) == (
        nora.name,
        "rule",
        "A rule",
    )
    assert (run.case_id, run.outcome, run.inputs["trigger"]) == (case.id, "done", "communicated")
    assert run.inputs["looked_at"] == {"priority": 0}


def test_undo_takes_back_what_rules_did_and_wakes_none(ada, case, nora):
    rule_of(
        ada,
        triggers=[{"key": "changed", "fields": ["priority"]}],
        actions=[
            {"key": "field", "field": "city", "value": "Lund"},
            {"key": "webhook", "url": "https://a.example/"},
        ],
    )
    lock(case)
    case.edit({"priority": 2}, by=nora)
    db.session.commit()
    assert case.city == "Lund"
    made = db.session.scalars(
        sa.select(ChangeSet).order_by(ChangeSet.id.desc()).where(ChangeSet.kind == "act")
    ).first()

    answer = undo(made, by=nora)
    db.session.commit()

    assert (case.priority, case.city, answer.recalled) == (0, None, 1)
    assert acted(case) == ["edited", "webhook planned"]


def test_two_rules_that_set_what_the_other_watches_act_once_each(ada, case, nora):
    for name, watched, sets in (("Up", "city", "street"), ("Down", "street", "city")):
        rule_of(
            ada,
            name=name,
            triggers=[{"key": "changed", "fields": [watched]}],
            actions=[{"key": "field", "field": sets, "value": name}],
        )
    lock(case)
    case.edit({"city": "Lund"}, by=nora)
    db.session.commit()

    assert (acted(case, "Up"), acted(case, "Down")) == (["edited"], ["edited"])
    assert (case.city, case.street) == ("Down", "Up")


def test_a_chain_of_rules_ends_at_the_cap_and_says_so_on_the_case(ada, case, nora):
    fields = ["city", "street", "zip", "website", "function", "referred_by", "company_name"]
    for watched, sets in pairwise(fields):
        rule_of(
            ada,
            name=f"After {watched}",
            triggers=[{"key": "changed", "fields": [watched]}],
            actions=[{"key": "field", "field": sets, "value": "x"}],
        )
    lock(case)
    case.edit({"city": "Lund"}, by=nora)
    db.session.commit()

    assert (case.referred_by, case.company_name) == ("x", None)
    assert [event.action for event in case.history][-1] == "rule stopped"
    assert case.history[-1].change_set.actor_name == "After referred_by"


def test_further_rules_run_for_the_cases_that_they_are_for(ada, case, nora):
    further = rule_of(ada, name="Further", triggers=[{"key": "hook"}])
    not_for_it = rule_of(
        ada, name="Not", triggers=[{"key": "hook"}], conditions={"all": [{"key": "kind", "values": ["bug"]}]}
    )
    rule_of(ada, triggers=CALLED, actions=[{"key": "rules", "rules": [not_for_it.id, further.id]}])

    called(case, nora)

    assert (acted(case, "Further"), acted(case, "Not")) == (["noted"], [])
    lock(further)
    with pytest.raises(Refused, match="does not run itself"):
        further.edit({"actions": [{"key": "rules", "rules": [further.id]}]}, by=ada)


def test_nobody_lets_rules_run_that_are_not_theirs(ada, marc, support):
    general = rule_of(ada, name="General")
    with pytest.raises(NotTheirs, match="you may set up"):
        rule_of(marc, team_id=support.id, actions=[{"key": "rules", "rules": [general.id]}])
    mine = rule_of(marc, team_id=support.id)
    lock(mine)
    with pytest.raises(NotTheirs, match="you may set up"):
        mine.edit({"actions": [{"key": "rules", "rules": [general.id]}]}, by=marc)


def test_a_rule_that_fails_takes_nothing_along_and_is_paused_after_five_times_in_a_row(ada, case, nora):
    """Nobody leads the front desk: the case cannot be given to its leader."""
    rule = rule_of(ada, triggers=CALLED, actions=[{"key": "priority", "priority": 3}, {"key": "to_leader"}])
    rule_of(ada, name="Unmoved", triggers=CALLED)

    for _ in range(5):
        assert rule.pause_reason is None
        called(case, nora)

    assert acted(case) == ["rule failed"] * 5
    assert len(acted(case, "Unmoved")) == 5
    assert case.priority == 0
    assert [run.outcome for run in rule.runs()] == ["failed"] * 5
    assert rule.pause_reason == "Nobody leads the team of this case."
    told = db.session.execute(sa.select(Notification.type, Notification.user_id).order_by(Notification.id))
    assert [tuple(row) for row in told] == [("rule failed", ada.id)] * 4 + [("rule paused", ada.id)]
    called(case, nora)
    assert len(acted(case)) == 5
    lock(rule)
    rule.switch_on(by=ada)
    db.session.commit()
    called(case, nora)
    assert (len(acted(case)), rule.pause_reason) == (6, None)


def test_what_somebody_did_last_is_still_theirs_when_a_rule_is_paused_because_of_it(ada, case, nora):
    rule = rule_of(ada, triggers=CALLED, actions=[{"key": "to_leader"}])
    for _ in range(5):
        called(case, nora)
        own = [event.body for event in just_told() if event.change_set == just_made()]
        assert own == ["They called"]

    assert rule.pause_reason is not None


def test_a_rule_that_succeeds_in_between_is_not_paused(ada, case, nora, front_desk, marc):
    rule = rule_of(ada, triggers=CALLED, actions=[{"key": "to_leader"}])
    for leader in (None, None, None, marc, None, None):
        lock(front_desk)
        front_desk.edit({"leader_id": leader.id if leader else None}, by=ada)
        db.session.commit()
        called(case, nora)

    assert rule.pause_reason is None
    assert sorted(run.outcome for run in rule.runs()) == [
        "done",
        "failed",
        "failed",
        "failed",
        "failed",
        "failed",
    ]


def test_what_is_deleted_or_archived_is_no_concern_of_rules(ada, case, nora):
    rule_of(ada, triggers=[{"key": "changed"}])
    lock(case)
    case.archive(by=nora)
    db.session.commit()

    assert acted(case) == []


def test_imports_wake_no_rule(ada, front_desk):
    rule_of(ada, triggers=[{"key": "created"}, {"key": "changed"}])
    (id_,) = write_many("import", by=ada).make(
        Case, [{"name": "Brought along", "team_id": front_desk.id, "state": "draft"}], action="imported"
    )
    db.session.commit()

    assert acted(db.session.get_one(Case, id_)) == []


def test_an_act_that_no_rule_wants_asks_the_database_nothing_for_it(ada, case, nora, asked):
    def move():
        asked.clear()
        called(case, nora)
        return len(asked)

    move()
    without = move()
    for key in ("won", "lost", "created"):
        rule_of(ada, name=key, triggers=[{"key": key}])
    move()

    assert move() == without


def test_rules_are_read_once_and_anew_when_one_is_changed(ada):
    rule = rule_of(ada)
    assert [each.name for each in Configuration.current().rules] == ["A rule"]
    lock(rule)
    rule.edit({"name": "Another name"}, by=ada)
    db.session.commit()

    assert [each.name for each in Configuration.current().rules] == ["Another name"]


def test_the_log_is_kept_for_ninety_days(ada, case, nora):
    rule = rule_of(ada, triggers=CALLED)
    for days in (91, 89):
        with clock.stopped_at(clock.now() - timedelta(days=days)):
            called(case, nora)

    housekeeping.tidy()

    assert len(rule.runs()) == 1


def test_a_rule_that_acted_is_archived_and_not_deleted(ada, case, nora):
    rule = rule_of(ada, triggers=CALLED)
    called(case, nora)
    lock(rule)

    with pytest.raises(Refused):
        rule.delete(by=ada)
    rule.archive(by=ada)
    db.session.commit()

    assert not rule.is_at_work


def test_a_hook_that_is_renewed_off_or_guessed_opens_nothing(ada, case):
    rule = rule_of(ada, triggers=[{"key": "hook"}], team_id=case.team_id)
    lock(rule)
    old, token = rule.new_hook(by=ada), rule.new_hook(by=ada)
    other = team_of_others()
    elsewhere = Case.make("task", "Elsewhere", by=SYSTEM, team=other)
    db.session.commit()

    for wrong, case_id in ((old, case.id), ("", case.id), (token, elsewhere.id), (token, 10**9)):
        with pytest.raises(Refused, match="nothing here"):
            call_hook(wrong, case_id)
    assert call_hook(token, case.id)
    lock(rule)
    rule.switch_off(by=ada)
    db.session.commit()
    with pytest.raises(Refused, match="nothing here"):
        call_hook(token, case.id)
    assert acted(case) == ["noted"]


def test_ready_made_rules_come_once_and_off(ada, front_desk):
    add(Category(name="Repair", team_id=front_desk.id))

    rules = add_ready_made(by=ada)
    db.session.commit()

    assert {rule.ready_made for rule in rules} == set(READY_MADE)
    assert not any(rule.is_on for rule in rules)
    assert all(rule.sentence().startswith("When ") for rule in rules)
    assert add_ready_made(by=ada) == []


def test_what_a_rule_named_and_is_gone_fails_and_is_said(ada, case, nora):
    category = Category(name="Repair")
    add(category)
    rule = rule_of(ada, triggers=CALLED, actions=[{"key": "category", "id": category.id}])
    lock(category)
    category.delete(by=ada)
    db.session.commit()

    called(case, nora)

    assert case.history[-1].details == {"error": "What the rule names here is no more."}
    lock(rule)
    rule.switch_off(by=ada)
    with pytest.raises(Refused):
        rule.switch_on(by=ada)


def test_events_of_a_purged_case_take_its_log_along(ada, nora, front_desk):
    rule = rule_of(ada)
    with clock.stopped_at(NOW - timedelta(days=40)):
        case = Case.make("task", "To be forgotten", by=SYSTEM, team=front_desk)
        db.session.commit()
        lock(case)
        case.delete(by=SYSTEM)
        db.session.commit()
    assert len(rule.runs()) == 1

    empty_bin()

    assert rule.runs() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RuleRun)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).where(Event.action == "purged")) == 1
