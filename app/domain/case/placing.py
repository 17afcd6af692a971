"""Putting a case into a column of a board, at a place among its cards."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app import clock
from app.domain.actor import Acting
from app.domain.asking import ask_one
from app.domain.case.ranking import above, between
from app.domain.errors import Refused
from app.domain.history import Event, change_set, line_begun
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.lists import Category
    from app.domain.stage import Stage
    from app.domain.team import Team
    from app.domain.user import User


class Placing:
    """A card is moved by the verb that its new column stands for; its place there is kept beside the history."""

    # Where it will stand once it is stored.
    rank_to_take: str | None = None

    def place(
        self: Case,
        by_what: str,
        target: Any,
        *,
        by: Acting,
        below: Case | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Into the column of this stage, person, team, month, priority or category, below another card or on top.

        `facts` are what the stage asks for and was said on the way.
        """
        # It is stored along with what the move changes: the first flush of that takes it.
        stood, self.rank_to_take = self.rank, self.rank_below(below)
        stands = self.rank_to_take
        try:
            with change_set("move", by=by):
                if facts:
                    self.edit(facts, by=by)
                getattr(self, f"put_in_{by_what}")(target, by)
                if stands is not None and (line := line_begun()) is not None:
                    line.details = {**line.details, "places": [stood, stands]}
        finally:
            rank = self.taken_rank()  # what was refused leaves nothing for a later flush
        if rank is not None:
            self.stand_at(rank)

    def put_in_stage(self: Case, stage: Stage | None, by: Acting) -> None:
        if stage is not None:
            self.move_to(stage, by=by)
        elif self.stage is not None:
            raise Refused(_("A case that stood in a stage goes on to another one."))

    def put_in_responsible(self: Case, user: User | None, by: Acting) -> None:
        self.assign(user, by=by)

    def put_in_team(self: Case, team: Team | None, by: Acting) -> None:
        if team is not None:
            self.hand_to_team(team, by=by)
        elif self.team is not None:
            raise Refused(_("A case that a team has taken goes on to another team."))

    def put_in_month(self: Case, last_day: date | None, by: Acting) -> None:
        if not is_same_month(self.deadline, last_day):
            self.edit({"deadline": last_day}, by=by)

    def put_in_priority(self: Case, priority: int, by: Acting) -> None:
        self.edit({"priority": priority}, by=by)

    def put_in_category(self: Case, category: Category | None, by: Acting) -> None:
        self.edit({"category_id": category.id if category else None}, by=by)

    def rank_below(self: Case, below: Case | None) -> str | None:
        """The rank right below another card, whoever sees what in between; without one that above everything."""
        if below is self:
            return None
        if below is None:
            return above(ask_one(foremost()))
        (rank,) = between(*room_below(below.id, but=self.id))
        return rank

    def taken_rank(self: Case) -> str | None:
        """The rank that it is to take and has not; it has it from now on."""
        rank, self.rank_to_take = self.rank_to_take, None
        return rank

    def come_back(self: Case, events: list[Event], *, forward: bool) -> None:
        """To where it stood before it was moved, or stands after it."""
        places = [event.details["places"] for event in events if "places" in event.details]
        if places:
            self.rank = places[-1][1] if forward else places[0][0]

    def stand_at(self: Case, rank: str) -> None:
        """Stand there, while all else stays as it is."""
        place = {"case_id": self.id, "rank": rank, "updated_at": clock.now()}
        db.session.execute(putting(), place, execution_options=BY_HAND)
        db.session.expire(self, ["rank", "updated_at"])


# A place in a column is no fact of the case: it has no version and no line in the history.
BY_HAND = {"history": True}


def cases() -> Any:
    from app.domain.case import Case

    return sa.inspect(Case).local_table


@cache
def foremost() -> Any:
    return sa.select(sa.func.min(cases().c.rank))


@cache
def putting() -> Any:
    return (
        sa.update(cases())
        .where(cases().c.id == sa.bindparam("case_id"))
        .values(rank=sa.bindparam("rank"), updated_at=sa.bindparam("updated_at"))
    )


def room_below(case_id: int, *, but: int) -> tuple[str, str | None]:
    """The rank of a case, and that of the next one after it, which differs."""
    table = cases()
    upper: str = db.session.scalars(sa.select(table.c.rank).where(table.c.id == case_id)).one()
    following = sa.tuple_(table.c.rank, table.c.id) > sa.tuple_(upper, case_id)
    lower = db.session.scalar(
        sa.select(table.c.rank)
        .where(following, table.c.id != but)
        .order_by(table.c.rank, table.c.id)
        .limit(1)
    )
    if lower == upper:
        spread(upper)
        return room_below(case_id, but=but)
    return upper, lower


def spread(rank: str) -> None:
    """Give cases that came at one instant ranks of their own, in the order in which they stand."""
    table = cases()
    tied = sa.select(table.c.id).where(table.c.rank == rank).order_by(table.c.id)
    ids = db.session.scalars(tied.with_for_update(key_share=True))
    _first, *others = ids
    lower = db.session.scalar(sa.select(sa.func.min(table.c.rank)).where(table.c.rank > rank))
    places = zip(others, between(rank, lower, len(others)), strict=True)
    db.session.execute(
        sa.update(table).where(table.c.id == sa.bindparam("key")).values(rank=sa.bindparam("place")),
        [{"key": case_id, "place": place} for case_id, place in places],
        execution_options=BY_HAND,
    )


def is_same_month(one: date | None, other: date | None) -> bool:
    return (one and (one.year, one.month)) == (other and (other.year, other.month))
