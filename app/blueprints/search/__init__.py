"""Finding: by name, or by number, from every page."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("search", __name__)
bp.before_request(staff_only)

from app.blueprints.search import routes  # noqa: E402, F401
