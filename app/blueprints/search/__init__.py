"""Finding: by name, or by number, from every page."""

from flask import Blueprint
from flask_login import login_required

bp = Blueprint("search", __name__)


@bp.before_request
@login_required
def only_for_those_signed_in() -> None:
    """What is found is what the person may know of."""


from app.blueprints.search import routes  # noqa: E402, F401
