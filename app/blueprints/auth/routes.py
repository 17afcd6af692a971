"""Signing in and out, and choosing a password by a link that was mailed."""

from datetime import timedelta

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.blueprints.auth import bp
from app.blueprints.auth.forms import SignInForm
from app.blueprints.auth.visits import let_in, let_out, network, start_of, this_sign_in
from app.domain import password
from app.domain.errors import TooOften
from app.domain.sign_in import SignIn
from app.domain.throttle import Limit, Throttle
from app.domain.user import User
from app.extensions import db
from app.web import is_partial, see_other, show, signed_in_again

BY_ACCOUNT = Limit("sign-in account", 10, timedelta(minutes=15))
BY_ADDRESS = Limit("sign-in address", 50, timedelta(minutes=15))


@bp.get("/sign-in")
def sign_in() -> Response:
    """The door; who is in already goes on."""
    if current_user.is_authenticated:
        return see_other(start_of(current_user))
    return ask(SignInForm(formdata=None, next=request.args.get("next")))


@bp.post("/sign-in")
def enter() -> Response:
    """Let them in, if the password is theirs."""
    form = SignInForm()
    if not form.validate_on_submit():
        return ask(form, 422)
    count((BY_ADDRESS, network()), (BY_ACCOUNT, form.email.data.casefold()))
    user = recognised(form.email.data, form.password.data)
    if user is None:
        form.form_errors.append(_("That e-mail and password do not belong together."))
        return ask(form, 422)
    Throttle.forget(BY_ACCOUNT, user.email)
    Throttle.give_back(BY_ADDRESS, network())
    begin(user, remembered=form.remember.data)
    return signed_in_again(user.id) if is_partial() else see_other(start_of(user))


@bp.get("/password/forgotten")
def forgotten() -> Response:
    return ask(SignInForm(formdata=None))


@bp.post("/sign-out")
def sign_out() -> Response:
    """Leave, in this browser."""
    if current_user.is_authenticated and (mine := this_sign_in()):
        mine.end()
        db.session.commit()
    let_out()
    return see_other(url_for(".sign_in"))


def ask(form: SignInForm, status: int = 200) -> Response:
    return show("auth/sign_in.html", "shared/_sign_in.html", status, form=form)


def count(*tries: tuple[Limit, str]) -> None:
    """Count a try, and keep the count whatever becomes of it. Raises TooOften."""
    until = Throttle.count(*tries)
    db.session.commit()
    if until is not None:
        raise TooOften(until)


def recognised(email: str, typed: str) -> User | None:
    """Whose address and password these are. Takes as long, and says as little, for one that nobody has."""
    user = User.with_email(email)
    user_id, kept = (user.id, user.password_hash) if user is not None and user.is_active else (None, None)
    db.session.rollback()  # looking at a password takes long: nobody waits for us meanwhile
    if not password.matches(kept, typed):
        return None
    user = db.session.get(User, user_id)
    return user if user is not None and user.is_active and user.password_hash == kept else None


def begin(user: User, *, remembered: bool = False) -> None:
    """A new sign-in for them in this browser; whoever was signed in here before is not any more."""
    if current_user.is_authenticated and (before := this_sign_in()):
        before.end()
    token = SignIn.begin(user, address=request.remote_addr or "", agent=request.user_agent.string)
    db.session.commit()
    let_in(user, token, remembered=remembered)
