"""The list of what goes out, one mail of it, and what can be done about it."""

from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _

from app.blueprints.files.sending import send
from app.blueprints.outbox import bp
from app.blueprints.outbox.listing import VIEWS, Outbox
from app.blueprints.places import address_of, changed_here
from app.domain.message import Message
from app.extensions import db
from app.i18n import organisation
from app.mail.outbound import build
from app.mail.server import MailServer
from app.security import SANDBOX
from app.web import came_from, find, me, show, swap


@bp.get("/")
def index() -> Response:
    """What went out or is to, newest first."""
    outbox = Outbox.from_args(request.args, me())
    return show(
        "outbox/index.html", "outbox/_list.html", outbox=outbox, views=VIEWS, server=MailServer.current()
    )


@bp.get("/<int:message_id>")
def mail(message_id: int) -> Response:
    """One mail: to whom, what became of it, what it says."""
    return show("outbox/show.html", "outbox/_mail.html", **about(find_mail(message_id)))


@bp.get("/<int:message_id>/body")
def body(message_id: int) -> Response:
    """What it looks like, for a frame of its own."""
    message = find_mail(message_id)
    if not message.html or not is_shown(message):
        abort(404)
    return make_response(render_template("outbox/body.html", message=message), SANDBOX)


@bp.get("/<int:message_id>/source")
def source(message_id: int) -> Response:
    """Letter by letter as it travels, headers and all."""
    message = find_mail(message_id)
    if not is_shown(message):
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="mail-{message.id}.eml"', **SANDBOX}
    mail = build(message)
    if any(each.user_id not in {None, me().id} for each in message.recipients):
        del mail["Reply-To"]  # by it we know a colleague: it is nobody else's
    return make_response(mail.as_bytes(), {"Content-Type": "message/rfc822", **headers})


@bp.get("/<int:message_id>/files/<int:place>/<path:name>")
def file(message_id: int, place: int, name: str) -> Response:
    """A file that goes with it. The name is for the reader of the address; the one that counts is ours."""
    message = find_mail(message_id)
    found = next((each for each in message.files if each.place == place), None)
    if found is None:
        abort(404)
    return send(found)


@bp.post("/<int:message_id>/cancellation")
def cancel(message_id: int) -> Response:
    """Call it off before it goes."""
    message = find_mail_to_handle(message_id)
    message.cancel(by=me())
    db.session.commit()
    return told(message, _("The mail is called off."))


@bp.post("/<int:message_id>/another-try")
def retry(message_id: int) -> Response:
    """Send it now, or once more."""
    message = find_mail_to_handle(message_id)
    message.retry(by=me())
    db.session.commit()
    return told(message, _("The mail is on its way."))


def find_mail(message_id: int) -> Message:
    return find(Message.in_outbox_of(me()).where(Message.id == message_id))


def find_mail_to_handle(message_id: int) -> Message:
    """The mail, for those who may say what becomes of it; its verbs lock it, in the order in which all do."""
    message = find_mail(message_id)
    if not message.may_be_handled_by(me()):
        abort(403)
    return message


def about(message: Message) -> dict[str, Any]:
    return {
        "message": message,
        "job": message.job if message.state == "waiting" else None,
        "server": MailServer.current(),
        "is_shown": is_shown(message),
        "is_theirs": message.may_be_handled_by(me()),
    }


def is_shown(message: Message) -> bool:
    """A link that lets somebody in is shown only where no mail leaves, to who lets people in anyway."""
    is_laptop = organisation().is_demo or MailServer.current() is None
    return not message.is_secret or (is_laptop and me().is_administrator)


def told(message: Message, what: str) -> Response:
    """The mail as it stands now; where it was pressed on the page of its case, that page."""
    case = message.event.case if message.event is not None else None
    if case is not None and (came_from() or "").partition("?")[0] == address_of(case):
        return changed_here([case], what)
    return swap(
        "outbox/_mail.html",
        otherwise=url_for(".mail", message_id=message.id),
        toast=what,
        **about(message),
    )
