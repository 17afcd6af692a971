"""What is asked about a person before they get an account."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.blueprints.auth.forms import tidy
from app.blueprints.forms import EmailField
from app.domain.user import User

ROLES = {
    "operator": _("Operator"),
    "salesperson": _("Salesperson"),
    "manager": _("Manager"),
    "administrator": _("Administrator"),
    "portal": _("Portal user"),
}
# What each may do, in a line (`model.md`, Who may what).
MEANING = {
    "operator": _("Makes the calls on their lists."),
    "salesperson": _("Works on their own cases and those of their teams."),
    "manager": _("Sees and settles everything of the teams that they lead."),
    "administrator": _("Sees and settles everything, and lets others in."),
    "portal": _("A partner, who sees what is shared with them."),
}


class InvitationForm(FlaskForm):
    """Somebody to let in."""

    name = StringField(_("Name"), [DataRequired(_("Say what they are called.")), Length(max=200)], [tidy])
    email = EmailField(_("E-mail"), [DataRequired(_("Say where to send the invitation."))], column=User.email)
    role = SelectField(_("Role"), choices=list(ROLES.items()), default="salesperson")


class RoleForm(FlaskForm):
    role = SelectField(_("Role"), choices=list(ROLES.items()))
