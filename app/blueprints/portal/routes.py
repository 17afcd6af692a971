"""Pages for partners."""

from flask import render_template

from app.blueprints.portal import bp


@bp.get("/")
def index() -> str:
    """What is shared with them, which is nothing so far."""
    return render_template("portal/index.html")
