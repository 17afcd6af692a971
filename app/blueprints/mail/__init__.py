"""Mail from a case: writing it, the templates it begins from, reminders."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("mail", __name__)
bp.before_request(staff_only)

from app.blueprints.mail import routes, templates  # noqa: E402, F401
