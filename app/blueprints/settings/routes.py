"""Own name and language, own password, own browsers."""

from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext, refresh

from app.blueprints.auth.visits import count, let_out, this_sign_in
from app.blueprints.editing import Edit
from app.blueprints.places import said
from app.blueprints.settings import bp
from app.blueprints.settings.agents import agent_name
from app.blueprints.settings.forms import PasswordForm, ProfileForm
from app.blueprints.settings.ways import ways, ways_sent
from app.domain import password
from app.domain.history import lock
from app.domain.notification import NotificationChoice
from app.domain.sign_in import SignIn
from app.domain.throttle import Limit, Throttle
from app.extensions import db
from app.web import go_to, is_partial, me, see_other, show, swap

BY_GUESSER = Limit("own password", 10, timedelta(minutes=15))

bp.add_app_template_filter(agent_name)


@bp.get("/")
def index() -> Response:
    """Everything that one sets for oneself."""
    return page("settings/index.html")


@bp.post("/profile")
def profile() -> Response:
    """Be called and spoken to like this from now on."""
    lock(me())
    edit = Edit(me(), ProfileForm.of(me()))
    if not edit.form.validate_on_submit():
        return page("settings/_profile.html", 422, profile=edit)
    if not edit.save(by=me()):
        return page("settings/_profile.html", 409, profile=edit)
    db.session.commit()
    refresh()
    return swap(otherwise=url_for(".index"), **said(_("Your settings are saved.")))


@bp.post("/password")
def change_password() -> Response:
    """A new password, which ends every other sign-in."""
    form, user_id, kept = PasswordForm(), str(me().id), me().password_hash
    if not form.validate_on_submit():
        return page("settings/_password.html", 422, password=form)
    db.session.rollback()
    count((BY_GUESSER, user_id))
    if not password.matches(kept, form.current.data):
        form.current.errors = [_("This is not the password that you have now.")]
        return page("settings/_password.html", 422, password=form)
    chosen = password.hash_password(form.password.data)
    lock(me())
    me().set_password(chosen, by=me())
    SignIn.end_all(me(), but=this_sign_in())
    Throttle.forget(BY_GUESSER, user_id)
    db.session.commit()
    return swap(
        otherwise=url_for(".index"), toast=_("Your password is changed. Other browsers are signed out.")
    )


@bp.post("/sign-ins/<int:sign_in_id>/ending")
def end_sign_in(sign_in_id: int) -> Response:
    """Sign out there."""
    theirs = next((each for each in SignIn.of(me()) if each.id == sign_in_id), None)
    if theirs is None:
        abort(404)
    is_here = theirs is this_sign_in()
    theirs.end()
    db.session.commit()
    if is_here:
        let_out()
        door = url_for("auth.sign_in")
        return go_to(door) if is_partial() else see_other(door)
    return signed_out(_("Signed out there."))


@bp.post("/sign-ins/ending")
def end_other_sign_ins() -> Response:
    """Sign out everywhere but here."""
    ended = SignIn.end_all(me(), but=this_sign_in())
    db.session.commit()
    return signed_out(
        ngettext("Signed out in %(num)d other browser.", "Signed out in %(num)d other browsers.", ended)
    )


@bp.post("/notifications")
def choose_ways() -> Response:
    """Be told of these things by these ways from now on."""
    lock(me())
    NotificationChoice.keep(me(), ways_sent(request.form))
    db.session.commit()
    told = _("You are told so from now on.")
    return swap("settings/_told.html", otherwise=url_for(".index"), toast=told, **ways())


def signed_out(what: str) -> Response:
    return swap("settings/_sign_ins.html", otherwise=url_for(".index"), toast=what, **sign_ins())


def page(fragment: str, status: int = 200, **forms: Any) -> Response:
    """The page, or the part of it that needs another look."""
    context: dict[str, Any] = {"profile": None, "password": None, **forms}
    context["profile"] = context["profile"] or Edit(me(), ProfileForm.of(me()))
    context["password"] = context["password"] or PasswordForm(formdata=None)
    return show("settings/index.html", fragment, status, **context, **sign_ins(), **ways())


def sign_ins() -> dict[str, Any]:
    return {"sign_ins": SignIn.of(me()), "here": this_sign_in()}
