"""Every fact of a case as its own small form, where it stands; and the records that it is tied to."""

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, render_template, request
from flask_babel import gettext as _

from app.blueprints.cases import bp
from app.blueprints.cases.facts import FACTS, TIES, Fact, named_fact
from app.blueprints.cases.page import CasePage
from app.blueprints.cases.ties import FORMS, TieForm, products
from app.blueprints.editing import Edit
from app.blueprints.history.telling import Telling
from app.blueprints.places import address_of, changed, said
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.finding import found_by_name
from app.domain.history import Event, just_made
from app.domain.lists import Tag
from app.domain.partner import Partner
from app.domain.text import clean
from app.domain.user import User
from app.extensions import db
from app.web import came_from, find, find_known, is_partial, me, show, swap, tell

OFFERED = 8
# Facts that are said in the head as well; those of whom we do not know, while it has no partner.
IN_HEAD = frozenset({"partner_id", "tags"})
OF_STRANGERS = frozenset({"email"})
# Facts that decide what else there is on the page; names do, while nobody has made partners of them.
WHOLE = frozenset({"responsible_id", "team_id"})
NAMES = frozenset({"company_name", "contact_name"})


@bp.get("/<int:case_id>/fields/<name>")
def field(case_id: int, name: str) -> Response:
    """One fact as a form, or, for who leaves it, as it stands."""
    fact = named_fact(name)
    case, page = find_fact(case_id, fact, lock=False)
    if "leave" in request.args:
        return swap("cases/fact.swap.html", otherwise=address_of(case), **shown(page, fact))
    return ask_tie(page, fact) if fact in TIES and not fact.fields else ask(page, fact, asked(page, fact))


@bp.post("/<int:case_id>/fields/<name>")
def edit_field(case_id: int, name: str) -> Response:
    """Keep what was typed, and nothing else; where somebody was quicker, both values are shown and one is chosen."""
    fact = named_fact(name)
    if not fact.fields:
        abort(404)
    case, page = find_fact(case_id, fact)
    edit = page.facts.edit(fact)
    try:
        if not edit.form.validate_on_submit():
            return ask(page, fact, edit, 422)
        if not edit.save(by=me()):
            return ask(page, fact, edit, 409)
    except Refused as refusal:
        edit.form[fact.name].errors = [str(refusal)]
        return ask(page, fact, edit, 422)
    db.session.commit()
    return saved(case, fact)


def find_fact(case_id: int, fact: Fact, *, lock: bool = True) -> tuple[Case, CasePage]:
    """The case, for who may edit this fact of it; 404 if cases of its kind have no such fact."""
    case = find_known(Case, case_id, fact.act, lock=lock)
    page = CasePage(case, me())
    if not page.facts.may(fact):
        abort(404)
    return case, page


def asked(page: CasePage, fact: Fact) -> Edit:
    return page.facts.edit(fact, formdata=None)


def shown(page: CasePage, fact: Fact, **more: Any) -> dict[str, Any]:
    """What the fragment of a fact needs."""
    return {
        "case": page.case,
        "page": page,
        "fact": fact,
        "held": True,
        "others": (),
        "in_head": False,
    } | more


def ask(page: CasePage, fact: Fact, edit: Edit, status: int = 200) -> Response:
    return show("cases/field.html", "cases/_asked.html", status, edit=edit, **shown(page, fact))


def saved(case: Case, fact: Fact) -> Response:
    """The fact as it is now, what follows from it, and the line of history."""
    made = just_made()
    if not is_partial():
        return swap(otherwise=address_of(case), **said(_("Saved.")))
    if made is None:
        return swap("cases/fact.swap.html", **shown(CasePage(case, me()), fact))
    if fact.name in WHOLE or (fact.name in NAMES and not case.partner_id):
        return whole(case, _("Saved."))
    return written(case, fact)


def written(case: Case, fact: Fact, template: str = "cases/fact.swap.html", **more: Any) -> Response:
    page = CasePage(case, me())
    in_head = fact.name in (IN_HEAD if case.partner_id else IN_HEAD | OF_STRANGERS)
    facts = shown(page, fact, others=page.facts.brought_by(fact), in_head=in_head, **more)
    return swap(template, changed={"case-changed": None, "say": _("Saved.")}, telling=news(case), **facts)


def whole(case: Case, toast: str) -> Response:
    """The whole case as it is now, whatever part of it was asked for."""
    answer = changed(case, toast)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = f"#case-{case.id}", "outerMorph"
    return answer


def news(case: Case) -> Telling | None:
    """The lines that this act has just added to the history."""
    made = just_made()
    if made is None:
        return None
    events = Event.newest(Event.case_id == case.id, Event.change_set_id >= made.id)
    telling = Telling(events, me(), case)
    telling.offered = {made.id: "undo"}  # one's own, of a moment ago
    return telling


# Ties: tags, watchers, other records


def ask_tie(page: CasePage, fact: Fact, form: Any = None, status: int = 200) -> Response:
    """What it is tied to, each with what cuts the tie, and how to make another."""
    form = form or FORMS[fact.name](formdata=None)
    form.known_as(f"in-{fact.name}")
    return show("cases/field.html", "cases/_tied.html", status, form=form, edit=None, **shown(page, fact))


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
