"""Which lines of a history are looked at: all or of one kind, the partner's too, from which one on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import sqlalchemy as sa
from flask import request

from app.blueprints.places import address_of
from app.domain.history import Event
from app.web import came_from, is_partial, row_id
from app.words import lazily as _

action = Event.action
NOTES = action == "noted"
TALKS = sa.or_(action == "communicated", action.startswith("call "))
MAIL = action.startswith("mail ")
STEPS = sa.or_(action == "planned", action.startswith("activity "))
KINDS: dict[str, tuple[Any, sa.ColumnElement[bool]]] = {
    "notes": (_("Notes"), NOTES),
    "words": (_("Calls and words"), TALKS),
    "mail": (_("Mail"), MAIL),
    "activities": (_("Activities"), STEPS),
    "log": (_("Changes"), sa.not_(sa.or_(NOTES, TALKS, MAIL, STEPS))),
}


@dataclass(frozen=True)
class Look:
    """What is asked of a history; it stands in the address, so it can be kept and sent to others."""

    kind: str = ""
    with_partner: bool = False
    before: int | None = None
    day: str | None = None

    @classmethod
    def at(cls, record: Any) -> Look:
        """What the address asks for; an act is answered with what its page was asked for."""
        asked: dict[str, str] = request.args.to_dict()
        if request.method == "POST" or (is_partial() and "show" not in asked):
            page, _mark, query = (came_from() or "").partition("?")
            if page == address_of(record):
                here = {name: values[-1] for name, values in parse_qs(query).items() if name != "before"}
                asked = here | asked
        kind = asked.get("show", "")
        return cls(
            kind=kind if kind in KINDS else "",
            with_partner=asked.get("partner") == "1",
            before=request.args.get("before", type=row_id),
            day=request.args.get("day"),
        )

    @property
    def narrows(self) -> list[sa.ColumnElement[bool]]:
        return [KINDS[self.kind][1]] if self.kind else []

    @property
    def shows_pinned(self) -> bool:
        return self.kind in {"", "notes", "words"}

    @property
    def is_first(self) -> bool:
        """Is it what every page opens with: the newest of all lines?"""
        return not (self.kind or self.with_partner or self.before)

    @property
    def query(self) -> str:
        """The same as it stands in an address."""
        asked = {
            "show": self.kind or "all",
            "partner": "1" if self.with_partner else "",
            "before": self.before,
            "day": self.day,
        }
        return urlencode({name: value for name, value in asked.items() if value})

    def but(self, **changes: Any) -> str:
        """The same from the top, except for this."""
        return replace(self, before=None, day=None, **changes).query

    def older(self, before: int, day: str | None = None) -> str:
        """The page that begins below a line; `day` is the one whose heading stands above it already."""
        return replace(self, before=before, day=day).query

    @property
    def kinds(self) -> list[tuple[str, Any]]:
        return [("", _("All")), *((name, word) for name, (word, _where) in KINDS.items())]
