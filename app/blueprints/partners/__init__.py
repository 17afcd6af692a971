"""Partners: companies and persons outside, and everything that is known of them."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("partners", __name__, url_prefix="/partners")
bp.before_request(staff_only)

from app.blueprints.partners import routes  # noqa: E402, F401
