"""What happens by itself: made, tried, switched on and looked after by managers."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.blueprints.access import staff_only
from app.web import me

bp = Blueprint("rules", __name__, url_prefix="/rules")
bp.before_request(staff_only)


@bp.before_request
def managers_only() -> ResponseReturnValue | None:
    """Rules are for those who set things up."""
    if not me().configures:
        abort(403)
    return None


from app.blueprints.rules import looking, routes  # noqa: E402, F401
