"""Cases: making them, reading them, and everything that one can do to them."""

from flask import Blueprint

from app.blueprints.access import staff_only
from app.domain import wording
from app.outside import reachable

bp = Blueprint("cases", __name__, url_prefix="/cases")
bp.before_request(staff_only)
wording.pages[:] = [lambda case: reachable("cases.show", case_id=case.id)]

from app.blueprints.cases import changes, fields, filters, routes, tying  # noqa: E402, F401
