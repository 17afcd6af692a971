"""What stands around every page: the way about, the keys, light and dark."""

from flask import Blueprint

from app.blueprints.access import staff_only
from app.blueprints.shell.drawing import Around
from app.blueprints.shell.navigation import navigation

bp = Blueprint("shell", __name__)
bp.before_request(staff_only)
bp.add_app_template_global(navigation)
bp.add_app_template_global(Around, "around")

from app.blueprints.shell import routes  # noqa: E402, F401
