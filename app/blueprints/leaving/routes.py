"""A page with one button, and what it does. Looking at it changes nothing: mail programs look at links."""

from datetime import timedelta

from flask import Response, make_response, render_template

from app.blueprints.auth.visits import count, network
from app.blueprints.leaving import bp
from app.domain.case.leaving import leaving_by
from app.domain.throttle import Limit
from app.extensions import db

BY_ADDRESS = Limit("leaving address", 60, timedelta(minutes=15))


@bp.get("/<token>")
def ask(token: str) -> Response:
    """Say what would be left."""
    found = leaving_by(token)
    if found is None:
        return opens_nothing()
    case, watcher = found
    return make_response(render_template("leaving/ask.html", case=case, watcher=watcher, token_given=token))


@bp.post("/<token>")
def leave(token: str) -> Response:
    """No more copies, from now on."""
    count((BY_ADDRESS, network()))
    found = leaving_by(token, lock=True)
    if found is None:
        return opens_nothing()
    case, watcher = found
    case.leave(watcher)
    db.session.commit()
    return make_response(render_template("leaving/left.html", address=watcher.address))


def opens_nothing() -> Response:
    """The same for a link that was used and for one that never was."""
    return make_response(render_template("leaving/opens_nothing.html"), 404)
