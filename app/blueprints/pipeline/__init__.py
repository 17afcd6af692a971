"""The pipeline: cases on a board, moved from column to column."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("pipeline", __name__, url_prefix="/pipeline")
bp.before_request(staff_only)

from app.blueprints.pipeline import routes  # noqa: E402, F401
