"""Records that rows name and that are not there yet: made along, where the mapping wishes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.domain.history import Many, change_many, plain_rows
from app.domain.importing.finding import BELOW, TARGETS, by_column, by_way_down, way_down
from app.domain.team import Team
from app.domain.text import fold
from app.extensions import db

# What needs no more than a name, or has the rest from the mapping.
MAKEABLE = frozenset(
    {
        "campaign", "category", "channel", "industry", "level", "lost reason", "medium", "partner", "partner tag",
        "region", "source", "tag", "team", "user",
    }
)  # fmt: skip


@dataclass(eq=False)
class New:
    """A record to be made because a row names it; `id` once it is."""

    target: str
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.target, fold(self.name)


def make_all(many: Many, wanted: Iterable[New]) -> dict[str, int]:
    """Make them, people first; answers how many of each kind."""
    by_target: defaultdict[str, list[New]] = defaultdict(list)
    for each in wanted:
        by_target[each.target].append(each)
    made: dict[str, int] = {}
    for target in sorted(by_target, key=lambda name: (name != "user", name)):
        news = by_target[target]
        if target == "team":
            made[target] = make_teams(many, news)
        else:
            back = taken_back(many, news) if target == "user" else []
            make(many, target, [new for new in news if new not in back])
            made[target] = len(news)
    return made


def make(many: Many, target: str, news: list[New]) -> None:
    rows = [{"name": new.name, **new.facts} for new in news]
    for new, id_ in zip(news, many.make(TARGETS[target], rows, action="imported"), strict=True):
        new.id = id_


def taken_back(many: Many, news: list[New]) -> list[New]:
    """Those whose address somebody in the bin has: one account an address, so they come back."""
    known = by_column("user", "email", {str(new.facts.get("email", "")) for new in news}, even_gone=True)
    back = [new for new in news if known.get(str(new.facts.get("email", "")))]
    for new in back:
        new.id = known[str(new.facts["email"])][0]
    cls = TARGETS["user"]
    before = plain_rows(cls, [new.id for new in back if new.id is not None], lock=True)
    after = {id_: {**row, "deleted_at": None} for id_, row in before.items()}
    change_many(many, cls, before, after, action="imported")
    return back


def make_teams(many: Many, news: list[New]) -> int:
    """Each team, with those above it that are missing, from the top down."""
    made = 0
    deepest = max((len(way_down(new.name)) for new in news), default=0)
    for depth in range(1, deepest + 1):
        ways = {BELOW.join(way_down(new.name)[:depth]) for new in news if len(way_down(new.name)) >= depth}
        known = by_way_down(ways)
        rows = [team_row(way) for way in sorted(ways) if not known[way]]
        made += len(many.make(Team, rows, action="imported"))
    ends = by_way_down({new.name for new in news})
    for new in news:
        new.id = ends[new.name][0]
    return made


def team_row(way: str) -> dict[str, Any]:
    above, _sign, name = way.rpartition(BELOW)
    parent_id = by_way_down({above})[above][0] if above else None
    path = db.session.scalar(sa.select(Team.path).where(Team.id == parent_id)) if parent_id else None
    return {"name": name, "parent_id": parent_id, "path": f"{path}{parent_id}/" if parent_id else "/"}
