"""Calls. Each is a case, and one record with it: `/calls/7` and `/cases/7` are one page."""

from flask import Blueprint, Response, make_response, redirect, url_for

from app.blueprints.access import staff_only
from app.domain.call import Call
from app.web import find, me

bp = Blueprint("calls", __name__, url_prefix="/calls")
bp.before_request(staff_only)


@bp.get("/<int:call_id>")
def show(call_id: int) -> Response:
    """A call is read where every case is."""
    call = find(Call.visible_to(me()).where(Call.id == call_id))
    return make_response(redirect(url_for("cases.show", case_id=call.id), 301))
