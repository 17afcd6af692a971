"""Planned next steps: planning them, doing them, leaving them."""

from flask import Blueprint

from app.blueprints.access import staff_only
from app.blueprints.activities.buckets import in_buckets

bp = Blueprint("activities", __name__)
bp.before_request(staff_only)
bp.add_app_template_filter(in_buckets)

from app.blueprints.activities import routes  # noqa: E402, F401
