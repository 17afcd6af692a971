"""Cases as a plain list: what the board's filters let through, sorted, a page at a time by where the last one ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from app.blueprints.cases.rows import Row, lines, rows_of
from app.blueprints.pipeline.showing import worth, worth_title
from app.blueprints.views.asked import SORTS, Asked
from app.blueprints.views.bar import Bar
from app.domain.board.counted import total_of_list
from app.domain.board.totals import COUNTED, Total
from app.domain.case import Case
from app.extensions import db
from app.i18n import number
from app.web import me, row_id

A_PAGE = 50


@dataclass(frozen=True)
class Sort:
    """A head that sorts: where it leads, and how the list is sorted by it now."""

    href: str
    how: str = ""


class Listing:
    """One page of the cases that are asked for."""

    def __init__(self, args: Any) -> None:
        self.asked = Asked.for_list(args, me())
        self.bar = Bar(self.asked, is_board=False)
        self.sort = self.asked.sort
        self.after, self.before = args.get("after", type=row_id), args.get("before", type=row_id)

    @property
    def is_backwards(self) -> bool:
        """Is this the page before a certain case?"""
        return self.before is not None and self.after is None

    @property
    def column(self) -> Any:
        return SORTS[self.sort.removeprefix("-")][0] if self.sort else None

    @property
    def is_descending(self) -> bool:
        """Does the most come first, of what this is sorted by; without a word the newest?"""
        return SORTS[self.sort.removeprefix("-")][1] is not self.sort.startswith("-") if self.sort else True

    @cached_property
    def found(self) -> list[int]:
        """The ids of this page and one more, so that one knows whether there is another page."""
        edge_id = self.before if self.is_backwards else self.after
        edge = self.edge(edge_id) if edge_id is not None else None
        if edge_id is not None and edge is None:
            self.after = self.before = None  # it is gone: the list begins anew
        where = "start" if edge is None else "bare" if edge.edge_key is None else "keyed"
        is_walked = self.is_walked
        about = ("list", self.sort, self.is_backwards, where, is_walked)
        question = self.asked.filter.question(about, lambda: self.query(where, is_walked=is_walked))
        return list(db.session.scalars(question, edge._asdict() if edge is not None else {}))

    @property
    def nearest(self) -> int | None:
        """The case next to the one that this page begins after or ends before; none if that is gone."""
        ids = self.found
        return ids[0] if ids and (self.after or self.before) else None

    def edge(self, case_id: int) -> Any:
        """Where the last page ended: what it was sorted by there, and the id."""
        reader, key = me(), self.column if self.column is not None else sa.literal(0)
        question = reader.question(
            ("edge", self.sort.removeprefix("-")),
            lambda: (
                Case.visible_to(reader)
                .where(Case.id == sa.bindparam("edge_id"))
                .with_only_columns(key.label("edge_key"), Case.id.label("edge_id"))
            ),
        )
        return db.session.execute(question, {"edge_id": case_id}).one_or_none()

    @property
    def is_walked(self) -> bool:
        """Are there so many that one goes along their order and looks at each, rather than to gather and sort them?

        What one person's open cases are worth stands in an index of its own, which leads past nobody else's.
        """
        asked = self.asked.filter
        is_of_one = len(asked.given.get("responsible", ())) == 1 and asked.state == "open"
        is_known = is_of_one and self.sort.removeprefix("-") == "revenue"
        return self.total.count >= COUNTED and not is_known

    def query(self, where: str, *, is_walked: bool) -> Any:
        """Ids in order, what has nothing to sort by last; each half of that goes along an index.

        `where` it begins: at the start, or beyond an edge that has (keyed) or has not (bare) what is sorted by.
        """
        cases = self.asked.filter.select(is_walked=is_walked).with_only_columns(Case.id)
        is_downwards = self.is_descending is not self.is_backwards
        if self.column is None:
            edge_id = sa.bindparam("edge_id", type_=Case.id.type)
            beyond = Case.id < edge_id if is_downwards else Case.id > edge_id
            beyond = beyond if where != "start" else sa.true()
            return cases.where(beyond).order_by(Case.id.desc() if is_downwards else Case.id).limit(A_PAGE + 1)
        halves = self.halves(cases, where, is_downwards)
        if not self.column.nullable:
            return halves[0].with_only_columns(Case.id)
        parts = [
            sa.select(
                half.c.id, half.c.key, sa.literal(place if not self.is_backwards else -place).label("half")
            )
            for place, half in enumerate(half.subquery() for half in halves)
        ]
        both = sa.union_all(*parts).subquery()
        order = (both.c.key.desc(), both.c.id.desc()) if is_downwards else (both.c.key, both.c.id)
        return sa.select(both.c.id).order_by(both.c.half, *order).limit(A_PAGE + 1)

    def halves(self, cases: sa.Select[Any], where: str, is_downwards: bool) -> list[sa.Select[Any]]:
        """Those that have what is sorted by, then those that have not."""
        key, keyed, bare = self.column, [self.column.is_not(None)], [self.column.is_(None)]
        edge_id = sa.bindparam("edge_id", type_=Case.id.type)
        by_key = (key.desc(), Case.id.desc()) if is_downwards else (key, Case.id)
        if where == "keyed":
            here = sa.tuple_(key, Case.id)
            there = sa.tuple_(sa.bindparam("edge_key", type_=key.type), edge_id)
            keyed.append(here < there if is_downwards else here > there)
            bare += [sa.false()] if self.is_backwards else []
        elif where == "bare":
            bare.append(Case.id < edge_id if is_downwards else Case.id > edge_id)
            keyed += [] if self.is_backwards else [sa.false()]
        cases = cases.add_columns(key.label("key"))
        return [
            cases.where(*keyed).order_by(*by_key).limit(A_PAGE + 1),
            cases.where(*bare).order_by(by_key[1]).limit(A_PAGE + 1),
        ]

    @cached_property
    def rows(self) -> list[Row]:
        page = rows_of(self.found[:A_PAGE])
        return page[::-1] if self.is_backwards else page

    @property
    def has_more(self) -> bool:
        return len(self.found) > A_PAGE

    def address(self, **place: Any) -> str:
        return f"/cases/?{urlencode([*self.asked.pairs, *place.items()])}"

    @property
    def before_href(self) -> str | None:
        is_there = self.has_more if self.is_backwards else self.after is not None
        if not is_there:
            return None
        return self.address(before=self.rows[0].id) if self.rows else self.address()

    @property
    def after_href(self) -> str | None:
        is_there = self.before is not None if self.is_backwards else self.has_more
        return self.address(after=self.rows[-1].id) if is_there and self.rows else None

    @property
    def sorts(self) -> dict[str, Sort]:
        return {name: self.sorted_by(name) for name in SORTS}

    def sorted_by(self, name: str) -> Sort:
        """Once as it is usual, once more the other way round."""
        is_now = self.sort.removeprefix("-") == name
        turned = f"-{name}" if self.sort == name else name
        href = f"/cases/?{self.asked.but(sort=turned).query}"
        return Sort(href, ("descending" if self.is_descending else "ascending") if is_now else "")

    @cached_property
    def total(self) -> Total:
        """How many, and what they are worth together, as far as that is counted."""
        return total_of_list(self.asked.filter)

    @property
    def count(self) -> str:
        if self.total.is_more:
            return _("More than %(count)s cases", count=number(COUNTED))
        total = self.total.count
        return str(ngettext("%(count)s case", "%(count)s cases", total, count=number(total)))

    @property
    def context(self) -> dict[str, Any]:
        return {
            "bar": self.bar,
            "lines": lines(self.rows),
            "sorts": self.sorts,
            "count": self.count,
            "sum": worth(self.total),
            "sum_title": worth_title(self.total),
            "before_href": self.before_href,
            "after_href": self.after_href,
        }
