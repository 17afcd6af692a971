"""Who may sign in, and as what: the administrator's page."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.blueprints.access import staff_only
from app.domain.user import User
from app.web import me

bp = Blueprint("people", __name__, url_prefix="/people")
bp.before_request(staff_only)


@bp.before_request
def who_may_let_others_in() -> ResponseReturnValue | None:
    """Accounts are for those to give who may change them."""
    if not me().may("edit", User):
        abort(403)
    return None


from app.blueprints.people import routes  # noqa: E402, F401
