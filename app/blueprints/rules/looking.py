"""Looking before it acts: which cases match, what would be done to them, and whom it would have hit."""

from typing import Any

import sqlalchemy as sa
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.blueprints.forms import Form
from app.blueprints.rules import bp
from app.blueprints.rules.draft import Draft
from app.blueprints.rules.page import Matches, Rehearsed, count_words
from app.blueprints.rules.routes import find_rule
from app.blueprints.rules.trials import MOST_TRIED, tried
from app.blueprints.written import CaseField
from app.domain.case import Case
from app.domain.rules import Rule, RuleRehearsal
from app.domain.rules.matching import matching
from app.extensions import db
from app.web import find, is_partial, me, row_id, show, swap

LONGEST_DAYS = 365


class CaseForm(Form):
    """A case by name or number."""

    case = CaseField("", [])


class DaysForm(Form):
    """How far back."""

    days = IntegerField("", [InputRequired(), NumberRange(1, LONGEST_DAYS)])


@bp.get("/<int:rule_id>/matches")
def matches(rule_id: int) -> Response:
    """The cases that it is for now; for the list of rules how many."""
    rule = find_rule(rule_id)
    if is_partial() and "count" in request.args:
        return Response(render_template("rules/_count.html", rule=rule, count=count_words(rule.working)))
    found = Matches(rule.working, request.args.get("after", 0, type=row_id))
    return show("rules/matches.html", "rules/_matches.html", rule=rule, matches=found)


@bp.post("/new/matches")
def matches_new() -> Response:
    """The cases that one would be for that is not saved yet."""
    draft = Draft.sent(request.form)
    return matched(draft)


@bp.post("/<int:rule_id>/matches")
def matches_draft(rule_id: int) -> Response:
    """The same for what stands in the editor."""
    return matched(Draft.sent(request.form, find_rule(rule_id)))


def matched(draft: Draft) -> Response:
    found = Matches(draft.working) if draft.is_whole else None
    return show("rules/matches.html", "rules/_matches.html", rule=draft.rule, matches=found, is_draft=True)


@bp.post("/<int:rule_id>/trial")
def trial(rule_id: int) -> Response:
    """What it would do to one case, or to all that match now, as it stands in the editor. Nothing is done."""
    rule = find_rule(rule_id)
    draft = Draft.sent(request.form, rule) if "name" in request.form else Draft.of(rule)
    if draft.read() is None:
        return tell_trial(rule, draft, [], 422, wrong=_("Something in the rule needs another look first."))
    if request.form.get("which") == "all":
        query = matching(draft.working, me()).with_only_columns(Case.id).order_by(Case.id)
        return tell_trial(rule, draft, list(db.session.scalars(query.limit(MOST_TRIED + 1))))
    form = CaseForm(MultiDict({"case": request.form.get("case", "")}), meta={"csrf": False})
    case_id: Any = form.case.data if form.validate() else None
    if case_id is None:
        wrong = next(iter(form.case.errors), _("Name a case, or its number after a #."))
        return tell_trial(rule, draft, [], 422, wrong=wrong)
    return tell_trial(rule, draft, [case_id], is_one=True)


def tell_trial(rule: Rule, draft: Draft, ids: list[int], status: int = 200, **more: Any) -> Response:
    facts = {"wrong": None, "is_one": False, "has_more": len(ids) > MOST_TRIED, **more}
    trials = tried(draft.working, ids[:MOST_TRIED])
    return show("rules/trial.html", "rules/_trial.html", status, rule=rule, trials=trials, **facts)


@bp.post("/<int:rule_id>/rehearsals")
def rehearse(rule_id: int) -> Response:
    """Have the worker find out whom it would have hit."""
    rule, form = find_rule(rule_id), DaysForm()
    if not form.validate_on_submit():
        wrong = _("Say how many days, from 1 to %(most)s.", most=LONGEST_DAYS)
        return show(
            "rules/rehearsal.html", "rules/_rehearsal.html", 422, rule=rule, rehearsed=None, wrong=wrong
        )
    asked = RuleRehearsal.ask(rule, form.days.data)
    db.session.commit()
    address = url_for(".rehearsal", rule_id=rule.id, rehearsal_id=asked.id)
    return swap("rules/_rehearsal.html", otherwise=address, rule=rule, rehearsed=Rehearsed(asked), wrong=None)


@bp.get("/<int:rule_id>/rehearsals/<int:rehearsal_id>")
def rehearsal(rule_id: int, rehearsal_id: int) -> Response:
    """What came of it, or that it is still under way."""
    rule = find_rule(rule_id)
    mine = RuleRehearsal.rule_id == rule.id, RuleRehearsal.id == rehearsal_id
    asked = find(sa.select(RuleRehearsal).where(*mine))
    page = min(max(request.args.get("page", 1, type=int), 1), 1000)
    return show(
        "rules/rehearsal.html",
        "rules/_rehearsal.html",
        rule=rule,
        rehearsed=Rehearsed(asked, page),
        wrong=None,
    )
