"""Name, currency, zone, language and country; the mail server, and a letter that tries it."""

from typing import Any

import sqlalchemy as sa
from flask import Response, request, url_for
from flask_babel import gettext as _

from app import clock
from app.blueprints.editing import Edit
from app.blueprints.history.words import field_word
from app.blueprints.organisation import bp
from app.blueprints.organisation.forms import MailServerForm, OrganisationForm
from app.domain.errors import EditConflict
from app.domain.history import just_made
from app.domain.message import Message
from app.domain.organisation import Organisation
from app.extensions import db
from app.mail.outbound import wake_kept
from app.mail.server import MailServer
from app.web import find, me, row_id, show, swap

bp.add_app_template_filter(field_word)


@bp.get("/", endpoint="show")
def index() -> Response:
    """All of it, on one page."""
    return page("organisation/show.html")


@bp.post("/")
def edit() -> Response:
    """Be called, reckon and speak like this from now on."""
    organisation = found()
    edit = Edit(organisation, OrganisationForm.of(organisation))
    if not edit.form.validate_on_submit():
        return page("organisation/_facts.html", 422, form=edit.form, edit=edit)
    if not edit.save(by=me()):
        return page("organisation/_facts.html", 409, form=edit.form, edit=edit)
    db.session.commit()
    return swap(otherwise=url_for(".show"), toast=_("The organisation is saved."), undo=just_made())


@bp.post("/mail-server")
def set_mail_server() -> Response:
    """Let mail leave by this server; what was kept goes now."""
    organisation = found()
    form = MailServerForm.of(organisation)
    if MailServer.fixed():
        for field in (form.host, form.port, form.user, form.password):
            field.data = None
    if not form.validate_on_submit():
        return page("organisation/_mail_server.html", 422, mail=form)
    url = organisation.smtp_url if MailServer.fixed() else form.url
    password = form.password.data or None
    try:
        organisation.send_by(
            url, sender=form.sender.data, password=password, by=me(), read_at=read_at(organisation)
        )
    except EditConflict as conflict:
        form.show_untouched(organisation, read_at(organisation))
        return page("organisation/_mail_server.html", 409, mail=form, conflict=conflict)
    wake_kept()
    db.session.commit()
    return swap(otherwise=url_for(".show"), toast=_("The mail server is saved."), undo=just_made())


@bp.post("/test-mail")
def send_test() -> Response:
    """Write to whoever asks, and show how the letter fares."""
    organisation = Organisation.current()
    message = Message.send(
        [(me().name, me().email)],
        _("A test mail from Holdfast"),
        _(
            "Hello %(name)s,\n\nif you read this in your own mailbox, mail from Holdfast arrives.\n",
            name=me().name,
        ),
        sender=organisation.sender,
        sender_name=organisation.name,
        send_at=clock.now(),
    )
    db.session.commit()
    toast = _("A test mail is on its way to %(to)s.", to=me().email)
    if MailServer.current() is None:
        toast = _("A test mail is kept until there is a mail server.")
    return swap(otherwise=url_for("outbox.mail", message_id=message.id), toast=toast)


def found() -> Organisation:
    """The organisation, locked."""
    return find(sa.select(Organisation), lock=True)


def read_at(organisation: Organisation) -> int:
    return request.form.get("version", type=row_id, default=organisation.version)


def page(fragment: str, status: int = 200, **context: Any) -> Response:
    """The page, or the part of it that needs another look; the other form is as it stands."""
    organisation = Organisation.current()
    facts: dict[str, Any] = {
        "form": None,
        "edit": None,
        "mail": None,
        "conflict": None,
        "version": organisation.version,
        "server": MailServer.current(),
        "fixed": MailServer.fixed(),
        "has_password": bool(organisation.smtp_password),
        **context,
    }
    facts["form"] = facts["form"] or OrganisationForm.of(organisation, as_typed=False)
    facts["mail"] = facts["mail"] or MailServerForm.of(organisation, as_typed=False)
    return show("organisation/show.html", fragment, status, **facts)
