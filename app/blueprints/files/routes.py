"""Attaching, fetching and taking off files."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.blueprints.files import bp
from app.blueprints.files.sending import send
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.file import Attachment, File
from app.domain.history import just_made, lock
from app.domain.partner import Partner
from app.extensions import db
from app.web import find, me, show, swap

MOST_AT_ONCE = 20


@bp.app_template_global()
def attachments_on(record: Any) -> list[Attachment]:
    """What is attached to a case or partner, for the part of its page that shows it."""
    return Attachment.on(record)


@bp.get("/cases/<int:case_id>/attachments")
def of_case(case_id: int) -> Response:
    """The files of a case."""
    return listed(find_case(case_id))


@bp.post("/cases/<int:case_id>/attachments")
def attach_to_case(case_id: int) -> Response:
    """Put files on a case."""
    return attach(lambda *, lock=False: find_case(case_id, lock=lock))


@bp.get("/partners/<int:partner_id>/attachments")
def of_partner(partner_id: int) -> Response:
    """The files of a partner."""
    return listed(find_partner(partner_id))


@bp.post("/partners/<int:partner_id>/attachments")
def attach_to_partner(partner_id: int) -> Response:
    """Put files on a partner."""
    return attach(lambda *, lock=False: find_partner(partner_id, lock=lock))


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


def attach(find_record: Callable[..., Any]) -> Response:
    """Store what was sent, then put it on the record.

    The bytes are stored first, piece by piece and outside of the act, so that nobody waits for them.
    """
    record = find_record()
    if not me().may("attach", record):
        abort(403)
    sent = [each for each in request.files.getlist("file") if each.filename]
    if not sent:
        return listed(record, 422, _("Choose a file first."))
    if len(sent) > MOST_AT_ONCE:
        return listed(record, 422, _("Up to %(most)s files go at once.", most=MOST_AT_ONCE))
    try:
        stored = [(each.filename, File.store(each.stream).id) for each in sent]
    except Refused as refusal:
        return listed(find_record(), 422, str(refusal))
    record = find_record(lock=True)
    if not me().may("attach", record):
        abort(403)
    Attachment.add(record, [(name, db.session.get_one(File, file_id)) for name, file_id in stored], by=me())
    db.session.commit()
    return changed(record, ngettext("%(num)d file attached.", "%(num)d files attached.", len(stored)))


def changed(record: Any, toast: str) -> Response:
    return swap(
        "files/_attachments.html",
        changed=f"{record.record_kind}-changed",
        otherwise=page_of(record),
        toast=toast,
        undo=just_made(),
        record=record,
        wrong=None,
    )


def listed(record: Any, status: int = 200, wrong: str | None = None) -> Response:
    return show(
        "files/show.html", "files/_attachments.html", status, record=record, wrong=wrong, page=page_of(record)
    )


def page_of(record: Any) -> str:
    if isinstance(record, Case):
        return url_for("cases.show", case_id=record.id)
    return url_for("partners.show", partner_id=record.id)


def find_case(case_id: int, *, lock: bool = False) -> Case:
    return find(Case.visible_to(me()).where(Case.id == case_id), lock=lock)


def find_partner(partner_id: int, *, lock: bool = False) -> Partner:
    return find(Partner.visible_to(me()).where(Partner.id == partner_id), lock=lock)


def find_attachment(attachment_id: int) -> Attachment:
    return find(Attachment.visible_to(me()).where(Attachment.id == attachment_id))
