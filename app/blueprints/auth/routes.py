"""Signing in and out, and choosing a password by a link that was mailed."""

from datetime import timedelta

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.blueprints.auth import bp
from app.blueprints.auth.forms import ChooseForm, ForgottenForm, SignInForm
from app.blueprints.auth.visits import begin, count, let_out, network, start_of, this_sign_in
from app.domain import password
from app.domain.sign_in import Pass, SignIn
from app.domain.throttle import Limit, Throttle
from app.domain.user import User
from app.extensions import db
from app.mail import letters
from app.mail.server import MailServer
from app.outside import origin, outside
from app.web import is_partial, see_other, show, signed_in_again, tell

BY_ACCOUNT = Limit("sign-in account", 10, timedelta(minutes=15))
BY_ADDRESS = Limit("sign-in address", 50, timedelta(minutes=15))
RESET_BY_ACCOUNT = Limit("reset account", 3, timedelta(hours=1))
RESET_BY_ADDRESS = Limit("reset address", 20, timedelta(hours=1))


@bp.context_processor
def post_office() -> dict[str, bool]:
    """Does mail leave this Holdfast? Nobody is promised any where none does."""
    return {"has_mail": MailServer.current() is not None}


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
        form.form_errors.append(
            _("That e-mail and password do not belong together. Try again, or ask for a new password.")
        )
        return ask(form, 422)
    Throttle.forget(BY_ACCOUNT, user.email)
    Throttle.give_back(BY_ADDRESS, network())
    begin(user, remembered=form.remember.data)
    return signed_in_again(user.id) if is_partial() else see_other(start_of(user))


@bp.post("/sign-out")
def sign_out() -> Response:
    """Leave, in this browser."""
    if current_user.is_authenticated and (mine := this_sign_in()):
        mine.end()
        db.session.commit()
    let_out()
    return see_other(url_for(".sign_in"))


@bp.get("/password/forgotten")
def forgotten() -> str:
    """Ask for a link."""
    return render_template("auth/forgotten.html", form=ForgottenForm(formdata=None))


@bp.post("/password/forgotten")
def send_link() -> Response:
    """Mail a link to whoever has this address; the answer is the same if nobody has."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return make_response(render_template("auth/forgotten.html", form=form), 422)
    origin()  # refuses everybody alike where no link can be mailed
    count((RESET_BY_ADDRESS, network()), (RESET_BY_ACCOUNT, form.email.data.casefold()))
    user = User.with_email(form.email.data)
    if user is not None and user.is_active:
        letters.reset(user, outside("auth.choose", token=Pass.issue("reset", user)))
        db.session.commit()
    return see_other(url_for(".link_sent"))


@bp.get("/password/sent")
def link_sent() -> str:
    """Say where to look, without saying who has an account."""
    return render_template("auth/sent.html")


@bp.get("/password/<token>")
def choose(token: str) -> Response:
    """Choose a password by a mailed link. Looking at it uses nothing up: mail programs look at links."""
    opened = Pass.valid(token)
    return choosing(opened.user, ChooseForm(formdata=None)) if opened else opens_nothing()


@bp.post("/password/<token>")
def set_password(token: str) -> Response:
    """The new password holds, in this browser and nowhere else."""
    form, opened = ChooseForm(), Pass.valid(token)
    if opened is None:
        return opens_nothing()
    if not form.validate_on_submit():
        return choosing(opened.user, form, 422)
    db.session.rollback()
    chosen = password.hash_password(form.password.data)
    user = Pass.use(token)
    if user is None:
        return opens_nothing()
    user.set_password(chosen, by=user)
    SignIn.end_all(user)
    Throttle.forget(BY_ACCOUNT, user.email)
    begin(user)
    tell(_("Your password is set."))
    return see_other(start_of(user))


def ask(form: SignInForm, status: int = 200) -> Response:
    return show("auth/sign_in.html", "shared/_sign_in.html", status, form=form)


def recognised(email: str, typed: str) -> User | None:
    """Whose address and password these are. Takes as long, and says as little, for one that nobody has."""
    user = User.with_email(email)
    user_id, kept = (user.id, user.password_hash) if user is not None and user.is_active else (None, None)
    db.session.rollback()  # looking at a password takes long: nobody waits for us meanwhile
    if not password.matches(kept, typed):
        return None
    user = db.session.get(User, user_id)
    return user if user is not None and user.is_active and user.password_hash == kept else None


def choosing(user: User, form: ChooseForm, status: int = 200) -> Response:
    return kept_to_oneself(render_template("auth/choose.html", user=user, form=form), status)


def opens_nothing() -> Response:
    """The same for a link that was used, is too old, or never was."""
    return kept_to_oneself(render_template("auth/opens_nothing.html"), 404)


def kept_to_oneself(page: str, status: int) -> Response:
    """The address of this page is a key: it is told to nobody and kept nowhere."""
    return make_response(page, status, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
