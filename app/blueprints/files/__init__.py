"""Files on cases and partners: put there, fetched, taken off."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("files", __name__)
bp.before_request(staff_only)

from app.blueprints.files import routes  # noqa: E402, F401
