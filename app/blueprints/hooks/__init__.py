"""Addresses that other programs call."""

from flask import Blueprint

from app.extensions import csrf

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(bp)  # no session, and so nobody whose browser could be made to call

from app.blueprints.hooks import routes  # noqa: E402, F401
