"""What stands around every page: the way about, the keys, light and dark."""

from flask import Blueprint
from flask_login import login_required

from app.blueprints.shell.navigation import navigation

bp = Blueprint("shell", __name__)
bp.add_app_template_global(navigation)


@bp.before_request
@login_required
def only_for_those_signed_in() -> None:
    """The shell is for people with an account."""


from app.blueprints.shell import routes  # noqa: E402, F401
