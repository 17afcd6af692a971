"""Templates of mail as they look on real cases, beside the lists in which they are set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, request
from flask_babel import lazy_gettext as _

from app.blueprints.forms import Form
from app.blueprints.mail import bp
from app.blueprints.written import CaseField
from app.domain import wording
from app.domain.case import Case
from app.domain.mail_template import FilledMail, MailTemplate
from app.extensions import db
from app.web import find, me, show


class OnCaseForm(Form):
    """Which case a template is shown on; without a word the newest."""

    case: Any = CaseField(_("Case"))


@dataclass(frozen=True)
class Shown:
    """A template on a case, and the form that names one."""

    form: OnCaseForm
    case: Case | None
    filled: FilledMail | None


@bp.app_template_global()
def wording_fields() -> list[wording.Field]:
    """What a text may say of a case."""
    return list(wording.FIELDS.values())


@bp.app_template_global()
def template_on(template: MailTemplate) -> Shown:
    """The template on the case that the address names, else on the newest that fits it."""
    form = OnCaseForm(formdata=request.args if "case" in request.args else None, meta={"csrf": False})
    form.known_as("shown")
    known = Case.visible_to(me())
    if form.case.raw_data and not form.validate():
        return Shown(form, None, None)
    if form.case.data:
        known = known.where(Case.id == form.case.data)
    elif template.kind:
        known = known.where(Case.kind == template.kind)
    case = db.session.scalars(known.order_by(Case.id.desc()).limit(1)).first()
    return Shown(form, case, template.filled(case, me()) if case is not None else None)


@bp.get("/mail-templates/<int:template_id>/on-case")
def on_case(template_id: int) -> Response:
    """What it says of a real case, with what that leaves open."""
    if not me().may("configure", MailTemplate):
        abort(403)
    template = find(
        sa.select(MailTemplate).where(MailTemplate.id == template_id, MailTemplate.deleted_at.is_(None))
    )
    return show("mail/on_case.html", "mail/_on_case.html", template=template, shown=template_on(template))
