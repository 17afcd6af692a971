"""Fields that only lists ask for: several of many, hours of a week, a rate of exchange."""

import re
from decimal import Decimal
from typing import Any

from babel import dates
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import Field, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.blueprints.forms import LineField, SelectChoice, TypedField, entries_of, read_number, write_number
from app.blueprints.history.words import spans_words
from app.domain.listed import Relinked
from app.extensions import db
from app.i18n import writing

SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[:.](\d{2}))?")
DAY = 24 * 60


class ChoicesField(SelectMultipleField):
    """Some of a few words, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, blank: Any = None, **options: Any) -> None:
        super().__init__(label, **options)
        self.blank = blank  # what it means that nothing is ticked
        self.type = "RadioField"  # looks like one: a legend, and a box or dot for each choice

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([each for each in valuelist if each])

    def hidden(self) -> Markup:
        """What tells a form in which nothing is ticked from one that does not ask."""
        return Markup('<input type="hidden" name="{}" value="">').format(self.name)


class LinksField(ChoicesField):
    """Some of our records; what was ticked when the form was made is sent along, so that only changes count."""

    def __init__(self, label: Any, listed: Any, **options: Any) -> None:
        super().__init__(label, coerce=int, **options)
        self.listed = listed
        self.was: list[int] = []
        self.choices = [SelectChoice(*each) for each in entries_of(listed)]

    def process(self, formdata: Any, *args: Any, **options: Any) -> None:
        super().process(formdata, *args, **options)
        if formdata:
            self.was = [int(each) for each in formdata.getlist(f"{self.name}-was") if each.isdigit()]

    def process_data(self, value: Any) -> None:
        self.data = self.was = [each.id for each in value or ()]
        offered = {each.value for each in self.choices}
        self.choices += [SelectChoice(each.id, each.name) for each in value or () if each.id not in offered]

    def pre_validate(self, form: Any) -> None:
        if not {*(self.data or ())} <= {each.value for each in self.choices} | {*self.was}:
            raise ValidationError(_("Choose from the list."))

    def hidden(self) -> Markup:
        was = (
            Markup('<input type="hidden" name="{}-was" value="{}">').format(self.name, id_)
            for id_ in self.was
        )
        return super().hidden() + Markup("").join(was)

    @property
    def chosen(self) -> list[Any]:
        return self.records(self.data or [])

    @property
    def change(self) -> Relinked:
        now, was = set(self.data or ()), set(self.was)
        return Relinked(self.records(now - was), self.records(was - now))

    def records(self, ids: Any) -> list[Any]:
        return [found for id_ in sorted(ids) if (found := db.session.get(self.listed, id_)) is not None]


class WeekWidget:
    """A line for each day of the week."""

    ROW = Markup(
        '<label class="day-hours"><span>{}</span><input class="input" name="{}" value="{}"{}></label>'
    )

    def __call__(self, field: Any, **options: Any) -> Markup:
        names = dates.get_day_names("wide", locale=get_locale())
        first = Markup(' id="{}"').format(field.id)
        return Markup("").join(
            self.ROW.format(names[day], field.name, text, "" if day else first)
            for day, text in enumerate(field.lines)
        )


class HoursField(Field):
    """When people work, day by day: 9:00–12:00, 13:00–17:00."""

    widget = WeekWidget()

    @property
    def lines(self) -> list[str]:
        if self.raw_data:
            return [*map(str, self.raw_data), *[""] * 7][:7]
        return [spans_words((self.data or {}).get(str(day), [])) for day in range(7)]

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            found = {str(day): read_spans(text) for day, text in enumerate(valuelist[:7])}
            self.data = {day: spans for day, spans in found.items() if spans}


def read_spans(typed: str) -> list[list[int]]:
    """Minutes since midnight of each span. Raises ValueError with what would be right."""
    spans: list[list[int]] = []
    for part in filter(None, (each.strip() for each in re.split(r"[,;]", typed))):
        match = SPAN.fullmatch(part)
        begins, ends = (
            (int(match[n]) * 60 + int(match[n + 1] or 0) for n in (1, 3)) if match is not None else (0, 0)
        )
        if not (spans[-1][1] if spans else 0) <= begins < ends <= DAY:
            raise ValueError(_("Write hours such as 9:00–12:00, 13:00–17:00."))
        spans.append([begins, ends])
    return spans


class RateField(TypedField):
    """What one unit of a currency is worth in the organisation's."""

    def understood(self, typed: str) -> Decimal:
        try:
            rate = read_number(typed, writing())
        except ValueError:
            rate = Decimal(0)
        if not Decimal("1e-9") <= rate < Decimal("1e9") or rate != round(rate, 9):
            raise ValidationError(_("Write a rate such as %(like)s.", like=self.written(Decimal("1.0825"))))
        return rate.normalize()

    def written(self, value: Decimal) -> str:
        exponent = value.normalize().as_tuple().exponent
        return write_number(value, writing(), max(-int(exponent), 0))


class CodeField(LineField):
    """A code, in capitals."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([each.upper() for each in valuelist])
