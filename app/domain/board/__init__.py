"""The board: the cases of one kind in columns, with what each column is worth and its first cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import sqlalchemy as sa

from app import clock
from app.domain.asking import ask, ask_one
from app.domain.board.cards import Card, Named, card_of, cards_of, with_tags, written_on_cards
from app.domain.board.counted import can_count, counted_totals
from app.domain.board.grouping import GROUPINGS, Heading
from app.domain.board.places import Place, Search
from app.domain.board.totals import COUNTED, Total, at_least, totals_of, values_of
from app.domain.case import Case
from app.domain.case.filtering import CaseFilter
from app.domain.configuration import Configuration, StageRow
from app.domain.organisation import Organisation
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User

A_LOAD = 20


@dataclass
class Column:
    """What one column shows: its heading, its figures, its first cards."""

    heading: Heading
    filter: CaseFilter
    total: Total
    cards: list[Card] = field(default_factory=list)
    more: bool = False

    @property
    def key(self) -> str:
        return f"{self.heading.by}-{self.heading.value}"

    @property
    def value(self) -> str:
        return self.heading.value

    @property
    def name(self) -> str:
        """What it is called, if it is named after a record."""
        return self.heading.name

    @property
    def is_folded(self) -> bool:
        return self.heading.is_folded and not self.total.count

    @property
    def mark(self) -> str:
        """Another one as soon as it shows something else."""
        shown = (
            self.name,
            self.total,
            self.more,
            [(card.id, card.version, card.stale) for card in self.cards],
        )
        return f"{crc32(repr(shown).encode()):08x}"


class Stand(NamedTuple):
    """Where a case stands on a board: its column, its place there, and its card."""

    heading: Heading
    place: Place
    card: Card


class Board:
    """The cases that a filter lets through to a reader, by stage or by something else that one can drag along."""

    def __init__(self, asked: CaseFilter, by: str, reader: User, *, is_exact: bool = False) -> None:
        self.by = by if by in GROUPINGS else "stage"
        self.kind = next(iter(asked.given.get("kind", ())), "opportunity")
        self.filter = asked.with_(kind=self.kind)
        self.reader, self.is_exact = reader, is_exact
        self.grouping = GROUPINGS[self.by]

    @cached_property
    def stages(self) -> list[StageRow]:
        """The stages of this kind, also those no longer used, each with the teams it is kept for."""
        return [stage for stage in Configuration.current().stages.values() if stage.kind == self.kind]

    @cached_property
    def totals(self) -> dict[str, Total]:
        """The figures of each column that has cases, by its value: exact up to 10,000, or if that is asked for."""
        if can_count(self.filter, self.grouping):
            return counted_totals(self.filter, self.grouping)
        if self.is_exact:
            return totals_of(self.filter, self.grouping)
        found = totals_of(self.filter, self.grouping, COUNTED + 1)
        if sum(total.count for total in found.values()) <= COUNTED:
            return found
        held = values_of(self.filter, self.grouping)
        return at_least(self.filter, self.grouping, self.grouping.headings(self, held))

    @property
    def columns(self) -> list[Column]:
        """All columns, with the first cards of each."""
        return self.columns_with({})

    def columns_with(self, shown: dict[str, int]) -> list[Column]:
        """The same; of some columns, named by their values, so many cards."""
        columns = self.heads()
        self.deal([column for column in columns if column.value not in shown])
        for column in columns:
            if column.value in shown:
                self.deal([column], number=shown[column.value])
        return columns

    def heads(self, *values: str) -> list[Column]:
        """The columns without their cards; all of them, or those of these values."""
        found = self.grouping.headings(self, self.totals)
        return [self.column(heading) for heading in found if not values or heading.value in values]

    def column(self, heading: Heading) -> Column:
        return self.bare(heading, self.totals.get(heading.value))

    def bare(self, heading: Heading, total: Total | None = None) -> Column:
        asked = self.filter.with_(**{self.grouping.field: heading.value})
        return Column(heading, asked, total or Total())

    def named(self, value: str) -> Column | None:
        """The column of this value, without its figures; only one that is not usual takes a look at what has cases."""
        for held in (lambda: (), lambda: self.totals):
            for heading in self.grouping.headings(self, held()):
                if heading.value == value:
                    return self.bare(heading)
        return None

    def deal(self, columns: list[Column], after: tuple[str, int] | None = None, number: int = A_LOAD) -> None:
        """Give each column its first cards, or those after a certain one: two statements, and one for tags."""
        columns = [column for column in columns if column.total.count]
        headings = [column.heading for column in columns]
        search = self.search(number=number + 1, beyond=after)
        ids = [[case_id for _rank, case_id in places] for places in search.places(headings)]
        shown = [case_id for found in ids for case_id in found[:number]]
        cards = cards_of(shown, self.stale_days, self.reader)
        for column, found in zip(columns, ids, strict=True):
            column.cards = [cards[case_id] for case_id in found[:number] if case_id in cards]
            column.more = len(found) > number

    def search(self, **what: Any) -> Search:
        is_many = self.by != "stage" and (self.total.is_more or self.total.count > COUNTED)
        return Search(self.filter, self.grouping, is_many, **what)

    @property
    def stale_days(self) -> dict[int, int]:
        return {stage.id: stage.stale_days for stage in self.stages if stage.stale_days is not None}

    def after(self, value: str, case_id: int) -> Column | None:
        """The next cards of a column, below this one."""
        column = next(iter(self.heads(value)), None)
        rank = db.session.scalar(
            Case.visible_to(self.reader).with_only_columns(Case.rank).where(Case.id == case_id)
        )
        if column is not None and rank is not None:
            self.deal([column], after=(rank, case_id))
        return column

    @cached_property
    def total(self) -> Total:
        """The figures of all columns together."""
        return sum(self.totals.values(), Total())

    def beside(self, case_id: int) -> tuple[int | None, int | None]:
        """The cards above and below one, in its column."""
        stand = self.stand(case_id)
        if stand is None:
            return None, None
        (above,), (below,) = (
            self.search(beyond=stand.place, is_upwards=is_upwards).places([stand.heading])
            for is_upwards in (True, False)
        )
        return (above[0][1] if above else None), (below[0][1] if below else None)

    def spot(self, case_id: int, *, is_on_top: bool = False) -> tuple[str, Card, int | None] | None:
        """Where a case stands on this board: the value of its column, its card, the id of the card above.

        Of one that was just put on top it is known that there is none above it.
        """
        stand = self.stand(case_id)
        if stand is None:
            return None
        above = None
        if not is_on_top:
            (found,) = self.search(beyond=stand.place, is_upwards=True).places([stand.heading])
            above = found[0][1] if found else None
        return stand.heading.value, stand.card, above

    def stand(self, case_id: int) -> Stand | None:
        """The column in which a case stands, its rank there, and its card; None if it is not on this board."""

        def put_together() -> sa.Select[Any]:
            seen = Case.visible_to(self.reader).whereclause
            assert seen is not None
            cards = self.filter.apply(written_on_cards(self.reader))
            one = with_tags(cards.where(seen, Case.id == sa.bindparam("case_id")))
            return one.add_columns(self.grouping.expression, Case.rank)

        query = self.filter.question(("stand", self.by), put_together)
        found = ask(query, case_id=case_id)
        if not found:
            return None
        *facts, _tag_id, _tag, raw, rank = found[0]
        tags = [Named(tag_id, name) for *_facts, tag_id, name, _raw, _rank in found if tag_id is not None]
        card = card_of(facts, tags, self.stale_days, clock.now())
        return Stand(self.grouping.heading(raw), (rank, case_id), card)


def newest_change() -> str:
    """When a case last changed, and the day: as long as it stays, no board has changed either."""
    newest = ask_one(latest())
    today = Organisation.current().today()
    return f"{today:%Y%m%d}-{int(newest.timestamp() * 1_000_000) if newest else 0:x}"


@cache
def latest() -> sa.Select[Any]:
    return sa.select(sa.func.max(Case.updated_at))


def is_settled(token: str) -> bool:
    """Is the change that this tells of long enough ago? Others may have been stored before it and seen after."""
    changed = int(token.partition("-")[2] or "0", 16) / 1_000_000
    return clock.now().timestamp() - changed > SETTLES


SETTLES = 10
__all__ = ["A_LOAD", "Board", "Card", "Column", "Total", "is_settled", "newest_change"]
