"""Conditions together: all of them, any of them, or none, one in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.errors import Refused
from app.domain.rules.facts import Facts
from app.domain.rules.registry import CONDITIONS, Clause, Part
from app.extensions import _

WORDS = ("all", "any", "none")
DEEPEST, MOST, LONGEST = 5, 50, 50_000


@dataclass(frozen=True)
class Group:
    """Some conditions and groups; an empty one lets everything through."""

    word: str = "all"
    parts: tuple[Part | Group, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Is this case one of those?"""
        found = (holds(part, facts) for part in self.parts)
        if self.word == "all":
            return all(found)
        return (any(found) or not self.parts) if self.word == "any" else not any(found)

    def clause(self) -> Clause:
        """The same for all cases of the database."""
        clauses = [
            part.clause() if isinstance(part, Group) else part.entry.clause(part.values)
            for part in self.parts
        ]
        if not clauses:
            return sa.true()
        if self.word == "all":
            return sa.and_(*clauses)
        # What is unknown is not so, and then its opposite is: NULL would be neither.
        return sa.or_(*clauses) if self.word == "any" else sa.case((sa.or_(*clauses), 0), else_=1) == 1

    def flat(self) -> Iterator[Part]:
        """All conditions in it, however deep."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.flat()
            else:
                yield part

    def say(self) -> str:
        """It in plain words."""
        said = [f"({part.say()})" if isinstance(part, Group) else part.say() for part in self.parts]
        if self.word == "none":
            return _("none of this: %(parts)s", parts=", ".join(said))
        joined = said[0] if said else ""
        for each in said[1:]:
            joined = (
                _("%(some)s and %(next)s", some=joined, next=each)
                if self.word == "all"
                else _("%(some)s or %(next)s", some=joined, next=each)
            )
        return joined

    @property
    def stored(self) -> dict[str, Any]:
        return {self.word: [part.stored for part in self.parts]}


def holds(part: Part | Group, facts: Facts) -> bool:
    return part.holds(facts) if isinstance(part, Group) else bool(part.entry.holds(facts, part.values))


def read(given: Any, depth: int = 1) -> Group:
    """A tree of conditions as it was typed. Raises Refused for what there is not, and for what is endless."""
    word, parts = of(given)
    if depth == 1 and len(str(given)) > LONGEST:
        raise Refused(_("A rule has at most %(n)s conditions.", n=MOST))
    if depth > 1 and not parts:
        raise Refused(_("This group of conditions is empty."))
    if depth > DEEPEST:
        raise Refused(_("Groups stand in one another at most %(n)s deep.", n=DEEPEST))
    group = Group(
        word, tuple(read(each, depth + 1) if is_group(each) else CONDITIONS.read(each) for each in parts)
    )
    if depth == 1 and sum(1 for _part in group.flat()) > MOST:
        raise Refused(_("A rule has at most %(n)s conditions.", n=MOST))
    return group


def stored(given: Mapping[str, Any]) -> Group:
    """A tree that was read before."""
    word, parts = of(given)
    return Group(word, tuple(stored(each) if is_group(each) else CONDITIONS.stored(each) for each in parts))


def of(given: Any) -> tuple[str, list[Any]]:
    if not given:
        return "all", []
    word = next((word for word in WORDS if isinstance(given, Mapping) and set(given) == {word}), None)
    if word is None or not isinstance(given[word], list) or len(given[word]) > MOST:
        raise Refused(_("Conditions are held together by all, any or none."))
    return word, given[word]


def is_group(given: Any) -> bool:
    return isinstance(given, Mapping) and "key" not in given
