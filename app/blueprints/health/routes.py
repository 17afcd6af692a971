"""One address that says what works."""

from flask import Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.blueprints.health import bp
from app.domain.heartbeat import Heartbeat
from app.extensions import db


@bp.get("/healthz")
def health() -> Response:
    """200 when database and worker are alive, 503 when not, with what is missing."""
    state = {"database": "ok", "worker": "ok"}
    try:
        if not Heartbeat.is_heard():
            last = Heartbeat.last()
            state["worker"] = f"not heard since {last.isoformat(timespec='seconds')}" if last else "not heard"
    except SQLAlchemyError as error:
        db.session.rollback()
        current_app.logger.warning("The database did not answer the health page: %s", error)
        state = {"database": "does not answer", "worker": "unknown"}
    response = jsonify(state)
    response.status_code = 200 if set(state.values()) == {"ok"} else 503
    response.headers["Cache-Control"] = "no-store"
    return response
