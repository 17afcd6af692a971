"""Fields that forms share: figures, money and days as each person writes them, and records by their names."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self

import sqlalchemy as sa
from babel import Locale, dates, numbers
from babel.support import NullTranslations, Translations
from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.i18n import messages_path
from wtforms.validators import Length, ValidationError
from wtforms.widgets import DateInput, DateTimeLocalInput, EmailInput, TelInput, TextInput

from app.domain.configuration import Configuration
from app.domain.partner import Partner
from app.domain.reach import is_mail_address
from app.domain.text import clean, fold
from app.domain.user import User
from app.extensions import db
from app.i18n import day_in_words, organisation, writing, zone
from app.keeping import Drawn
from app.web import me
from app.words import reading_in

SPACES = "\u0020\u00a0\u202f\u2009"
MINUSES = "-\u2212\u2013"
MOST_MINOR = 10**15
Entries = tuple[tuple[int, str], ...]
LARGEST_WHOLE = 2_000_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2199

__all__ = [
    "BooleanField",
    "CurrencyField",
    "DayField",
    "EmailField",
    "Form",
    "InstantField",
    "LineField",
    "ListField",
    "MoneyField",
    "NamedField",
    "PartnerField",
    "PhoneField",
    "RadioField",
    "SelectChoice",
    "SelectField",
    "TextField",
    "UserField",
    "WholeField",
]


@lru_cache
def sayings(language: Locale) -> NullTranslations:
    """What WTForms says by itself, in one language."""
    return Translations.load(messages_path(), [language], domain="wtforms")


class Sayings:
    """The same in the reader's language, read once a process; Flask-WTF reads its file for every page with a form."""

    def gettext(self, text: str) -> str:
        return str(sayings(reading_in() or Locale("en")).ugettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return str(sayings(reading_in() or Locale("en")).ungettext(one, many, number))


class Form(FlaskForm):
    """What is asked on one page; its values go to the domain as they are."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: Any) -> Sayings:
            return Sayings()

    @property
    def values(self) -> dict[str, Any]:
        """What was sent, by the names of the record's fields. (A box that is not ticked sends nothing.)"""
        return {
            field.name: field.data
            for field in self
            if field.type not in {"CSRFTokenField", "HiddenField"}
            and (field.raw_data or field.type == "BooleanField")
        }

    @classmethod
    def without(cls, *names: str) -> type[Self]:
        """The same form, not asking for these."""
        return type(cls.__name__, (cls,), dict.fromkeys(names))

    @classmethod
    @lru_cache
    def only(cls, *names: str) -> type[Self]:
        """The same form, asking for nothing but these."""
        asked = (name for name in dir(cls) if hasattr(getattr(cls, name), "_formfield"))
        return cls.without(*(name for name in asked if name not in names))

    def known_as(self, prefix: str) -> Self:
        """Several such forms stand on a page: no two of their fields have one id."""
        for field in self:
            field.id = f"{prefix}-{field.name}"
        return self


# Text


def tidy(typed: str | None) -> str | None:
    """What was typed, without what nobody means to type; nothing is None."""
    return clean(typed).strip() or None if typed else None


def fitting(column: Any) -> list[Length]:
    """Short enough for its place in the database."""
    length = column.type.length if column is not None else None
    return [Length(max=length, message=_l("This has up to %(max)d characters."))] if length else []


class LineField(StringField):
    """A line of text, as long as its column is."""

    def __init__(self, label: Any, validators: Any = (), column: Any = None, **options: Any) -> None:
        super().__init__(label, [*validators, *fitting(column)], filters=[tidy], **options)


class TextField(TextAreaField):
    """Some lines of text."""

    def __init__(self, label: Any, validators: Any = (), **options: Any) -> None:
        super().__init__(label, validators, filters=[tidy], **options)
        self.type = "TextAreaField"


class EmailField(LineField):
    """A mail address."""

    widget = EmailInput()

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and not is_mail_address(self.data):
            raise ValidationError(_("An address has a name, an @ and an end like .com: info@hofmann.example"))


class PhoneField(LineField):
    """A telephone number, kept as it is typed."""

    widget = TelInput()

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and not re.search(r"\d", self.data):
            raise ValidationError(_("A number has digits, such as +49 951 5550 1400."))


# Figures


def read_number(typed: str, locale: Locale) -> Decimal:
    """The figure that was meant by what was typed. Raises ValueError if it could mean something else.

    Groups of three may stand apart by the locale's sign or a space; anything else is not guessed at.
    """
    symbols = locale.number_symbols["latn"]
    point = re.escape(symbols["decimal"])
    groups = "".join({symbols["group"], *SPACES} | ({"'", "’"} if symbols["group"] in "'’" else set()))
    text = unicodedata.normalize("NFKC", typed).strip()
    is_negative = text[:1] in tuple(MINUSES)
    text = text[1:].strip() if is_negative else text
    shape = rf"(?:\d{{1,3}}(?:[{re.escape(groups)}]\d{{3}})+|\d+)(?:{point}\d*)?|{point}\d+"
    if not re.fullmatch(shape, text, re.ASCII):
        raise ValueError(typed)
    plain = re.sub(rf"[{re.escape(groups)}]", "", text)
    value = Decimal(plain.replace(symbols["decimal"], "."))
    return -value if is_negative and value else value


def write_number(value: Decimal, locale: Locale, places: int = 0) -> str:
    """A figure as one would type it."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(numbers.format_decimal(value, pattern, locale=locale))


def read_money(typed: str, currency: str, locale: Locale) -> int:
    """An amount in minor units, typed with or without its symbol. Raises ValueError for half a cent.

    12.500 is refused where 12.50 is meant by a point: elsewhere it is twelve thousand.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    is_negative = text[:1] in tuple(MINUSES)
    text = text[1:].strip() if is_negative else text
    signs = "|".join(re.escape(sign) for sign in (currency, numbers.get_currency_symbol(currency, locale)))
    text = re.sub(rf"^({signs})|({signs})$", "", text, count=1, flags=re.IGNORECASE).strip()
    minor = read_number(text, locale).scaleb(numbers.get_currency_precision(currency))
    if int(minor.as_tuple().exponent) < 0 or (is_negative and minor < 0):
        raise ValueError(typed)
    return -int(minor) if is_negative else int(minor)


def write_money(minor: int, currency: str, locale: Locale) -> str:
    """An amount as one would type it: exact, without its symbol, cents only where there are some."""
    places = numbers.get_currency_precision(currency)
    value = Decimal(minor).scaleb(-places)
    return write_number(value, locale, 0 if value == value.to_integral_value() else places)


class TypedField(Field):
    """A field whose text means something: what cannot be understood stays there as it was typed."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        self.typed = tidy(valuelist[0]) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        if self.typed is not None:
            self.data = self.understood(self.typed)

    def understood(self, typed: str) -> Any:
        """What the text means. Raises ValidationError with what would be right."""
        raise NotImplementedError

    def written(self, value: Any) -> str:
        """The value as text."""
        raise NotImplementedError

    typed: str | None = None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.written(self.data) if self.data is not None else ""


class WholeField(TypedField):
    """A whole number within bounds."""

    def __init__(self, *args: Any, least: int = 0, most: int = LARGEST_WHOLE, **options: Any) -> None:
        super().__init__(*args, render_kw={"inputmode": "numeric"}, **options)
        self.least, self.most = least, most

    def understood(self, typed: str) -> int:
        try:
            value = read_number(typed.removesuffix("%"), writing())
        except ValueError:
            value = Decimal("NaN")
        if value.is_nan() or value != value.to_integral_value():
            raise ValidationError(
                _("Write a whole number, such as %(like)s.", like=self.written(min(60, self.most)))
            )
        if not self.least <= value <= self.most:
            raise ValidationError(
                _(
                    "Write a number from %(least)s to %(most)s.",
                    least=self.written(self.least),
                    most=self.written(self.most),
                )
            )
        return int(value)

    def written(self, value: int) -> str:
        return write_number(Decimal(value), writing())


class MoneyField(TypedField):
    """An amount in the currency that the form names, else the organisation's."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.form = options.get("_form")
        super().__init__(*args, render_kw={"inputmode": "decimal"}, **options)

    @property
    def currency(self) -> str:
        chosen = self.form.currency.data if self.form is not None and "currency" in self.form else None
        return chosen or organisation().currency

    def understood(self, typed: str) -> int:
        try:
            minor = read_money(typed, self.currency, writing())
        except ValueError:
            raise ValidationError(self.advice()) from None
        if minor < 0:
            raise ValidationError(_("An amount is not less than nothing."))
        if minor > MOST_MINOR:
            raise ValidationError(_("That is more than can be kept."))
        return minor

    def advice(self) -> str:
        places = numbers.get_currency_precision(self.currency)
        like = write_number(Decimal("48200.5") if places else Decimal(48_200), writing(), places)
        if not places:
            return str(_("Write an amount such as %(like)s, without a point.", like=like))
        return str(
            ngettext(
                "Write an amount such as %(like)s; %(currency)s has %(num)d digit after the point.",
                "Write an amount such as %(like)s; %(currency)s has %(num)d digits after the point.",
                places,
                like=like,
                currency=self.currency,
            )
        )

    def written(self, value: int) -> str:
        return write_money(value, self.currency, writing())


# Days and instants


class DayField(TypedField):
    """A day; browsers show a calendar in the reader's own way of writing."""

    widget = DateInput()

    def understood(self, typed: str) -> date:
        in_figures = date.fromisoformat, lambda text: dates.parse_date(text, locale=writing())
        for read in (day_in_words, *in_figures):
            try:
                found: date = read(typed)
            except (ValueError, IndexError, AttributeError):
                continue
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
        raise ValidationError(_("Write a day such as %(like)s.", like=self.like(date(2026, 12, 31))))

    def like(self, value: date) -> str:
        """A day as one would type it."""
        return dates.format_date(value, "short", locale=writing())

    def written(self, value: date) -> str:
        return value.isoformat()


class InstantField(TypedField):
    """A day and a time, by the clock on the reader's wall."""

    widget = DateTimeLocalInput()

    def understood(self, typed: str) -> datetime:
        try:
            found = datetime.fromisoformat(typed)
        except ValueError:
            found = datetime.min  # noqa: DTZ901
        if not FIRST_YEAR <= found.year <= LAST_YEAR or found.tzinfo is not None:
            raise ValidationError(_("Write a day and a time such as %(like)s.", like="2026-12-31 15:30"))
        return found.replace(tzinfo=zone()).astimezone(UTC)

    def written(self, value: datetime) -> str:
        return value.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")


# Records, by name


drawn_lists: Drawn[Markup] = Drawn()


class ListField(SelectField):
    """An entry of a list, by its id; what the record holds stays choosable when it has been archived."""

    def __init__(
        self, label: Any, listed: Any, validators: Any = (), blank: Any = None, **options: Any
    ) -> None:
        super().__init__(label, validators, coerce=self.id_of, **options)
        self.type = "SelectField"
        self.listed, self.blank = listed, blank if blank is not None else "–"
        self.offer(self.entries())

    @staticmethod
    def id_of(value: Any) -> int | None:
        return int(value) if value not in (None, "", "None") else None

    def __call__(self, **looks: Any) -> Markup:
        """As it was drawn a moment ago, if it offers the same and nothing else is chosen."""
        asks = self.id, self.name, self.data, self.flags.required, str(self.blank)
        says = *asks, self.offered, tuple(looks.items())
        return drawn_lists.get(says, lambda: super(ListField, self).__call__(**looks))

    def entries(self) -> Entries:
        return entries_of(self.listed)

    def offer(self, entries: Entries) -> None:
        """What can be chosen from now on; what was drawn is known by this, which is the configuration's own tuple."""
        self.offered = entries
        self.choices = [SelectChoice("", self.blank), *(SelectChoice(*each) for each in entries)]

    def process_data(self, value: Any) -> None:
        super().process_data(value)
        if self.data is not None and self.data not in {id_ for id_, _name in self.offered}:
            self.offer((*self.offered, (self.data, self.name_of(self.data))))

    def name_of(self, id_: int) -> str:
        """What an entry is called, whether it can be chosen or not."""
        return Configuration.current().names(self.listed).get(id_) or f"#{id_}"

    def pre_validate(self, form: Any) -> None:
        if self.data not in {each.value or None for each in self.choices}:
            raise ValidationError(_("Choose one from the list."))


class UserField(ListField):
    """One of our people."""

    def __init__(self, label: Any, validators: Any = (), **options: Any) -> None:
        super().__init__(label, User, validators, **options)


def entries_of(listed: Any) -> Entries:
    """What a list offers, in its order: ids and names; of users, our own people."""
    return Configuration.current().choices(listed)


class CurrencyField(SelectField):
    """A currency, by its code; the organisation's unless another is chosen."""

    def __init__(self, label: Any, **options: Any) -> None:
        options.setdefault("default", lambda: organisation().currency)
        super().__init__(label, **options)
        self.type = "SelectField"
        self.choices = [SelectChoice(code) for code in Configuration.current().currencies]

    def process_data(self, value: Any) -> None:
        super().process_data(value or organisation().currency)
        if self.data not in {each.value for each in self.choices}:
            self.choices.append(SelectChoice(self.data))


class NameInput(TextInput):
    """A text field that offers names while one types, and works as a plain field without.

    With `offers_new` whoever is typed can be made, for those who may.
    """

    def __init__(self, *, offers_new: bool = False) -> None:
        super().__init__()
        self.offers_new = offers_new

    def __call__(self, field: Any, **options: Any) -> Markup:
        list_id = f"{field.id}-names"
        options |= {
            "list": list_id,
            "autocomplete": "off",
            "data-offered": _("Names that fit"),
            "hx-get": field.names_address(),
            "hx-trigger": "input changed delay:150ms",
            "hx-target": f"#{list_id}",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
            "hx-status:5xx": "swap:none",
        }
        if self.offers_new and me().may("make", Partner):
            options |= {"data-new": _("New “%(name)s”", name="…"), "data-new-as": f"new-{field.name}"}
        drawn = super().__call__(field, **options)
        return Markup('<crm-names>{}<datalist id="{}"></datalist></crm-names>').format(drawn, list_id)


class NamedField(TypedField):
    """A record by name, or by name and number ('Hofmann Brewery #12') where several have it."""

    widget = NameInput()
    cls: Any = None

    def names_address(self) -> str:
        """Where names are offered while one types."""
        raise NotImplementedError

    def process_data(self, value: Any) -> None:
        self.data = self.read_from = value

    @property
    def known(self) -> sa.Select[Any]:
        """Those whom one can name."""
        return self.cls.visible_to(me())

    def understood(self, typed: str) -> Any:
        match = re.fullmatch(r"(?:.*\s)?#(\d{1,15})", typed)
        if match and int(match[1]) == self.read_from:
            return int(match[1])
        named = self.cls.id == int(match[1]) if match else self.cls.name_folded == fold(typed)
        found = list(db.session.scalars(self.known.where(named).order_by(self.cls.id).limit(5)))
        if not found:
            raise ValidationError(self.unknown(typed))
        kept = next((each for each in found if each.id == self.read_from), None)
        if kept is None and len(found) > 1:
            raise ValidationError(
                _(
                    "Several are called that: write %(names)s.",
                    names=", ".join(f"{each.name} #{each.id}" for each in found),
                )
            )
        return (kept or found[0]).id

    def unknown(self, typed: str) -> str:
        raise NotImplementedError

    def written(self, value: Any) -> str:
        found = db.session.scalar(self.cls.visible_to(me()).where(self.cls.id == value))
        return found.name if found is not None else f"#{value}"


class PartnerField(NamedField):
    """A partner by name."""

    cls = Partner

    def names_address(self) -> str:
        return url_for("partners.names", field=self.name)

    def unknown(self, typed: str) -> str:
        return str(_("Nobody you know is called “%(name)s”. Choose a name that is offered.", name=typed))
