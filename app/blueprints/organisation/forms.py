"""What is asked about the organisation, and about the server that its mail leaves by."""

import re
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, PasswordField, RadioField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.blueprints.editing import show_in
from app.blueprints.forms import CurrencyField, EmailField, Form, LineField
from app.blueprints.settings.forms import cities
from app.domain.lists import Country
from app.domain.organisation import Organisation
from app.extensions import db
from app.i18n import LANGUAGES
from app.mail.server import PORTS, MailServer

HOST = re.compile(r"[A-Za-z0-9._:-]+")


class OrganisationForm(Form):
    """How it is called, and what holds where nobody says otherwise."""

    name = LineField(
        _l("Name"),
        [InputRequired(_l("Say what it is called."))],
        Organisation.__table__.c.name,
    )
    currency = CurrencyField(_l("Currency"))
    country = SelectField(_l("Country"))
    zone = SelectField(_l("Time zone"))
    language = SelectField(_l("Language"))

    @classmethod
    def of(cls, organisation: Organisation, *, as_typed: bool = True) -> "OrganisationForm":
        """As it was typed, or as it stands."""
        form = cls(obj=organisation) if as_typed else cls(formdata=None, obj=organisation)
        form.language.choices = list(LANGUAGES.items())
        form.zone.choices = {_("Usual"): [("UTC", "UTC")], **cities()}
        known = sa.select(Country.code, Country.name).where(~Country.archived, Country.deleted_at.is_(None))
        countries = db.session.execute(known.order_by(Country.name))
        form.country.choices = [("", _("None")), *((code, name) for code, name in countries)]
        form.country.data = form.country.data or ""
        return form

    @property
    def values(self) -> dict[str, Any]:
        return {name: value or None for name, value in super().values.items()}


class MailServerForm(FlaskForm):
    """Where mail leaves, in parts."""

    sender = EmailField(_l("Sender address"), column=Organisation.__table__.c.mail_from)
    host = LineField(_l("Server"), [Length(max=200)], render_kw={"placeholder": "mail.company.example"})
    port = IntegerField(
        _l("Port"),
        [Optional(), NumberRange(1, 65535, _l("A port is a number from 1 to 65535."))],
        render_kw={"inputmode": "numeric", "min": 1, "max": 65535},
    )
    security = RadioField(
        _l("Privacy on the way"),
        choices=[
            ("starttls", _l("STARTTLS, usual on port 587")),
            ("tls", _l("TLS, usual on port 465")),
            ("none", _l("None, only inside a network of your own")),
        ],
        default="starttls",
    )
    user = LineField(_l("User name"), [Length(max=200)], render_kw={"autocomplete": "off"})
    password = PasswordField(_l("Password"), [Length(max=200)], render_kw={"autocomplete": "new-password"})

    @classmethod
    def of(cls, organisation: Organisation, *, as_typed: bool = True) -> "MailServerForm":
        """As it was typed, or as it stands; a password is never shown again."""
        server = server_of(organisation)
        data = {"sender": organisation.mail_from, **parts_of(server)}
        form = cls(data=data) if as_typed else cls(formdata=None, data=data)
        form.known_host = server.host if server is not None and organisation.smtp_password else None
        return form

    known_host: str | None = None

    def validate_password(self, field: PasswordField) -> None:
        """A password is told to the server that it was typed for and to no other."""
        if (
            self.known_host
            and self.host.data
            and self.user.data
            and self.host.data != self.known_host
            and not field.data
        ):
            raise ValidationError(_("Type the password again for another server."))

    def validate_host(self, field: LineField) -> None:
        if field.data and not HOST.fullmatch(field.data):
            raise ValidationError(_("A server has a name such as mail.company.example."))

    def validate_sender(self, field: EmailField) -> None:
        if self.host.data and not field.data:
            raise ValidationError(_("Say which address mail comes from."))

    def show_untouched(self, organisation: Organisation, read_at: int) -> None:
        """What somebody else changed and was not touched here is shown as it stands, or it would be undone."""
        typed = {"mail_from": self.sender.data, "smtp_url": self.url}
        touched = organisation.touched(typed, read_at)
        if "mail_from" not in touched:
            show_in(self.sender, organisation.mail_from)
        if "smtp_url" not in touched:
            for name, part in parts_of(server_of(organisation)).items():
                show_in(self[name], part)

    @property
    def url(self) -> str | None:
        """The server as it is kept, without its password; None if mail is to be kept here."""
        if not self.host.data:
            return None
        security = self.security.data or "starttls"
        port = self.port.data or PORTS[security]
        return MailServer(self.host.data, port, security, self.user.data or None).url


def server_of(organisation: Organisation) -> MailServer | None:
    return MailServer.at(organisation.smtp_url) if organisation.smtp_url else None


def parts_of(server: MailServer | None) -> dict[str, Any]:
    """The fields that say where mail leaves; without a server they are empty."""
    if server is None:
        return {"host": None, "port": None, "security": "starttls", "user": None}
    return {"host": server.host, "port": server.port, "security": server.security, "user": server.user}
