"""What is asked of somebody who writes a mail, or wants to be reminded."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms.validators import Length, ValidationError

from app import clock
from app.blueprints.forms import (
    BooleanField,
    Form,
    InstantField,
    LineField,
    ListField,
    SelectChoice,
    SelectField,
    TextField,
)
from app.blueprints.mail.addresses import AddressesField
from app.blueprints.notes.forms import WithFiles
from app.domain import wording
from app.domain.configuration import MailTemplateRow

# Who sends at 14:30 may press the button a little later.
GRACE = timedelta(minutes=2)


def not_past(_form: Any, field: Any) -> None:
    """Nothing is sent yesterday."""
    if field.data is not None and field.data < clock.now() - GRACE:
        raise ValidationError(gettext("This has passed. Choose a time to come."))


class MailForm(WithFiles):
    """A mail: to whom, what it says, what comes with it, and when it goes."""

    to = AddressesField(_("To"))
    cc = AddressesField(_("Copy"))
    subject = LineField(_("Subject"), [Length(max=500, message=_("A subject has up to 500 characters."))])
    text = TextField(_("Mail"), [Length(max=wording.LONGEST, message=_("This mail is too long."))])
    template_id = SelectField(_("Template"), coerce=ListField.id_of, validate_choice=False)
    send_at = InstantField(_("Send at"), [not_past])
    until_answered = BooleanField(_("Only if they have not written before"))
    is_complete = BooleanField(_("Send it as it is"))
    is_meant = BooleanField(_("Write to them all the same"))
    with_signature = BooleanField(_("With my signature"), default=True)

    @property
    def when(self) -> datetime | None:
        """When it is to go, if not at once."""
        return self.send_at.data

    def offer(self, templates: list[MailTemplateRow]) -> None:
        self.template_id.choices = [
            SelectChoice("", gettext("Template…")),
            *(SelectChoice(each.id, each.name) for each in templates),
        ]

    @property
    def gaps(self) -> list[str]:
        """What it still leaves open: fields that had nothing to say, and such as only templates have."""
        written = f"{self.subject.data or ''}\n{self.text.data or ''}"
        unfilled = (found[1] for found in wording.FIELD.finditer(written) if found[1] in wording.FIELDS)
        return list(dict.fromkeys([*wording.gaps_in(written), *unfilled]))

    def validate(self, *args: Any, **options: Any) -> bool:
        is_valid = super().validate(*args, **options)
        self.take_in()
        wrong: dict[Any, str] = {}
        if not self.to.data:
            wrong[self.to] = gettext("Say whom it is for.")
        if not self.text.data:
            wrong[self.text] = gettext("Write something first.")
        elif self.gaps and not self.is_complete.data:
            wrong[self.text] = gettext(
                "This case does not say %(what)s. Write it yourself, or say that it goes as it is.",
                what=", ".join(f"“{label_of(name)}”" for name in self.gaps),
            )
        if self.until_answered.data and self.send_at.data is None and not self.send_at.errors:
            wrong[self.send_at] = gettext("Say when: it goes then, unless they write before.")
        for field, sentence in wrong.items():
            field.errors = [sentence]
        return is_valid and not wrong and not self.wrong


def label_of(name: str) -> str:
    """What a field is called."""
    field = wording.FIELDS.get(name)
    return str(field.label) if field is not None else name


class ReminderForm(Form):
    """A reminder: when, in which words, with what."""

    at = InstantField(_("When"), [not_past])
    text = TextField(_("Words"), [Length(max=wording.LONGEST, message=_("This is too long."))])
    files = BooleanField(_("With the files of the case"))
    forward_last = BooleanField(_("With what was said last"))
    is_meant = BooleanField(_("Write to them all the same"))

    @property
    def when(self) -> datetime | None:
        return self.at.data
