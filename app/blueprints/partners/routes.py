"""Pages of partners, and an address for everything that one can do to them."""

import sqlalchemy as sa
from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.blueprints.editing import Edit
from app.blueprints.partners import bp
from app.blueprints.partners.forms import PartnerForm, RemarkForm
from app.blueprints.partners.narrowing import narrowings
from app.blueprints.partners.page import PartnerPage
from app.blueprints.places import changed
from app.domain.history import just_made
from app.domain.partner import Partner
from app.domain.text import clean, fold
from app.extensions import db
from app.web import find_known, me, row_id, show, swap

ON_PAGE = 50
OFFERED = 8


# Reading


@bp.get("/")
def index() -> Response:
    """Partners by name, a page at a time."""
    typed, kind = clean(request.args.get("q", "")).strip()[:100], request.args.get("kind", "")
    query = Partner.visible_to(me()).where(~Partner.archived)
    if typed:
        query = query.where(Partner.name_folded.contains(fold(typed), autoescape=True))
    if kind in {"company", "person"}:
        query = query.where(Partner.is_company.is_(kind == "company"))
    narrowed = narrowings(request.args)
    query = query.where(*(each.clause for each in narrowed))
    after_name, after_id = request.args.get("name", ""), request.args.get("after", type=row_id)
    if after_id is not None:
        query = query.where(
            sa.or_(
                Partner.name_folded > after_name,
                sa.and_(Partner.name_folded == after_name, Partner.id > after_id),
            )
        )
    loaded = (joinedload(Partner.company), joinedload(Partner.salesperson), joinedload(Partner.country))
    query = query.options(*loaded).order_by(Partner.name_folded, Partner.id).limit(ON_PAGE + 1)
    found = list(db.session.scalars(query))
    return show(
        "partners/index.html",
        "partners/_table.html",
        partners=found[:ON_PAGE],
        last=found[ON_PAGE - 1] if len(found) > ON_PAGE else None,
        is_first=after_id is None,
        typed=typed,
        kind=kind,
        narrowed=narrowed,
        also={each.field: each.value for each in narrowed},
    )


@bp.get("/<int:partner_id>", endpoint="show")
def display(partner_id: int) -> Response:
    """Everything about a customer at one look."""
    partner = find_partner(partner_id)
    page = PartnerPage(partner, me(), request.args.get("before", type=row_id))
    return show("partners/show.html", "partners/_partner.html", partner=partner, page=page)


@bp.get("/<int:partner_id>/history")
def history(partner_id: int) -> Response:
    """Older lines of the stream, a page at a time."""
    partner = find_partner(partner_id)
    page = PartnerPage(partner, me(), request.args.get("before", type=row_id))
    return show(
        "partners/history.html",
        "partners/_more.html",
        partner=partner,
        page=page,
        day=request.args.get("day"),
    )


@bp.get("/names")
def names() -> str:
    """Names that begin like what is being typed, for the fields that take a partner."""
    typed = fold(clean(request.args.get(request.args.get("field", "q"), "")))[:100]
    query = Partner.visible_to(me()).where(
        Partner.name_folded.startswith(typed, autoescape=True), ~Partner.archived
    )
    found = (
        list(db.session.scalars(query.order_by(Partner.name_folded, Partner.id).limit(OFFERED)))
        if typed
        else []
    )
    shared = {
        each.name_folded for each in found if [one.name_folded for one in found].count(each.name_folded) > 1
    }
    return render_template("partners/_names.html", partners=found, shared=shared)


@bp.get("/likely")
def likely() -> str:
    """Those who may be meant by the name or address that is being typed for a new one."""
    name, email = clean(request.args.get("name", "")), clean(request.args.get("email", ""))
    return render_template("partners/_likely.html", likely=Partner.resembling(name, email, user=me()))


# Making and editing


@bp.get("/new")
def new() -> Response:
    """The blank form."""
    refuse_unless_maker()
    form = PartnerForm(formdata=None, salesperson_id=me().id, name=request.args.get("name"))
    company_id = request.args.get("company_id", type=row_id)
    if company_id is not None:
        form.company_id.process_data(company_id)
        form.is_company.process_data(False)
    return ask_new(form)


@bp.post("/new")
def create() -> Response:
    """Come to know somebody; whoever may be the same is offered once."""
    refuse_unless_maker()
    form = PartnerForm()
    if not form.validate_on_submit():
        return ask_new(form, 422)
    likely = Partner.resembling(form.name.data, form.email.data, user=me())
    if likely and "anyway" not in request.form:
        return ask_new(form, 422, likely)
    values = form.values
    partner = Partner.make(values.pop("name"), by=me(), **values)
    db.session.commit()
    address = url_for(".show", partner_id=partner.id)
    return swap(otherwise=address, toast=_("Partner created."), undo=just_made())


def refuse_unless_maker() -> None:
    if not me().may("make", Partner):
        abort(403, _("Partners are not yours to make."))


def ask_new(form: PartnerForm, status: int = 200, likely: list[Partner] | None = None) -> Response:
    return show("partners/new.html", "partners/_new.html", status, form=form, likely=likely or [])


@bp.get("/<int:partner_id>/edit", endpoint="edit")
def ask_facts(partner_id: int) -> Response:
    """All facts in one form, with the version that they were read at."""
    partner = find_partner(partner_id, to="edit", lock=False)
    return ask_edit(Edit(partner, PartnerForm(formdata=None, obj=partner, record=partner)))


@bp.post("/<int:partner_id>/edit")
def update(partner_id: int) -> Response:
    """Keep what was edited; where somebody was quicker, both values are shown and one is chosen."""
    partner = find_partner(partner_id, to="edit")
    edit = Edit(partner, PartnerForm(obj=partner, record=partner))
    if not edit.form.validate_on_submit():
        return ask_edit(edit, 422)
    if not edit.save(by=me()):
        return ask_edit(edit, 409)
    db.session.commit()
    return swap(otherwise=url_for(".show", partner_id=partner.id), toast=_("Saved."), undo=just_made())


def ask_edit(edit: Edit, status: int = 200) -> Response:
    return show(
        "partners/edit.html", "partners/_edit.html", status, partner=edit.record, form=edit.form, edit=edit
    )


# Acts


@bp.post("/<int:partner_id>/archive")
def archive(partner_id: int) -> Response:
    partner = find_partner(partner_id, to="archive")
    partner.archive(by=me())
    return done(partner, _("Archived."))


@bp.post("/<int:partner_id>/unarchive")
def unarchive(partner_id: int) -> Response:
    partner = find_partner(partner_id, to="unarchive")
    partner.unarchive(by=me())
    return done(partner, _("Out of the archive."))


@bp.post("/<int:partner_id>/deletion")
def deletion(partner_id: int) -> Response:
    partner = find_partner(partner_id, to="delete")
    partner.delete(by=me())
    return done(partner, _("Deleted. It stays in the bin for 30 days."))


@bp.post("/<int:partner_id>/notes")
def note(partner_id: int) -> Response:
    """Write something down about them."""
    partner, form = find_partner(partner_id, to="note"), RemarkForm()
    if not form.validate_on_submit():
        page = PartnerPage(partner, me(), note_form=form)
        return show("partners/show.html", "partners/_partner.html", 422, partner=partner, page=page)
    partner.note(form.text.data, by=me())
    db.session.commit()
    return changed(partner, _("Written down."), undo=False, fresh="compose")


def find_partner(partner_id: int, to: str | None = None, *, lock: bool = True) -> Partner:
    return find_known(Partner, partner_id, to, lock=lock)


def done(partner: Partner, toast: str) -> Response:
    """The act is kept; the page answers as it is now, with the way back."""
    db.session.commit()
    return changed(partner, toast)
