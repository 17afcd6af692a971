"""Who gets past the door of a part of the product. Every blueprint's `before_request` wears one of these."""

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.extensions import login


def staff_only() -> ResponseReturnValue | None:
    """Our own people: a stranger signs in first, and for a portal user nothing is here."""
    if not current_user.is_authenticated:
        return login.unauthorized()
    if not current_user.is_staff:
        abort(404)
    return None


def staff_or_led_on() -> ResponseReturnValue | None:
    """Our own people; a portal user, who begins elsewhere, finds the way there from the bare address."""
    if current_user.is_authenticated and not current_user.is_staff:
        return redirect(url_for("portal.index"), 303)
    return staff_only()


def portal_only() -> ResponseReturnValue | None:
    """Partners who were given a look: a stranger signs in first, and our own people have the real thing."""
    if not current_user.is_authenticated:
        return login.unauthorized()
    if current_user.is_staff:
        abort(404)
    return None
