"""By what a board has columns: which columns there are, and which cases stand in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.case import Case
from app.domain.case.filter_fields import month_of, today
from app.domain.configuration import Configuration, StageRow
from app.domain.lists import Category
from app.domain.user import User

if TYPE_CHECKING:
    from app.domain.board import Board

MONTHS_AHEAD = 6


@dataclass(frozen=True)
class Heading:
    """What a column stands for: its value in the address, that in the database, and a name if it has one."""

    by: str
    value: str
    raw: Any
    name: str = ""
    is_folded: bool = False
    is_won: bool = False
    # Does it take further cases, or are there only some that still stand in it?
    is_used: bool = True
    explanation: str | None = None


class Grouping:
    """Columns by something that every case has one of, or none."""

    def __init__(self, by: str, expression: Any, field: str | None = None, type_: Any = None) -> None:
        self.by, self.expression, self.field = by, expression, field or by
        self.type = type_ or expression.type  # of what the database compares with

    def written(self, raw: Any) -> str:
        return "none" if raw is None else str(raw)

    def read(self, value: str) -> Any:
        return None if value == "none" else int(value)

    def limits(self, raw: Any) -> tuple[Any, Any]:
        """What the database compares with: the value, or first and last of a range."""
        return raw, None

    def match(self, low: Any, high: Any) -> sa.ColumnElement[bool]:
        return self.expression == low

    def holds(self, heading: Heading) -> sa.ColumnElement[bool]:
        """The cases of one column."""
        if heading.raw is None:
            return self.expression.is_(None)
        return self.match(*self.limits(heading.raw))

    def heading(self, raw: Any, name: str = "", **more: Any) -> Heading:
        return Heading(self.by, self.written(raw), raw, name, **more)

    def headings(self, board: Board, held: Iterable[str]) -> list[Heading]:
        """The columns in their order: those that are usual, and any others that hold cases."""
        found = self.wanted(board, {self.read(value) for value in held})
        asked = self.asked(board)
        return [each for each in found if asked is None or each.raw in asked]

    def asked(self, board: Board) -> set[Any] | None:
        """Those that the filter leaves; None for all."""
        if self.by not in board.filter.given:
            return None
        values = board.filter.given[self.by]
        return {None if value == "none" else int(value) for value in values}

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        raise NotImplementedError


class ByStage(Grouping):
    """The stages that the teams of the board pass, and those besides in which cases stand."""

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        teams = reached(board)
        used = [
            stage
            for stage in board.stages
            if stage.id in held or (stage.in_use and is_passed_by(stage, teams))
        ]
        shown = [
            self.heading(
                stage.id,
                stage.name,
                is_folded=stage.is_folded,
                is_won=stage.is_won,
                is_used=stage.in_use,
                explanation=stage.explanation,
            )
            for stage in used
        ]
        return [*([self.heading(None)] if None in held or not shown else []), *shown]


class ByPerson(Grouping):
    """Who has cases here, the members of the teams asked for, and whoever looks."""

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        configuration = Configuration.current()
        asked = [
            configuration.teams[team_id] for team_id in team_ids(board) if team_id in configuration.teams
        ]
        members = {board.reader.id}.union(*(team.members for team in asked))
        people = [
            user
            for user in configuration.listed(User)
            if user.id in held or (user.in_use and user.id in members)
        ]
        return [
            self.heading(None),
            *(self.heading(user.id, user.name, is_used=user.in_use) for user in people),
        ]

    def asked(self, board: Board) -> set[Any] | None:
        if "responsible" not in board.filter.given:
            return None
        none = {None} if "none" in board.filter.given["responsible"] else set()
        return {*board.filter.ids("responsible"), *none}


class ByTeam(Grouping):
    """The teams that take cases of the kind, as far as the reader works there, from the top down."""

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        reach = board.reader.reach
        teams = sorted(Configuration.current().teams.values(), key=lambda team: (team.path, team.sequence))
        mine = reach.member | reach.open | reach.led
        shown = [
            self.heading(team.id, team.name, is_used=team.in_use)
            for team in teams
            if team.id in held
            or (
                team.in_use
                and board.kind in team.kinds
                and (team.id in mine or board.reader.is_administrator)
            )
        ]
        return [*([self.heading(None)] if None in held else []), *shown]

    def asked(self, board: Board) -> set[Any] | None:
        given = board.filter.given
        if "in_team" in given:
            return {None if value == "none" else int(value) for value in given["in_team"]}
        if "team" not in given:
            return None
        return {*board.filter.ids("team"), *({None} if "none" in given["team"] else set())}


class ByMonth(Grouping):
    """Months of deadlines: those that hold cases, this one and some to come."""

    def written(self, raw: Any) -> str:
        return raw or "none"

    def read(self, value: str) -> Any:
        return None if value == "none" else value

    def limits(self, raw: Any) -> tuple[Any, Any]:
        return month_of(raw) if raw else (None, None)

    def match(self, low: Any, high: Any) -> sa.ColumnElement[bool]:
        return Case.deadline.between(low, high)

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        now = today()
        first = now.year * 12 + now.month - 1
        ahead = {f"{each // 12}-{each % 12 + 1:02d}" for each in range(first, first + MONTHS_AHEAD)}
        return [self.heading(None), *(self.heading(month) for month in sorted(ahead | held - {None}))]

    def asked(self, board: Board) -> set[Any] | None:
        return (
            {self.read(each) for each in board.filter.given["month"]}
            if "month" in board.filter.given
            else None
        )


class ByPriority(Grouping):
    """From very high to normal."""

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        return [self.heading(each) for each in (3, 2, 1, 0)]


class ByCategory(Grouping):
    """The categories, in their order."""

    def wanted(self, board: Board, held: set[Any]) -> list[Heading]:
        found = [each for each in Configuration.current().listed(Category) if each.in_use or each.id in held]
        return [
            self.heading(None),
            *(self.heading(each.id, each.name, is_used=each.in_use) for each in found),
        ]


def team_ids(board: Board) -> list[int]:
    """The teams that the filter names."""
    return board.filter.ids("team") if "team" in board.filter.given else []


def reached(board: Board) -> frozenset[int] | None:
    """The teams whose stages the board shows; None for all."""
    if "team" in board.filter.given:
        return frozenset(board.filter.ids("team"))
    if board.reader.is_administrator:
        return None
    return board.reader.reach.member | board.reader.reach.open | board.reader.reach.led


def is_passed_by(stage: StageRow, teams: frozenset[int] | None) -> bool:
    """Is it shared by all, or of one of these teams?"""
    return not stage.teams or teams is None or not teams.isdisjoint(stage.teams)


GROUPINGS: dict[str, Grouping] = {
    "stage": ByStage("stage", Case.stage_id),
    "responsible": ByPerson("responsible", Case.responsible_id),
    "team": ByTeam("team", Case.team_id, "in_team"),
    "month": ByMonth("month", sa.func.substr(sa.cast(Case.deadline, sa.String), 1, 7), type_=sa.Date()),
    "priority": ByPriority("priority", Case.priority),
    "category": ByCategory("category", Case.category_id),
}
