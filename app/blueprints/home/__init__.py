"""Where one begins: what is due, what is open, what was decided."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.blueprints.access import staff_only

bp = Blueprint("home", __name__)


@bp.before_request
def let_in() -> ResponseReturnValue | None:
    """Our own people; a portal user begins elsewhere, and finds the way from the bare address."""
    if current_user.is_authenticated and not current_user.is_staff:
        return redirect(url_for("portal.index"), 303)
    return staff_only()


from app.blueprints.home import routes  # noqa: E402, F401
