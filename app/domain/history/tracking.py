"""Which records keep a history, and what of them is business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column

from app import clock
from app.domain.base import Base

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.history.records import Change
    from app.domain.partner import Partner

Key = tuple[str, int]
_columns: dict[type, tuple[str, ...]] = {}


class Tracked:
    """A record whose every change is a line in the history and can be taken back.

    `links` names the relationships that are noted one row a link; `derived` the columns that follow from
    others: they are noted for the timeline, never compared nor put back; `unnoted` those that only move on.
    """

    record_kind: ClassVar[str]
    links: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[frozenset[str]] = frozenset()
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

    def after_undo(self) -> None:
        """Work out again what follows from other records. Called when an undo or redo touched this one."""

    def told_on(self) -> tuple[Case | None, Partner | None]:
        """The case and the partner whose history tells of this record."""
        return None, None


def tracked_classes() -> dict[str, type[Tracked]]:
    """Every kind of record that keeps a history, by its kind."""
    found: dict[str, type[Tracked]] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda m: len(list(m.iterate_to_root()))):
        if issubclass(mapper.class_, Tracked):
            found.setdefault(mapper.class_.record_kind, mapper.class_)
    return found


def find_record(kind: str, record_id: int, session: Any) -> Any:
    """The record that a change row speaks of, or None if it is gone."""
    return session.get(tracked_classes()[kind], record_id)


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
    state = sa.inspect(record)
    for name in business_columns(type(record)):
        history = state.attrs[name].history
        if history.added or history.deleted:
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            if old != new:
                yield name, plain(old), plain(new)


def link_changes(record: Tracked) -> Iterator[tuple[str, Any, Any]]:
    """One field a link that was made or cut: `tags:5` from none to 5, or from 5 to none."""
    state = sa.inspect(record)
    for name in record.links:
        history = state.attrs[name].history
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


def differs(record: Tracked, change: Change) -> bool:
    """Does the record hold another value than this change left there?"""
    field = change.field
    if ":" in field:
        name, _, key = field.partition(":")
        is_there = key in {str(link_key(target)) for target in getattr(record, name)}
        return is_there != (change.new is not None)
    return bool(plain(getattr(record, field)) != change.new)


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
