"""Days and times as text, in each person's own way of writing; and records that are made by being named."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from babel import dates
from flask import request, url_for
from flask_babel import gettext as _
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.blueprints.forms import (
    FIRST_YEAR,
    LAST_YEAR,
    DayField,
    InstantField,
    NamedField,
    NameInput,
    PartnerField,
)
from app.domain.case import Case
from app.domain.partner import Partner
from app.i18n import writing, zone
from app.web import me

LONGEST = 200  # as the column of a partner's name


def written_day(value: date) -> str:
    """A day in figures, with its whole year: 31/12/2026, 31.12.2026."""
    pattern = dates.get_date_format("short", locale=writing()).pattern
    return dates.format_date(value, re.sub("y+", "y", pattern), locale=writing())


def written_time(value: datetime) -> str:
    return dates.format_time(value, "short", locale=writing())


class WrittenDayField(DayField):
    """A day, typed as one writes it."""

    widget = TextInput()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, render_kw={"autocomplete": "off"}, **options)

    def like(self, value: date) -> str:
        return written_day(value)

    written = like


class WrittenInstantField(InstantField):
    """A day and a time on the reader's wall, typed as one writes them: 31.12.2026 15:30."""

    widget = TextInput()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, render_kw={"autocomplete": "off"}, **options)

    def understood(self, typed: str) -> datetime:
        if re.match(r"\d{4}-", typed):
            return super().understood(typed)
        day, _blank, time = typed.replace("\u202f", " ").replace(",", " ").partition(" ")
        try:
            clock = dates.parse_time(time.strip(), locale=writing())
            found = datetime.combine(dates.parse_date(day, locale=writing()), clock)
        except (ValueError, IndexError, AttributeError):
            found = datetime.min  # noqa: DTZ901
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            like = datetime(2026, 12, 31, 15, 30)  # noqa: DTZ001
            raise ValidationError(_("Write a day and a time such as %(like)s.", like=self.like(like)))
        return found.replace(tzinfo=zone()).astimezone(UTC)

    def written(self, value: datetime) -> str:
        return self.like(value.astimezone(zone()))

    def like(self, value: datetime) -> str:
        return f"{written_day(value)} {written_time(value)}"


class NewPartnerField(PartnerField):
    """A partner by name, or somebody whom nobody knows yet: their name is kept, for who makes them."""

    widget = NameInput(offers_new=True)

    @property
    def is_new(self) -> bool:
        """Was it said that this is somebody new?"""
        return bool(request.form.get(f"new-{self.name}")) and me().may("make", Partner)

    @property
    def offers_new(self) -> bool:
        """Can who was typed be made?"""
        return bool(self.typed) and len(self.typed or "") <= LONGEST and me().may("make", Partner)

    def understood(self, typed: str) -> int | str:
        if not self.is_new:
            return super().understood(typed)
        if len(typed) > LONGEST:
            raise ValidationError(_("This has up to %(max)d characters.", max=LONGEST))
        return typed

    def written(self, value: int | str) -> str:
        return value if isinstance(value, str) else super().written(value)


class CaseField(NamedField):
    """A case by name, or by its number."""

    cls = Case

    def names_address(self) -> str:
        return url_for("cases.names", field=self.name)

    def unknown(self, typed: str) -> str:
        return str(_("No case you know is called “%(name)s”. Choose one that is offered.", name=typed))
