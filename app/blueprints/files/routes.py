"""Attaching, fetching and taking off files."""

from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _
from flask_babel import ngettext

from app.blueprints.files import bp
from app.blueprints.files.sending import send
from app.blueprints.files.storing import MOST_AT_ONCE, store
from app.blueprints.places import address_of, context_of, path_of_act
from app.domain.case import Case
from app.domain.file import Attachment, Listed
from app.domain.history import just_made, lock
from app.domain.partner import Partner
from app.extensions import db
from app.once import sent_once
from app.web import find, find_known, me, show, swap


@bp.app_template_global()
def attachments_on(record: Any) -> list[Listed]:
    """What is attached to a case or partner, for the part of its page that shows it."""
    return Attachment.listed_on(record)


@bp.get("/cases/<int:case_id>/attachments")
def of_case(case_id: int) -> Response:
    """The files of a case."""
    return listed(find_known(Case, case_id))


@bp.post("/cases/<int:case_id>/attachments")
def attach_to_case(case_id: int) -> Response:
    """Put files on a case."""
    return attach(Case, case_id)


@bp.get("/partners/<int:partner_id>/attachments")
def of_partner(partner_id: int) -> Response:
    """The files of a partner."""
    return listed(find_known(Partner, partner_id))


@bp.post("/partners/<int:partner_id>/attachments")
def attach_to_partner(partner_id: int) -> Response:
    """Put files on a partner."""
    return attach(Partner, partner_id)


@bp.get("/files/<int:attachment_id>/<path:name>")
def fetch(attachment_id: int, name: str) -> Response:
    """The file itself. The name is for the reader of the address; the one that counts is ours."""
    return send(find_attachment(attachment_id))


@bp.post("/files/<int:attachment_id>/removal")
def remove(attachment_id: int) -> Response:
    """Take a file off; Undo puts it back."""
    attachment = find_attachment(attachment_id)
    about = attachment.about
    if not me().may("attach", about):
        abort(403)
    lock(about, attachment)
    attachment.remove(by=me())
    db.session.commit()
    return changed(about, _("%(name)s is taken off.", name=attachment.name))


def attach(cls: type[Case | Partner], record_id: int) -> Response:
    """Store what was sent, then put it on the record; what cannot be kept is named, and keeps nothing else off.

    The bytes are stored first, piece by piece and outside of the act, so that nobody waits for them.
    """
    record = find_known(cls, record_id, "attach", lock=False)
    sent = [each for each in request.files.getlist("file") if each.filename]
    if not sent:
        return listed(record, 422, [_("Choose a file first.")])
    if len(sent) > MOST_AT_ONCE:
        return listed(record, 422, [_("Up to %(most)s files go at once.", most=MOST_AT_ONCE)])
    stored, wrong = store(sent)
    record = find_known(cls, record_id, "attach")
    if stored:
        sent_once(address_of(record))
        Attachment.add(record, [each.named for each in stored], by=me())
        db.session.commit()
    attached = ngettext("%(num)d file attached.", "%(num)d files attached.", len(stored))
    if wrong:
        return listed(find_known(cls, record_id), 422, [*wrong, *([attached] if stored else [])])
    return changed(record, attached)


def changed(record: Any, toast: str) -> Response:
    """The files as they are now, and the history beside them if it is on the page where this was done."""
    return swap(
        "files/attachments.swap.html",
        changed=f"{record.record_kind}-changed",
        otherwise=address_of(record),
        toast=toast,
        undo=just_made(),
        record=record,
        wrong=[],
        has_history=path_of_act() == address_of(record),
        **context_of(record),
    )


def listed(record: Any, status: int = 200, wrong: list[str] | None = None) -> Response:
    page = address_of(record)
    return show(
        "files/show.html", "files/_attachments.html", status, record=record, wrong=wrong or [], page=page
    )


def find_attachment(attachment_id: int) -> Attachment:
    return find(Attachment.visible_to(me()).where(Attachment.id == attachment_id))
