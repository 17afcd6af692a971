"""People who sign in, with the teams they are in and who leads these."""

from __future__ import annotations

from app.domain.history import Many, Tie, change_many, plain_rows
from app.domain.importing.fields import Email, Link, Text, Word, Wrong
from app.domain.importing.kinds.base import Kind, Row
from app.domain.permission import ROLES
from app.domain.team import Team
from app.domain.user import User
from app.extensions import _


class Users(Kind):
    """`team` is the way down to their team (`Central / Berlin`), `leader` who leads it."""

    cls = User
    match = ("email",)
    needs = ("name", "email")
    together = frozenset({"team", "leader"})
    fields = {
        "name": Text(),
        "email": Email(),
        "role": Word(words=ROLES),
        "language": Text(longest=10),
        "zone": Text(longest=60),
        "team": Link("team", target="team"),
        "leader": Link("leader", target="user"),
    }

    def complete(self, row: Row, was: Row | None) -> None:
        if row.get("leader") is not None and row.get("team") is None:
            raise Wrong(_("it has a leader, but no team to lead"))
        row["role"] = row.get("role") or "salesperson"

    def finish(self, many: Many, rows: list[Row]) -> None:
        """Put everybody into their team, and its leader at its head."""
        placed = [row for row in rows if row.get("team") is not None]
        before = plain_rows(Team, {row["team"] for row in placed}, lock=True)
        after = {id_: dict(row) for id_, row in before.items()}
        ties = [Tie(row["team"], "members", row["id"], True) for row in placed]
        for row in placed:
            after[row["team"]]["leader_id"] = row.get("leader") or after[row["team"]]["leader_id"]
        change_many(many, Team, before, after, ties, action="imported")
