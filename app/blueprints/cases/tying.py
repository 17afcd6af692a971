"""Making and cutting the ties of a case: tags, watchers and copies, other records; each answers with its fact."""

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, render_template, request
from flask_babel import gettext as _

from app.blueprints.cases import bp
from app.blueprints.cases.facts import FACTS
from app.blueprints.cases.fields import ask_tie, find_fact, written
from app.blueprints.cases.ties import FORMS, TieForm, products
from app.blueprints.places import address_of, changed, said
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.finding import found_by_name
from app.domain.lists import Tag
from app.domain.partner import Partner
from app.domain.text import clean
from app.domain.user import User
from app.extensions import db
from app.web import came_from, find, is_partial, me, swap, tell

OFFERED = 8


def tied(case: Case, name: str, toast: str, already: str | None = None) -> Response:
    """A tie was made or cut: the fact, ready for the next."""
    db.session.commit()
    if not (is_partial() and case.is_visible_to(me())):
        return changed(case, toast, already=already)
    told = said(toast, already)
    tell(told["toast"], undo=told["undo"])
    form = FORMS[name](formdata=None).known_as(f"in-{name}")
    return written(case, FACTS[name], "cases/tied.swap.html", form=form)


@bp.post("/<int:case_id>/tags")
def tag(case_id: int) -> Response:
    """Mark it with a tag; a new word becomes one, if one may set them up."""
    fact, form = FACTS["tags"], FORMS["tags"]()
    case, page = find_fact(case_id, fact)
    if not form.validate_on_submit():
        return ask_tie(page, fact, form, 422)
    case.tag(db.session.get(Tag, form.tag_id.data or 0) or new_tag(form.new.data), by=me())
    return tied(case, "tags", _("Tagged."), _("It has this tag already."))


def new_tag(name: str) -> Tag:
    """The tag of this name; made, if there is none."""
    known = db.session.scalars(sa.select(Tag).where(Tag.name == name, Tag.is_offered())).first()
    if known is not None:
        return known
    if not me().may("configure", Tag):
        abort(403, _("New tags are set up by who may configure."))
    return Tag.make(by=me(), name=name)


@bp.post("/<int:case_id>/tags/<int:tag_id>/removal")
def untag(case_id: int, tag_id: int) -> Response:
    case, _page = find_fact(case_id, FACTS["tags"])
    case.untag(find(sa.select(Tag).where(Tag.id == tag_id)), by=me())
    return tied(case, "tags", _("Tag taken away."))


@bp.post("/<int:case_id>/watchers")
def watch(case_id: int) -> Response:
    """Let a colleague watch it, or send copies to an address outside."""
    fact, form = FACTS["watchers"], FORMS["watchers"]()
    case, page = find_fact(case_id, fact)
    if not form.validate_on_submit():
        return ask_tie(page, fact, form, 422)
    user = db.session.get(User, form.user_id.data or 0)
    if user is not None:
        case.watch(user, by=me())
        name = user.name
        return tied(
            case,
            "watchers",
            _("%(name)s watches it.", name=name),
            _("%(name)s watches it already.", name=name),
        )
    case.copy_to(form.address.data, by=me())
    return tied(case, "watchers", _("%(name)s gets copies.", name=form.address.data))


@bp.post("/<int:case_id>/watchers/<int:user_id>/removal")
def unwatch(case_id: int, user_id: int) -> Response:
    case, _page = find_fact(case_id, FACTS["watchers"])
    user = find(sa.select(User).where(User.id == user_id))
    case.unwatch(user, by=me())
    return tied(case, "watchers", _("%(name)s no longer watches it.", name=user.name))


@bp.post("/<int:case_id>/copies/removal")
def stop_copies(case_id: int) -> Response:
    """An address outside gets no more copies."""
    case, _page = find_fact(case_id, FACTS["watchers"])
    address = request.form.get("address", "")
    case.stop_copies_to(address, by=me())
    return tied(case, "watchers", _("%(name)s gets no more copies.", name=address))


@bp.post("/<int:case_id>/references")
def tie(case_id: int) -> Response:
    """Say that it is about another record too."""
    fact, form = FACTS["references"], TieForm()
    case, page = find_fact(case_id, fact)
    if not form.validate_on_submit():
        return ask_tie(page, fact, form, 422)
    try:
        case.refer_to(form.to.data, by=me())
    except Refused as refusal:
        form.to.errors = [str(refusal)]
        return ask_tie(page, fact, form, 422)
    name = form.to.data.name
    return tied(
        case, "references", _("Tied to %(name)s.", name=name), _("It is tied to %(name)s already.", name=name)
    )


@bp.post("/<int:case_id>/references/<path:key>/removal")
def untie(case_id: int, key: str) -> Response:
    """It is not about that record; cut from either end."""
    case, _page = find_fact(case_id, FACTS["references"])
    case.unrefer(key, by=me())
    if came_from() == address_of(case) or not is_partial():
        return tied(case, "references", _("Untied."))
    db.session.commit()
    return swap(otherwise=came_from() or address_of(case), **said(_("Untied.")))


@bp.get("/names")
def names() -> str:
    """Names with what is being typed in them, for the fields that take a case, or any record."""
    typed = clean(request.args.get(request.args.get("field", "q"), ""))[:100]
    number = typed.lstrip("#")
    known = Case.visible_to(me())
    found: list[Any] = found_by_name(known, Case, typed, OFFERED)
    if number.isdigit() and len(number) < 16:
        found += db.session.scalars(known.where(Case.id == int(number))).all()
    if request.args.get("among") == "all":
        partners = Partner.visible_to(me()).where(~Partner.archived)
        found += [
            *found_by_name(partners, Partner, typed, OFFERED),
            *(products(typed, begins=True) if typed else ()),
        ]
    return render_template("cases/_names.html", found=found[: 2 * OFFERED], typed=typed)
