"""Rules at work: each looks at what happened, and acts on the case in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.actor import Actor
from app.domain.configuration import Configuration
from app.domain.history import Event, change_set, reactions, written_down
from app.domain.history.acts import Journal
from app.domain.rules.actions import Doing
from app.domain.rules.conditions import with_below
from app.domain.rules.facts import Facts
from app.domain.rules.plan import Plan
from app.domain.rules.records import MOST_FAILURES, RuleRun, WebhookCall
from app.domain.rules.registry import Clause, Part
from app.domain.rules.triggers import HOOK_CALLED, RULES_RUN
from app.domain.user import User
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case


@dataclass(frozen=True)
class Working:
    """A rule that is on, as each process keeps it until the configuration changes."""

    id: int
    name: str
    sequence: int
    owner_id: int | None
    team_id: int | None
    stops: bool
    on_since: datetime
    plan: Plan = field(repr=False)

    def as_actor(self) -> Actor:
        return Actor("rule", self.id, self.name)

    @cached_property
    def events(self) -> tuple[Part, ...]:
        """Its triggers that are events."""
        return tuple(part for part in self.plan.triggers if not part.entry.is_timed)

    @cached_property
    def actions(self) -> frozenset[str] | None:
        """The lines of history that can wake it; None is any."""
        found: set[str] = {RULES_RUN}
        for part in self.events:
            if part.entry.actions is None:
                return None
            found |= part.entry.actions
        return frozenset(found)

    @cached_property
    def only_sets(self) -> bool:
        """Does it nothing but set fields?"""
        return all(part.entry.sets is not None for part in self.plan.actions)

    def sets(self, case: Case) -> Iterator[dict[str, Any]]:
        """What each of its actions sets, the case standing as the one before left it. Raises Refused."""
        doing = Doing(self, case)
        for part in self.plan.actions:
            doing.values = part.values
            yield part.entry.sets(doing)

    def wants(self, event: Event) -> bool:
        """Has this woken it, and is it for this case?"""
        if event.case_id is None or (self.actions is not None and event.action not in self.actions):
            return False
        if event.case is None:
            return False
        facts = Facts(event.case)
        return self.woken_by(event, facts) is not None and self.is_for(facts)

    def woken_by(self, event: Event, facts: Facts) -> str | None:
        """Which of its triggers this event is, by its key, the case standing like that after it."""
        if event.action == RULES_RUN and self.id in event.details.get("rule_ids", ()):
            return "rules"
        if event.action == HOOK_CALLED and event.details.get("rule_id") != self.id:
            return None
        found = (part.entry.key for part in self.events if part.entry.happened(part.values, event, facts))
        return next(found, None)

    def is_for(self, facts: Facts, *, is_timed: bool = False) -> bool:
        """Is the case one of those that it is for?"""
        return self.reaches(facts.team_id) and self.plan.holds(facts, is_timed=is_timed)

    def reaches(self, team_id: int | None) -> bool:
        return self.team_id is None or team_id in with_below([self.team_id])

    def clause(self, *, is_timed: bool = False) -> Clause:
        """The cases that it is for, in the database."""
        from app.domain.case import Case

        clause = self.plan.clause(is_timed=is_timed)
        if self.team_id is None:
            return clause
        return sa.and_(Case.team_id.in_(with_below([self.team_id])), clause)

    def follow(self, event: Event) -> bool:
        """Do what is to be done. Answers whether the rules after it are to leave the event alone."""
        case = event.case
        assert case is not None
        facts = Facts(case)
        if not self.is_for(facts):
            return False  # whoever was quicker has changed the case
        return self.act_on(
            case, event=event, inputs={"trigger": self.woken_by(event, facts), "event": event.id}
        )

    def act_on(self, case: Case, *, inputs: dict[str, Any], event: Event | None = None) -> bool:
        """Do all that it does, in order, in the change set that is open; and note it in its log."""
        decided = inputs | {"looked_at": looked_at(self.plan, case)}
        with change_set("rule", by=self):
            doing = self.do(case, event=event)
            made = written_down()
        RuleRun.note(
            self.id,
            case.id,
            outcome="done" if made else "nothing",
            inputs=decided,
            change_set_id=made.id if made else None,
        )
        return doing.stops or self.stops

    def do(self, case: Case, *, event: Event | None = None, is_trial: bool = False) -> Doing:
        """Its actions, one after the other."""
        doing = Doing(self, case, event, is_trial)
        for part in self.plan.actions:
            doing.values = part.values
            part.entry.do(doing)
        return doing

    def failed(self, event: Event, error: Exception) -> None:
        """Note it; after five times in a row it is paused, and whoever owns it hears of it."""
        note_failure(self, event.case_id or 0, error, {"event": event.id})


def note_failure(rule: Working, case_id: int, error: Exception, inputs: dict[str, Any]) -> bool:
    """Write it into the rule's log and tell its owner. Answers whether it was once too often: the rule is paused."""
    RuleRun.note(rule.id, case_id, outcome="failed", inputs=inputs, error=str(error))
    return tell_of_failure(rule, str(error))


def call_failed(call: WebhookCall) -> None:
    """A call was given up, maybe days after the rule acted: its log says so, and its owner hears of it."""
    from app.domain.rules.rule import Rule

    if RuleRun.fail(call):
        tell_of_failure(working(db.session.get_one(Rule, call.rule_id)), call.answer or "")


def tell_of_failure(rule: Working, reason: str) -> bool:
    """Tell its owner. Answers whether it was once too often: the rule is paused."""
    from app.domain.rules.rule import Rule

    told = "rule failed"
    if RuleRun.failed_in_a_row(rule.id, rule.on_since) >= MOST_FAILURES:
        record = db.session.get_one(Rule, rule.id)
        if record.is_at_work:
            journal = Journal.of(db.session())
            # Pausing is not what somebody did last: they see their own lines added, and would take those back.
            made, lines = journal.made, journal.told
            record.pause(reason)
            journal.made, journal.told = made, lines
            told = "rule paused"
    tell_owner(rule, told)
    return told == "rule paused"


def tell_owner(rule: Working, told: str) -> None:
    """Let whoever owns a rule hear of it; administrators where nobody does."""
    from app.domain.notification import Notification  # these tell of cases, and rules act on them

    owners = [rule.owner_id] if rule.owner_id is not None else administrators()
    Notification.tell(told, owners, about=("rule", rule.id), rule=rule.name)


def administrators() -> list[int]:
    query = sa.select(User.id).where(User.role == "administrator", User.is_offered()).order_by(User.id)
    return list(db.session.scalars(query))


def looked_at(plan: Plan, case: Case) -> dict[str, Any]:
    """What the conditions saw of a case, as plain values: what decided, and can be looked at again."""
    from app.domain.history.tracking import plain

    found: dict[str, Any] = {}
    for part in plan.conditions.flat():
        name = part.values.get("field") or SEEN.get(part.entry.key)
        if name is not None:
            found[name] = plain(getattr(case, name))
        elif part.entry.key == "tag":
            found["tags"] = sorted(tag.id for tag in case.tags)
        elif part.entry.key == "communications":
            found["communications"] = Facts(case).communications(part.values["most"] + 1)
    return found


SEEN = {
    "kind": "kind",
    "state": "state",
    "outcome": "outcome",
    "team": "team_id",
    "category": "category_id",
    "stage": "stage_id",
    "responsible": "responsible_id",
    "partner": "partner_id",
    "partner_tag": "partner_id",
    "country": "country_id",
    "priority": "priority",
    "channel": "channel_id",
    "source": "source_id",
    "medium": "medium_id",
    "campaign": "campaign_id",
    "lost_reason": "lost_reason_id",
    "plan": "recurring_plan_id",
    "state_of_mind": "state_of_mind_id",
    "revenue": "expected_revenue",
    "probability": "probability",
    "name": "name",
}


def at_work() -> tuple[Working, ...]:
    """All rules that are on, in their order; read once after each change of the configuration."""
    from app.domain.rules.rule import Rule

    query = sa.select(Rule).where(Rule.at_work()).order_by(*Rule.in_order())
    return tuple(working(rule) for rule in db.session.scalars(query))


def working(rule: Any) -> Working:
    """A rule as it works, on or not."""
    return Working(
        rule.id,
        rule.name,
        rule.sequence,
        rule.owner_id,
        rule.team_id,
        rule.stops,
        rule.on_since or clock.now(),
        rule.plan,
    )


def on_events() -> list[Working]:
    """Those that react to what happens: all that may be run by others, too."""
    return list(Configuration.current().rules)


reactions.append(on_events)
