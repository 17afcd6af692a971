"""Planned next steps: planning them, doing them, leaving them."""

from flask import Blueprint

from app.blueprints.access import staff_only
from app.blueprints.activities.buckets import in_buckets, step_line

bp = Blueprint("activities", __name__)
bp.before_request(staff_only)
bp.add_app_template_filter(in_buckets)
bp.add_app_template_global(step_line)

from app.blueprints.activities import routes  # noqa: E402, F401
