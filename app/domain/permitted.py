"""What somebody may do: their role's rows, within the scopes that their teams and cases give them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.domain.configuration import Configuration, Question
from app.domain.permission import ACT_FOR
from app.domain.visibility import SCOPES

# Kinds of records that the permission rows name apart from the kinds of cases.
APART = frozenset({"partner", "team", "list", "user", "organisation"})
# What is set up rather than worked on: to edit it is to configure.
CONFIGURED = frozenset({"team", "list", "organisation"})


@dataclass(frozen=True)
class Reach:
    """The teams of a user, by what they give them."""

    member: frozenset[int]
    open: frozenset[int]
    led: frozenset[int]


class Permitted:
    """Somebody who is asked what they may before they do it."""

    if TYPE_CHECKING:
        id: Any
        role: Any

        @property
        def is_active(self) -> bool: ...
        @property
        def is_administrator(self) -> bool: ...

    @cached_property
    def reach(self) -> Reach:
        """Which teams they are in, which of these are open to their members, and which they lead."""
        teams = Configuration.current().teams.values()
        mine = [team for team in teams if self.id in team.members]
        led = tuple(team.subtree for team in teams if team.leader_id == self.id)
        return Reach(
            member=frozenset(team.id for team in mine),
            open=frozenset(team.id for team in mine if team.is_open),
            led=frozenset(team.id for team in teams if led and team.subtree.startswith(led)),
        )

    @cached_property
    def sights(self) -> dict[Any, Any]:
        """What they may know of, as was worked out for each kind of record so far."""
        return {}

    def question(self, key: Hashable, put: Callable[[], Question]) -> Question:
        """A statement about what they may know of, put together once; `key` says which one it is."""
        configured = Configuration.current()
        if self.permissions is not configured.permissions_of(self.role):
            return put()  # what they may was read before it was changed: nobody else is to be told that
        return configured.question((key, self.id, self.role, self.is_active, self.reach), put)

    @cached_property
    def permissions(self) -> dict[str, dict[str, frozenset[str]]]:
        """Scopes by act and kind."""
        return Configuration.current().permissions_of(self.role)

    def scopes(self, act_: str, cls: Any) -> dict[str, frozenset[str]]:
        """Within which scopes they may do this, by kind; what is no case has a kind of its own."""
        granted = self.permissions.get(act_, {}) if self.is_active else {}
        if cls.record_kind == "case":
            return {kind: names for kind, names in granted.items() if kind not in APART}
        return {"*": granted.get(kind_of(cls), frozenset())}

    def may(self, verb: str, record: Any) -> bool:
        """May they do this to this record (or, given a class, make one)?"""
        act_ = ACT_FOR[verb]
        if isinstance(record, type):
            return any(self.scopes(act_, record).values())
        whole = record.is_part_of
        if whole is not record:
            act_ = "note"
        elif act_ == "edit" and record.record_kind != "case" and kind_of(type(record)) in CONFIGURED:
            act_ = "configure"
        return self.is_within(self.scopes(act_, type(whole)), whole)

    @property
    def configures(self) -> bool:
        """Is there any list that they may set up?"""
        return self.is_active and bool(self.permissions.get("configure", {}).keys() & {"team", "list"})

    def may_make(self, kind: str) -> bool:
        """May they make a case of this kind?"""
        return self.may_with_some("make", kind)

    def may_with_some(self, verb: str, kind: str) -> bool:
        """Is this theirs to do with cases of this kind, if not with each of them?"""
        granted = self.permissions.get(ACT_FOR[verb], {}) if self.is_active else {}
        return bool(granted.get("*") or granted.get(kind))

    def is_within(self: Any, scopes: dict[str, frozenset[str]], record: Any) -> bool:
        """Is this one record within any of these scopes?"""
        names = scopes.get("*", frozenset()) | scopes.get(getattr(record, "kind", "*"), frozenset())
        if "all" in names:
            return True
        known = SCOPES.get(record.record_kind, SCOPES["other"])
        return any(known[name].holds(record, self) for name in sorted(names))

    def leads(self, record: Any) -> bool:
        """Do they lead the team that this record belongs to, or everybody?"""
        return self.is_administrator or getattr(record.is_part_of, "team_id", None) in self.reach.led


def kind_of(cls: Any) -> str:
    """The word by which permission rows know this class: its own, that of what it belongs to, or one of the lists."""
    kind = getattr(cls, "configured_as", cls.record_kind)
    return kind if kind in APART else "list"
