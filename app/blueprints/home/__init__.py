"""Where one begins: what is due, what is open, what was decided."""

from flask import Blueprint

from app.blueprints.access import staff_or_led_on

bp = Blueprint("home", __name__)
bp.before_request(staff_or_led_on)

from app.blueprints.home import routes  # noqa: E402, F401
