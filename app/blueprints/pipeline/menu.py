"""The menu of a card: every column it may go to, and every act on its case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.blueprints.cases.page import FOREMOST, FURTHER, CasePage
from app.blueprints.pipeline.showing import ShownBoard
from app.blueprints.pipeline.targets import FIELD, MAY, value_in
from app.domain.case import Case
from app.web import me

# In this order, in groups: who and when, how it stands, what puts it elsewhere, who hears of it, what gives it up.
OFFERED = (
    ("assign", "follow_plan"),
    ("open", "wait", "close", "win", "lose", "reopen"),
    ("hand_to_team", "escalate", "convert", "reset", "archive", "unarchive"),
    ("watch", "unwatch"),
    ("cancel", "delete"),
)


@dataclass(frozen=True)
class PlaceOffered:
    """A column as a button."""

    value: str
    name: str
    is_here: bool


@dataclass(frozen=True)
class VerbOffered:
    """An act on the case as a line of the menu."""

    group: int
    label: str
    href: str
    icon: str
    key: str = ""
    look: str = ""
    asks: bool = False


class CardMenu:
    """What one reader may do with one card of one board."""

    def __init__(self, case: Case, board: ShownBoard) -> None:
        self.case, self.board = case, board

    @property
    def places(self) -> list[PlaceOffered]:
        if not me().may(MAY[self.board.by], self.case):
            return []
        here = value_in(self.board.by, getattr(self.case, FIELD[self.board.by]))
        return [PlaceOffered(each.value, each.name, each.value == here) for each in self.board.heads()]

    @property
    def likeliest(self) -> PlaceOffered | None:
        """The next column, where work goes on from left to right."""
        places = self.places
        at = next((index for index, each in enumerate(places) if each.is_here), None)
        return places[at + 1] if at is not None and at + 1 < len(places) else None

    @property
    def verbs(self) -> list[VerbOffered]:
        page, case_id = CasePage(self.case, me()), self.case.id
        known = {verb.name: verb for verb in (*FOREMOST, *FURTHER)}
        found = [
            VerbOffered(
                group,
                str(known[name].label),
                url_for(known[name].endpoint, case_id=case_id),
                known[name].icon,
                known[name].key,
                known[name].look,
                known[name].asks,
            )
            for group, names in enumerate(OFFERED)
            for name in names
            if page.offers(known[name])
        ]
        if page.may_note:
            plan = url_for("activities.ask_on_case", case_id=case_id)
            found.insert(1, VerbOffered(0, _("Plan the next step…"), plan, "calendar", "P", asks=True))
        return sorted(found, key=lambda verb: verb.group)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "action": f"{url_for('pipeline.place', case_id=self.case.id)}?{self.board.query}",
            "by": self.board.by,
            "version": self.case.version,
            "places": self.places,
            "likeliest": self.likeliest,
            "verbs": self.verbs,
        }
