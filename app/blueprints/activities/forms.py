"""What is asked about next steps."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired

from app.blueprints.forms import DayField, Form, LineField, ListField, UserField
from app.domain.activity import Activity
from app.domain.activity_plan import ActivityPlan
from app.domain.lists import ActivityType
from app.domain.user import User
from app.extensions import db


class PlanForm(Form):
    """A next step; without a day it is due when steps of its type usually are."""

    type_id = ListField(
        _("Type"), ActivityType, [InputRequired(_("Say what kind of step it is."))], blank=_("Type")
    )
    what = LineField(_("What"), column=Activity.what)
    due_on = DayField(_("By"))
    user_id = UserField(_("For"), blank=_("Nobody yet"))

    @property
    def step(self) -> dict[str, Any]:
        """The step, as it is planned."""
        return {
            "kind": db.session.get_one(ActivityType, self.type_id.data),
            "what": self.what.data or "",
            "due_on": self.due_on.data,
            "user": db.session.get(User, self.user_id.data or 0),
        }


class DoneForm(Form):
    """What came of it, in a word."""

    said = LineField(_("What came of it"))


class DoneAndNextForm(PlanForm):
    """What came of it, and the step that comes next."""

    said = LineField(_("What came of it"))

    @classmethod
    def after(cls, activity: Activity, user_id: int) -> "DoneAndNextForm":
        """As it is asked: with the type that commonly follows."""
        follower = activity.type.follower
        return cls(formdata=None, type_id=follower.id if follower else None, user_id=user_id)


class FollowForm(Form):
    """A plan, and the day from which its steps are counted."""

    plan_id = ListField(
        _("Plan"), ActivityPlan, [InputRequired(_("Say which plan."))], blank=_("Choose a plan")
    )
    start = DayField(_("Beginning on"))
