"""When two people edit one field: both values are shown, with who and when, and the second chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import request
from wtforms import Field

from app.blueprints.forms import Form, ListField, NamedField
from app.blueprints.history.words import field_word, value_words
from app.domain.errors import EditConflict
from app.domain.history import LastChange, changed_since
from app.domain.user import User
from app.web import me, row_id

THEIRS, MINE = "theirs", "mine"


@dataclass(frozen=True)
class Choice:
    """Two values for one field, of which one stays; `since` is the version at which mine was read."""

    field: str
    word: str
    theirs: str
    mine: str
    who: str
    at: datetime
    since: int
    kept: str | None
    is_own: bool  # changed by the same person, in another window


class Edit:
    """A form of many fields on its way into a record, and what becomes of it where somebody was quicker.

    The form carries the version that it was read at and, for each field in conflict, which value stays.
    `change` takes what was sent, as the record's `edit` does, where another verb sets these fields.
    """

    def __init__(self, record: Any, form: Form, change: Callable[..., Any] | None = None) -> None:
        self.record, self.form, self.change = record, form, change or record.edit
        self.version: int = request.form.get("version", type=row_id, default=record.version)
        self.since: dict[str, int] = {}
        for field in form:
            since = request.form.get(f"since-{field.name}", type=row_id)
            if since is not None:
                self.since[field.name] = since

    def kept(self, name: str) -> str | None:
        """Which of two values was chosen for a field."""
        chosen = request.form.get(f"keep-{name}")
        return chosen if chosen in {THEIRS, MINE} else None

    def save(self, *, by: User) -> bool:
        """Set what was sent, but for what others keep. Answers False when there is something to choose first."""
        sent = self.form.values
        values = {name: value for name, value in sent.items() if self.kept(name) != THEIRS}
        if any(self.kept(name) is None for name in self.since):
            self.refresh(values)
            return False
        try:
            self.change(values, by=by, read_at=self.version)
        except EditConflict as conflict:
            for clash in conflict.clashes:
                self.since[clash.field] = self.version
            self.refresh(values)
            return False
        return True

    def refresh(self, values: dict[str, Any]) -> None:
        """What was typed stays; what was not touched shows what it holds now."""
        touched = self.record.touched(values, self.version)
        for name in self.form.values:
            if name not in touched and name not in self.since:
                show_in(self.form[name], getattr(self.record, name))
        self.version = self.record.version

    @cached_property
    def choices(self) -> list[Choice]:
        return [self.choice(name, since) for name, since in self.since.items()]

    def choice(self, name: str, since: int) -> Choice:
        nobody = LastChange("", self.record.updated_at, None)
        who, at, user_id = changed_since(self.record, since, {name}).get(name, nobody)
        theirs, mine = (
            self.words(name, value) for value in (getattr(self.record, name), self.form[name].data)
        )
        return Choice(
            name, field_word(name), theirs, mine, who, at, since, self.kept(name), user_id == me().id
        )

    def words(self, name: str, value: Any) -> str:
        field = self.form[name]
        currency = getattr(self.record, "currency", None)
        return value_words(name, value, currency=currency, names=lambda id_: name_in(field, id_))


def show_in(field: Field, value: Any) -> None:
    """Let a field hold this value instead of what was sent."""
    field.raw_data = None
    field.process_data(value)


def name_in(field: Field, id_: Any) -> str:
    """The name that a field shows for an id, also for one that is not on its list."""
    if isinstance(field, NamedField):
        return field.written(id_)
    assert isinstance(field, ListField)
    return field.name_of(id_)
