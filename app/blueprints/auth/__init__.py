"""Getting in, getting in again, and getting out. The only pages that a stranger finds."""

from flask import Blueprint

bp = Blueprint("auth", __name__)

from app.blueprints.auth import routes, visits  # noqa: E402, F401
