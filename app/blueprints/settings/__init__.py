"""What everybody sets for themselves."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("settings", __name__, url_prefix="/settings")
bp.before_request(staff_only)

from app.blueprints.settings import routes  # noqa: E402, F401
