"""Rules: what happens by itself, made by managers, signed, explained, and taken back like any other act."""

from app.domain.rules import conditions, moments, triggers
from app.domain.rules.records import RuleFiring, RuleRun, RuleState, RuleTurn, WebhookCall
from app.domain.rules.registry import ACTIONS, CONDITIONS, TRIGGERS
from app.domain.rules.rehearsals import RuleRehearsal
from app.domain.rules.rule import Rule
from app.domain.rules.working import Working, working

__all__ = [
    "ACTIONS",
    "CONDITIONS",
    "TRIGGERS",
    "Rule",
    "RuleFiring",
    "RuleRehearsal",
    "RuleRun",
    "RuleState",
    "RuleTurn",
    "WebhookCall",
    "Working",
    "conditions",
    "moments",
    "triggers",
    "working",
]
