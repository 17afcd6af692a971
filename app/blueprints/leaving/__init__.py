"""Getting no more copies of the mail of a case: for people outside, by a link that only they were sent."""

from flask import Blueprint

from app.domain.case import leaving
from app.outside import reachable

bp = Blueprint("leaving", __name__, url_prefix="/copies")
leaving.pages[:] = [lambda token: reachable("leaving.ask", token=token)]

from app.blueprints.leaving import routes  # noqa: E402, F401
