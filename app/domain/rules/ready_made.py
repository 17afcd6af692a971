"""Rules that come with Holdfast: off until somebody switches them on, and changed like any other."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.domain.actor import Acting
from app.domain.errors import Refused
from app.domain.history import change_set, lock
from app.domain.lists import ActivityType, Category
from app.domain.rules.rule import Rule
from app.domain.team import Team
from app.domain.user import User
from app.extensions import _, db

Recipe = dict[str, Any]


def thank_the_sender() -> Recipe:
    return {
        "name": _l("Thank the sender"),
        "triggers": [{"key": "created"}],
        "conditions": {
            "all": [
                {"key": "kind", "values": ["lead", "request", "issue", "bug", "claim"]},
                {"key": "state", "values": ["draft"]},
                {"key": "field", "field": "email", "operator": "filled"},
            ]
        },
        "actions": [
            {
                "key": "mail",
                "to": ["partner"],
                "subject": str(_l("We have received: {{ case.name }}")),
                "text": str(
                    _l(
                        "Hello {{ contact.name | }},\n\nthank you for writing. We know your matter under number"
                        " {{ case.number }} and will answer soon.\n\n{{ organisation.name }}"
                    )
                ),
            }
        ],
    }


def route_by_category() -> Recipe | None:
    """By the first category that belongs to a team; the others are added like it."""
    first = db.session.execute(
        sa.select(Category.id, Category.team_id)
        .join(Team, Category.team_id == Team.id)
        .where(Category.is_offered(), Team.is_offered())
        .order_by(*Category.in_order())
        .limit(1)
    ).first()
    if first is None:
        return None
    return {
        "name": _l("Route by category"),
        "triggers": [{"key": "created"}, {"key": "changed", "fields": ["category_id"]}],
        "conditions": {"all": [{"key": "category", "ids": [first[0]]}]},
        "actions": [{"key": "team", "id": first[1]}],
    }


def remind_before_deadline() -> Recipe:
    return {
        "name": _l("Remind before the deadline"),
        "triggers": [{"key": "deadline", "number": 2, "unit": "days", "direction": "before"}],
        "actions": [{"key": "remind_responsible"}],
    }


def escalate_when_idle() -> Recipe:
    return {
        "name": _l("Escalate when idle"),
        "triggers": [{"key": "since_action", "number": 1, "unit": "weeks", "direction": "after"}],
        "conditions": {
            "all": [
                {"key": "kind", "values": ["issue", "bug", "claim"]},
                {"key": "state", "values": ["open"]},
            ]
        },
        "actions": [{"key": "escalate"}, {"key": "tell", "whom": ["responsible"]}],
    }


def follow_up() -> Recipe | None:
    first = db.session.scalar(
        sa.select(ActivityType.id)
        .where(ActivityType.is_offered())
        .order_by(*ActivityType.in_order())
        .limit(1)
    )
    if first is None:
        return None
    return {
        "name": _l("Follow up a pending case"),
        "triggers": [{"key": "since_contact", "number": 5, "unit": "days", "direction": "after"}],
        "conditions": {"all": [{"key": "state", "values": ["pending"]}]},
        "actions": [{"key": "activity", "id": first, "what": str(_l("Ask again: {{ case.name }}"))}],
    }


READY_MADE = {
    "thanks": thank_the_sender,
    "routing": route_by_category,
    "deadline": remind_before_deadline,
    "idle": escalate_when_idle,
    "pending": follow_up,
}


def known_to(by: Acting) -> set[str]:
    """Which of them stand among the rules that somebody sets up."""
    theirs = Rule.handled_by(by) if isinstance(by, User) else sa.select(Rule).where(Rule.deleted_at.is_(None))
    codes = theirs.where(Rule.ready_made.is_not(None)).with_only_columns(Rule.ready_made)
    return {code for code in db.session.scalars(codes) if code is not None}


def add_ready_made(*, by: Acting, team: Team | None = None) -> list[Rule]:
    """Add those that they have not got yet, off; one that has nothing to go by is left out."""
    known = known_to(by)
    made = []
    for code, recipe in READY_MADE.items():
        facts = recipe() if code not in known else None
        if facts is not None:
            name = str(facts.pop("name"))
            made.append(
                Rule.make(by=by, name=name, ready_made=code, team_id=team.id if team else None, **facts)
            )
    return made


def thanks_of(team: Team) -> Rule | None:
    """The rule by which a team thanks who writes to it, on or off, if it has got one."""
    own = sa.select(Rule).where(Rule.ready_made == "thanks", Rule.team_id == team.id, Rule.is_offered())
    return db.session.scalars(own.order_by(Rule.id).limit(1)).first()


def thanks_of_others(team: Team) -> Rule | None:
    """A rule of another team, or of all, that thanks who writes to this team or to one below it."""
    others = sa.select(Rule).where(
        Rule.ready_made == "thanks", Rule.at_work(), Rule.team_id.is_distinct_from(team.id)
    )
    return next((rule for rule in db.session.scalars(others) if rule.meets(team.id)), None)


def let_thank(team: Team, is_on: bool, *, by: Acting) -> None:
    """Have who writes to a team thanked from now on, or no more; nobody is thanked twice.

    Belongs behind the lock of the team: of two who press at once, one makes the rule.
    """
    rule = thanks_of(team)
    if not is_on:
        if rule is not None:
            lock(rule)
            rule.switch_off(by=by)
        return
    if thanks_of_others(team) is not None:
        raise Refused(_("A rule of other teams, or of all, thanks here already: nobody is thanked twice."))
    with change_set("act", by=by):
        if rule is None:
            recipe = thank_the_sender()
            rule = Rule.make(
                by=by, ready_made="thanks", team_id=team.id, **{**recipe, "name": str(recipe["name"])}
            )
        lock(rule)
        rule.switch_on(by=by)
