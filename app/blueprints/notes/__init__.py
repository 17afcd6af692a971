"""What people write on cases and partners: notes and words exchanged, their drafts, their files, their pins."""

from flask import Blueprint

from app.blueprints.access import staff_only

bp = Blueprint("notes", __name__)
bp.before_request(staff_only)

from app.blueprints.notes import routes  # noqa: E402, F401
from app.blueprints.notes.box import box_of  # noqa: E402

bp.add_app_template_global(box_of)
