"""Which records keep a history, and what of them is business."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE, History, get_history

from app import clock
from app.domain.base import Base
from app.domain.text import clean
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.history.records import Event
    from app.domain.partner import Partner

Key = tuple[str, int]
_columns: dict[type, tuple[str, ...]] = {}


class Tracked:
    """A record whose every change is a line in the history and can be taken back.

    `links` names the relationships that are noted one row a link; `derived` the columns that follow from
    others: they are noted for the timeline, never compared nor put back; `untold` those that follow and are not
    even noted; `unnoted` these and those that only move on.
    """

    record_kind: ClassVar[str]
    links: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[frozenset[str]] = frozenset()
    untold: ClassVar[tuple[str, ...]] = ()
    # The columns that say where totals count it, and with what.
    counted: ClassVar[frozenset[str]] = frozenset()
    # Taken back on the line of what it belongs to, if that is taken back too.
    is_told_along: ClassVar[bool] = False
    unnoted: ClassVar[frozenset[str]] = frozenset({"id", "version", "created_at", "updated_at"})

    if TYPE_CHECKING:
        id: Mapped[int]

    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """Versions are counted by hand, once a change set; a forgotten lock still shows as StaleDataError."""
        return {"version_id_col": cls.version, "version_id_generator": False}

    @property
    def key(self) -> Key:
        return self.record_kind, self.id

    @property
    def is_binned(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_part_of(self) -> Tracked:
        """Whose permissions decide over this record: its own, or those of the record that it hangs on."""
        return self

    def derive(self) -> None:
        """Work out what follows from the columns just set. Called before every flush."""

    @classmethod
    def derive_rows(cls, rows: list[dict[str, Any]]) -> None:
        """The same, for plain rows that become records by set statements."""

    def counted_as(self, *, before: bool = False) -> Any:
        """Where totals count it, now or before the flush that is under way; None for what is in no total."""
        return None

    @classmethod
    def count_rows(cls, rows: list[dict[str, Any]]) -> None:
        """Add plain rows that became records by set statements to the totals."""

    @classmethod
    def details_of(cls, row: dict[str, Any]) -> dict[str, Any]:
        """What the event tells that makes a record of a plain row."""
        return {}

    @classmethod
    def counting_rows(cls, ids: list[int]) -> AbstractContextManager[None]:
        """Around set statements that change these records: totals follow."""
        return nullcontext()

    def verify(self) -> None:
        """Refuse what cannot stand like this. Called when an edit, or a whole undo or redo, is done."""

    def settle(self) -> None:
        """Work out again what follows in other records. Called when an edit, undo or redo touched this one."""

    def come_back(self, events: list[Event], *, forward: bool) -> None:
        """Set what these acts, oldest first, kept beside their changes: taken back or, forward, done again."""

    def reconsider(self, events: list[Event], *, forward: bool) -> None:
        """Work out what followed from words that are taken back or, forward, stand again."""

    def subjects(self) -> list[Tracked]:
        """This record and those whose history tells of it: what an act on it changes, and so has to lock."""
        return [self, *(told for told in self.told_on() if told is not None and told is not self)]

    @classmethod
    def loaded_for_permissions(cls) -> tuple[Any, ...]:
        """What to load along with many of these before asking who may do what."""
        return ()

    def tidy(self) -> None:
        """No text is stored that a database refuses or that looks the same and is not."""
        state = sa.inspect(self)
        for name in list(state.committed_state if state.has_identity else state.dict):
            value = state.dict.get(name)
            if isinstance(value, str) and (cleaned := clean(value)) != value:
                setattr(self, name, cleaned)

    def told_on(self) -> tuple[Case | None, Partner | None]:
        """The case and the partner whose history tells of this record."""
        return None, None


@cache
def tracked_classes() -> dict[str, type[Tracked]]:
    """Every kind of record that keeps a history, by its kind."""
    found: dict[str, type[Tracked]] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda m: len(list(m.iterate_to_root()))):
        if issubclass(mapper.class_, Tracked):
            found.setdefault(mapper.class_.record_kind, mapper.class_)
    return found


def named(record: Any, relation: str) -> Any:
    """What a relationship names, also on a new record that was given only the other's id."""
    found = getattr(record, relation)
    named_id = getattr(record, f"{relation}_id")
    if found is not None or named_id is None or is_cleared(record, relation):
        return found
    return db.session.get(sa.inspect(type(record)).relationships[relation].mapper.class_, named_id)


def named_id(record: Any, relation: str) -> int | None:
    """The id of what a relationship names, without loading it; also if only one of the two was set so far."""
    found = sa.inspect(record).dict.get(relation)
    stored: int | None = None if is_cleared(record, relation) else getattr(record, f"{relation}_id")
    return found.id if found is not None else stored


def is_cleared(record: Any, relation: str) -> bool:
    """Was it set to nothing since it was stored, while the id beside it still says what it named?"""
    state = sa.inspect(record)
    set_since: Any = state.committed_state
    is_left = relation in set_since and f"{relation}_id" not in set_since
    return state.has_identity and is_left and state.dict.get(relation) is None


def is_set(record: Any, *names: str) -> bool:
    """Was any of these set since it was stored? On a new record all are."""
    state = sa.inspect(record)
    return not state.has_identity or not state.committed_state.keys().isdisjoint(names)


def business_columns(cls: type[Tracked]) -> tuple[str, ...]:
    """The columns of this record whose changes are noted."""
    if cls in _columns:
        return _columns[cls]
    mapper: Mapper[Any] = sa.inspect(cls)
    stored = (attr.key for attr in mapper.column_attrs if isinstance(attr.columns[0], sa.Column))
    _columns[cls] = tuple(name for name in stored if name not in cls.unnoted)
    return _columns[cls]


def column_changes(record: Tracked) -> Iterator[tuple[str, Any, Any]]:
    """Field, old and new value of every business column that this flush changes."""
    touched = sa.inspect(record).committed_state
    for name in business_columns(type(record)):
        history = history_of(record, name) if name in touched else None
        if history is not None and (history.added or history.deleted):
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            if old != new:
                yield name, plain(old), plain(new)


def history_of(record: Any, name: str) -> History:
    """What an attribute held and holds. Asking the state for `attrs` would describe all ninety of a case."""
    return get_history(record, name, PASSIVE_NO_INITIALIZE)


def has_changed(record: Any, name: str) -> bool:
    """Is it to be stored otherwise than it is?"""
    return history_of(record, name).has_changes()


def link_changes(record: Tracked) -> Iterator[tuple[str, Any, Any]]:
    """One field a link that was made or cut: `tags:5` from none to 5, or from 5 to none."""
    for name in record.links:
        history = history_of(record, name)
        for made in history.added or ():
            yield f"{name}:{link_key(made)}", None, link_key(made)
        for cut in history.deleted or ():
            yield f"{name}:{link_key(cut)}", link_key(cut), None


def link_key(target: Any) -> Any:
    """What a link is known by: the linked record's id, or the key of a link that carries more."""
    return target.link_key if hasattr(target, "link_key") else target.id


def row_of(record: Tracked) -> dict[str, Any]:
    """The whole record in plain values, as kept when it is deleted for good."""
    return {name: plain(getattr(record, name)) for name in business_columns(type(record))}


def plain(value: Any) -> Any:
    """A value as the history keeps it, in JSON."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value


def revived(cls: type[Tracked], field: str, value: Any) -> Any:
    """A kept value as the record's column takes it."""
    if not isinstance(value, str):
        return value
    match sa.inspect(cls).column_attrs[field].columns[0].type.python_type:
        case kind if kind is datetime:
            return datetime.fromisoformat(value)
        case kind if kind is date:
            return date.fromisoformat(value)
        case kind if kind is Decimal:
            return Decimal(value)
        case _:
            return value


def differs(record: Tracked, field: str, value: Any) -> bool:
    """Does the record hold another value in this field than the history says?"""
    if ":" in field:
        name, _, key = field.partition(":")
        is_there = key in {str(link_key(target)) for target in getattr(record, name)}
        return is_there != (value is not None)
    return bool(plain(getattr(record, field)) != value)


def expire_relations(record: Tracked, column: str) -> None:
    """A foreign key that was set by hand leaves the loaded relationship behind: let it load again."""
    state = sa.inspect(record)
    for relation in state.mapper.relationships:
        is_loaded = relation.key in state.dict and relation.direction.name == "MANYTOONE"
        if is_loaded and any(each.key == column for each in relation.local_columns):
            state.session.expire(record, [relation.key])


@event.listens_for(Tracked, "attribute_instrument", propagate=True)
def remember_old_values(cls: type[Tracked], key: str, attribute: Any) -> None:
    """An expired or deferred attribute that is set has no old value unless it is loaded first."""
    if hasattr(attribute.property, "columns"):
        attribute.impl.active_history = True
