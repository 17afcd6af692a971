"""The worker in the pages: what waits, what failed, who is alive. For administrators."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.blueprints.access import staff_only
from app.web import me

bp = Blueprint("worker", __name__, url_prefix="/worker")
bp.before_request(staff_only)


@bp.before_request
def who_may_look_inside() -> ResponseReturnValue | None:
    """For those who answer for the whole."""
    if not me().is_administrator:
        abort(403)
    return None


from app.blueprints.worker import routes  # noqa: E402, F401
