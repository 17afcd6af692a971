"""A list as it is shown: its entries in order, each with its values in words and with what names it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from app.blueprints.history.words import KINDS as KINDS_OF_CASES
from app.blueprints.history.words import NAMED_BY, field_word, value_words
from app.blueprints.lists.kinds import KINDS, Kind
from app.blueprints.lists.uses import Use, uses_of
from app.domain.lists import Country
from app.extensions import db
from app.web import me

A_PAGE = 200
DEEPEST = 6


@dataclass
class Row:
    """An entry, the one above it, those it would stand below if it went up or down, and what may be done to it."""

    entry: Any
    depth: int = 0
    heading: str | None = None
    above: int = 0
    up: Any = None
    down: Any = None
    is_theirs: bool = False
    uses: list[Use] = field(default_factory=list)

    @property
    def within(self) -> Any:
        return getattr(self.entry, self.entry.within) if self.entry.within else ""


@dataclass
class Listing:
    """A page of a list: the entries that are offered, or those in the archive."""

    kind: Kind
    is_archived: bool = False
    page: int = 1

    @cached_property
    def rows(self) -> list[Row]:
        """In order; the number of statements does not grow with them."""
        shown = self.window
        uses = uses_of(self.kind.cls, [row.entry for row in shown])
        heading = None
        for row in shown:
            row.uses = uses[row.entry.id]
            row.is_theirs = me().may("configure", row.entry)
            if self.heading_of(row.entry) != heading:
                row.heading = heading = self.heading_of(row.entry)
        return shown

    @cached_property
    def window(self) -> list[Row]:
        """Those of this page, each knowing its neighbours, of which some may stand on another page."""
        if self.kind.is_tree:
            found = list(db.session.scalars(self.query))
            shown = tree(found) if not self.is_archived else [Row(entry) for entry in found]
            neighbours(shown, self.is_movable)
            return shown
        before = min((self.page - 1) * A_PAGE, 2)
        start = (self.page - 1) * A_PAGE - before
        around = [
            Row(entry) for entry in db.session.scalars(self.query.offset(start).limit(before + A_PAGE + 1))
        ]
        neighbours(around, self.is_movable)
        return around[before : before + A_PAGE]

    @property
    def is_movable(self) -> bool:
        return self.kind.is_ordered and not self.is_archived

    @property
    def query(self) -> sa.Select[Any]:
        links = [selectinload(getattr(self.kind.cls, name)) for name in self.kind.cls.links]
        return self.found.order_by(*self.kind.order()).options(*links)

    @property
    def found(self) -> sa.Select[Any]:
        cls: Any = self.kind.cls
        query = sa.select(cls).where(cls.deleted_at.is_(None))
        return query.where(cls.archived.is_(self.is_archived)) if hasattr(cls, "archived") else query

    @cached_property
    def totals(self) -> tuple[int, int]:
        """How many are offered, and how many are in the archive."""
        cls: Any = self.kind.cls
        hidden = sa.func.count().filter(cls.archived) if hasattr(cls, "archived") else sa.literal(0)
        every, archived = db.session.execute(
            sa.select(sa.func.count(), hidden).select_from(cls).where(cls.deleted_at.is_(None))
        ).one()
        return every - archived, archived

    @property
    def total(self) -> int:
        return self.totals[self.is_archived]

    @property
    def last(self) -> int:
        return self.total if self.kind.is_tree else min(self.page * A_PAGE, self.total)

    def heading_of(self, entry: Any) -> str | None:
        """What stands above entries that are ordered among themselves."""
        if not entry.within or self.kind.is_tree:
            return None
        value = getattr(entry, entry.within)
        if entry.within == "kind":
            return str(KINDS_OF_CASES[value])
        return self.names.get((Country, value)) or _("Of no country")

    @classmethod
    def at_the_foot(cls, kind: Kind) -> Listing:
        """The page on which a new entry stands."""
        page = cls(kind)
        return page if kind.is_tree else cls(kind, page=-(-page.total // A_PAGE) or 1)

    def address(self, page: int = 1, **more: Any) -> str:
        view: dict[str, Any] = {"view": "archived"} if self.is_archived else {}
        return url_for("lists.entries", name=self.kind.name, page=page if page > 1 else None, **view, **more)

    def words(self, entry: Any, name: str) -> str:
        """What stands in a field, as a person says it; nothing if there is nothing."""
        return words(entry, name, lambda cls, id_: self.names.get((cls, id_), ""))

    @cached_property
    def names(self) -> dict[tuple[Any, Any], str]:
        """What the ids in these entries stand for: one statement for each sort of record among them."""
        wanted: defaultdict[Any, set[Any]] = defaultdict(set)
        for row in self.window:
            for name in self.kind.fields:
                cls = named_by(self.kind.cls, name)
                if cls is not None and name not in self.kind.cls.links:
                    wanted[cls].add(getattr(row.entry, name))
        return {
            (cls, id_): name
            for cls, ids in wanted.items()
            if ids - {None}
            for id_, name in db.session.execute(sa.select(cls.id, cls.name).where(cls.id.in_(ids - {None})))
        }


def named_by(cls: Any, name: str) -> Any:
    return cls if name == "parent_id" else NAMED_BY.get(name)


def words(entry: Any, name: str, names: Any) -> str:
    """A field of an entry in words; `names` finds what an id of a class stands for."""
    value = getattr(entry, name)
    if name in entry.links:
        return ", ".join(each.name for each in value)
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, str) and isinstance(type(entry).__table__.c[name].type, sa.Text):
        return value  # what is written there is read there, all of it
    cls = named_by(type(entry), name)
    return value_words(
        name, value, currency=getattr(entry, "currency", None), names=lambda id_: names(cls, id_)
    )


def name_of(cls: Any, id_: Any) -> str:
    found = db.session.get(cls, id_)
    return found.name if found is not None else ""


def tree(entries: list[Any]) -> list[Row]:
    """Each with those below it, branch by branch; what stands below something archived stands on top."""
    there = {entry.id for entry in entries}
    below: defaultdict[Any, list[Any]] = defaultdict(list)
    for entry in entries:
        below[entry.parent_id if entry.parent_id in there else None].append(entry)

    def branch(parent_id: Any, depth: int) -> list[Row]:
        return [
            row
            for entry in below[parent_id]
            for row in [Row(entry, min(depth, DEEPEST)), *branch(entry.id, depth + 1)]
        ]

    return branch(None, 0)


def neighbours(rows: list[Row], is_movable: bool) -> None:
    """Tell each row which entry it would stand below if it went one up (0: none, on top) or one down."""
    if not is_movable:
        return
    beside: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        beside[row.within].append(row)
    for equals in beside.values():
        for place, row in enumerate(equals):
            if place:
                row.above = equals[place - 1].entry.id
                row.up = equals[place - 2].entry.id if place > 1 else 0
            if place < len(equals) - 1:
                row.down = equals[place + 1].entry.id


def counts() -> dict[str, int]:
    """How many entries each list offers, in one statement."""
    wanted = {
        name: sa.select(sa.func.count())
        .select_from(kind.cls)
        .where(
            kind.cls.deleted_at.is_(None), *([~kind.cls.archived] if hasattr(kind.cls, "archived") else [])
        )
        .scalar_subquery()
        .label(name)
        for name, kind in KINDS.items()
    }
    return dict(db.session.execute(sa.select(*wanted.values())).one()._mapping)


def blank(kind: Kind, name: str) -> str:
    """What it means that there is nothing in a field."""
    return str(getattr(kind.form, name).kwargs.get("blank") or "–")


def label(kind: Kind, name: str) -> str:
    """What stands above a column: the field's own label."""
    asked: Any = getattr(kind.form, name)
    return str(asked.args[0]) if asked.args else field_word(name)
