"""What is asked about a next step."""

from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired

from app.blueprints.forms import DayField, Form, LineField, ListField, UserField
from app.domain.activity import Activity
from app.domain.lists import ActivityType


class PlanForm(Form):
    """A next step; without a day it is due when steps of its type usually are."""

    type_id = ListField(
        _("Type"), ActivityType, [InputRequired(_("Say what kind of step it is."))], blank=_("Type")
    )
    what = LineField(_("What"), column=Activity.what)
    due_on = DayField(_("By"))
    user_id = UserField(_("For"), blank=_("Nobody yet"))


class DoneForm(Form):
    """What came of it, in a word."""

    said = LineField(_("What came of it"))
