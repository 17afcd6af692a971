"""Pages of partners, and an address for everything that one can do to them."""

from collections import Counter

from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from app.blueprints.editing import Edit
from app.blueprints.partners import bp
from app.blueprints.partners.forms import PartnerForm
from app.blueprints.partners.listing import PartnerList
from app.blueprints.partners.page import PartnerPage
from app.blueprints.places import changed, said, show_history
from app.domain.finding import found_by_name
from app.domain.partner import Partner
from app.domain.text import clean
from app.extensions import db
from app.once import sent_once
from app.web import find_known, me, row_id, show, swap

OFFERED = 8


# Reading


@bp.get("/")
def index() -> Response:
    """Partners by name, a page at a time."""
    listed = PartnerList.from_args(request.args, me())
    return show("partners/index.html", "partners/_table.html", listed=listed)


@bp.get("/<int:partner_id>", endpoint="show")
def display(partner_id: int) -> Response:
    """Everything about a customer at one look."""
    partner = find_partner(partner_id)
    page = PartnerPage(partner, me())
    return show("partners/show.html", "partners/_partner.html", partner=partner, page=page)


@bp.get("/<int:partner_id>/history")
def history(partner_id: int) -> Response:
    """The stream, of the kind that is asked for; then older lines, a page at a time."""
    partner = find_partner(partner_id)
    return show_history(partner, PartnerPage(partner, me()))


@bp.get("/names")
def names() -> str:
    """Names with what is being typed in them, for the fields that take a partner."""
    typed = clean(request.args.get(request.args.get("field", "q"), ""))[:100]
    query = Partner.visible_to(me()).where(~Partner.archived)
    found = found_by_name(query, Partner, typed, OFFERED)
    times = Counter(each.name_folded for each in found)
    shared = {name for name, count in times.items() if count > 1}
    return render_template("partners/_names.html", partners=found, shared=shared, typed=typed)


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
    sent = sent_once()
    likely = Partner.resembling(form.name.data, form.email.data, user=me())
    if likely and "anyway" not in request.form:
        return ask_new(form, 422, likely)
    values = form.values
    partner = Partner.make(values.pop("name"), by=me(), **values)
    sent.address = url_for(".show", partner_id=partner.id)
    db.session.commit()
    return swap(otherwise=sent.address, **said(_("Partner created.")))


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
    return swap(otherwise=url_for(".show", partner_id=partner.id), **said(_("Saved.")))


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


def find_partner(partner_id: int, to: str | None = None, *, lock: bool = True) -> Partner:
    return find_known(Partner, partner_id, to, lock=lock)


def done(partner: Partner, toast: str) -> Response:
    """The act is kept; the page answers as it is now, with the way back."""
    db.session.commit()
    return changed(partner, toast)
