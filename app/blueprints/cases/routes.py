"""Pages of cases, and an address for everything that one can do to them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, abort, request, url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.blueprints.cases import bp
from app.blueprints.cases.forms import (
    AssignForm,
    CaseForm,
    HandoverForm,
    LossForm,
    MakePartnerForm,
    PriorityForm,
    StageForm,
    form_for,
    new_form_for,
)
from app.blueprints.cases.listing import Listing
from app.blueprints.cases.neighbours import neighbours_of
from app.blueprints.cases.page import CasePage
from app.blueprints.editing import Edit
from app.blueprints.history.words import KINDS
from app.blueprints.pipeline.requirements import missing_facts
from app.blueprints.places import changed, joy_of, said, show_history
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.errors import Refused
from app.domain.lists import LostReason
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from app.once import sent_once
from app.web import find, find_known, is_htmx, is_partial, me, row_id, show, swap

# Reading


@bp.get("/")
def index() -> Response:
    """The cases that are asked for, all open ones without a word; a page at a time."""
    return show("cases/index.html", "cases/_table.html", **Listing(request.args).context)


@bp.get("/<int:case_id>", endpoint="show")
def display(case_id: int) -> Response:
    """One case: what it is, and what happened."""
    case = find_known(Case, case_id, beside=shown_with)
    case.load_links()
    page = CasePage(case, me())
    beside = neighbours_of(case) if not is_partial() else None
    answer = show("cases/show.html", "cases/_case.html", case=case, page=page, beside=beside)
    if beside is not None and "from" not in request.args and is_htmx():
        # The address says it, so that it holds when the page is loaded anew or come back to.
        asked = urlencode({**request.args, "from": beside.origin})
        answer.headers["HX-Push-Url"] = f"{url_for('.show', case_id=case.id)}?{asked}"
    return answer


@bp.get("/<int:case_id>/history")
def history(case_id: int) -> Response:
    """Its history, of the kind that is asked for; then older lines, a page at a time."""
    case = find_case(case_id)
    return show_history(case, CasePage(case, me()))


# Making and editing


@bp.get("/new")
def new() -> Response:
    """The blank form for a kind of case."""
    kind = kind_asked_for()
    form = new_form_for(kind)(
        formdata=None, team_id=Team.usual_for(me(), kind), name=request.args.get("name")
    )
    form.name.render_kw = {"autofocus": True}
    partner_id = request.args.get("partner_id", type=row_id)
    if partner_id is not None and "partner_id" in form:
        form.partner_id.process_data(partner_id)
    return ask_new(form, kind)


@bp.post("/new")
def create() -> Response:
    """Begin a case."""
    kind = kind_asked_for()
    form = new_form_for(kind)()
    if not form.validate_on_submit():
        return ask_new(form, kind, 422)
    values, sent = form.values, sent_once()
    team = db.session.get(Team, values.pop("team_id", None) or Team.usual_for(me(), kind) or 0)
    case = Case.make(kind, values.pop("name"), by=me(), team=team, **values)
    sent.address = url_for(".show", case_id=case.id)
    db.session.commit()
    return swap(otherwise=sent.address, **said(_("%(kind)s created.", kind=KINDS[kind])))


def kind_asked_for() -> str:
    """The kind that the address names, else the first that they may make."""
    makeable = [kind for kind in KINDS if me().may_make(kind)]
    kind = request.values.get("kind") or next(
        iter(sorted(makeable, key=lambda each: each != "opportunity")), "lead"
    )
    if kind not in KINDS:
        abort(404)
    if kind not in makeable:
        abort(403, _("Cases of this kind are not yours to make."))
    return kind


def ask_new(form: CaseForm, kind: str, status: int = 200) -> Response:
    kinds = {each: word for each, word in KINDS.items() if me().may_make(each)}
    return show("cases/new.html", "cases/_new.html", status, form=form, kind=kind, kinds=kinds)


@bp.get("/<int:case_id>/edit", endpoint="edit")
def ask_facts(case_id: int) -> Response:
    """All its facts in one form, with the version that they were read at."""
    case = find_case(case_id, to="edit", lock=False)
    return ask_edit(Edit(case, form_for(case.kind)(formdata=None, obj=case)))


@bp.post("/<int:case_id>/edit")
def update(case_id: int) -> Response:
    """Keep what was edited; where somebody was quicker, both values are shown and one is chosen."""
    case = find_case(case_id, to="edit")
    edit = Edit(case, form_for(case.kind)(obj=case))
    if not edit.form.validate_on_submit():
        return ask_edit(edit, 422)
    if not edit.save(by=me()):
        return ask_edit(edit, 409)
    db.session.commit()
    return swap(otherwise=url_for(".show", case_id=case.id), **said(_("Saved.")))


def ask_edit(edit: Edit, status: int = 200) -> Response:
    return show("cases/edit.html", "cases/_edit.html", status, case=edit.record, form=edit.form, edit=edit)


# Verbs that need no more than the word

# What each is addressed by, and what is said when it is done.
PLAIN = {
    "opening": ("open", _l("Taken up.")),
    "waiting": ("wait", _l("Waits for the other side.")),
    "cancellation": ("cancel", _l("Cancelled.")),
    "reopening": ("reopen", _l("Open again.")),
    "reset": ("reset", _l("A draft again.")),
    "escalation": ("escalate", _l("Escalated to %(team)s. You watch it.")),
    "conversion": ("convert", _l("It is an opportunity now.")),
    "archive": ("archive", _l("Archived.")),
    "unarchive": ("unarchive", _l("Out of the archive.")),
    "deletion": ("delete", _l("Deleted. It stays in the bin for 30 days.")),
    "watching": ("watch", _l("You watch it.")),
    "unwatching": ("unwatch", _l("You watch it no more.")),
}


def plain_route(verb: str, toast: LazyString) -> Callable[[int], Response]:
    """What answers at the address of such a verb."""

    def route(case_id: int) -> Response:
        case = find_case(case_id, to=verb)
        case.do(verb, by=me())
        return done(case, str(toast) % {"team": case.team})

    return route


for address, (verb, toast) in PLAIN.items():
    bp.add_url_rule(f"/<int:case_id>/{address}", address, plain_route(verb, toast), methods=["POST"])


@bp.post("/<int:case_id>/closure")
def closure(case_id: int) -> Response:
    case = find_case(case_id, to="close")
    if case.has_outcome and not case.is_closed:
        raise Refused(_("Say whether it was won or lost."))
    case.do("close", by=me())
    return done(case, _("Closed."))


@bp.post("/<int:case_id>/win")
def win(case_id: int) -> Response:
    case = find_case(case_id, to="win")
    missing = missing_facts(case, "stage", case.usual_won_stage() if not case.is_closed else None)
    if missing.are_wanted:
        return missing.ask()
    case.do("win", by=me(), facts=missing.facts)
    return done(case, _("Won.") + still_planned(case), joy=joy_of(case))


def still_planned(case: Case) -> str:
    """What was won may well have next steps: they stay, and it is said that they do."""
    steps = Activity.planned_on(case) if case.is_won else 0
    if not steps:
        return ""
    return " " + ngettext("One planned step stays.", "%(num)d planned steps stay.", steps)


# Verbs that ask something first


@bp.get("/<int:case_id>/loss")
def ask_loss(case_id: int) -> Response:
    case = find_case(case_id, to="lose", lock=False)
    return ask(case, "loss", LossForm(formdata=None, words=Draft.of(me(), case).get("loss")))


@bp.post("/<int:case_id>/loss")
def loss(case_id: int) -> Response:
    case, form = find_case(case_id, to="lose"), LossForm()
    if not form.validate_on_submit():
        return ask(case, "loss", form, 422)
    reason = db.session.get(LostReason, form.reason_id.data)
    case.do("lose", by=me(), reason=reason, words=form.words.data)
    Draft.drop(me(), case, "loss")
    return done(case, _("Marked lost."))


@bp.get("/<int:case_id>/assignment")
def ask_assignment(case_id: int) -> Response:
    case = find_case(case_id, to="assign", lock=False)
    return ask(case, "assignment", AssignForm(formdata=None, user_id=case.responsible_id))


@bp.post("/<int:case_id>/assignment")
def assignment(case_id: int) -> Response:
    case, form = find_case(case_id, to="assign"), AssignForm()
    if not form.validate_on_submit():
        return ask(case, "assignment", form, 422)
    user = db.session.get(User, form.user_id.data or 0)
    case.do("assign", by=me(), user=user)
    if user is None:
        return done(case, _("Nobody is responsible now."), _("Nobody was responsible before."))
    return done(
        case, _("Assigned to %(name)s.", name=user.name), _("%(name)s has it already.", name=user.name)
    )


@bp.get("/<int:case_id>/handover")
def ask_handover(case_id: int) -> Response:
    case = find_case(case_id, to="hand_to_team", lock=False)
    return ask(case, "handover", HandoverForm(case.kind, formdata=None, team_id=case.team_id))


@bp.post("/<int:case_id>/handover")
def handover(case_id: int) -> Response:
    case = find_case(case_id, to="hand_to_team")
    form = HandoverForm(case.kind)
    if not form.validate_on_submit():
        return ask(case, "handover", form, 422)
    team = db.session.get_one(Team, form.team_id.data)
    case.do("hand_to_team", by=me(), team=team)
    who = case.responsible
    answers = (
        _("%(name)s answers for it now.", name=who.name) if who else _("Nobody there answers for it yet.")
    )
    handed = _("Handed over to %(team)s.", team=team)
    return done(case, f"{handed} {answers}", _("%(name)s has it already.", name=team.name))


@bp.post("/<int:case_id>/partner")
def make_partner(case_id: int) -> Response:
    """Make partners of whom the case names, or take one whom we know; who may be the same is offered once."""
    case, form = find_case(case_id, to="make_partner"), MakePartnerForm()
    if not me().may("make", Partner):
        abort(403, _("Partners are not yours to make."))
    is_valid, likely = form.validate_on_submit(), likely_for(case)
    if not is_valid or (likely and "anyway" not in request.form and not form.partner_id.data):
        return ask(case, "partner", form, 422, likely=likely)
    known = find_known(Partner, form.partner_id.data) if form.partner_id.data else None
    partner = case.make_partner(by=me(), known=known)
    return done(case, _("%(name)s is its partner now.", name=partner.name))


def likely_for(case: Case) -> list[Partner]:
    """Partners who may be meant by whom the case names."""
    if not case.is_from_stranger:
        return []
    return Partner.resembling(case.company_name or case.contact_name or "", case.email, user=me())


def ask(case: Case, what: str, form: Any, status: int = 200, **context: Any) -> Response:
    """The question of an act, in its place on the page or on a page of its own."""
    return show("cases/ask.html", f"cases/_{what}.html", status, case=case, form=form, what=what, **context)


# Moving


@bp.post("/<int:case_id>/stage")
def stage(case_id: int) -> Response:
    case, form = find_case(case_id, to="move"), StageForm()
    if not form.validate_on_submit():
        abort(422, _("Choose a stage."))
    target = find(sa.select(Stage).where(Stage.id == form.stage.data, Stage.deleted_at.is_(None)))
    missing = missing_facts(case, "stage", target)
    if missing.are_wanted:
        return missing.ask()
    case.move_to(target, by=me(), facts=missing.facts)
    return done(
        case,
        _("Moved to %(stage)s.", stage=target.name) + still_planned(case),
        _("It is in %(stage)s already.", stage=target.name),
        joy=joy_of(case),
    )


@bp.post("/<int:case_id>/priority")
def priority(case_id: int) -> Response:
    case, form = find_case(case_id, to="edit"), PriorityForm()
    if not form.validate_on_submit():
        abort(422, _("Priority goes from 0 to 3."))
    case.edit({"priority": form.priority.data}, by=me())
    return done(case, _("Priority changed."))


# What all of them need


def shown_with() -> tuple[Any, ...]:
    """What every case page shows of other records, in the statement that reads the case."""
    return tuple(joinedload(each) for each in (Case.responsible, Case.partner, Case.contact))


def find_case(case_id: int, to: str | None = None, *, lock: bool = True) -> Case:
    return find_known(Case, case_id, to, lock=lock)


def done(case: Case, toast: str, already: str | None = None, **told: Any) -> Response:
    """The act is kept; its page answers as it is now, with the way back."""
    db.session.commit()
    return changed(case, toast, already=already, **told)
