"""What is asked at the door."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.domain.errors import Refused
from app.domain.password import refuse_weak
from app.domain.text import clean


def tidy(typed: str | None) -> str:
    """What was typed, without what nobody means to type."""
    return clean(typed or "").strip()


def strong_enough(field: PasswordField) -> None:
    """Would it withstand a guesser? Says beside the field what would be right."""
    try:
        refuse_weak(field.data)
    except Refused as refusal:
        raise ValidationError(str(refusal)) from refusal


class SignInForm(FlaskForm):
    email = EmailField(
        _("E-mail"),
        [DataRequired(_("Say with which address you sign in.")), Length(max=254)],
        filters=[tidy],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(_("Type your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField(_("Stay signed in on this device"))
    next = HiddenField()


class ForgottenForm(FlaskForm):
    email = EmailField(
        _("E-mail"),
        [DataRequired(_("Say with which address you sign in.")), Length(max=254)],
        filters=[tidy],
        render_kw={"autocomplete": "username"},
    )


class ChooseForm(FlaskForm):
    password = PasswordField(
        _("New password"),
        [InputRequired(_("Choose a password."))],
        description=_("At least ten characters. Three or four words that nobody expects are good."),
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: PasswordField) -> None:
        strong_enough(field)
