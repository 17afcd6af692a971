"""Cases: making them, reading them, and everything that one can do to them."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("cases", __name__, url_prefix="/cases")
bp.before_request(staff_only)

from app.blueprints.cases import fields, filters, routes, tying  # noqa: E402, F401
