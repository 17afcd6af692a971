"""What all entries of lists can do: be added, put in order, archived while they are used, else deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.actor import Acting
from app.domain.base import Base
from app.domain.configuration import Configured
from app.domain.errors import Refused, Taken
from app.domain.history import Editable, act, locked
from app.domain.sequence import ROOM, renumbered
from app.domain.text import fold
from app.extensions import _, db


@dataclass(frozen=True)
class Relinked:
    """What somebody ticked and unticked among linked records."""

    made: list[Any]
    cut: list[Any]


class Entry(Configured, Editable):
    """Something that is set up once and chosen often. It goes only while nothing names it."""

    # Entries of one value here have an order of their own: the stages of a kind, the teams below one.
    within: ClassVar[str | None] = None

    @classmethod
    def make(cls, *, by: Acting, **facts: Any) -> Self:
        """Add one; one that was deleted and is known by the same code comes back with these facts."""
        entry = cls.binned_like(facts) or cls()
        entry.refuse_doubles(facts)
        with act("created" if entry.id is None else "restored", entry, by=by):
            for name, value in facts.items():
                setattr(entry, name, value)
            entry.deleted_at = None
            entry.follow(set(facts))
            entry.stand_last()
        return entry

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """Set these fields, and make or cut links; no two entries are known by one code."""
        links = {name: value for name, value in values.items() if name in self.links}
        facts = {name: value for name, value in values.items() if name not in self.links}
        if links:
            return self.relink(links, by=by)
        self.refuse_doubles(self.touched(facts, read_at))
        return super().edit(facts, by=by, read_at=read_at)

    def relink(self, links: dict[str, Relinked], *, by: Acting) -> bool:
        """Make and cut the links that somebody ticked and unticked; those of others stay as they are."""
        wanted = {
            name: [each for each in getattr(self, name) if each not in link.cut]
            + [each for each in link.made if each not in getattr(self, name)]
            for name, link in links.items()
        }
        if all(set(targets) == set(getattr(self, name)) for name, targets in wanted.items()):
            return False
        with act("edited", self, by=by):
            for name, targets in wanted.items():
                setattr(self, name, targets)
            db.session.flush()
            self.settle()
        self.verify()
        return True

    def delete(self, *, by: Acting) -> None:
        """To the bin, where nothing names it."""
        if self.is_binned:
            return
        if self.is_used:
            raise Refused(_("“%(name)s” is in use. Archive it instead.", name=self))
        with act("deleted", self, by=by):
            self.deleted_at = clock.now()

    def stand_last(self) -> None:
        """A new entry stands below those that are there, if these have an order."""

    def verify(self) -> None:
        """Taking acts back leaves nothing that names an entry in the bin, and nothing below itself."""
        for name in self.trees:
            self.refuse_circle(name, getattr(self, name))
        if self.is_binned and self.is_used:
            raise Refused(_("“%(name)s” is in use by now. Archive it instead.", name=self))

    @property
    def is_used(self) -> bool:
        """Does any record that is not in the bin name it?"""
        return any(
            db.session.scalar(sa.select(sa.exists().where(*pointing(column, getattr(self, target)))))
            for column, target in pointers_to(type(self))
        )

    @classmethod
    def binned_like(cls, facts: dict[str, Any]) -> Self | None:
        """The one in the bin that is known by what this one is to be known by, locked."""
        for names in known_by(cls):
            if all(facts.get(name) is not None for name in names):
                same = [getattr(cls, name) == facts[name] for name in names]
                for entry in locked(sa.select(cls).where(*same, cls.deleted_at.is_not(None))):
                    return entry
        return None

    def refuse_doubles(self, values: dict[str, Any]) -> None:
        """Codes and the like name one entry only, whether it is used, archived or deleted."""
        for names in known_by(type(self)):
            facts = {name: values.get(name, getattr(self, name)) for name in names}
            if not values.keys() & set(names) or None in facts.values():
                continue
            same = [getattr(type(self), name) == value for name, value in facts.items()]
            other = db.session.scalar(sa.select(type(self)).where(*same, type(self).id != (self.id or 0)))
            if other is not None:
                raise Taken(_("“%(name)s” has this already.", name=other), names[-1])


class Listed(Entry):
    """An entry of a list: chosen by name, ordered by hand, archived rather than deleted when used."""

    by_verbs = frozenset({"archived"})
    # Is an entry known by its name alone? A second one of that name would only split what is counted.
    is_known_by_name: ClassVar[bool] = False

    name: Mapped[str] = mapped_column(sa.String(120))
    sequence: Mapped[int] = mapped_column(default=0)
    archived: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name

    def refuse_doubles(self, values: dict[str, Any]) -> None:
        super().refuse_doubles(values)
        if not self.is_known_by_name or not values.get("name"):
            return
        kept = sa.select(type(self)).where(type(self).deleted_at.is_(None), type(self).id != (self.id or 0))
        for other in db.session.scalars(kept):
            if fold(other.name) == fold(values["name"]):
                there = (
                    _("“%(name)s” is there, archived.")
                    if other.archived
                    else _("“%(name)s” is there already.")
                )
                raise Taken(there % {"name": other.name}, "name")

    @classmethod
    def is_offered(cls) -> sa.ColumnElement[bool]:
        """May it still be chosen?"""
        return sa.and_(~cls.archived, cls.deleted_at.is_(None))

    @classmethod
    def in_order(cls) -> tuple[Any, ...]:
        return cls.sequence, cls.id

    def archive(self, *, by: Acting) -> None:
        """Offer it no more; what names it goes on naming it."""
        if not self.archived:
            with act("archived", self, by=by):
                self.archived = True

    def unarchive(self, *, by: Acting) -> None:
        if self.archived:
            with act("unarchived", self, by=by):
                self.archived = False

    def stand_below(self, above: Self | None, *, by: Acting) -> int:
        """Take the place right below another entry, or on top; as few others as possible are numbered anew.

        Answers by how many places it went down, or, less than nothing, up.
        """
        was = sorted(locked(self.beside()), key=lambda each: (each.sequence, each.id))
        order = [each for each in was if each is not self]
        for each in (self, above):
            if each is not None and each not in was:
                raise Refused(_("“%(name)s” is in another place by now.", name=each))
        order.insert(self.place_below(above, order, was.index(self), by=by), self)
        if order == was:
            return 0
        numbers = renumbered([each.sequence for each in order])
        with act("moved", *(order[place] for place in numbers), by=by):
            for place, number in numbers.items():
                order[place].sequence = number
        return order.index(self) - was.index(self)

    def place_below(self, above: Self | None, order: list[Self], _at: int, *, by: Acting) -> int:
        """Where in the order of the others it comes to stand, that stood there `_at` before. Raises Refused."""
        return order.index(above) + 1 if above is not None else 0

    def stand_last(self) -> None:
        last = db.session.scalar(
            self.beside().with_only_columns(sa.func.max(type(self).sequence)).order_by(None)
        )
        self.sequence = (last or 0) + ROOM

    def beside(self) -> sa.Select[Self]:
        """This entry and those that it is ordered among."""
        cls = type(self)
        query = sa.select(cls).where(cls.deleted_at.is_(None))
        return query if self.within is None else query.where(*same(cls, self.within, self))


def same(cls: Any, name: str, record: Any) -> list[Any]:
    value = getattr(record, name)
    column = getattr(cls, name)
    return [column.is_(None) if value is None else column == value]


def known_by(cls: Any) -> list[tuple[str, ...]]:
    """The columns, or pairs of columns, whose values name one entry."""
    table: Any = sa.inspect(cls).local_table
    return [
        tuple(column.key for column in each.columns)
        for each in sorted(table.constraints, key=lambda each: str(each.name))
        if isinstance(each, sa.UniqueConstraint)
    ]


def pointers_to(cls: Any) -> list[tuple[sa.Column[Any], str]]:
    """Every column that names an entry from outside, and by which of its fields.

    Its own links are none, and neither is history: what was said that day keeps its name.
    """
    table = sa.inspect(cls).local_table
    own = {sa.inspect(cls).relationships[name].secondary.name for name in cls.links}
    return [
        (key.parent, key.column.key)
        for _name, other in sorted(Base.metadata.tables.items())
        if other.name not in own | {"events"}
        for key in sorted(other.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table is table
    ]


def pointing(column: Any, value: Any) -> list[Any]:
    """Rows in which a column names this, but for those in the bin."""
    return [column == value] + (
        [column.table.c.deleted_at.is_(None)] if "deleted_at" in column.table.c else []
    )
