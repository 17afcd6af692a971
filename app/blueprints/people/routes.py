"""Inviting people, giving them roles, closing their accounts."""

import sqlalchemy as sa
from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from app.blueprints.people import bp
from app.blueprints.people.forms import MEANING, ROLES, InvitationForm, RoleForm
from app.blueprints.people.listing import VIEWS, PeopleList
from app.domain.errors import Refused
from app.domain.history import change_set, just_made, written_down
from app.domain.sign_in import Pass
from app.domain.user import User
from app.extensions import db
from app.mail import letters
from app.mail.server import MailServer
from app.once import sent_once
from app.outside import origin, outside
from app.web import find, me, show, swap


@bp.app_template_filter()
def role_name(role: str) -> str:
    """The role as people call it."""
    return str(ROLES[role])


@bp.app_template_global()
def mail_leaves() -> bool:
    """Is there a server by which mail goes out?"""
    return MailServer.current() is not None


@bp.get("/")
def index() -> Response:
    """Everybody who may sign in."""
    listed = PeopleList.from_args(request.args)
    return show("people/index.html", "people/_list.html", listed=listed, views=VIEWS)


@bp.get("/new")
def new() -> Response:
    """Ask whom to invite."""
    return asking(InvitationForm(formdata=None))


@bp.post("/")
def invite() -> Response:
    """Give somebody an account and mail them the way in."""
    form = InvitationForm()
    if not form.validate_on_submit():
        return asking(form, 422)
    origin()  # refuses before anything is made, where no link can be mailed
    sent_once(url_for(".index"))
    try:
        with change_set("act", by=me()) as made:
            user = User.invite(form.name.data, form.email.data, form.role.data, by=me())
            link = outside("auth.choose", token=Pass.issue("invitation", user))
            written_down()
            letters.invite(user, link, by=me(), event=made.events[-1])
    except (Refused, sa.exc.IntegrityError) as error:
        # Two who invite the same person at once: one of them was quicker.
        db.session.rollback()
        taken = str(error) if isinstance(error, Refused) else _("Somebody has this address already.")
        form.email.errors = [taken]
        return asking(form, 422)
    db.session.commit()
    said = _("%(name)s is invited.", name=user.name)
    if MailServer.current() is None:
        said += " " + _("No mail server is set, so the letter is kept. Their page has a link to hand over.")
    return swap(otherwise=url_for(".index"), toast=said, undo=made)


@bp.get("/<int:user_id>")
def person(user_id: int) -> Response:
    """One of them."""
    user = find(sa.select(User).where(User.id == user_id, User.deleted_at.is_(None)))
    return show(
        "people/show.html", "people/_person.html", user=user, form=RoleForm(obj=user), meaning=MEANING
    )


@bp.post("/<int:user_id>/invitation")
def invite_again(user_id: int) -> Response:
    """Mail a new link, or show it where mail is kept; the one before it opens nothing any more."""
    user = find_person(user_id)
    if user.has_joined or not user.is_active:
        raise Refused(_("%(name)s needs no invitation.", name=user.name))
    link = outside("auth.choose", token=Pass.issue("invitation", user))
    letters.invite(user, link, by=me())
    db.session.commit()
    if MailServer.current() is None:  # the only way in is from hand to hand, and it is shown this once
        return show(
            "people/show.html",
            "people/_person.html",
            user=user,
            form=RoleForm(formdata=None, obj=user),
            meaning=MEANING,
            link=link,
        )
    return told(user, _("%(name)s gets a new link by mail.", name=user.name))


@bp.post("/<int:user_id>/role")
def give_role(user_id: int) -> Response:
    """Let them do more, or less, from their next click on."""
    user, form = find_person(user_id), RoleForm()
    if not form.validate_on_submit():
        return show("people/show.html", "people/_person.html", 422, user=user, form=form, meaning=MEANING)
    user.give_role(form.role.data, by=me())
    db.session.commit()
    if just_made() is None:
        return told(user, _("%(name)s had this role already.", name=user.name))
    return told(user, _("%(name)s has the role %(role)s now.", name=user.name, role=ROLES[user.role]))


@bp.post("/<int:user_id>/deactivation")
def deactivate(user_id: int) -> Response:
    """Out everywhere, at once."""
    user = find_person(user_id)
    user.deactivate(by=me())
    db.session.commit()
    return told(user, _("%(name)s is deactivated and signed out.", name=user.name))


@bp.post("/<int:user_id>/reactivation")
def reactivate(user_id: int) -> Response:
    """In again, with the password they had."""
    user = find_person(user_id)
    user.reactivate(by=me())
    db.session.commit()
    return told(user, _("%(name)s may sign in again.", name=user.name))


def asking(form: InvitationForm, status: int = 200) -> Response:
    return show("people/new.html", "people/_new.html", status, form=form, meaning=MEANING, roles=ROLES)


def find_person(user_id: int) -> User:
    """Them, locked together with all who administer."""
    return User.locked_with_administrators(user_id) or abort(404)


def told(user: User, what: str) -> Response:
    """Their panel as it stands now, with what was done and the way back."""
    return swap(
        "people/_person.html",
        otherwise=url_for(".person", user_id=user.id),
        toast=what,
        undo=just_made(),
        user=user,
        form=RoleForm(formdata=None, obj=user),
        meaning=MEANING,
    )
