"""What stands in the editor of a rule: saved or not, whole or not yet, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.blueprints.editing import Edit
from app.blueprints.rules.rows import Row, Rows, Tree, Typed
from app.domain.configuration import Configuration
from app.domain.errors import Refused
from app.domain.rules import ACTIONS, CONDITIONS, TRIGGERS, Rule, Working, groups
from app.domain.rules.groups import Group
from app.domain.rules.plan import MOST_PARTS, Plan
from app.domain.rules.registry import Entry, Part
from app.domain.team import Team
from app.domain.text import clean
from app.web import me

FIELDS = ("name", "description", "team_id", "stops", "triggers", "conditions", "actions")
LONGEST_NAME, LONGEST_DESCRIPTION = 120, 2000
STEPS = frozenset({"triggers", "conditions", "actions"})
# Stands in a sentence for what is still to be said.
OPEN = Part(Entry("open", "…"), {})
LABELS = {
    "name": _l("Name"),
    "description": _l("What it is for"),
    "team_id": _l("For the cases of"),
    "triggers": _l("When"),
    "conditions": _l("Which"),
    "actions": _l("What"),
}


@dataclass
class Field:
    """One fact of the rule, as forms of several fields know it."""

    name: str
    data: Any


@dataclass
class Draft:
    """A rule as somebody is making it."""

    name: str = ""
    description: str = ""
    team: str = ""
    stops: bool = False
    triggers: list[Row] = field(default_factory=list)
    conditions: Rows = field(default_factory=Rows)
    actions: list[Row] = field(default_factory=list)
    rule: Rule | None = None
    version: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def blank(cls) -> Draft:
        """A new one: a row to begin with in each place that needs one."""
        draft = cls(triggers=[Row(TRIGGERS)], actions=[Row(ACTIONS)])
        draft.team = "" if me().is_administrator else next((value for value, _name in draft.teams), "")
        return draft.numbered()

    @classmethod
    def of(cls, rule: Rule) -> Draft:
        """As it is saved."""
        draft = cls(rule=rule, version=rule.version)
        for name in FIELDS:
            draft.show(name, getattr(rule, name))
        return draft.numbered()

    @classmethod
    def sent(cls, form: Typed, rule: Rule | None = None) -> Draft:
        """As it was typed."""
        tree = Tree(form)
        draft = cls(
            clean(form.get("name", "")).strip(),
            clean(form.get("description", "")).strip(),
            form.get("team_id", "").strip()[:20],
            "stops" in form,
            rule=rule,
            version=form.get("version", rule.version if rule is not None else 0, type=int),
        )
        runs = {str(each) for each in rule.plan.runs} if rule is not None else set()
        for name, registry in (("triggers", TRIGGERS), ("actions", ACTIONS)):
            rows = [Row.sent(registry, form, f"{name}-{number}", runs) for number in tree.get(name, [])]
            setattr(draft, name, rows)
        draft.conditions = Rows.sent(form, tree)
        return draft

    def show(self, name: str, value: Any) -> None:
        """Let a field hold what is saved."""
        match name:
            case "triggers" | "actions":
                registry = TRIGGERS if name == "triggers" else ACTIONS
                setattr(self, name, [Row.stored(registry, each) for each in value])
            case "conditions":
                self.conditions = Rows.stored(value)
            case "team_id":
                self.team = str(value) if value is not None else ""
            case "stops":
                self.stops = bool(value)
            case _:
                setattr(self, name, value or "")

    def numbered(self) -> Draft:
        """With all rows known by the places where they stand now."""
        for name in ("triggers", "actions"):
            for number, row in enumerate(getattr(self, name)):
                row.number(f"{name}-{number}")
        self.conditions.number("conditions")
        return self

    # -- rows come, go and change places

    def do(self, act: str) -> None:
        """What a button beside the rows asks for: add, group, remove, up or down, and where."""
        verb, _colon, place = act.partition(":")
        if verb in {"add", "group"}:
            self.add(place, is_group=verb == "group")
        elif verb in {"remove", "up", "down"}:
            for rows in self.lists():
                found = next((row for row in rows if row.place == place), None)
                if found is not None:
                    move(rows, found, verb)
                    break
        self.numbered()

    def add(self, place: str, *, is_group: bool) -> None:
        if place in {"triggers", "actions"} and not is_group:
            getattr(self, place).append(Row(TRIGGERS if place == "triggers" else ACTIONS, is_new=True))
        for rows in self.groups():
            if rows.place == place and (rows.may_nest or not is_group):
                fresh = Row(CONDITIONS, is_new=True)
                rows.rows.append(Rows("any", [fresh]) if is_group else fresh)
                return

    def groups(self) -> list[Rows]:
        found = [self.conditions]
        for each in found:
            found += [row for row in each.rows if isinstance(row, Rows)]
        return found

    def lists(self) -> Iterator[list[Any]]:
        yield self.triggers
        yield self.actions
        for group in self.groups():
            yield group.rows

    # -- what it comes to

    @cached_property
    def parts(self) -> tuple[list[Part | None], Group | None, list[Part | None]]:
        """Every row read once."""
        return (
            [row.read() for row in self.triggers],
            self.conditions.read(),
            [row.read() for row in self.actions],
        )

    @property
    def every_row(self) -> list[Row | Rows]:
        return [*self.triggers, *self.conditions.all_rows(), *self.actions]

    @property
    def is_whole(self) -> bool:
        """Can which cases it is for be said already?"""
        triggers, conditions, _actions = self.parts
        rows = [*self.triggers, *self.conditions.all_rows()]
        return bool(triggers) and conditions is not None and not any(row.wrong for row in rows)

    @property
    def waits_for_calls(self) -> bool:
        """Is it one that another program calls by an address?"""
        return any(row.key == "hook" for row in self.triggers)

    @property
    def plan(self) -> Plan:
        """When, which and what, as far as it is said."""
        triggers, conditions, actions = self.parts
        return Plan(
            tuple(part for part in triggers if part is not None),
            conditions or Group(),
            tuple(part for part in actions if part is not None),
        )

    @property
    def said(self) -> Plan:
        """The same for its sentence, with a gap for each row where something is still open."""
        triggers, _conditions, actions = self.parts
        return Plan(
            tuple(part or OPEN for part in triggers) or (OPEN,),
            self.conditions.read(gap=OPEN) or Group(),
            tuple(part or OPEN for part in actions) or (OPEN,),
        )

    @property
    def has_gaps(self) -> bool:
        """Is anything that it does still open?"""
        _triggers, _conditions, actions = self.parts
        return None in actions

    @property
    def working(self) -> Working:
        """It at work, saved or not."""
        rule = self.rule
        return Working(
            rule.id if rule is not None else 0,
            self.name or _("New rule"),
            rule.sequence if rule is not None else 0,
            rule.owner_id if rule is not None else me().id,
            self.team_id,
            self.stops,
            (rule.on_since if rule is not None else None) or clock.now(),
            self.plan,
        )

    @property
    def team_id(self) -> int | None:
        return int(self.team) if self.team in {value for value, _name in self.teams} - {""} else None

    @cached_property
    def teams(self) -> list[tuple[str, str]]:
        """For whose cases one may make a rule; what is saved stays to be chosen."""
        led = None if me().is_administrator else me().reach.led
        kept = self.rule.team_id if self.rule is not None else None
        offered = [
            (str(id_), name)
            for id_, name in Configuration.current().choices(Team)
            if led is None or id_ in led or id_ == kept
        ]
        if kept is not None and str(kept) not in {value for value, _name in offered}:
            offered.append((str(kept), Configuration.current().names(Team).get(kept, "")))
        return [("", _("all teams")), *offered] if led is None else offered

    def read(self) -> dict[str, Any] | None:
        """What is to be saved; None where something needs another look, and says so."""
        if not 0 < len(self.name) <= LONGEST_NAME:
            self.wrong["name"] = _("Give it a name of at most %(most)s characters.", most=LONGEST_NAME)
        if len(self.description) > LONGEST_DESCRIPTION:
            self.wrong["description"] = _("This has up to %(max)d characters.", max=LONGEST_DESCRIPTION)
        if self.team not in {value for value, _name in self.teams}:
            self.wrong["team_id"] = _("Choose one from the list.")
        triggers, _conditions, actions = self.parts
        if not self.triggers:
            self.wrong["triggers"] = _("Say when the rule looks at a case.")
        if not self.actions:
            self.wrong["actions"] = _("Say what the rule does.")
        for name, parts in (("triggers", triggers), ("actions", actions)):
            if len(parts) > MOST_PARTS:
                self.wrong[name] = _("A rule has at most %(n)s of each.", n=MOST_PARTS)
        if self.wrong or any(row.wrong for row in self.every_row):
            return None
        try:
            plan = Plan.read(self.plan.stored, rule_id=self.rule.id if self.rule is not None else None)
        except Refused as refusal:
            said = str(refusal)
            self.wrong[
                "actions" if "rules" in {part.entry.key for part in self.plan.actions} else "conditions"
            ] = said
            return None
        return {
            "name": self.name,
            "description": self.description or None,
            "team_id": self.team_id,
            "stops": self.stops,
            **plan.stored,
        }

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What needs another look, a row at a time: where it stands, and what it is called."""
        found = [(name if name in STEPS else f"f-{name}", str(LABELS[name])) for name in self.wrong]
        for row in self.every_row:
            if row.wrong:
                name = next(iter(row.wrong))
                where = f"f-{row.place}-{'key' if name == 'row' else name}"
                found.append((where, row.complaint if isinstance(row, Row) else _("Group")))
        return found

    # -- as a form of several fields that two people may edit at once

    def __iter__(self) -> Iterator[Field]:
        return (self[name] for name in FIELDS)

    def __getitem__(self, name: str) -> Field:
        return Field(name, self.values[name])

    @cached_property
    def values(self) -> dict[str, Any]:
        return self.read() or {}


def move(rows: list[Any], row: Any, verb: str) -> None:
    at = rows.index(row)
    rows.pop(at)
    if verb != "remove":
        rows.insert(max(at + (-1 if verb == "up" else 1), 0), row)
        row.is_new = True


class RuleEdit(Edit):
    """A rule on its way to be saved, and what becomes of it where somebody was quicker."""

    def __init__(self, rule: Rule, draft: Draft) -> None:
        self.draft = draft
        super().__init__(rule, draft)  # type: ignore[arg-type]

    def refresh(self, values: dict[str, Any]) -> None:
        touched = self.record.touched(values, self.version)
        for name in self.draft.values:
            if name not in touched and name not in self.since:
                self.draft.show(name, getattr(self.record, name))
        self.version = self.draft.version = self.record.version
        self.draft.numbered()

    def words(self, name: str, value: Any) -> str:
        if name == "team_id":
            return Configuration.current().names(Team).get(value, "") if value else _("all teams")
        if name == "stops":
            return _("No rule after it reacts") if value else _("Rules after it go on")
        if name == "conditions":
            return groups.stored(value).say() or _("all cases")
        if name in {"triggers", "actions"}:
            registry = TRIGGERS if name == "triggers" else ACTIONS
            return ", ".join(registry.stored(each).say() for each in value)
        return str(value or "–")
