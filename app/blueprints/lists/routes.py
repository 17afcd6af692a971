"""Adding, editing, ordering, archiving and deleting entries, where they stand."""

from flask import Response, abort, request
from flask_babel import gettext as _

from app.blueprints.editing import Edit
from app.blueprints.lists import bp
from app.blueprints.lists.answers import (
    ask,
    changed,
    entry_page,
    listing_of,
    page,
    put_away,
    rest,
    shown,
    told,
)
from app.blueprints.lists.asking import (
    find_entry,
    find_kind,
    find_listed,
    form_of,
    groups_of_mine,
    is_kept,
    kept_for_the_next,
    new_form,
)
from app.blueprints.lists.page import Listing, blank, counts, label
from app.domain.history import just_made
from app.extensions import db
from app.web import me, row_id, show, swap

bp.add_app_template_filter(label, "column_label")
bp.add_app_template_filter(blank, "column_blank")


# Reading


@bp.get("/")
def index() -> Response:
    """All lists, each with the number of its entries."""
    groups = groups_of_mine()
    if not groups:
        abort(403)
    return show("lists/index.html", "lists/_lists.html", groups=groups, counts=counts())


@bp.get("/<name>/")
def entries(name: str) -> Response:
    """One list."""
    return page(find_kind(name))


@bp.get("/<name>/<int:entry_id>")
def entry(name: str, entry_id: int) -> Response:
    """One entry of a list that has more to say than fits a row."""
    kind = find_kind(name)
    found = find_entry(kind, entry_id)
    if not kind.further:
        abort(404)
    return entry_page(kind, found)


@bp.get("/<name>/<int:entry_id>/<field>")
def cell(name: str, entry_id: int, field: str) -> Response:
    """One field as a form, or, for who leaves it, as it stands."""
    kind = find_kind(name)
    found = find_entry(kind, entry_id, theirs=True)
    form = form_of(kind, field)
    if "leave" in request.args:
        return rest(kind, found, field)
    return ask(kind, field, Edit(found, form(formdata=None, obj=found)))


# Changing


@bp.post("/<name>/")
def add(name: str) -> Response:
    """One more, at the foot; the form stays open for the next."""
    kind = find_kind(name)
    form = new_form(kind)
    if not form.validate_on_submit() or not is_kept(form, kind, lambda: kind.cls.make(by=me(), **form.facts)):
        return page(kind, 422, "lists/_new.html", form=form)
    db.session.commit()
    listing = Listing.at_the_foot(kind)
    return swap(
        "lists/added.swap.html",
        otherwise=listing.address(listing.page, _anchor="new-entry"),
        toast=_("Added."),
        undo=just_made(),
        form=new_form(kind, formdata=None, **kept_for_the_next(kind, form)),
        **shown(kind, listing=listing),
    )


@bp.post("/<name>/<int:entry_id>/<field>")
def edit(name: str, entry_id: int, field: str) -> Response:
    """Keep what was typed; where somebody was quicker, both values are shown and one is chosen."""
    kind = find_kind(name)
    found = find_entry(kind, entry_id, theirs=True, lock=True)
    edit = Edit(found, form_of(kind, field)(obj=found))
    saved: list[bool] = []
    if not edit.form.validate_on_submit() or not is_kept(
        edit.form, kind, lambda: saved.append(edit.save(by=me()))
    ):
        return ask(kind, field, edit, 422)
    if not saved[0]:
        return ask(kind, field, edit, 409)
    db.session.commit()
    return told(kind, found, field)


@bp.post("/<name>/<int:entry_id>/position")
def position(name: str, entry_id: int) -> Response:
    """Stand right below the entry that is named, or with none on top."""
    kind = find_kind(name)
    found = find_entry(kind, entry_id, theirs=True)  # locked with those beside it, all in one order
    if not kind.is_ordered:
        abort(404)
    above_id = request.form.get("above", type=row_id)
    above = find_entry(kind, above_id) if above_id else None
    went = found.stand_below(above, by=me())
    db.session.commit()
    listing = listing_of(kind)
    beside = [row.entry.id for row in listing.rows if row.within == getattr(found, found.within or "", "")]
    place = beside.index(found.id) + 1 if found.id in beside else 1
    toast = _("“%(name)s” is number %(place)s of %(total)s now.", name=found, place=place, total=len(beside))
    return changed(kind, toast, listing=listing, held=found.id, way="up" if went < 0 else "down")


@bp.post("/<name>/<int:entry_id>/archive")
def archive(name: str, entry_id: int) -> Response:
    """Offer it no more."""
    kind, found = find_listed(name, entry_id)
    found.archive(by=me())
    return put_away(kind, _("“%(name)s” is archived: it stays where it is used.", name=found))


@bp.post("/<name>/<int:entry_id>/unarchive")
def unarchive(name: str, entry_id: int) -> Response:
    """Offer it again."""
    kind, found = find_listed(name, entry_id)
    found.unarchive(by=me())
    return put_away(kind, _("“%(name)s” is offered again.", name=found))


@bp.post("/<name>/<int:entry_id>/deletion")
def deletion(name: str, entry_id: int) -> Response:
    """Away with it, if nothing names it."""
    kind = find_kind(name)
    found = find_entry(kind, entry_id, theirs=True, lock=True)
    found.delete(by=me())
    return put_away(kind, _("“%(name)s” is deleted.", name=found))
