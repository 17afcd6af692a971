"""New cases on the board: a name, for whom, and what it may be worth."""

from __future__ import annotations

from functools import lru_cache

from flask import abort, url_for

from app.blueprints.cases.forms import FIELDS_OF
from app.blueprints.pipeline.forms import QuickForm
from app.blueprints.pipeline.showing import ShownBoard
from app.blueprints.pipeline.targets import named_target
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.history import change_set
from app.domain.stage import Stage
from app.domain.team import Team
from app.web import me


@lru_cache
def quick_form(kind: str) -> type[QuickForm]:
    """The small form for a kind of case; not all are worth something."""
    return QuickForm if "expected_revenue" in FIELDS_OF[kind] else QuickForm.without("revenue")


def make(board: ShownBoard, column: str, form: QuickForm) -> Case:
    """Begin a case that stands in this column of this board."""
    target = named_target(board.by, column)
    if board.by == "stage" and target is not None and (target.kind != board.kind or target.is_won):
        abort(404)
    facts = {"deadline": target} if board.by == "month" else {board.by: target} if target is not None else {}
    if "team" not in facts:
        facts["team_id"] = team_of(board, facts.get("stage"))
    with change_set("act", by=me()):
        case = Case.make(board.kind, form.name.data, by=me(), **facts, **form.facts)
        if board.by == "responsible" and target is None:
            case.assign(None, by=me())
    return case


def team_of(board: ShownBoard, stage: Stage | None) -> int | None:
    """The team it is made for: the one that is shown, else the usual one; for a stage of some teams one of these."""
    shown = [int(each) for each in board.board.filter.given.get("team", ()) if each.isdigit()]
    wanted = shown[0] if len(shown) == 1 else Team.usual_for(me(), board.kind)
    having = Configuration.current().stages[stage.id].teams if stage is not None else frozenset()
    if not having or wanted in having:
        return wanted
    mine = me().reach.member | me().reach.led
    return min(having, key=lambda team_id: (team_id not in mine, team_id))


def address_of_new(board: ShownBoard) -> str:
    """Where the small form is sent."""
    return url_for("pipeline.create") + f"?{board.query}"
