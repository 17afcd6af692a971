"""New cases on the board: a name, for whom, and what it may be worth."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import abort

from app.blueprints.cases.forms import FIELDS_OF
from app.blueprints.pipeline.forms import QuickForm
from app.blueprints.pipeline.showing import ShownBoard
from app.blueprints.pipeline.targets import named_target
from app.domain.case import Case
from app.domain.team import Team
from app.extensions import db
from app.web import me


@lru_cache
def quick_form(kind: str) -> type[QuickForm]:
    """The small form for a kind of case; not all are worth something."""
    return QuickForm if "expected_revenue" in FIELDS_OF[kind] else QuickForm.without("revenue")


def make(board: ShownBoard, column: str, form: QuickForm) -> Case:
    """Begin a case that stands in this column of this board."""
    place = place_in(board, column)
    team = place.pop("team", None) or db.session.get(Team, team_of(board) or 0)
    return Case.make(board.kind, form.name.data, by=me(), team=team, **place, **form.facts)


def place_in(board: ShownBoard, column: str) -> dict[str, Any]:
    """The facts that put a case there."""
    target = named_target(board.by, column)
    if board.by == "stage" and target is not None and (target.kind != board.kind or target.is_won):
        abort(404)
    if board.by == "month":
        return {"deadline": target}
    return {board.by: target} if target is not None else {}


def team_of(board: ShownBoard) -> int | None:
    """The team it is made for: the one that is shown, else the usual one."""
    shown = [int(each) for each in board.board.filter.given.get("team", ()) if each.isdigit()]
    return shown[0] if len(shown) == 1 else Team.usual_for(me(), board.kind)
