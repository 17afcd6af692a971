"""What rules do and did, in the words of pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.blueprints.history.words import NAMED_BY, field_word, instant_words, value_words
from app.domain.configuration import Configuration, Configured
from app.domain.rules import CONDITIONS, TRIGGERS
from app.domain.rules.groups import Group
from app.domain.rules.plan import Plan
from app.domain.rules.registry import Part
from app.domain.rules.words import PRIORITY_WORDS
from app.i18n import moment

OUTCOMES = {"done": _l("Done"), "nothing": _l("Nothing to do"), "failed": _l("Failed")}
TRIGGER_WORDS = {"rules": _l("Another rule ran it")}


def sentence(plan: Plan, team_id: int | None) -> Markup:
    """The sentence of a rule for the cases of a team, with its verbs and values standing out."""
    plan = of_team(plan, team_id)
    said = plan.say()
    verbs = [part.say() for part in plan.actions]
    found = [(0, len(said.partition(" ")[0]), "kw")]
    for verb in verbs:
        at = said.rfind(verb)
        if at > 0:
            found.append((at, at + len(verb.partition(" ")[0]), "kw"))
    for value in values_of([*plan.triggers, *plan.conditions.flat(), *plan.actions]):
        at = said.find(value)
        while at >= 0:
            if stands_alone(said, at, at + len(value)):
                found.append((at, at + len(value), "b"))
            at = said.find(value, at + len(value))
    return marked(said, found)


def of_team(plan: Plan, team_id: int | None) -> Plan:
    """The same, saying for whose cases it is where its conditions do not."""
    group = plan.conditions
    if team_id is None or any(isinstance(part, Part) and part.entry.key == "team" for part in group.parts):
        return plan
    team = Part(CONDITIONS["team"], {"ids": [team_id]})
    others = group.parts if group.word == "all" else (group,)
    return replace(plan, conditions=Group("all", (team, *others)))


def values_of(parts: Iterable[Part]) -> list[str]:
    """What was chosen or typed in these parts, the longest first."""
    words = {
        part.entry.word(part.values, parameter.name)
        for part in parts
        for parameter in part.entry.parameters
        if parameter.name in part.values and parameter.kind not in {"template", "flag"}
    }
    words |= {part.values["subject"] for part in parts if "subject" in part.values}
    return sorted((word for word in words if word), key=len, reverse=True)


def stands_alone(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def marked(said: str, found: list[tuple[int, int, str]]) -> Markup:
    """The text with these stretches marked; of those that overlap the first that was found."""
    taken: list[tuple[int, int, str]] = []
    for start, end, kind in found:
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end, kind))
    out, at = Markup(), 0
    for start, end, kind in sorted(taken):
        way = Markup('<span class="kw">{}</span>') if kind == "kw" else Markup("<b>{}</b>")
        out += escape(said[at:start]) + way.format(said[start:end])
        at = end
    return out + escape(said[at:])


def trigger_word(key: str) -> str:
    """What made a rule look."""
    entry = TRIGGERS.get(key)
    return str(entry.label if entry is not None else TRIGGER_WORDS.get(key, key))


def why(inputs: dict[str, Any]) -> list[tuple[str, str | Markup]]:
    """What decided: what made it look, when that was due, and what it saw."""
    told: list[tuple[str, str | Markup]] = []
    if inputs.get("trigger"):
        told.append((_("When"), trigger_word(inputs["trigger"])))
    if inputs.get("due"):
        told.append((_("Due"), moment(datetime.fromisoformat(inputs["due"]))))
    for name, value in inputs.get("looked_at", {}).items():
        told.append((field_word(name).capitalize(), seen(name, value)))
    return told


def seen(name: str, value: Any) -> str:
    """What stood in a field when the rule looked at it."""
    if name == "communications":
        return str(value)
    names = names_in(name)
    if isinstance(value, list):
        return ", ".join(names.get(each, f"#{each}") for each in value) or "–"
    if value is None or value == "":
        return "–"
    if name == "priority":
        return str(PRIORITY_WORDS[value])
    if name.endswith("_at"):
        return instant_words(value)
    return value_words(name, value, names=lambda id_: names.get(id_) or f"#{id_}")


def names_in(name: str) -> dict[int, str]:
    """What the ids in a field stand for, where that is an entry of a list or one of our people."""
    cls = NAMED_BY.get(name)
    return Configuration.current().names(cls) if cls is not None and issubclass(cls, Configured) else {}
