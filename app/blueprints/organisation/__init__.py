"""What holds for everybody: the administrator's page of the organisation."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.blueprints.access import staff_only
from app.domain.organisation import Organisation
from app.web import me

bp = Blueprint("organisation", __name__, url_prefix="/organisation")
bp.before_request(staff_only)


@bp.before_request
def who_may_settle_this() -> ResponseReturnValue | None:
    """For those who answer for the whole."""
    if not me().may("configure", Organisation.current()):
        abort(403)
    return None


from app.blueprints.organisation import routes  # noqa: E402, F401
