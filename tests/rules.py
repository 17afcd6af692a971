"""Rules for tests: made and switched on in a line, and what one of each part of the registry looks like."""

from app.domain.history import lock
from app.domain.rules import Rule
from app.extensions import db

CALLED = [{"key": "communicated"}]
NOTED = [{"key": "note", "text": "The rule was here."}]


def rule_of(by, *, name="A rule", triggers=None, actions=None, on=True, **facts):
    """A rule as somebody saves it and switches it on."""
    triggers = [{"key": "created"}] if triggers is None else triggers
    actions = NOTED if actions is None else actions
    rule = Rule.make(by=by, name=name, triggers=triggers, actions=actions, **facts)
    db.session.commit()
    if on:
        lock(rule)
        rule.switch_on(by=by)
        db.session.commit()
    return rule


def acted(case, name="A rule"):
    """What a rule of this name has done to a case, by the lines of its history."""
    db.session.expire_all()
    return [event.action for event in case.history if event.change_set.actor_name == name]


def called(case, by):
    lock(case)
    case.log("They called", by=by)
    db.session.commit()
