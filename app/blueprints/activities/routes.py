"""Addresses of planned steps; their page is that of the case or partner that they are on, or the start."""

from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from app.blueprints.activities import bp
from app.blueprints.activities.forms import DoneForm, PlanForm
from app.blueprints.home.page import StartPage
from app.blueprints.places import address_of, changed, context_of, said
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.history import lock
from app.domain.lists import ActivityType
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db
from app.once import sent_once
from app.web import find, find_known, is_partial, me, own_path, show, swap


@bp.get("/cases/<int:case_id>/activities")
def ask_on_case(case_id: int) -> Response:
    return ask(find_known(Case, case_id, "plan", lock=False), PlanForm(formdata=None, user_id=me().id))


@bp.post("/cases/<int:case_id>/activities")
def plan_on_case(case_id: int) -> Response:
    """Plan the next step on a case."""
    return plan(find_known(Case, case_id, "plan"))


@bp.get("/partners/<int:partner_id>/activities")
def ask_on_partner(partner_id: int) -> Response:
    return ask(find_known(Partner, partner_id, "plan", lock=False), PlanForm(formdata=None, user_id=me().id))


@bp.post("/partners/<int:partner_id>/activities")
def plan_on_partner(partner_id: int) -> Response:
    """Plan the next step about a partner."""
    return plan(find_known(Partner, partner_id, "plan"))


@bp.post("/activities/<int:activity_id>/done")
def done(activity_id: int) -> Response:
    """It has been done; the next one may be planned at once."""
    activity, form = find_activity(activity_id), DoneForm()
    if not form.validate_on_submit():
        abort(422, _("A word on what came of it has up to 300 characters."))
    activity.done(by=me(), said=form.said.data)
    return ended(activity, _("Done: %(what)s.", what=activity.what))


@bp.post("/activities/<int:activity_id>/cancellation")
def cancellation(activity_id: int) -> Response:
    """It will not be done."""
    activity = find_activity(activity_id)
    activity.cancel(by=me())
    return ended(activity, _("Cancelled: %(what)s.", what=activity.what))


def find_activity(activity_id: int) -> Activity:
    """The step, locked with the case or partner that it is on."""
    activity = find(Activity.visible_to(me()).where(Activity.id == activity_id))
    lock(activity, activity.about)
    if not me().may("plan", activity.about):
        abort(403)
    return activity


def plan(about: Any) -> Response:
    form = PlanForm()
    if not form.validate_on_submit():
        return ask(about, form, 422)
    sent_once(address_of(about))
    activity = Activity.plan(
        about,
        db.session.get_one(ActivityType, form.type_id.data),
        form.what.data or "",
        by=me(),
        due_on=form.due_on.data,
        user=db.session.get(User, form.user_id.data or 0),
    )
    Draft.drop(me(), about, "plan")
    db.session.commit()
    return changed(about, _("Planned: %(what)s.", what=activity.what), fresh="plan")


def ask(about: Any, form: PlanForm, status: int = 200) -> Response:
    """What is planned, and the form for more; a form that needs another look comes back alone."""
    fragment = "activities/_steps.html" if status == 200 else "activities/_plan.html"
    page = context_of(about)["page"]
    return show("activities/plan.html", fragment, status, about=about, form=form, page=page)


def ended(activity: Activity, toast: str) -> Response:
    """The answer where it was pressed: on the start page its list, else the page of what it was about."""
    about, wants_next = activity.about, "then" in request.form
    db.session.commit()
    if own_path(request.form.get("next")) == url_for("home.start"):
        return swap(
            "home/_planned.html",
            otherwise=url_for("home.start"),
            page=StartPage(me()),
            **said(toast),
        )
    if wants_next and not is_partial():
        plan_next = "activities.ask_on_case" if about.record_kind == "case" else "activities.ask_on_partner"
        return swap(
            otherwise=url_for(plan_next, **{f"{about.record_kind}_id": about.id}),
            **said(toast),
        )
    return changed(about, toast, planning=wants_next, fresh="plan" if wants_next else None)
