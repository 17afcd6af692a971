"""What an address asks for: a filter, by what a board has its columns and a list its order, and its saved view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from werkzeug.datastructures import MultiDict

from app.blueprints.views.shelf import default_view, view_numbered
from app.domain.board.grouping import GROUPINGS
from app.domain.case import Case
from app.domain.case.filter_fields import FIELDS
from app.domain.case.filtering import SHORT, CaseFilter
from app.domain.saved_view import Kept
from app.domain.user import User

# What a list can be sorted by, and whether the most comes first; with a minus it is the other way round.
SORTS: dict[str, tuple[Any, bool]] = {
    "name": (Case.name_folded, False),
    "revenue": (Case.expected_revenue, True),
    "deadline": (Case.deadline, False),
    "next": (Case.next_activity_on, False),
}
# Says that nothing is filtered, not even by what is usual for the reader.
EVERYTHING = "all"


@dataclass(frozen=True)
class Asked:
    """A filter with its place: how it is shown, and the saved view that it is or was."""

    filter: CaseFilter
    by: str
    view: Kept | None = None
    sort: str = ""

    @classmethod
    def for_board(cls, args: Any, reader: User) -> Asked:
        """As the address says; without a word in it the reader's own default, else what is theirs."""
        if not is_filtered(args):
            view = default_view()
            if view is not None:
                return cls.for_board(args_of(view.query, view=view.id, **kept_of(args)), reader)
            args = MultiDict([*args.items(multi=True), *usual_for(reader)])
        asked = cls.from_args(args, reader, "current")
        kinds = asked.filter.given.get("kind", ())
        return replace(asked, filter=asked.filter.with_(kind=next(iter(kinds), "opportunity")))

    @classmethod
    def for_list(cls, args: Any, reader: User) -> Asked:
        """As the address says; without a word in it all open cases."""
        return cls.from_args(args, reader, "open")

    @classmethod
    def from_args(cls, args: Any, reader: User, usual_state: str) -> Asked:
        by = args.get("by", "stage")
        view = view_numbered(args.get("view", ""))
        sort = args.get("sort", "")
        asked = CaseFilter.from_args(args, reader, usual_state)
        return cls(
            asked, by if by in GROUPINGS else "stage", view, sort if sort.removeprefix("-") in SORTS else ""
        )

    def but(self, **others: Any) -> Asked:
        """The same, except for this."""
        return replace(self, **others)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The same as an address has it."""
        return self.pairs_with(self.filter.args)

    def pairs_with(self, args: dict[str, list[str]]) -> list[tuple[str, str]]:
        """The same with these arguments of the filter, which may say more than the place needs to be told."""
        head = [("view", str(self.view.id))] if self.view is not None else []
        head += [("by", self.by)] if self.by != "stage" else []
        head += [("sort", self.sort)] if self.sort else []
        if not args.keys() - {"kind"}:
            head.append((EVERYTHING, "1"))
        return [*head, *((name, value) for name, values in args.items() for value in values)]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)


def is_filtered(args: Any) -> bool:
    """Does an address say which cases, or at least that all are meant?"""
    names = (FIELDS.keys() - {"kind"}) | SHORT.keys() | {EVERYTHING, "view"}
    return any(any(args.getlist(name)) for name in names)


def usual_for(reader: User) -> list[tuple[str, str]]:
    """What somebody looks at first: a salesperson their own cases, who leads teams those of the teams."""
    if reader.is_administrator:
        return [(EVERYTHING, "1")]
    return [("team", "led")] if reader.reach.led else [("responsible", "me")]


def kept_of(args: Any) -> dict[str, str]:
    return {name: args[name] for name in ("by", "kind", "sort") if args.get(name)}


def args_of(query: str, **more: Any) -> MultiDict[str, str]:
    """The fields of an address that was kept, with some of them set."""
    fields = {**parse_qs(query), **{name: [str(value)] for name, value in more.items()}}
    return MultiDict((name, value) for name, values in fields.items() for value in values)
