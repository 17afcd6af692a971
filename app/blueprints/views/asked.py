"""What an address asks for: a filter, the saved view that it came from, and by what a board has its columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from werkzeug.datastructures import MultiDict

from app.blueprints.views.shelf import default_view, view_numbered
from app.domain.board.grouping import GROUPINGS
from app.domain.case.filter_fields import FIELDS
from app.domain.case.filtering import SHORT, CaseFilter
from app.domain.saved_view import Kept
from app.domain.user import User

# Says that nothing is filtered, not even by what is usual for the reader.
EVERYTHING = "all"


@dataclass(frozen=True)
class Asked:
    """A filter with its place: how it is shown, and the saved view that it is or was."""

    filter: CaseFilter
    by: str
    view: Kept | None = None

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
        asked = CaseFilter.from_args(args, reader, usual_state)
        return cls(asked, by if by in GROUPINGS else "stage", view)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The same as an address has it."""
        return pairs_of(self.filter, self.by, self.view)

    @property
    def query(self) -> str:
        return urlencode(self.pairs)


def pairs_of(
    asked: CaseFilter, by: str = "stage", view: Kept | None = None, *, is_for_any_place: bool = False
) -> list[tuple[str, str]]:
    args = asked.full_args if is_for_any_place else asked.args
    found = [(name, value) for name, values in args.items() for value in values]
    head = [("view", str(view.id))] if view is not None else []
    head += [("by", by)] if by != "stage" else []
    if not args.keys() - {"kind"}:
        head.append((EVERYTHING, "1"))
    return [*head, *found]


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
    return {name: args[name] for name in ("by", "kind") if args.get(name)}


def args_of(query: str, **more: Any) -> MultiDict[str, str]:
    """The fields of an address that was kept, with some of them set."""
    fields = {**parse_qs(query), **{name: [str(value)] for name, value in more.items()}}
    return MultiDict((name, value) for name, values in fields.items() for value in values)
