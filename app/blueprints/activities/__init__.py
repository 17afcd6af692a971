"""Planned next steps: planning them, doing them, leaving them."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("activities", __name__)
bp.before_request(staff_only)

from app.blueprints.activities import routes  # noqa: E402, F401
