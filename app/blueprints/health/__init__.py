"""Whether this Holdfast is alive, for whoever watches over it. Nothing here is secret, nobody signs in."""

from flask import Blueprint

bp = Blueprint("health", __name__)

from app.blueprints.health import routes  # noqa: E402, F401
