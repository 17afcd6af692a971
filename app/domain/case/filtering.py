"""Which cases somebody asks for: fields in an address, combined, so that any list or board can be kept and sent on."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from app.domain.case import Case
from app.domain.case.filter_fields import FIELDS, Ids, is_open, today, won_lately
from app.domain.configuration import Question
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User

# What asks for closed cases, and so for all states unless one is named.
ABOUT_CLOSED = frozenset({"outcome", "lost_reason", "won", "closed_from", "closed_to"})
# What says whose cases, and of which kind; a filter of these alone asks for nothing in particular.
BROAD = frozenset({"kind", "state", "team", "responsible"})
# What is hardly asked twice alike: any words, and what depends on the moment.
PASSING = frozenset({"q", "stale"})
# Shorter ways to write some fields.
SHORT = {"mine": ("responsible", "me"), "unassigned": ("responsible", "none"), "led": ("team", "led")}


class Args(Protocol):
    """The fields of an address, each any number of times."""

    def getlist(self, key: str) -> list[str]: ...


Given = dict[str, dict[str, str]]


@dataclass(frozen=True)
class CaseFilter:
    """What is asked for: the values of each field, with their names where they have some.

    `unknown` are fields that named something that is no more, or never was; they are left out.
    """

    reader: User
    given: Given
    unknown: tuple[str, ...] = ()
    usual_state: str = "open"

    @classmethod
    def from_args(cls, args: Args, reader: User, usual_state: str = "open") -> CaseFilter:
        given: Given = {}
        unknown = []
        typed = {name: [*dict.fromkeys(filter(None, args.getlist(name)))] for name in FIELDS}
        for short, (name, value) in SHORT.items():
            if args.getlist(short) == ["1"]:
                typed[name].append(value)
        for name, values in typed.items():
            if values:
                given[name] = FIELDS[name].read(values, reader)
                if len(given[name]) < len(values):
                    unknown.append(name)
        return cls(
            reader, {name: known for name, known in given.items() if known}, tuple(unknown), usual_state
        )

    @property
    def is_empty(self) -> bool:
        """Does it ask for nothing in particular?"""
        return not self.given

    @property
    def state(self) -> str:
        """Open cases, or those that boards show, unless something else is asked for."""
        asked = next(iter(self.given.get("state", ())), None)
        return asked or ("all" if ABOUT_CLOSED & self.given.keys() else self.usual_state)

    @cached_property
    def args(self) -> dict[str, list[str]]:
        """The same as fields of an address, always in one order; a state only if it is not the usual one."""
        found = {name: list(self.given[name]) for name in FIELDS if name in self.given}
        if found.get("state") == [self.without("state").state]:
            del found["state"]
        return found

    @property
    def full_args(self) -> dict[str, list[str]]:
        """The same for another place, where another state may be usual."""
        return self.args | {"state": [self.state]}

    def with_(self, **values: Any) -> CaseFilter:
        """With these values instead of what was asked of those fields."""
        given = {name: {str(each): "" for each in as_list(value)} for name, value in values.items()}
        return replace(self, given={**self.given, **given})

    def without(self, *names: str) -> CaseFilter:
        return replace(self, given={name: kept for name, kept in self.given.items() if name not in names})

    @cached_property
    def clauses(self) -> dict[str, sa.ColumnElement[bool]]:
        """What each field asks of a case; the state and the archive are always asked about."""
        asked = {name: self.clause(name, list(values)) for name, values in self.given.items()}
        asked["state"] = FIELDS["state"].clause([self.state], self.reader)
        return {"archived": sa.not_(Case.archived)} | asked

    def clauses_but(self, *names: str) -> list[sa.ColumnElement[bool]]:
        return [clause for name, clause in self.clauses.items() if name not in names]

    def clause(self, name: str, values: list[str]) -> sa.ColumnElement[bool]:
        kind = FIELDS[name]
        if isinstance(kind, Ids):
            return kind.clause_of(self.ids(name), "none" in values)
        return kind.clause(values, self.reader)

    def ids(self, name: str) -> list[int]:
        """The records that a field names, as ids: `me` and teams below are among them."""
        if name not in self.found:
            kind = FIELDS[name]
            assert isinstance(kind, Ids)
            self.found[name] = kind.ids(list(self.given.get(name, ())), self.reader)
        return self.found[name]

    @cached_property
    def found(self) -> dict[str, list[int]]:
        """What was found for a field, so that it is asked for once."""
        return {}

    def question(self, about: Hashable, put_together: Callable[[], Question]) -> Question:
        """A statement about these cases, which is put together once a day; `about` names what it asks of them."""
        if self.given.keys() & PASSING:
            return put_together()
        given = tuple((name, tuple(values)) for name, values in self.given.items())
        return self.reader.question((about, self.state, given, today()), put_together)

    def apply(self, select: sa.Select[Any]) -> sa.Select[Any]:
        return select.where(*self.clauses.values())

    def select(self, *, is_walked: bool = False) -> sa.Select[Any]:
        """The cases that the reader may know of and asks for.

        Where these are many, `is_walked` says to go along an order and look at each, not to gather and sort:
        SQLite, which knows no shares, would look all of them up first.
        """
        query = self.apply(Case.visible_to(self.reader))
        if not is_walked or db.session.connection().dialect.name != "sqlite":
            return query
        assert query.whereclause is not None
        return sa.select(Case).where(sa.case((query.whereclause, 1), else_=0) == 1)


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, dict)) else [value]


__all__ = ["FIELDS", "CaseFilter", "is_open", "won_lately"]
