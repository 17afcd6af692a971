"""Editing fields where they stand: only what was sent is set, and nobody's work is overwritten unseen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa

from app.domain.actor import Acting
from app.domain.amounts import restate
from app.domain.errors import Clash, EditConflict, Refused
from app.domain.history.acts import act, flush
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import Tracked, expire_relations, plain
from app.domain.text import clean
from app.extensions import _, db


class Editable(Tracked):
    """A record whose fields people edit, several at once if they like.

    `by_verbs` are the fields that only its verbs set; `trees` those that name a record of the same kind above it.
    """

    by_verbs: ClassVar[frozenset[str]] = frozenset()
    trees: ClassVar[tuple[str, ...]] = ()
    # What is stated in the record's currency.
    amounts: ClassVar[frozenset[str]] = frozenset()

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """Set these fields; answers whether anything changed.

        `read_at` is the version that the values were read at. Raises EditConflict when somebody else has
        set one of the fields to something else since; others' changes to other fields are no conflict.
        """
        wanted = self.to_edit(values, read_at)
        if not wanted:
            return False
        with act("edited", self, by=by):
            self.set_fields(wanted, given=values.keys())
            flush(db.session())
            self.settle()
        self.verify()
        return True

    def to_edit(self, values: dict[str, Any], read_at: int | None = None) -> dict[str, Any]:
        """What an edit with these values would change. Raises what `edit` does."""
        if forbidden := values.keys() & (self.by_verbs | self.derived | self.unnoted | {"deleted_at"}):
            raise ValueError(f"{sorted(forbidden)} of a {self.record_kind} are not edited: a verb sets them.")
        wanted = self.wanted(values, read_at)
        for name in self.trees:
            self.refuse_circle(name, wanted.get(name))
        return wanted

    def set_fields(self, values: dict[str, Any], given: Collection[str]) -> None:
        """Set these fields, and what they bring with them; `given` are those that somebody stated, changed or not."""
        for name, value in values.items():
            setattr(self, name, value)
            expire_relations(self, name)
        if "currency" in values:
            restate(self, self.amounts.difference(given))
        self.follow(set(values))

    def follow(self, fields: set[str]) -> None:
        """Set what these edited fields bring with them in the record itself."""

    def refuse_circle(self, name: str, above_id: int | None) -> None:
        """Nothing stands below itself, however long the way around."""
        while above_id is not None:
            if above_id == self.id:
                raise Refused(_("That would put it below itself."))
            above_id = getattr(db.session.get(type(self), above_id), name, None)

    def wanted(self, values: dict[str, Any], read_at: int | None) -> dict[str, Any]:
        """What is to become different, as it is stored. Raises EditConflict where somebody else was quicker."""
        cleaned = {name: clean(value) if isinstance(value, str) else value for name, value in values.items()}
        touched = self.touched(cleaned, read_at)
        wanted = {name: value for name, value in touched.items() if getattr(self, name) != value}
        if wanted and read_at is not None and read_at != self.version:
            self.refuse_clashes(wanted, read_at)
        return wanted

    def touched(self, values: dict[str, Any], read_at: int | None) -> dict[str, Any]:
        """Those of the values that differ from what was read: a form sends all its fields, edited or not."""
        if read_at is None or read_at == self.version:
            return values
        then = as_read(self, read_at, set(values))
        return {
            name: value for name, value in values.items() if name not in then or plain(value) != then[name]
        }

    def refuse_clashes(self, wanted: dict[str, Any], read_at: int) -> None:
        then = as_read(self, read_at, set(wanted))
        clashes = [
            Clash(name, getattr(self, name), wanted[name], last.who, last.at)
            for name, last in changed_since(self, read_at, set(wanted)).items()
            if plain(getattr(self, name)) != then[name]
        ]
        if clashes:
            raise EditConflict(self, clashes)


class LastChange(NamedTuple):
    """Who changed a field last, and when; `user_id` only if that was one of our people."""

    who: str
    at: datetime
    user_id: int | None


def changed_since(record: Tracked, version: int, fields: set[str]) -> dict[str, LastChange]:
    """Which of these fields were changed after a version, by whom and when last."""
    user_id = sa.case((ChangeSet.actor_kind == "user", ChangeSet.actor_id))
    rows = db.session.execute(
        sa.select(Change.field, ChangeSet.actor_name, ChangeSet.at, user_id)
        .join(Event, Change.event_id == Event.id)
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .where(
            Change.record_kind == record.record_kind,
            Change.record_id == record.id,
            Change.field.in_(fields),
            Change.version > version,
        )
        .order_by(Change.id)
    )
    return {name: LastChange(*last) for name, *last in rows}


def as_read(record: Tracked, version: int, fields: set[str]) -> dict[str, Any]:
    """What stood in these fields at a version, as the history keeps it; only those changed since."""
    rows = db.session.execute(
        sa.select(Change.field, Change.old)
        .where(
            Change.record_kind == record.record_kind,
            Change.record_id == record.id,
            Change.field.in_(fields),
            Change.version > version,
        )
        .order_by(Change.id.desc())
    )
    return dict(rows.all())  # newest first, so that the oldest of a field stays
