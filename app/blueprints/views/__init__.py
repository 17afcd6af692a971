"""Saved views: boards and lists that people keep under a name."""

from flask import Blueprint

from app.blueprints.access import staff_only
from app.blueprints.views.shelf import opens, saved_views

bp = Blueprint("views", __name__, url_prefix="/views")
bp.before_request(staff_only)
bp.add_app_template_global(saved_views)
bp.add_app_template_global(opens, "opens_view")

from app.blueprints.views import routes  # noqa: E402, F401
