"""Addresses of planned steps; their page is that of the case or partner that they are on, or the start."""

from datetime import date
from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.blueprints.activities import bp
from app.blueprints.activities.forms import DoneAndNextForm, DoneForm, FollowForm, PlanForm
from app.blueprints.places import address_of, changed, context_of, is_day, page_of_act
from app.domain.activity import Activity
from app.domain.activity_plan import ActivityPlan
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.history import lock
from app.domain.partner import Partner
from app.extensions import db
from app.i18n import day, local_today
from app.once import sent_once
from app.web import dom_id, find, find_known, me, show


@bp.get("/cases/<int:case_id>/activities")
def ask_on_case(case_id: int) -> Response:
    return ask(find_known(Case, case_id, "plan", lock=False))


@bp.post("/cases/<int:case_id>/activities")
def plan_on_case(case_id: int) -> Response:
    """Plan the next step on a case."""
    return plan(find_known(Case, case_id, "plan"))


@bp.get("/partners/<int:partner_id>/activities")
def ask_on_partner(partner_id: int) -> Response:
    return ask(find_known(Partner, partner_id, "plan", lock=False))


@bp.post("/partners/<int:partner_id>/activities")
def plan_on_partner(partner_id: int) -> Response:
    """Plan the next step about a partner."""
    return plan(find_known(Partner, partner_id, "plan"))


@bp.get("/cases/<int:case_id>/plan")
def ask_to_follow(case_id: int) -> Response:
    case = find_known(Case, case_id, "follow_plan", lock=False)
    return ask_which(case, FollowForm(formdata=None, start=local_today()))


@bp.post("/cases/<int:case_id>/plan")
def follow(case_id: int) -> Response:
    """Plan all the steps of a plan on a case."""
    case, form = find_known(Case, case_id, "follow_plan"), FollowForm()
    if not form.validate_on_submit():
        return ask_which(case, form, 422)
    sent_once(address_of(case))
    followed = db.session.get_one(ActivityPlan, form.plan_id.data)
    steps = followed.plan_on(case, by=me(), start=form.start.data or local_today())
    db.session.commit()
    planned = ngettext(
        "%(plan)s: %(num)d step planned.", "%(plan)s: %(num)d steps planned.", len(steps), plan=followed
    )
    return changed(case, planned)


@bp.get("/activities/<int:activity_id>/done")
def ask_done(activity_id: int) -> Response:
    """What came of it, and what comes next, in one form."""
    activity = find_activity(activity_id, lock_it=False)
    return ask_next(activity, DoneAndNextForm.after(activity, me().id))


@bp.post("/activities/<int:activity_id>/done")
def done(activity_id: int) -> Response:
    """It has been done; the next one may be planned in the same act."""
    activity = find_activity(activity_id)
    if request.form.get("then") == "plan" and "alone" not in request.form:
        return done_and_next(activity)
    form = DoneForm()
    if not form.validate_on_submit():
        abort(422, _("A word on what came of it has up to 300 characters."))
    return did(activity, form.said.data)


@bp.post("/activities/<int:activity_id>/cancellation")
def cancellation(activity_id: int) -> Response:
    """It will not be done."""
    activity = find_activity(activity_id)
    activity.cancel(by=me())
    db.session.commit()
    return changed(activity.about, _("Cancelled: %(what)s.", what=activity.what))


def done_and_next(activity: Activity) -> Response:
    form = DoneAndNextForm()
    if not form.validate_on_submit():
        return ask_next(activity, form, 422)
    return did(activity, form.said.data, form.step)


def did(activity: Activity, said: str | None, then: dict[str, Any] | None = None) -> Response:
    following = activity.done(by=me(), said=said, then=then)
    db.session.commit()
    toast = _("Done: %(what)s.", what=activity.what)
    if following is not None:
        toast = _("Done: %(what)s. Next: %(next)s.", what=activity.what, next=following.what)
        toast = due_too(toast, following, (then or {}).get("due_on"))
    return changed(activity.about, toast)


def find_activity(activity_id: int, *, lock_it: bool = True) -> Activity:
    """The step; for an act it is locked with the case or partner that it is on."""
    activity = find(Activity.visible_to(me()).where(Activity.id == activity_id))
    if lock_it:
        lock(activity, activity.about)
    if not me().may("plan", activity.about):
        abort(403)
    return activity


def plan(about: Any) -> Response:
    form = PlanForm()
    if not form.validate_on_submit():
        return ask(about, form, 422)
    sent_once(address_of(about))
    activity = Activity.plan(about, by=me(), **form.step)
    Draft.drop(me(), about, "plan")
    db.session.commit()
    toast = due_too(_("Planned: %(what)s.", what=activity.what), activity, form.due_on.data)
    return changed(about, toast, fresh="plan")


def due_too(toast: str, activity: Activity, typed: date | None) -> str:
    """Where nobody said by which day, they hear which one it became."""
    if typed is not None:
        return toast
    due = _("You named no day, so it is due: %(day)s.", day=day(activity.due_on))
    return f"{toast} {due}"


def ask(about: Any, form: PlanForm | None = None, status: int = 200) -> Response:
    """What is planned, and the form for more.

    For the box in which one writes, and where it needs another look, the form comes alone.
    """
    home = url_for("home.start") if is_day() else None
    whole = "home/_ask.html" if home else "activities/_steps.html"
    fragment = "activities/_plan.html" if form is not None or "alone" in request.args else whole
    page = context_of(about)["page"]
    asked = {"about": about, "form": form or page.plan_form, "page": page, "home": home}
    return show("activities/plan.html", fragment, status, **asked)


def ask_which(case: Case, form: FollowForm, status: int = 200) -> Response:
    return show("activities/follow.html", "activities/_follow.html", status, case=case, form=form)


def ask_next(activity: Activity, form: DoneAndNextForm, status: int = 200) -> Response:
    """The form for what was done and what comes next, answering where it was asked for."""
    about = activity.about
    page = page_of_act(about)
    return show(
        "activities/done.html",
        "activities/_done.html",
        status,
        activity=activity,
        about=about,
        form=form.known_as(dom_id(activity)),
        place="#day" if is_day() else f"#{dom_id(page)}",
        home=url_for("home.start") if is_day() else address_of(page),
    )
