"""What makes a rule look at a case: something that happened to it, as its history tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from app.domain.history import Event
from app.domain.history.tracking import business_columns
from app.domain.lists import Tag
from app.domain.rules.facts import EXCHANGED
from app.domain.rules.parameters import Choices, Records
from app.domain.rules.registry import TRIGGERS, Trigger, Values
from app.domain.rules.words import FIELDS, STATE_WORDS, put
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import _

# The verbs that are buttons, by the line that each leaves on the history.
BUTTONS: dict[str, Any] = {
    "opened": _l("Open"),
    "waiting": _l("Wait"),
    "closed": _l("Close"),
    "won": _l("Win"),
    "lost": _l("Lose"),
    "cancelled": _l("Cancel"),
    "reopened": _l("Reopen"),
    "reset": _l("Reset"),
    "escalated": _l("Escalate"),
    "converted": _l("Convert"),
}
HOOK_CALLED = "hook called"
RULES_RUN = "rules run"
MAIL_SENT = frozenset(EXCHANGED) - {"communicated", "mail received"}


@dataclass(frozen=True)
class OnEvent(Trigger):
    """Something that happened. `actions` are the lines that can tell of it; None is any."""

    actions: frozenset[str] | None = field(default=None, kw_only=True)
    asks: Callable[[Values, Event, Any], bool] = field(
        default=lambda _values, _event, _facts: True, kw_only=True
    )

    def happened(self, values: Values, event: Event, facts: Any) -> bool:
        return (self.actions is None or event.action in self.actions) and self.asks(values, event, facts)


def changes_of(event: Event) -> Iterator[tuple[str, Any, Any]]:
    """What an event changed in its case: field, old and new."""
    for (kind, record_id, name), (old, new) in event.changed.items():
        if kind == "case" and record_id == event.case_id:
            yield name, old, new


def was_made(event: Event) -> bool:
    return any(name == "+" for name, _old, _new in changes_of(event))


def has_changed(values: Values, event: Event, _facts: Any) -> bool:
    wanted = values.get("fields")
    return any(
        name not in {"+", "-"} and (not wanted or name.partition(":")[0] in wanted)
        for name, _old, _new in changes_of(event)
    )


def was_pressed(values: Values, event: Event, facts: Any) -> bool:
    """The verb, and from which state to which."""
    unchanged = facts.state, facts.state
    states = next(((old, new) for name, old, new in changes_of(event) if name == "state"), unchanged)
    return (
        (not values.get("buttons") or event.action in values["buttons"])
        and (not values.get("before") or states[0] in values["before"])
        and (not values.get("after") or states[1] in values["after"])
    )


def has_entered(values: Values, event: Event, facts: Any) -> bool:
    """Moved there, or made there."""
    wanted = set(values["ids"])
    if was_made(event):
        return facts.stage_id in wanted
    return any(name == "stage_id" and new in wanted for name, _old, new in changes_of(event))


def was_tagged(values: Values, event: Event, _facts: Any) -> bool:
    wanted = values.get("ids")
    return any(
        name.startswith("tags:") and new is not None and (not wanted or new in wanted)
        for name, _old, new in changes_of(event)
    )


def was_assigned(values: Values, event: Event, facts: Any) -> bool:
    wanted = values.get("ids")
    if was_made(event):
        return facts.responsible_id is not None and (not wanted or facts.responsible_id in wanted)
    return any(
        name == "responsible_id" and new is not None and (not wanted or new in wanted)
        for name, _old, new in changes_of(event)
    )


def changeable() -> list[tuple[str, Any]]:
    """The fields whose change one may wait for."""
    from app.domain.case import Case

    labels = {
        **{name: each.label for name, each in FIELDS.items()},
        "kind": _l("Kind"),
        "state": _l("State"),
        "outcome": _l("Outcome"),
        "team_id": _l("Team"),
        "stage_id": _l("Stage"),
        "responsible_id": _l("Responsible"),
        "category_id": _l("Category"),
        "priority": _l("Priority"),
        "partner_id": _l("Partner"),
        "contact_id": _l("Contact"),
        "expected_revenue": _l("Expected revenue"),
        "probability": _l("Probability"),
        "channel_id": _l("Channel"),
        "source_id": _l("Source"),
        "country_id": _l("Country"),
    }
    columns = frozenset(business_columns(Case))
    return [*((name, label) for name, label in labels.items() if name in columns), ("tags", _l("Tags"))]


def say_pressed(values: Values) -> str:
    entry = TRIGGERS["button"]
    said = (
        put(_l("is given %(buttons)s"), buttons=entry.word(values, "buttons"))
        if values.get("buttons")
        else _("is given another state")
    )
    if values.get("before"):
        said = put(_l("%(said)s from %(states)s"), said=said, states=entry.word(values, "before"))
    if values.get("after"):
        said = put(_l("%(said)s to %(states)s"), said=said, states=entry.word(values, "after"))
    return said


def named_or(key: str, some: Any, any_: Any, name: str = "ids") -> Callable[[Values], str]:
    """Says which, if it is told."""
    return lambda values: put(some, what=TRIGGERS[key].word(values, name)) if values.get(name) else str(any_)


TRIGGERS.add(
    OnEvent(
        "created",
        _l("It is made"),
        says=lambda _values: _("is made"),
        actions=frozenset({"created"}),
        asks=lambda _values, event, _facts: was_made(event),
    ),
    OnEvent(
        "changed",
        _l("It is changed"),
        parameters=(Choices(name="fields", label=_l("Fields"), options=changeable, is_needed=False),),
        says=named_or("changed", _l("changes its %(what)s"), _l("is changed"), "fields"),
        asks=has_changed,
    ),
    OnEvent(
        "button",
        _l("A button is pressed"),
        parameters=(
            Choices(
                name="buttons", label=_l("Buttons"), options=lambda: list(BUTTONS.items()), is_needed=False
            ),
            Choices(
                name="before",
                label=_l("From state"),
                options=lambda: list(STATE_WORDS.items()),
                is_needed=False,
            ),
            Choices(
                name="after", label=_l("To state"), options=lambda: list(STATE_WORDS.items()), is_needed=False
            ),
        ),
        says=say_pressed,
        actions=frozenset(BUTTONS),
        asks=was_pressed,
    ),
    OnEvent(
        "stage",
        _l("It enters a stage"),
        parameters=(Records(name="ids", label=_l("Stage"), cls=lambda: Stage),),
        says=named_or("stage", _l("enters %(what)s"), _l("enters a stage")),
        asks=has_entered,
    ),
    OnEvent(
        "tagged",
        _l("It gets a tag"),
        parameters=(Records(name="ids", label=_l("Tag"), cls=lambda: Tag, is_needed=False),),
        says=named_or("tagged", _l("gets the tag %(what)s"), _l("gets a tag")),
        asks=was_tagged,
    ),
    OnEvent(
        "mail_sent",
        _l("Mail is sent"),
        says=lambda _values: _("has mail sent about it"),
        actions=MAIL_SENT,
    ),
    OnEvent(
        "communicated",
        _l("A word exchanged is written down"),
        says=lambda _values: _("has a word with the other side written down"),
        actions=frozenset({"communicated"}),
    ),
    OnEvent(
        "assigned",
        _l("It is given to somebody"),
        parameters=(Records(name="ids", label=_l("To"), cls=lambda: User, is_needed=False),),
        says=named_or("assigned", _l("is given to %(what)s"), _l("is given to somebody")),
        asks=was_assigned,
    ),
    OnEvent("won", _l("It is won"), says=lambda _values: _("is won"), actions=frozenset({"won"})),
    OnEvent("lost", _l("It is lost"), says=lambda _values: _("is lost"), actions=frozenset({"lost"})),
    OnEvent(
        "hook",
        _l("Its address is called from outside"),
        says=lambda _values: _("is named by a call from outside"),
        actions=frozenset({HOOK_CALLED}),
    ),
)
