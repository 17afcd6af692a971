"""What a rule does to a case: by the verbs that people use, signed by the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.domain import wording
from app.domain.activity import Activity
from app.domain.configuration import Configuration
from app.domain.errors import Refused
from app.domain.history import Event, act
from app.domain.lists import ActivityType, Category, LostReason, Tag
from app.domain.organisation import Organisation
from app.domain.rules import plugins, sending
from app.domain.rules.conditions import day_of, not_binned
from app.domain.rules.parameters import (
    NONE,
    Addresses,
    Choice,
    Choices,
    Day,
    Line,
    Number,
    Record,
    Records,
    Template,
    Url,
)
from app.domain.rules.records import RuleTurn, WebhookCall
from app.domain.rules.registry import ACTIONS, Action, Values
from app.domain.rules.triggers import RULES_RUN
from app.domain.rules.words import FIELDS, PRIORITY_WORDS, STATE_WORDS, day_words, put
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.rules.working import Working


@dataclass
class Doing:
    """A rule at work on one case. In a trial nothing leaves the house."""

    rule: Working
    case: Case
    event: Event | None = None
    is_trial: bool = False
    values: Values = field(default_factory=dict)
    stops: bool = False
    # What a trial would have called outside.
    calls: list[str] = field(default_factory=list)

    def one(self, cls: Any, name: str = "id") -> Any:
        """The record that a value names. Raises Refused if it is no more."""
        found = db.session.get(cls, self.values[name])
        if found is None or found.is_binned:
            raise Refused(_("What the rule names here is no more."))
        return found


# -- where it stands


def set_state(doing: Doing) -> None:
    """Through the verb that leads there; a closed case is taken up again first."""
    case, state = doing.case, doing.values["state"]
    if case.state == state:
        return
    if case.is_closed and state != "draft":
        case.reopen(by=doing.rule)
    verbs: dict[str, Callable[..., None]] = {
        "draft": case.reset,
        "open": case.open,
        "pending": case.wait,
        "done": case.close,
        "cancelled": case.cancel,
    }
    verbs[state](by=doing.rule)


def lose(doing: Doing) -> None:
    reason = doing.one(LostReason) if "id" in doing.values else None
    doing.case.lose(by=doing.rule, reason=reason)


def escalate(doing: Doing) -> None:
    """At the top there is nobody to hand it to: it stays, and that is no failure."""
    if "escalate" in doing.case.possible:
        doing.case.escalate(by=doing.rule)


# -- who does it


def assign_leader(doing: Doing) -> None:
    doing.case.assign(leader_of(doing), by=doing.rule)


def leader_of(doing: Doing) -> User:
    leader = doing.case.team.leader if doing.case.team is not None else None
    if leader is None or not leader.is_active:
        raise Refused(_("Nobody leads the team of this case."))
    return leader


def members_of(doing: Doing) -> list[int]:
    """The members of its team who may be given work, in an order that stays."""
    team = doing.case.team
    if team is None:
        raise Refused(_("The case has no team whose members it could be given to."))
    members = Configuration.current().teams[team.id].members
    query = sa.select(User.id).where(User.id.in_(members), User.is_offered()).order_by(User.id)
    found = list(db.session.scalars(query))
    if not found:
        raise Refused(_("Nobody of team %(team)s can be given cases.", team=team.name))
    return found


def assign_in_turn(doing: Doing) -> None:
    """One after the other, as the members come."""
    members, team = members_of(doing), doing.case.team
    assert team is not None
    turn = RuleTurn.of(doing.rule.id, team.id, members[-1])
    turn.user_id = next((each for each in members if each > turn.user_id), members[0])
    doing.case.assign(db.session.get_one(User, turn.user_id), by=doing.rule)


def assign_least_loaded(doing: Doing) -> None:
    """Whoever of the team has the fewest open cases; of several the first."""
    from app.domain.case import Case
    from app.domain.case.filter_fields import is_open

    members = members_of(doing)
    query = (
        sa.select(Case.responsible_id, sa.func.count())
        .where(Case.responsible_id.in_(members), Case.id != doing.case.id)
        .where(sa.not_(Case.archived), not_binned(), is_open())
        .group_by(Case.responsible_id)
    )
    load: dict[Any, int] = dict(db.session.execute(query).all())
    doing.case.assign(
        db.session.get_one(User, min(members, key=lambda each: (load.get(each, 0), each))), by=doing.rule
    )


# -- facts


def add_tags(doing: Doing) -> None:
    for tag in named_tags(doing):
        doing.case.tag(tag, by=doing.rule)


def remove_tags(doing: Doing) -> None:
    for tag in named_tags(doing):
        doing.case.untag(tag, by=doing.rule)


def named_tags(doing: Doing) -> list[Tag]:
    found = db.session.scalars(
        sa.select(Tag).where(Tag.id.in_(doing.values["ids"]), Tag.deleted_at.is_(None))
    )
    return sorted(found, key=lambda tag: tag.id)


def at_deadline(doing: Doing) -> dict[str, Any]:
    return {"deadline": deadline(doing.values["day"])}


def deadline(typed: str) -> date | None:
    return None if typed == NONE else day_of(typed, Organisation.current().today())


def read_deadline(values: dict[str, Any]) -> dict[str, Any]:
    deadline(values["day"])
    return values


def read_field(values: dict[str, Any]) -> dict[str, Any]:
    """What a field is set to, as it takes it. Raises Refused."""
    written(values["field"], values.get("value"))
    return values


def written(name: str, typed: str | None) -> Any:
    """What was typed, as the field takes it; nothing empties it."""
    field_ = FIELDS[name]
    if typed is None:
        if name == "name":
            raise Refused(_("A case has a name."))
        return None
    if field_.sort == "day":
        return day_of(typed, Organisation.current().today())
    if field_.sort == "number":
        if not typed.isascii() or not typed.isdigit() or int(typed) > 100:
            raise Refused(_("“%(value)s” is no percentage.", value=typed))
        return int(typed)
    wording.check(typed)
    return typed


def with_field(doing: Doing) -> dict[str, Any]:
    name = doing.values["field"]
    value = written(name, doing.values.get("value"))
    if FIELDS[name].sort == "text" and value is not None:
        value = wording.fill(value, doing.case).text[: FIELDS[name].longest]
    return {name: value}


# -- people and words


def add_watchers(doing: Doing) -> None:
    """Those of them who may watch; who has left since is passed over."""
    for user in db.session.scalars(
        sa.select(User).where(User.id.in_(doing.values["ids"]), User.is_offered()).order_by(User.id)
    ):
        doing.case.watch(user, by=doing.rule)


def copy_to(doing: Doing) -> None:
    for address in doing.values["addresses"]:
        doing.case.copy_to(address, by=doing.rule)


def plan_activity(doing: Doing) -> None:
    whom = doing.values.get("whom", "responsible")
    user = doing.case.responsible if whom == "responsible" else leader_of(doing)
    days = doing.values.get("days")
    Activity.plan(
        doing.case,
        doing.one(ActivityType),
        wording.fill(doing.values.get("what") or "", doing.case, user=user).text[:300],
        by=doing.rule,
        due_on=Activity.day_in(days, doing.case, user) if days is not None else None,
        user=user,
    )


def note(doing: Doing) -> None:
    with act("noted", doing.case, by=doing.rule, body=wording.fill(doing.values["text"], doing.case).text):
        pass


def read_mail(values: dict[str, Any]) -> dict[str, Any]:
    if "addresses" in values["to"] and not values.get("addresses"):
        raise Refused(_("Say to which addresses the mail goes."))
    return values


# -- beyond


def call_webhook(doing: Doing) -> None:
    """Plan a call to an address outside; it is made once this has been stored."""
    if doing.is_trial:
        doing.calls.append(doing.values["url"])
        return
    WebhookCall.plan(doing.rule, doing.case, doing.values["url"])


def call_plugin(doing: Doing) -> None:
    if doing.is_trial:
        doing.calls.append(doing.values["name"])
        return
    plugins.named(doing.values["name"])(doing.case, by=doing.rule)


def run_rules(doing: Doing) -> None:
    """Let further rules look at the case; each is for the cases that it is for, and acts once."""
    rules = {rule.id: rule for rule in Configuration.current().rules}
    named = [rules[id_] for id_ in doing.values["rules"] if id_ in rules]
    if named:
        details = {"rules": ", ".join(rule.name for rule in named), "rule_ids": [rule.id for rule in named]}
        with act(RULES_RUN, doing.case, by=doing.rule, details=details):
            pass


def stop(doing: Doing) -> None:
    doing.stops = True


# -- how they are asked for and said

DAY_HELP = _l("Day: 2026-12-31, +3 for in three days, or none")
TO_WHOM: dict[str, Any] = {
    "responsible": _l("the responsible"),
    "leader": _l("the leader"),
    "partner": _l("the partner"),
    "watchers": _l("the watchers"),
    "addresses": _l("these addresses"),
}
OF_OURS: dict[str, Any] = {
    "leader": _l("the leader"),
    "responsible": _l("the responsible"),
    "owner": _l("the rule's owner"),
}


def rules_to_choose() -> Any:
    from app.domain.rules.rule import Rule

    return Rule


def names_in(key: str, values: Values, name: str) -> list[str]:
    """What the records are called that a value names."""
    parameter = next(each for each in ACTIONS[key].parameters if each.name == name)
    assert isinstance(parameter, Record)
    return list(parameter.names(list(values[name]), in_use=False).values())


def word(key: str, says: Any, name: str) -> Callable[[Values], str]:
    return lambda values: put(says, what=ACTIONS[key].word(values, name))


def record_of(cls: Any, label: Any, *, is_needed: bool = True) -> Record:
    return Record(name="id", label=label, cls=lambda: cls, is_needed=is_needed)


def say_mail(values: Values) -> str:
    to = [str(TO_WHOM[each]) for each in values["to"] if each != "addresses"] + list(
        values.get("addresses", ())
    )
    return _("send “%(subject)s” to %(whom)s", subject=values["subject"], whom=_and(to))


def _and(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s and %(last)s", some=", ".join(words[:-1]), last=words[-1])


def say_field(values: Values) -> str:
    label = FIELDS[values["field"]].label
    if values.get("value") is None:
        return _("empty its %(field)s", field=label)
    value = day_words(values["value"]) if FIELDS[values["field"]].sort == "day" else values["value"]
    return _("set its %(field)s to “%(value)s”", field=label, value=value)


def say_activity(values: Values) -> str:
    said = _("plan %(what)s", what=ACTIONS["activity"].word(values, "id"))
    return _("%(said)s for the leader", said=said) if values.get("whom") == "leader" else said


ACTIONS.add(
    Action(
        "state",
        _l("Set the state"),
        parameters=(Choice(name="state", label=_l("State"), options=lambda: list(STATE_WORDS.items())),),
        says=word("state", _l("make it %(what)s"), "state"),
        does=set_state,
    ),
    Action(
        "win", _l("Win it"), says=lambda _v: _("win it"), does=lambda doing: doing.case.win(by=doing.rule)
    ),
    Action(
        "lose",
        _l("Lose it"),
        parameters=(record_of(LostReason, _l("Reason"), is_needed=False),),
        says=lambda _v: _("give it up as lost"),
        does=lose,
    ),
    Action("escalate", _l("Escalate it"), says=lambda _v: _("escalate it"), does=escalate),
    Action(
        "stage",
        _l("Move it to a stage"),
        parameters=(record_of(Stage, _l("Stage")),),
        says=word("stage", _l("move it to %(what)s"), "id"),
        does=lambda doing: doing.case.move_to(doing.one(Stage), by=doing.rule),
    ),
    Action(
        "team",
        _l("Hand it to a team"),
        parameters=(record_of(Team, _l("Team")),),
        says=word("team", _l("hand it to team %(what)s"), "id"),
        does=lambda doing: doing.case.hand_to_team(doing.one(Team), by=doing.rule),
    ),
    Action(
        "responsible",
        _l("Give it to somebody"),
        parameters=(record_of(User, _l("To")),),
        says=word("responsible", _l("give it to %(what)s"), "id"),
        does=lambda doing: doing.case.assign(doing.one(User), by=doing.rule),
    ),
    Action(
        "to_leader",
        _l("Give it to the leader of its team"),
        says=lambda _v: _("give it to the leader"),
        does=assign_leader,
    ),
    Action(
        "in_turn",
        _l("Give it to the members of its team in turn"),
        says=lambda _v: _("give it to the members of its team in turn"),
        does=assign_in_turn,
    ),
    Action(
        "least_loaded",
        _l("Give it to whoever has the fewest open cases"),
        says=lambda _v: _("give it to whoever of its team has the fewest open cases"),
        does=assign_least_loaded,
    ),
    Action(
        "to_nobody",
        _l("Make it nobody's"),
        says=lambda _v: _("make it nobody's"),
        does=lambda doing: doing.case.assign(None, by=doing.rule),
    ),
    Action(
        "priority",
        _l("Set the priority"),
        parameters=(
            Choice(name="priority", label=_l("Priority"), options=lambda: list(PRIORITY_WORDS.items())),
        ),
        says=word("priority", _l("set its priority to %(what)s"), "priority"),
        sets=lambda doing: {"priority": doing.values["priority"]},
    ),
    Action(
        "category",
        _l("Set the category"),
        parameters=(record_of(Category, _l("Category")),),
        says=word("category", _l("put it in category %(what)s"), "id"),
        sets=lambda doing: {"category_id": doing.one(Category).id},
    ),
    Action(
        "tag",
        _l("Add tags"),
        parameters=(Records(name="ids", label=_l("Tags"), cls=lambda: Tag),),
        says=lambda values: put(_l("add the tag %(what)s"), what=_and(names_in("tag", values, "ids"))),
        does=add_tags,
    ),
    Action(
        "untag",
        _l("Take tags off"),
        parameters=(Records(name="ids", label=_l("Tags"), cls=lambda: Tag),),
        says=lambda values: put(_l("take off the tag %(what)s"), what=_and(names_in("tag", values, "ids"))),
        does=remove_tags,
    ),
    Action(
        "deadline",
        _l("Set the deadline"),
        parameters=(Day(name="day", label=DAY_HELP),),
        check=read_deadline,
        says=lambda values: (
            _("take off its deadline")
            if values["day"] == NONE
            else _("let its deadline be %(day)s", day=ACTIONS["deadline"].word(values, "day"))
        ),
        sets=at_deadline,
    ),
    Action(
        "field",
        _l("Set a field"),
        parameters=(
            Choice(
                name="field",
                label=_l("Field"),
                options=lambda: [(name, each.label) for name, each in FIELDS.items() if each.may_be_set],
            ),
            Line(name="value", label=_l("Value"), is_needed=False),
        ),
        check=read_field,
        says=say_field,
        sets=with_field,
    ),
    Action(
        "watchers",
        _l("Let colleagues watch it"),
        parameters=(Records(name="ids", label=_l("Who"), cls=lambda: User),),
        says=lambda values: _(
            "let %(who)s watch it",
            who=_and(names_in("watchers", values, "ids")),
        ),
        does=add_watchers,
    ),
    Action(
        "copies",
        _l("Send copies to addresses"),
        parameters=(Addresses(name="addresses", label=_l("Addresses")),),
        says=lambda values: _("send copies of its mail to %(whom)s", whom=_and(values["addresses"])),
        does=copy_to,
    ),
    Action(
        "activity",
        _l("Plan an activity"),
        parameters=(
            record_of(ActivityType, _l("Type")),
            Template(name="what", label=_l("What"), is_line=True, is_needed=False),
            Number(name="days", label=_l("In so many days"), most=3650, is_needed=False),
            Choice(
                name="whom",
                label=_l("For"),
                options=lambda: [(each, OF_OURS[each]) for each in ("responsible", "leader")],
                is_needed=False,
            ),
        ),
        says=say_activity,
        does=plan_activity,
    ),
    Action(
        "note",
        _l("Write a note"),
        parameters=(Template(name="text", label=_l("Text")),),
        says=lambda _v: _("write a note"),
        does=note,
    ),
    Action(
        "mail",
        _l("Send mail"),
        parameters=(
            Choices(name="to", label=_l("To"), options=lambda: list(TO_WHOM.items())),
            Addresses(name="addresses", label=_l("Addresses"), is_needed=False),
            Template(name="subject", label=_l("Subject"), is_line=True),
            Template(name="text", label=_l("Text")),
        ),
        check=read_mail,
        says=say_mail,
        does=sending.send,
    ),
    Action(
        "tell",
        _l("Tell somebody of ours"),
        parameters=(
            Choices(name="whom", label=_l("Whom"), options=lambda: list(OF_OURS.items())),
            Template(name="text", label=_l("Text"), is_needed=False),
        ),
        says=lambda values: _("tell %(whom)s", whom=_and([str(OF_OURS[each]) for each in values["whom"]])),
        does=sending.tell,
    ),
    Action(
        "remind_responsible",
        _l("Remind the responsible"),
        parameters=(Template(name="text", label=_l("Text"), is_needed=False),),
        says=lambda _v: _("remind the responsible"),
        does=sending.remind_responsible,
    ),
    Action(
        "remind_partner",
        _l("Remind the partner"),
        parameters=(Template(name="text", label=_l("Text")),),
        says=lambda _v: _("remind the partner"),
        does=sending.remind_partner,
    ),
    Action(
        "webhook",
        _l("Call an address on the web"),
        parameters=(Url(name="url", label=_l("Address")),),
        says=lambda values: _("call %(url)s", url=values["url"]),
        does=call_webhook,
    ),
    Action(
        "plugin",
        _l("Call an installed plug-in"),
        parameters=(Choice(name="name", label=_l("Plug-in"), options=plugins.choices),),
        says=lambda values: _("call the plug-in %(name)s", name=values["name"]),
        does=call_plugin,
    ),
    Action(
        "rules",
        _l("Run further rules"),
        parameters=(Records(name="rules", label=_l("Rules"), cls=rules_to_choose),),
        says=lambda values: _("run %(rules)s", rules=_and(names_in("rules", values, "rules"))),
        does=run_rules,
    ),
    Action(
        "stop", _l("Let no further rule react"), says=lambda _v: _("let no further rule react"), does=stop
    ),
)
