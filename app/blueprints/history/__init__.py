"""Lines of history as people read them, and taking acts back."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("history", __name__, url_prefix="/history")
bp.before_request(staff_only)

from app.blueprints.history import routes as routes  # noqa: E402
