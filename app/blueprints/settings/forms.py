"""What everybody may set for themselves."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length

from app.blueprints.auth.forms import strong_enough, tidy
from app.blueprints.forms import Form
from app.domain.user import User
from app.i18n import LANGUAGES, WRITINGS, local_today, organisation

FIELDS = ("name", "language", "formats", "zone", "density", "has_keys", "digest_hour", "signature")
MORNING = range(5, 12)
OCEANS_AND_LANDS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()
)


class UsualField(SelectField):
    """One of a few, of which the first is what follows from elsewhere and is kept as nothing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.type = "SelectField"

    def process_data(self, value: Any) -> None:
        super().process_data(value or "")


class DensityField(RadioField):
    """The same, as buttons."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.type = "RadioField"

    def process_data(self, value: Any) -> None:
        super().process_data(value or "")


class ProfileForm(Form):
    """How somebody is called, and how Holdfast speaks to them."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Say what you are called.")), Length(max=200)],
        filters=[tidy],
        render_kw={"autocomplete": "name"},
    )
    language = UsualField(_l("Language"))
    formats = UsualField(_l("Figures and dates"))
    zone = UsualField(_l("Time zone"))
    density = DensityField(
        _l("Rows"),
        choices=[("", _l("Normal")), ("compact", _l("Compact"))],
    )
    has_keys = BooleanField(_l("Single keys do things"))
    digest_hour = UsualField(_l("My day by mail"))
    signature = TextAreaField(
        _l("Signature"),
        [Length(max=5000, message=_l("A signature has at most 5,000 characters."))],
        filters=[tidy],
    )

    @classmethod
    def of(cls, user: User) -> "ProfileForm":
        """As it was typed, or as it stands."""
        form = cls(obj=user)
        form.language.choices = [("", _("As my browser says")), *LANGUAGES.items()]
        form.formats.choices = [("", _("As usual in my language")), *writings()]
        form.zone.choices = zones(organisation().zone)
        form.digest_hour.choices = [
            ("", _("No mail")),
            *((str(hour), _("Each morning at %(hour)s", hour=f"{hour}:00")) for hour in MORNING),
        ]
        return form

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, as it is kept: what follows from elsewhere is kept as nothing."""
        typed = {name: None if self[name].data == "" else self[name].data for name in FIELDS}
        hour = typed["digest_hour"]
        return typed | {"digest_hour": int(hour) if hour is not None else None}


class PasswordForm(FlaskForm):
    """A new password, from somebody who knows the old one."""

    current = PasswordField(
        _l("Current password"),
        [InputRequired(_l("Type the password that you have now."))],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Choose a password."))],
        description=_l("At least ten characters. Three or four words that nobody expects are good."),
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: PasswordField) -> None:
        strong_enough(field)


def writings() -> list[tuple[str, str]]:
    """Each way to write figures and dates, with an example."""
    today = local_today()
    return [
        (code, f"{named}: {format_decimal(1234.5, locale=code)}, {format_date(today, 'short', locale=code)}")
        for code in WRITINGS
        if (named := Locale.parse(code).get_display_name(get_locale()))
    ]


def zones(usual: str) -> dict[str, list[tuple[str, str]]]:
    """Cities by continent, behind what is usual here."""
    return {_("Usual"): [("", _("As here: %(zone)s", zone=usual)), ("UTC", "UTC")], **cities()}


@cache
def cities() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        land, _slash, city = name.partition("/")
        if land in OCEANS_AND_LANDS:
            found.setdefault(land, []).append((name, city.replace("_", " ").replace("/", ", ")))
    return found
