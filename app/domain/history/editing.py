"""Editing fields where they stand: only what was sent is set, and nobody's work is overwritten unseen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.domain.actor import Acting
from app.domain.errors import Clash, EditConflict
from app.domain.history.acts import act
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.tracking import Tracked, expire_relations, plain
from app.extensions import db


class Editable(Tracked):
    """A record whose fields people edit, several at once if they like."""

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """Set these fields; answers whether anything changed.

        `read_at` is the version that the values were read at. Raises EditConflict when somebody else has
        set one of the fields to something else since; others' changes to other fields are no conflict.
        """
        touched = self.touched(values, read_at)
        wanted = {name: value for name, value in touched.items() if getattr(self, name) != value}
        if not wanted:
            return False
        if read_at is not None and read_at != self.version:
            self.refuse_clashes(wanted, read_at)
        with act("edited", self, by=by):
            for name, value in wanted.items():
                setattr(self, name, value)
                expire_relations(self, name)
        return True

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
            Clash(name, getattr(self, name), wanted[name], who, at)
            for name, (who, at) in changed_since(self, read_at, set(wanted)).items()
            if plain(getattr(self, name)) != then[name]
        ]
        if clashes:
            raise EditConflict(self, clashes)


def changed_since(record: Tracked, version: int, fields: set[str]) -> dict[str, tuple[str, datetime]]:
    """Which of these fields were changed after a version, by whom and when last."""
    rows = db.session.execute(
        sa.select(Change.field, ChangeSet.actor_name, ChangeSet.at)
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
    return {name: (who, at) for name, who, at in rows}


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
    return dict(rows.tuples().all())  # newest first, so that the oldest of a field stays
