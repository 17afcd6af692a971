"""What somebody is told: the bell on every page, and the page behind it."""

from flask import Blueprint

from app.blueprints.access import staff_only
from app.blueprints.notifications.bell import bell

bp = Blueprint("notifications", __name__, url_prefix="/notifications")
bp.before_request(staff_only)
bp.add_app_template_global(bell)

from app.blueprints.notifications import routes  # noqa: E402, F401
