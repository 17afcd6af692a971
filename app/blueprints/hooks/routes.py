"""A rule is called from outside: a program that knows its address names a case."""

from datetime import timedelta
from typing import Any

from flask import Response, abort, jsonify, request

from app.blueprints.auth.visits import count, network
from app.blueprints.hooks import bp
from app.domain.errors import Refused
from app.domain.rules import outside
from app.domain.throttle import Limit
from app.extensions import db
from app.web import row_id

BY_CALLER = Limit("hook", 120, timedelta(minutes=1))
LONGEST_KEY = 200


@bp.post("/<token>")
def call(token: str) -> Response:
    """Let the rule of this address look at a case: `{"case": 12}`. A key makes a call that comes again harmless.

    A wrong address and a case out of the rule's reach are answered alike.
    """
    count((BY_CALLER, network()))
    sent = body()
    try:
        case_id = row_id(str(sent.get("case", "")))
    except ValueError:
        abort(400)
    key = request.headers.get("Idempotency-Key") or sent.get("key")
    try:
        is_first = outside.call_hook(token, case_id, key=str(key)[:LONGEST_KEY] if key else None)
    except Refused:
        db.session.rollback()
        abort(404)
    db.session.commit()
    return jsonify({"case": case_id, "done": is_first})


def body() -> dict[str, Any]:
    """What was sent, as JSON or as a form."""
    if not request.is_json:
        return dict(request.form)
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}
