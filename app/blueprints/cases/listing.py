"""Cases as a plain list: what the board's filters let through, sorted, a page at a time by where the last one ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from app.blueprints.pipeline.showing import worth, worth_title
from app.blueprints.views.asked import Asked
from app.blueprints.views.bar import Bar
from app.domain.board.cards import Named, known_partners
from app.domain.board.counted import total_of_list
from app.domain.board.totals import COUNTED, Total
from app.domain.case import Case
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db
from app.i18n import local_today, number
from app.web import me, row_id

A_PAGE = 50
# What a list can be sorted by, and whether the most comes first.
SORTS: dict[str, tuple[Any, bool]] = {
    "name": (Case.name_folded, False),
    "revenue": (Case.expected_revenue, True),
    "deadline": (Case.deadline, False),
    "next": (Case.next_activity_on, False),
}


class Row(NamedTuple):
    """A case as a line of a list."""

    id: int
    kind: str
    name: str
    who: str
    expected_revenue: int | None
    currency: str | None
    state: str
    outcome: str
    priority: int
    stage: Named | None
    deadline: date | None
    next_activity_on: date | None
    responsible: Named | None

    @property
    def is_closed(self) -> bool:
        return self.state in {"done", "cancelled"}

    def who_for(self, _reader: User) -> str:
        """Whose case it is; the row was read for its reader."""
        return self.who


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
        self.sort = args.get("sort", "") if args.get("sort", "").lstrip("-") in SORTS else ""
        self.after, self.before = args.get("after", type=row_id), args.get("before", type=row_id)

    @property
    def is_backwards(self) -> bool:
        """Is this the page before a certain case?"""
        return self.before is not None and self.after is None

    @property
    def column(self) -> Any:
        return SORTS[self.sort.lstrip("-")][0] if self.sort else None

    @property
    def is_descending(self) -> bool:
        """Does the most come first, of what this is sorted by; without a word the newest?"""
        return SORTS[self.sort.lstrip("-")][1] is not self.sort.startswith("-") if self.sort else True

    @cached_property
    def found(self) -> list[int]:
        """The ids of this page and one more, so that one knows whether there is another page."""
        edge_id = self.before if self.is_backwards else self.after
        edge = self.edge(edge_id) if edge_id is not None else None
        if edge_id is not None and edge is None:
            self.after = self.before = None  # it is gone: the list begins anew
        return list(db.session.scalars(self.query(edge)))

    @property
    def nearest(self) -> int | None:
        """The case next to the one that this page begins after or ends before; none if that is gone."""
        ids = self.found
        return ids[0] if ids and (self.after or self.before) else None

    def edge(self, case_id: int) -> Any:
        """Where the last page ended: what it was sorted by there, and the id."""
        key = self.column if self.column is not None else sa.literal(0)
        visible = Case.visible_to(me()).where(Case.id == case_id)
        return db.session.execute(visible.with_only_columns(key, Case.id)).one_or_none()

    def query(self, edge: Any) -> Any:
        """Ids in order, what has nothing to sort by last; each half of that goes along an index."""
        cases = self.asked.filter.select(is_walked=self.total.count >= COUNTED).with_only_columns(Case.id)
        is_downwards = self.is_descending is not self.is_backwards
        if self.column is None:
            beyond = (Case.id < edge[1] if is_downwards else Case.id > edge[1]) if edge else sa.true()
            return cases.where(beyond).order_by(Case.id.desc() if is_downwards else Case.id).limit(A_PAGE + 1)
        halves = [half.subquery() for half in self.halves(cases, edge, is_downwards)]
        parts = [
            sa.select(
                half.c.id, half.c.key, sa.literal(place if not self.is_backwards else -place).label("half")
            )
            for place, half in enumerate(halves)
        ]
        both = sa.union_all(*parts).subquery()
        order = (both.c.key.desc(), both.c.id.desc()) if is_downwards else (both.c.key, both.c.id)
        return sa.select(both.c.id).order_by(both.c.half, *order).limit(A_PAGE + 1)

    def halves(self, cases: sa.Select[Any], edge: Any, is_downwards: bool) -> list[sa.Select[Any]]:
        """Those that have what is sorted by, then those that have not."""
        key, keyed, bare = self.column, [self.column.is_not(None)], [self.column.is_(None)]
        by_key = (key.desc(), Case.id.desc()) if is_downwards else (key, Case.id)
        if edge is not None and edge[0] is not None:
            here, there = (
                sa.tuple_(key, Case.id),
                sa.tuple_(sa.literal(edge[0], key.type), sa.literal(edge[1])),
            )
            keyed.append(here < there if is_downwards else here > there)
            bare += [sa.false()] if self.is_backwards else []
        elif edge is not None:
            bare.append(Case.id < edge[1] if is_downwards else Case.id > edge[1])
            keyed += [] if self.is_backwards else [sa.false()]
        cases = cases.add_columns(key.label("key"))
        return [
            cases.where(*keyed).order_by(*by_key).limit(A_PAGE + 1),
            cases.where(*bare).order_by(by_key[1]).limit(A_PAGE + 1),
        ]

    @cached_property
    def rows(self) -> list[Row]:
        ids = self.found[:A_PAGE]
        found = {row.id: row for row in rows_of(ids)}
        page = [found[case_id] for case_id in ids if case_id in found]
        return page[::-1] if self.is_backwards else page

    @property
    def has_more(self) -> bool:
        return len(self.found) > A_PAGE

    def address(self, **place: Any) -> str:
        sort = {"sort": self.sort} if self.sort else {}
        return f"/cases/?{urlencode([*self.asked.pairs, *sort.items(), *place.items()])}"

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
        is_now = self.sort.lstrip("-") == name
        turned = f"-{name}" if self.sort == name else name
        href = f"/cases/?{urlencode([*self.asked.pairs, ('sort', turned)])}"
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
            **self.bar.context,
            "rows": self.rows,
            "today": local_today(),
            "sorts": self.sorts,
            "count": self.count,
            "sum": worth(self.total),
            "sum_title": worth_title(self.total),
            "before_href": self.before_href,
            "after_href": self.after_href,
        }


def rows_of(ids: list[int]) -> list[Row]:
    """These cases as lines, in one statement."""
    found = db.session.execute(
        sa.select(
            Case.id, Case.kind, Case.name, Case.expected_revenue, Case.currency, Case.state, Case.outcome,
            Case.priority, Case.deadline, Case.next_activity_on, Case.company_name, Case.contact_name, Case.email,
            Partner.name.label("partner"), Stage.id.label("stage_id"), Stage.name.label("stage"),
            User.id.label("user_id"), User.name.label("user"),
        )
        .select_from(Case)
        .outerjoin(Partner, sa.and_(Partner.id == Case.partner_id, *known_partners(me())))
        .outerjoin(Stage, Stage.id == Case.stage_id)
        .outerjoin(User, User.id == Case.responsible_id)
        .where(Case.id.in_(ids))
    )  # fmt: skip
    return [
        Row(
            row.id,
            row.kind,
            row.name,
            row.partner or row.company_name or row.contact_name or row.email or "",
            row.expected_revenue,
            row.currency,
            row.state,
            row.outcome,
            row.priority,
            Named(row.stage_id, row.stage) if row.stage_id else None,
            row.deadline,
            row.next_activity_on,
            Named(row.user_id, row.user) if row.user_id else None,
        )
        for row in found
    ]
