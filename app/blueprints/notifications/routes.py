"""The bell, the list behind it, and what has been read."""

from flask import Response, abort, make_response, render_template, request

from app.blueprints.notifications import bp
from app.blueprints.notifications.bell import bell, rung
from app.blueprints.notifications.listing import Told, ToldList, instant
from app.domain.notification import Notification
from app.extensions import db
from app.web import find, is_partial, me, see_other, show, swap


@bp.get("/")
def index() -> Response:
    """What one was told, newest first."""
    return show("notifications/index.html", "notifications/_list.html", listed=asked())


@bp.get("/bell", endpoint="bell")
def ring() -> Response:
    """The bell, if it shows something else than on the page that asks."""
    now = rung() if "bell" in request.args else bell()
    return make_response(
        render_template("notifications/_bell.html", bell=now) if now else "", 200 if now else 204
    )


@bp.post("/<int:notification_id>/reading")
def read(notification_id: int) -> Response:
    """One knows it now."""
    told = find_told(notification_id)
    told.read()
    return answer(told)


@bp.post("/<int:notification_id>/unreading")
def unread(notification_id: int) -> Response:
    """One wants to come back to it."""
    told = find_told(notification_id)
    told.unread()
    return answer(told)


@bp.post("/reading")
def read_all() -> Response:
    """One knows all of it; beside what is said about that stands the way back."""
    read_at = Notification.read_all(me())
    db.session.commit()
    listed = asked()
    listed.read_at = read_at
    moment = read_at.isoformat() if read_at is not None else None
    return swap("notifications/list.swap.html", otherwise=listed.address(read=moment), listed=listed)


@bp.post("/unreading")
def unread_all() -> Response:
    """What was read at one stroke is unread again."""
    read_at = request.form.get("read", type=instant)
    if read_at is None:
        abort(422)
    Notification.unread_since(me(), read_at)
    db.session.commit()
    listed = asked()
    return swap("notifications/list.swap.html", otherwise=listed.address(), listed=listed)


def asked() -> ToldList:
    return ToldList.from_args(request.args, me())


def find_told(notification_id: int) -> Notification:
    query = Notification.shown_to(me()).where(Notification.id == notification_id)
    return find(query.options(*Notification.loaded()))


def answer(told: Notification) -> Response:
    """Its row as it is now, and the bell."""
    db.session.commit()
    if not is_partial():
        return see_other(asked().address())
    return swap("notifications/row.swap.html", told=Told(told))
