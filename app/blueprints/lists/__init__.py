"""What people choose from, set up where it stands: teams, stages, tags, products and the rest."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("lists", __name__, url_prefix="/lists")
bp.before_request(staff_only)

from app.blueprints.lists import routes  # noqa: E402, F401
