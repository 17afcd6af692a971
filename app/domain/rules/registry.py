"""What rules are made of: one list of triggers, conditions and actions, read by form, check, sentence and engine."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from app.domain.errors import Refused
from app.domain.rules.parameters import Parameter, read_all
from app.extensions import _

Values = Mapping[str, Any]
Clause = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Entry:
    """Something that a rule can be made of: what it is called, what it is told, and how it says itself.

    `check` sees all values together and raises Refused for those that do not go together.
    """

    key: str
    label: Any
    parameters: tuple[Parameter, ...] = field(default=(), kw_only=True)
    says: Callable[[Values], str] | None = field(default=None, kw_only=True)
    check: Callable[[dict[str, Any]], dict[str, Any]] | None = field(default=None, kw_only=True)

    def read(self, given: Values) -> dict[str, Any]:
        """What was chosen, as it is stored. Raises Refused with a sentence."""
        values = read_all(self.parameters, given)
        return self.check(values) if self.check is not None else values

    def say(self, values: Values) -> str:
        """It in plain words, as part of the rule's sentence."""
        return self.says(values) if self.says is not None else str(self.label)

    def word(self, values: Values, name: str) -> str:
        """One of its values in words."""
        parameter = next(each for each in self.parameters if each.name == name)
        return parameter.say(values.get(name))


@dataclass(frozen=True)
class Part:
    """An entry of the registry together with what a rule tells it."""

    entry: Any
    values: Values

    def say(self) -> str:
        return str(self.entry.say(self.values))

    @property
    def stored(self) -> dict[str, Any]:
        return {"key": self.entry.key, **self.values}


E = TypeVar("E", bound=Entry)


class Registry(dict[str, E]):
    """Entries of one sort by their keys."""

    def __init__(self, noun: Callable[[], str]) -> None:
        super().__init__()
        self.noun = noun

    def add(self, *entries: E) -> None:
        for entry in entries:
            assert entry.key not in self, entry.key
            self[entry.key] = entry

    def read(self, given: Any) -> Part:
        """One entry with its values. Raises Refused for what there is not."""
        key = given.get("key") if isinstance(given, Mapping) else None
        if not isinstance(key, str) or key not in self:
            raise Refused(_("There is no %(noun)s “%(key)s”.", noun=self.noun(), key=key or ""))
        return Part(self[key], self[key].read(given))

    def stored(self, given: Mapping[str, Any]) -> Part:
        """One that was read before, and so is good."""
        return Part(self[given["key"]], {name: value for name, value in given.items() if name != "key"})


@dataclass(frozen=True)
class Trigger(Entry):
    """What makes a rule look at a case: an event, or a moment that comes (`is_timed`)."""

    is_timed = False

    @abstractmethod
    def happened(self, values: Values, event: Any, facts: Any) -> bool:
        """Is this event, after which the case stood like that, what the rule waits for?"""


@dataclass(frozen=True)
class Condition(Entry):
    """Which cases a rule is for: asked of one case, and of all in the database, with the same answer."""

    holds: Callable[[Any, Values], bool] = field(kw_only=True)
    clause: Callable[[Values], Clause] = field(kw_only=True)


@dataclass(frozen=True)
class Action(Entry):
    """What a rule does to a case, by the verbs of the case, signed by the rule.

    One that only edits fields has `sets` in place of `does`, which answers the fields with their values: it can be
    done to many cases at once.
    """

    does: Callable[[Any], None] | None = field(default=None, kw_only=True)
    sets: Callable[[Any], dict[str, Any]] | None = field(default=None, kw_only=True)

    def do(self, doing: Any) -> None:
        """Do it to one case."""
        if self.sets is not None:
            doing.case.edit(self.sets(doing), by=doing.rule)
        elif self.does is not None:
            self.does(doing)


TRIGGERS: Registry[Any] = Registry(lambda: _("trigger"))
CONDITIONS: Registry[Condition] = Registry(lambda: _("condition"))
ACTIONS: Registry[Action] = Registry(lambda: _("action"))
