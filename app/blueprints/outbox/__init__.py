"""What went out by mail, or would have."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("outbox", __name__, url_prefix="/outbox")
bp.before_request(staff_only)

from app.blueprints.outbox import routes  # noqa: E402, F401
