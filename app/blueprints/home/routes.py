"""The start page."""

from flask import Response

from app.blueprints.home import bp
from app.blueprints.home.page import StartPage
from app.web import me, show


@bp.get("/")
def start() -> Response:
    """What waits for the person who is signed in."""
    return show("home/start.html", "home/_day.html", page=StartPage(me()))
