"""When, which and what of a rule, put together from the registry: read, stored and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.case import Case
from app.domain.case.filter_fields import is_open
from app.domain.errors import Refused
from app.domain.rules import groups
from app.domain.rules.conditions import not_binned
from app.domain.rules.facts import Facts
from app.domain.rules.groups import Group
from app.domain.rules.parameters import listed_as_words
from app.domain.rules.registry import ACTIONS, TRIGGERS, Clause, Part
from app.domain.rules.words import KIND_NOUNS
from app.extensions import _

if TYPE_CHECKING:
    from app.domain.rules.rule import Rule

Given = Mapping[str, Any]
MOST_PARTS = 20
# Conditions that say themselves in the subject: 'a claim of team Support'.
SUBJECT = ("kind", "team")


@dataclass(frozen=True)
class Plan:
    """What a rule is made of."""

    triggers: tuple[Part, ...]
    conditions: Group
    actions: tuple[Part, ...]

    @classmethod
    def read(cls, given: Given, *, rule_id: int | None = None) -> Plan:
        """As it was typed. Raises Refused with a sentence for what is missing, not there or goes nowhere."""
        triggers, actions = (parts_of(given.get(name)) for name in ("triggers", "actions"))
        if not triggers:
            raise Refused(_("Say when the rule looks at a case."))
        if not actions:
            raise Refused(_("Say what the rule does."))
        plan = cls(
            tuple(TRIGGERS.read(each) for each in triggers),
            groups.read(given.get("conditions")),
            tuple(ACTIONS.read(each) for each in actions),
        )
        if rule_id in plan.runs:
            raise Refused(_("A rule does not run itself."))
        return plan

    @classmethod
    def stored_in(cls, rule: Rule) -> Plan:
        """As it was saved."""
        return cls(
            tuple(TRIGGERS.stored(each) for each in rule.triggers),
            groups.stored(rule.conditions),
            tuple(ACTIONS.stored(each) for each in rule.actions),
        )

    @property
    def stored(self) -> dict[str, Any]:
        return {
            "triggers": [part.stored for part in self.triggers],
            "conditions": self.conditions.stored,
            "actions": [part.stored for part in self.actions],
        }

    @property
    def runs(self) -> set[int]:
        """The further rules that it runs, by their ids."""
        return {rule_id for part in self.actions for rule_id in part.values.get("rules", ())}

    @property
    def moments(self) -> list[Part]:
        """The triggers that come by themselves."""
        return [part for part in self.triggers if part.entry.is_timed]

    @cached_property
    def asks_for_closed(self) -> bool:
        """Do its conditions speak of how cases end? If not, time goes on only for those that are open."""
        return any(
            part.entry.key in {"state", "outcome"} and speaks_of_end(part) for part in self.conditions.flat()
        )

    def clause(self, *, is_timed: bool = False) -> Clause:
        """The cases that it is for: none that is archived or in the bin."""
        about = [sa.not_(Case.archived), not_binned()]
        if is_timed and not self.asks_for_closed:
            about.append(is_open())
        return sa.and_(*about, self.conditions.clause())

    def holds(self, facts: Facts, *, is_timed: bool = False) -> bool:
        """Is it for this case?"""
        if facts.archived or facts.deleted_at is not None:
            return False
        if is_timed and not self.asks_for_closed and facts.state in {"done", "cancelled"}:
            return False
        return self.conditions.holds(facts)

    def say(self) -> str:
        """The whole of it: 'When a claim of team Support is open for more than 2 days, set its priority to high.'"""
        when = listed_as_words([part.say() for part in self.triggers])
        subject, others = self.subject()
        rest = Group(self.conditions.word, others).say()
        does = ", ".join(part.say() for part in self.actions)
        if not rest:
            return _("When %(subject)s %(when)s, %(does)s.", subject=subject, when=when, does=does)
        return _(
            "When %(subject)s %(when)s and %(rest)s, %(does)s.",
            subject=subject,
            when=when,
            rest=rest,
            does=does,
        )

    def subject(self) -> tuple[str, tuple[Part | Group, ...]]:
        """What it is about, as a noun, and the conditions that this leaves to be said."""
        parts = self.conditions.parts if self.conditions.word == "all" else ()
        found = {
            key: [part for part in parts if isinstance(part, Part) and part.entry.key == key]
            for key in SUBJECT
        }
        kind = found["kind"][0] if len(found["kind"]) == 1 else None
        team = found["team"][0] if len(found["team"]) == 1 and found["team"][0].values.get("ids") else None
        is_one = kind is not None and len(kind.values["values"]) == 1
        noun = str(KIND_NOUNS[kind.values["values"][0]]) if is_one and kind is not None else _("a case")
        if team is not None:
            noun = _("%(noun)s of team %(team)s", noun=noun, team=team.entry.word(team.values, "ids"))
        said = ([kind] if is_one else []) + [team]
        return noun, tuple(part for part in self.conditions.parts if not any(part is each for each in said))


def parts_of(given: Any) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MOST_PARTS:
        raise Refused(_("A rule has at most %(n)s of each.", n=MOST_PARTS))
    return given


def speaks_of_end(part: Part) -> bool:
    return bool({"done", "cancelled", "won", "lost"} & set(part.values.get("values", ())))
