"""What the columns of a board stand for: the stage, person, team, month, priority or category that is named."""

from __future__ import annotations

from typing import Any

from flask import abort

from app.domain.board.grouping import GROUPINGS
from app.domain.case import Case
from app.domain.case.filter_fields import is_id, month_of, read_day
from app.domain.errors import Clash, EditConflict
from app.domain.history import changed_since
from app.domain.lists import Category
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db

# The act that it takes to put a card there, and the field of the case that says where it stands.
MAY = {
    "stage": "move",
    "responsible": "assign",
    "team": "hand_to_team",
    "month": "edit",
    "priority": "edit",
    "category": "edit",
}
FIELD = {
    "stage": "stage_id",
    "responsible": "responsible_id",
    "team": "team_id",
    "month": "deadline",
    "priority": "priority",
    "category": "category_id",
}
# Where whoever makes a case does not say these: its team's ways decide, unless to choose is theirs.
CHOSEN = frozenset({"stage", "responsible"})
RECORDS: dict[str, Any] = {"stage": Stage, "responsible": User, "team": Team, "category": Category}


def named_target(by: str, value: str) -> Any:
    """The record, day or number that a column stands for; 404 if there is none."""
    found: Any = None
    if value == "none" and by != "priority":
        return found
    if by == "month" and read_day(f"{value}-01"):
        found = month_of(value)[1]
    elif by == "priority" and value in {"0", "1", "2", "3"}:
        found = int(value)
    elif by in RECORDS and is_id(value):
        found = Stage.known(int(value)) if by == "stage" else db.session.get(RECORDS[by], int(value))
        if found is None or found.is_binned:
            abort(404)
    else:
        abort(404)
    return found


def value_in(by: str, raw: Any) -> str:
    """The value of the column in which a case stands that has this in the field."""
    if by == "month":
        return str(raw)[:7] if raw else "none"
    return GROUPINGS[by].written(raw)


def refuse_surprise(case: Case, by: str, target: Any, version: int | None) -> None:
    """Somebody else moved it since it was seen, and not to where it is wanted now. Raises EditConflict."""
    name = FIELD[by]
    here, there = getattr(case, name), getattr(target, "id", target)
    if version is None or version == case.version or value_in(by, here) == value_in(by, there):
        return
    for field, (who, at, _user_id) in changed_since(case, version, {name}).items():
        raise EditConflict(case, [Clash(field, here, there, who, at)])
