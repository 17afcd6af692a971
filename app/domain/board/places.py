"""Which cases come first in each column of a board, by rank."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.asking import ask
from app.domain.case import Case
from app.domain.case.filtering import CaseFilter, is_open, won_lately
from app.domain.visibility import SCOPES
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.board.grouping import Grouping, Heading

Place = tuple[str, int]
Clause = sa.ColumnElement[bool]
# Cases once more, beside those that are narrowed: only what places are made of.
RANKED = sa.table("cases", sa.column("id", sa.BigInteger), sa.column("rank", sa.Text)).alias("ranked")

BEYOND = sa.bindparam("rank", type_=sa.Text()), sa.bindparam("case_id", type_=sa.BigInteger())


@dataclass
class Part:
    """A part of what somebody sees that an index finds in order of rank: by some teams, some people, or as a whole.

    `along` is the column whose `values` divide it, `instead` the fields of the filter that this answers.
    """

    clauses: list[Clause]
    along: Any = None
    values: list[int] = field(default_factory=list)
    instead: frozenset[str] = frozenset()


def parts(asked: CaseFilter) -> Iterator[Part]:
    """What the filter shows to its reader, in such parts; they may overlap."""
    reader, scopes = asked.reader, asked.reader.scopes("see", Case)
    names = scopes.get("*", frozenset()).union(*(scopes.get(kind, ()) for kind in asked.given["kind"]))
    visible = Case.in_scopes(scopes, reader)
    if "responsible" in asked.given:
        people, whole = asked.ids("responsible"), frozenset({"responsible"})
        yield Part(
            [] if people == [reader.id] and "own" in names else [visible], Case.responsible_id, people, whole
        )
        if "none" in asked.given["responsible"]:
            yield Part([visible, Case.responsible_id.is_(None)], instead=whole)
        return
    teams = None
    if "team" in asked.given and "none" not in asked.given["team"]:
        teams = set(asked.ids("team"))
    if "all" in names:
        yield Part([]) if teams is None else Part([], Case.team_id, sorted(teams), frozenset({"team"}))
        return
    reach = reader.reach
    seen = (reach.open if "open_teams" in names else frozenset()) | (
        reach.led if "led" in names else frozenset()
    )
    if teams is None:
        yield Part([], Case.team_id, sorted(seen))
    else:
        yield Part([], Case.team_id, sorted(seen & teams), frozenset({"team"}))
        if teams <= seen:
            return  # what else they see of these teams is among all of these teams
    if "own" in names:
        yield Part([], Case.responsible_id, [reader.id])
    if "unassigned_in_my_teams" in names and reach.member - seen:
        yield Part([Case.responsible_id.is_(None)], Case.team_id, sorted(reach.member - seen))
    for name in sorted(names - {"open_teams", "led", "own", "unassigned_in_my_teams"}):
        yield Part([SCOPES["case"][name].clause(Case, reader)])


def whole(asked: CaseFilter) -> Part:
    """All that the filter shows to its reader, as one."""
    return Part([Case.in_scopes(asked.reader.scopes("see", Case), asked.reader)])


@dataclass
class Search:
    """What comes first in each column by rank: one statement of a few terms, whatever the number of columns and cases.

    Stages are walked part by part, each along an index of its own. By anything else few cases are gone through
    at once, and of many each column is walked along its index until there are enough that the reader may see.
    """

    asked: CaseFilter
    grouping: Grouping
    is_many: bool
    number: int = 1
    beyond: Place | None = None
    is_upwards: bool = False
    headings: list[Heading] = field(default_factory=list)

    def places(self, headings: list[Heading]) -> list[list[Place]]:
        """The first places of each of these columns, or those beyond a certain one."""
        self.headings = headings
        found: list[set[Place]] = [set() for _heading in headings]
        rank, case_id = self.beyond or ("", 0)
        for row in ask(self.question, rank=rank, case_id=case_id) if headings else ():
            found[row[0]].add((row[1], row[2]))
        nearest = heapq.nlargest if self.is_upwards else heapq.nsmallest
        return [nearest(self.number, places) for places in found]

    @property
    def question(self) -> Any:
        """The statement for that; beyond which place is said when it is asked."""
        columns = tuple(heading.raw for heading in self.headings)
        way = self.is_many, self.number, self.beyond is not None, self.is_upwards
        return self.asked.question(("places", self.grouping.by, columns, way), self.put_together)

    def put_together(self) -> Any:
        nowhere: Any = sa.select(sa.literal(0), Case.rank, Case.id).where(sa.false())
        return sa.union_all(*(list(self.terms()) or [nowhere]))

    def terms(self) -> Iterator[sa.Select[Any]]:
        state, is_by_stage = self.asked.state, self.grouping.by == "stage"
        if state not in {"open", "current"} or not (is_by_stage or self.is_many):
            yield self.sweep(self.asked.clauses["state"])
            return
        for part in parts(self.asked) if is_by_stage else [whole(self.asked)]:
            yield from self.walks(part)
        if state == "current":
            yield self.sweep(won_lately())

    @property
    def order(self) -> tuple[Any, Any]:
        ranks = Case.rank, Case.id
        return (ranks[0].desc(), ranks[1].desc()) if self.is_upwards else ranks

    def limits(self) -> list[Clause]:
        if self.beyond is None:
            return []
        here, there = sa.tuple_(Case.rank, Case.id), sa.tuple_(*BEYOND)
        return [here < there if self.is_upwards else here > there]

    def walks(self, part: Part) -> Iterator[sa.Select[Any]]:
        """Down each column by rank until there are enough, each way along an index."""
        clauses = self.asked.clauses_but("state", *part.instead)
        wanted = [Case.__table__.c.deleted_at.is_(None), is_open(), *clauses, *part.clauses, *self.limits()]
        numbered = list(enumerate(self.headings))
        named = [(index, each) for index, each in numbered if each.raw is not None]
        unnamed = [index for index, each in numbered if each.raw is None]
        axis = part.values if part.along is not None else [None]
        if named and axis:
            rows = [
                (index, *self.grouping.limits(each.raw), value) for index, each in named for value in axis
            ]
            yield self.walk(rows, wanted, part, lambda v: self.grouping.match(v.c.low, v.c.high))
        if unnamed and axis:
            rows = [(unnamed[0], None, None, value) for value in axis]
            yield self.walk(rows, wanted, part, lambda _v: self.grouping.expression.is_(None))

    def walk(self, rows: list[Any], wanted: list[Clause], part: Part, match: Any) -> sa.Select[Any]:
        is_sqlite = db.session.connection().dialect.name == "sqlite"
        kind = self.grouping.type
        v = (ways_of_sqlite if is_sqlite else ways_of_postgresql)(rows, kind)
        found = sa.select(Case.id, Case.rank).where(*wanted, match(v))
        if part.along is not None:
            found = found.where(part.along == v.c.along)
        found = found.order_by(*self.order).limit(self.number).correlate(v)
        if is_sqlite:
            among = RANKED.c.id.in_(found.with_only_columns(Case.id))
            return sa.select(v.c.place, RANKED.c.rank, RANKED.c.id).join_from(v, RANKED, among)
        first = found.lateral()
        return sa.select(v.c.place, first.c.rank, first.c.id).join_from(v, first, sa.true())

    def sweep(self, state: Clause) -> sa.Select[Any]:
        """Through all of them at once."""
        place = sa.case(
            *(
                (self.grouping.holds(heading), sa.literal(index, sa.Integer))
                for index, heading in enumerate(self.headings)
            ),
            else_=None,
        )
        clauses = self.asked.clauses_but("state")
        found = Case.visible_to(self.asked.reader).where(*clauses, state, *self.limits())
        turn = sa.func.row_number().over(partition_by=place, order_by=self.order)
        each = found.with_only_columns(
            place.label("place"), Case.id, Case.rank, turn.label("turn")
        ).subquery()
        return sa.select(each.c.place, each.c.rank, each.c.id).where(
            each.c.place.is_not(None), each.c.turn <= self.number
        )


# Both take their rows as one value, so that a statement is the same for any number of columns.


def ways_of_sqlite(rows: list[Any], kind: Any) -> sa.FromClause:
    each = sa.func.json_each(json.dumps([plain(row) for row in rows])).table_valued("value")

    def part(place: int, type_: Any) -> Any:
        return sa.func.json_extract(each.c.value, f"$[{place}]", type_=type_)

    columns = (part(place, type_).label(name) for place, (name, type_) in enumerate(columns_of(kind).items()))
    return sa.select(*columns).subquery()


def ways_of_postgresql(rows: list[Any], kind: Any) -> sa.FromClause:
    types = columns_of(kind)
    named = [dict(zip(types, plain(row), strict=True)) for row in rows]
    columns = (sa.column(name, type_) for name, type_ in types.items())
    each = sa.func.jsonb_to_recordset(sa.literal(named, JSONB)).table_valued(*columns)
    return each.render_derived(with_types=True)


def plain(row: Sequence[Any]) -> list[Any]:
    """As JSON has it."""
    return [each.isoformat() if isinstance(each, date) else each for each in row]


def columns_of(kind: Any) -> dict[str, Any]:
    return {"place": sa.Integer(), "low": kind, "high": kind, "along": sa.BigInteger()}
