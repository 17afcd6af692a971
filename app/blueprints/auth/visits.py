"""Who is asking: the cookie holds a token, and the sign-in with that token says who it is."""

from flask import Flask, Response, current_app, g, request, session, url_for
from flask_login import current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError

from app.blueprints.auth import bp
from app.domain.errors import TooOften
from app.domain.sign_in import SignIn
from app.domain.throttle import Limit, Throttle, network_of
from app.domain.user import User
from app.extensions import db, login
from app.web import own_path

# A phone changes its address all day. The token alone says who it is, and it can be ended here.
login.session_protection = None


@login.user_loader
def whose(token: str) -> User | None:
    """The person who was let in with this token, unless it was ended or their account was closed."""
    came = SignIn.with_token(token)
    if came is None:
        # A token that died never comes back to life: nobody asks for it again.
        session.pop("_user_id", None)
        session["_remember"] = "clear"
        return None
    g.came, came.user.token = came, token
    return came.user


def this_sign_in() -> SignIn | None:
    """The sign-in of the browser that asks."""
    return db.session.get(SignIn, g.came.sign_in_id) if "came" in g else None


@bp.after_app_request
def note_the_visit(response: Response) -> Response:
    """Write down now and then that they were here, when the answer is out: a page that is read writes nothing."""
    if "came" in g and g.came.is_to_be_noted:
        app, sign_in_id = current_app._get_current_object(), g.came.sign_in_id  # type: ignore[attr-defined]
        response.call_on_close(lambda: note_seen(app, sign_in_id))
    return response


def note_seen(app: Flask, sign_in_id: int) -> None:
    with app.app_context():
        try:
            SignIn.note_seen(sign_in_id)
            db.session.commit()
        except SQLAlchemyError as error:
            # The next page they open notes it as well.
            app.logger.warning("A visit was not noted: %s", error)


def let_in(user: User, token: str, *, remembered: bool = False) -> None:
    """Open a new session for them; nothing of whoever used this browser before comes along."""
    is_marked = "remember_token" in request.cookies
    session.clear()
    g.pop("csrf_token", None)
    user.token = token
    login_user(user, remember=remembered)
    if is_marked and not remembered:
        session["_remember"] = "clear"


def let_out() -> None:
    """Close the session of this browser."""
    session.clear()
    g.pop("csrf_token", None)
    logout_user()


def count(*tries: tuple[Limit, str]) -> None:
    """Count a try, and keep the count whatever becomes of it. Raises TooOften."""
    until = Throttle.count(*tries)
    db.session.commit()
    if until is not None:
        raise TooOften(until)


def begin(user: User, *, remembered: bool = False) -> None:
    """A new sign-in for them in this browser; whoever was signed in here before is not any more."""
    before = this_sign_in() if current_user.is_authenticated else None
    if before is not None:
        before.end()
    token = SignIn.begin(user, address=request.remote_addr or "", agent=request.user_agent.string)
    db.session.commit()
    let_in(user, token, remembered=remembered)


def network() -> str:
    """Where the request comes from, as far as tries are counted."""
    return network_of(request.remote_addr)


def start_of(user: User) -> str:
    """Where they wanted to go, if that is one of our pages, else where their work begins."""
    return own_path(request.values.get("next")) or url_for("home.start" if user.is_staff else "portal.index")
