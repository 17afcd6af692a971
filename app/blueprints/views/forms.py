"""What is asked about a saved view."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField
from wtforms.validators import DataRequired

from app.blueprints.forms import BooleanField, Form, LineField
from app.domain.saved_view import SavedView


class ViewForm(Form):
    """Under which name what is shown is kept, and for whom."""

    query = HiddenField()
    name = LineField(_("Name"), [DataRequired(_("Give it a name."))], column=SavedView.name)
    is_shared = BooleanField(_("Everybody sees it"))
