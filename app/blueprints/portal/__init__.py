"""What partners will see of their cases. Nothing is shared with them yet."""

from flask import Blueprint

from app.blueprints.access import portal_only

bp = Blueprint("portal", __name__, url_prefix="/portal")
bp.before_request(portal_only)

from app.blueprints.portal import routes  # noqa: E402, F401
