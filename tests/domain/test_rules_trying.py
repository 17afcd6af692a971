"""Trying and rehearsing a rule: what it would do, and whom it would have hit, with nothing done."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import Change, ChangeSet, Event, lock
from app.domain.job import Job
from app.domain.lists import LostReason, Tag
from app.domain.message import Message, Outcome
from app.domain.rules import RuleFiring, RuleRun, WebhookCall, timing
from app.extensions import db, huey
from tests.conftest import add
from tests.rules import rule_of

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
KEPT = (Case, Change, ChangeSet, Event, Job, Message, RuleFiring, RuleRun, WebhookCall)


def everything():
    """All rows of all that a rule could write."""
    return {
        cls.__tablename__: db.session.execute(sa.select(cls.__table__).order_by(cls.__table__.c.id)).all()
        for cls in KEPT
    }


ALL = [
    {"key": "priority", "priority": 3},
    {"key": "note", "text": "On {{ case.name }}"},
    {"key": "mail", "to": ["partner"], "subject": "On {{ case.name }}", "text": "For {{ partner.name }}"},
    {"key": "webhook", "url": "https://hooks.example/case"},
]


def test_a_try_tells_what_would_be_done_and_does_nothing(ada, case):
    rule = rule_of(ada, actions=ALL, on=False)
    before = everything()
    huey.storage.flush_all()

    trial = rule.try_on(case)
    db.session.commit()

    assert [action for action, _details in trial.lines] == ["edited", "noted", "mail planned"]
    assert trial.changes == [("priority", 0, 3)]
    assert [(letter.to, letter.subject, letter.text) for letter in trial.letters] == [
        (
            (("Hofmann Brewery", "info@hofmann.example"),),
            f"[#{case.id}] On {case.name}",
            "For Hofmann Brewery",
        )
    ]
    assert trial.calls == ["https://hooks.example/case"]
    assert trial.error is None
    assert everything() == before
    assert huey.scheduled_count() == huey.pending_count() == 0
    assert case.priority == 0


def test_a_try_wakes_no_other_rule_and_tells_why_it_fails(ada, case):
    rule_of(ada, name="Woken", triggers=[{"key": "changed"}], actions=[{"key": "to_nobody"}])
    rule = rule_of(ada, actions=[{"key": "priority", "priority": 3}, {"key": "to_leader"}], on=False)
    before = everything()

    trial = rule.try_on(case)
    db.session.commit()

    assert trial.error == "Nobody leads the team of this case."
    assert (trial.lines, trial.changes) == ([], [])
    assert everything() == before


def test_a_try_on_a_case_that_it_is_not_for_says_so(ada, case):
    rule = rule_of(ada, conditions={"all": [{"key": "kind", "values": ["bug"]}]}, on=False)

    assert not rule.try_on(case).is_for


def test_a_rule_is_tried_on_all_that_match_now_of_those_that_one_may_see(ada, nora, otto, case, support):
    Case.make("task", "Otto's", by=otto, team=support)
    Case.make("task", "Closed", by=nora, team=case.team).close(by=nora)
    db.session.commit()
    rule = rule_of(ada, conditions={"all": [{"key": "state", "values": ["open"]}]}, on=False)

    assert [trial.name for trial in rule.try_on_all()] == [case.name, "Otto's"]
    assert [trial.name for trial in rule.try_on_all(nora)] == [case.name]
    assert (rule.count(), rule.count(nora)) == (2, 1)


def test_of_a_rule_that_waits_those_match_whose_moment_has_come(ada, nora, front_desk):
    rule = rule_of(
        ada, triggers=[{"key": "since_created", "number": 2, "unit": "days", "direction": "after"}], on=False
    )
    for days in (3, 1):
        with clock.stopped_at(clock.now() - timedelta(days=days)):
            Case.make("task", f"{days} days old", by=nora, team=front_desk)
    db.session.commit()

    assert [each.name for each in db.session.scalars(rule.matching())] == ["3 days old"]


# -- rehearsal

WATCHED = {
    "created": [{"key": "created"}],
    "changed": [{"key": "changed", "fields": ["priority", "city"]}],
    "button": [
        {"key": "button", "before": ["open"], "buttons": ["waiting", "cancelled", "escalated", "lost"]}
    ],
    "talk": [{"key": "communicated"}, {"key": "tagged"}, {"key": "assigned"}],
    "idle": [{"key": "since_contact", "number": 1, "unit": "days", "direction": "after"}],
    "still": [{"key": "since_action", "number": 20, "unit": "hours", "direction": "after"}],
    "due": [{"key": "deadline", "number": 1, "unit": "days", "direction": "before"}],
    "old": [{"key": "since_opened", "number": 3, "unit": "days", "direction": "after"}, {"key": "won"}],
}
WHICH = [
    {},
    {"all": [{"key": "priority", "least": 1}]},
    {"any": [{"key": "state", "values": ["pending", "done"]}, {"key": "communications", "most": 0}]},
    {
        "none": [
            {"key": "responsible"},
            {"key": "field", "field": "city", "operator": "is", "value": "Town 1"},
        ]
    },
]


@pytest.mark.parametrize("chosen", range(len(WHICH)))
def test_a_rehearsal_hits_whom_the_rule_hit_when_it_was_on(chosen, ada, nora, otto, front_desk):
    """All sorts of rules watch what people do; then each is rehearsed over the same days."""
    luck = random.Random(chosen)
    tag, never = Tag(name="vip"), Tag(name="never given")
    with clock.stopped_at(START - timedelta(days=1)):
        add(tag, never)
    reason = db.session.scalars(sa.select(LostReason)).first()
    with clock.stopped_at(START):
        rules = {
            key: rule_of(
                ada,
                name=key,
                triggers=triggers,
                conditions=WHICH[chosen],
                actions=[{"key": "untag", "ids": [never.id]}],
            )
            for key, triggers in WATCHED.items()
        }
    now, cases = START, []
    for _step in range(20):
        what, hours = luck.randrange(12), luck.randint(1, 14)
        for hour in range(hours):
            now += timedelta(hours=1)
            if hour == hours - 1:
                with clock.stopped_at(now - timedelta(seconds=30)):
                    by = luck.choice((nora, otto, ada))
                    if what == 0 or len(cases) < 3:
                        cases.append(
                            Case.make("opportunity", f"Case {len(cases)}", by=by, team=front_desk, priority=1)
                        )
                    else:
                        case = luck.choice(cases[-4:])
                        lock(case)
                        act_on(case, what, hours, by, tag, reason, now)
                    db.session.commit()
            with clock.stopped_at(now):  # the worker looks once a minute; nothing happens in those between
                timing.evaluate()

    live = {key: hits_of(rule) for key, rule in rules.items()}
    with clock.stopped_at(now):
        days = (now - START) / timedelta(days=1)
        again = {
            key: sorted((hit.case_id, hit.at) for hit in rule.rehearse(days).hits)
            for key, rule in rules.items()
        }
    assert sum(map(len, live.values())) > 10
    assert again == live


def hits_of(rule):
    query = sa.select(RuleRun.case_id, RuleRun.at).where(RuleRun.rule_id == rule.id)
    return sorted(tuple(row) for row in db.session.execute(query))


def act_on(case, what, hours, by, tag, reason, now):
    """One of the things that people do; what is not possible now is left."""
    acts = {
        1: lambda: case.edit({"priority": hours % 4}, by=by),
        2: lambda: case.edit({"city": f"Town {hours % 3}"}, by=by),
        3: lambda: case.wait(by=by) if "wait" in case.possible else None,
        4: lambda: case.open(by=by) if "open" in case.possible else case.reopen(by=by),
        5: lambda: case.log("A word", by=by),
        6: lambda: case.untag(tag, by=by) if tag in case.tags else case.tag(tag, by=by),
        7: lambda: case.assign(None if hours % 2 else by, by=by),
        8: lambda: case.edit({"deadline": (now + timedelta(days=hours % 6)).date()}, by=by),
        9: lambda: case.win(by=by) if "win" in case.possible else None,
        10: lambda: case.lose(by=by, reason=reason) if "lose" in case.possible else None,
        11: lambda: case.escalate(by=by) if "escalate" in case.possible else None,
    }
    acts[what]()


def test_a_rehearsal_renders_mail_and_sends_nothing(ada, nora, front_desk, brewery):
    Case.make(
        "request", "A leak", by=SYSTEM, team=front_desk, email="ines@other.example", contact_name="Ines"
    )
    Case.make("request", "Nobody to thank", by=SYSTEM, team=front_desk)
    db.session.commit()
    rule = rule_of(
        ada,
        actions=[{"key": "mail", "to": ["partner"], "subject": "On {{ case.name }}", "text": "Hi"}],
        on=False,
    )
    before = everything()

    rehearsal = rule.rehearse(7)

    assert [(hit.name, [letter.to for letter in hit.letters]) for hit in rehearsal.hits] == [
        ("A leak", [(("Ines", "ines@other.example"),)]),
        ("Nobody to thank", []),
    ]
    assert everything() == before


@pytest.mark.parametrize("days", [0, 400])
def test_a_rehearsal_over_days_in_which_nothing_happened_hits_nobody(days, ada, front_desk):
    rule = rule_of(ada, triggers=[*WATCHED["created"], *WATCHED["idle"]], on=False)

    assert rule.rehearse(days).hits == []


def test_a_rehearsal_counts_from_when_a_mail_left_and_not_from_when_it_was_written(ada, nora, case):
    since = {"key": "since_contact", "number": 2, "unit": "days", "direction": "after"}
    rule = rule_of(ada, triggers=[since], on=False)
    start = case.created_at + timedelta(hours=1)
    with clock.stopped_at(start):
        lock(case)
        mail = case.write_mail(
            "…", by=nora, to=[("", "ines@hofmann.example")], send_at=start + timedelta(days=1)
        )
        db.session.commit()
    with clock.stopped_at(start + timedelta(days=1)):
        mail.conclude({each.id: Outcome("sent", "250") for each in mail.recipients})
        db.session.commit()

    with clock.stopped_at(start + timedelta(days=5)):
        hits = [hit.at for hit in rule.rehearse(days=4).hits]

    (at,) = hits
    assert timedelta() <= at - (start + timedelta(days=3)) < timedelta(minutes=1)
