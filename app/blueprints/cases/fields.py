"""Every fact of a case as its own small form, where it stands."""

from collections.abc import Iterator
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from app.blueprints.cases import bp
from app.blueprints.cases.facts import REACHED, TIES, Fact, named_fact
from app.blueprints.cases.page import CasePage
from app.blueprints.cases.ties import FORMS
from app.blueprints.editing import Edit
from app.blueprints.history.telling import Telling
from app.blueprints.places import address_of, changed, said
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.history import EventRow, just_made, just_told
from app.domain.partner import Partner
from app.extensions import db
from app.web import find_known, is_partial, me, show, swap

# Facts that are said in the head as well; those of whom we do not know, while it has no partner.
IN_HEAD = frozenset({"tags"})
OF_STRANGERS = frozenset({"email"})
# Facts that decide what else there is on the page; names do, while nobody has made partners of them.
WHOLE = frozenset({"responsible_id", "team_id", "partner_id"})
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
    before = (page.partner, page.contact) if fact.name == "partner_id" else None
    try:
        if not edit.form.validate_on_submit():
            return ask(page, fact, edit, 422)
        if not edit.save(by=me()):
            return ask(page, fact, edit, 409)
    except Refused as refusal:
        edit.form[fact.name].errors = [str(refusal)]
        return ask(page, fact, edit, 422)
    db.session.commit()
    left = left_by(*before, case) if before and just_made() else ()
    return saved(case, fact, " ".join([_("Saved."), *left]))


def left_by(partner: Partner | None, contact: Partner | None, case: Case) -> Iterator[str]:
    """What of a former partner went with them, and what stays although it may be theirs."""
    if contact is not None and case.contact is None:
        yield _("%(name)s is no longer its contact.", name=contact.name)
    if partner is not None and case.partner is not None and any(getattr(case, name) for name in REACHED):
        yield _("It keeps the number or address that it came with.")


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


def ask_tie(page: CasePage, fact: Fact, form: Any = None, status: int = 200) -> Response:
    """What it is tied to, each with what cuts the tie, and how to make another."""
    form = form or FORMS[fact.name](formdata=None)
    form.known_as(f"in-{fact.name}")
    return show("cases/field.html", "cases/_tied.html", status, form=form, edit=None, **shown(page, fact))


def saved(case: Case, fact: Fact, toast: str) -> Response:
    """The fact as it is now, what follows from it, and the line of history."""
    made = just_made()
    if not is_partial():
        return swap(otherwise=address_of(case), **said(toast))
    if made is None:
        return swap("cases/fact.swap.html", **shown(CasePage(case, me()), fact))
    if fact.name in WHOLE or (fact.name in NAMES and not case.partner_id):
        return whole(case, toast)
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
    told = [EventRow.of(event) for event in just_told() if event.case_id == case.id]
    telling = Telling(told, me(), case, is_fresh=True)
    telling.offered = {made.id: "undo"}  # one's own, of a moment ago
    return telling
