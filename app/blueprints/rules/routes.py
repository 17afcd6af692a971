"""Making rules, putting them in order, switching them on and off, and reading what they did."""

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.blueprints.places import said
from app.blueprints.rules import bp
from app.blueprints.rules.draft import Draft, RuleEdit
from app.blueprints.rules.page import Listing, Live, Log, Thanks, has_hook
from app.blueprints.rules.rows import fields_of_texts
from app.domain.errors import Refused
from app.domain.history import just_made
from app.domain.rules import Rule
from app.domain.rules.ready_made import add_ready_made, let_thank, route_by_category
from app.domain.team import Team
from app.extensions import db
from app.once import sent_once
from app.outside import reachable
from app.web import find, me, row_id, show, swap

LATELY = 5


def find_rule(rule_id: int, *, lock: bool = False) -> Rule:
    """A rule that is theirs to set up, else 404."""
    return find(Rule.handled_by(me()).where(Rule.id == rule_id), lock=lock)


# All of them


@bp.get("/")
def index() -> Response:
    """All rules in the order in which they react."""
    return show("rules/index.html", "rules/_list.html", **listed())


def listed(**more: Any) -> dict[str, Any]:
    args = request.args if request.method == "GET" else request.form
    return {"listing": Listing(is_archived=args.get("view") == "archived"), "held": None, "way": None, **more}


@bp.post("/<int:rule_id>/position")
def position(rule_id: int) -> Response:
    """Stand right below the rule that is named, or with none on top."""
    rule = find_rule(rule_id)  # locked with those beside it, all in one order
    above_id = request.form.get("above", type=row_id)
    went = rule.stand_below(find_rule(above_id) if above_id else None, by=me())
    db.session.commit()
    facts = listed(held=rule.id, way="up" if went < 0 else "down")
    order = [line.rule.id for line in facts["listing"].lines]
    place = order.index(rule.id) + 1 if rule.id in order else 1
    told = _("“%(name)s” is number %(place)s of %(total)s now.", name=rule, place=place, total=len(order))
    return swap("rules/_list.html", otherwise=url_for(".index"), **said(told), **facts)


@bp.post("/<int:rule_id>/switch")
def switch(rule_id: int) -> Response:
    """Let it act from now on, or rest; a paused one goes on."""
    rule = find_rule(rule_id, lock=True)
    is_on = request.form.get("on") == "1"
    if is_on:
        rule.switch_on(by=me())
        told = _("“%(name)s” is on: it acts from now on.", name=rule)
    else:
        rule.switch_off(by=me())
        told = _("“%(name)s” is off.", name=rule)
    db.session.commit()
    if request.form.get("from") == "list":
        return swap(
            "rules/_list.html",
            otherwise=url_for(".index"),
            **said(told),
            **listed(held=rule.id, way="switch"),
        )
    return swap(otherwise=url_for(".edit", rule_id=rule.id), **said(told))


@bp.post("/ready-made")
def ready_made() -> Response:
    """Add the rules that come with Holdfast and are not there yet, all of them off."""
    team_id = request.form.get("team_id", type=row_id)
    team = find(sa.select(Team).where(Team.id == team_id, Team.is_offered())) if team_id else None
    made = add_ready_made(by=me(), team=team)
    db.session.commit()
    told = ngettext("%(num)d rule added; it is off.", "%(num)d rules added; all are off.", len(made))
    if route_by_category() is None:
        told += " " + _("Route by category was left out: no category belongs to a team yet.")
    return swap("rules/_list.html", otherwise=url_for(".index"), **said(told), **listed())


@bp.post("/thanks/<int:team_id>")
def thanks(team_id: int) -> Response:
    """Thank who writes to a team from now on, or no more: the switch on the page of the team."""
    team = find(sa.select(Team).where(Team.id == team_id, Team.is_offered()), lock=True)
    if not me().may("configure", team):
        abort(403, _("Only who leads this team sets this up."))
    if request.form.get("on") == "1":
        let_thank(team, True, by=me())
        told = _("Who writes to %(team)s is thanked from now on.", team=team)
    else:
        let_thank(team, False, by=me())
        told = _("Who writes to %(team)s is thanked no more.", team=team)
    db.session.commit()
    home = url_for("lists.entry", name="teams", entry_id=team.id)
    facts: dict[str, Any] = {"entry": team, "is_theirs": True, "held": True}
    return swap("rules/_thanks.html", otherwise=home, **facts, **said(told))


@bp.app_template_global()
def thanks_by(team: Team) -> Thanks:
    """Whether who writes to a team is thanked, and by which rule."""
    return Thanks(team)


# One


@bp.get("/new")
def new() -> Response:
    """A blank one."""
    return editor(Draft.blank())


@bp.post("/new")
def create() -> Response:
    """Keep it, off until somebody switches it on."""
    draft = Draft.sent(request.form)
    facts = draft.read()
    if facts is None:
        return editor(draft, 422)
    sent = sent_once()
    rule = Rule.make(by=me(), **facts)
    sent.address = url_for(".edit", rule_id=rule.id)
    db.session.commit()
    return swap(otherwise=sent.address, **said(_("Saved. It is off until you switch it on.")))


@bp.get("/<int:rule_id>")
def edit(rule_id: int) -> Response:
    """What it does, how it stands, and what it did lately."""
    return editor(Draft.of(find_rule(rule_id)))


@bp.post("/<int:rule_id>")
def update(rule_id: int) -> Response:
    """Keep what was changed; where somebody was quicker, both are shown and one is chosen."""
    rule = find_rule(rule_id, lock=True)
    draft = Draft.sent(request.form, rule)
    if draft.read() is None:
        return editor(draft, 422)
    change = RuleEdit(rule, draft)
    try:
        is_saved = change.save(by=me())
    except Refused as refusal:
        draft.wrong["team_id"] = str(refusal)
        return editor(draft, 422)
    if not is_saved:
        return editor(draft, 409, edit=change)
    db.session.commit()
    return swap(otherwise=url_for(".edit", rule_id=rule.id), **said(_("Saved.")))


@bp.post("/new/draft")
def draft_new() -> Response:
    """What was typed for a new one, with a row more, less or elsewhere; nothing is kept."""
    return drafted(None)


@bp.post("/<int:rule_id>/draft")
def draft(rule_id: int) -> Response:
    """The same for one that there is."""
    return drafted(find_rule(rule_id))


def drafted(rule: Rule | None) -> Response:
    draft = Draft.sent(request.form, rule)
    if "live" in request.args:
        return show("rules/edit.html", "rules/_live.html", **shown(draft))
    if "checked" in request.args:
        draft.read()
        return editor(draft, is_checked=True)
    draft.do(request.form.get("do", ""))
    return editor(draft)


def editor(draft: Draft, status: int = 200, **more: Any) -> Response:
    """The editor with what stands in it; what is wrong is said only where it was to be saved."""
    facts = shown(draft, **{"is_checked": status >= 400, **more})
    return show("rules/edit.html", "rules/_form.html", status, **facts)


def shown(draft: Draft, **more: Any) -> dict[str, Any]:
    rule = draft.rule
    facts: dict[str, Any] = {
        "draft": draft,
        "rule": rule,
        "live": Live(draft),
        "edit": None,
        "is_checked": False,
        "fields": fields_of_texts(),
        "log": None,
        "hook": None,
        "has_hook": False,
        **more,
    }
    if rule is not None:
        facts |= {"log": Log(rule, limit=LATELY), "has_hook": facts["has_hook"] or has_hook(rule)}
    return facts


@bp.get("/<int:rule_id>/log")
def log(rule_id: int) -> Response:
    """When it did what to which case, and why."""
    rule = find_rule(rule_id)
    log = Log(rule, before=request.args.get("before", type=row_id))
    return show("rules/log.html", "rules/_log.html", rule=rule, log=log)


@bp.post("/<int:rule_id>/hook")
def renew_hook(rule_id: int) -> Response:
    """An address that calls it from outside; the one before is of no use any more."""
    rule = find_rule(rule_id, lock=True)
    token = rule.new_hook(by=me())
    db.session.commit()
    hook = reachable("hooks.call", token=token) or url_for("hooks.call", token=token, _external=True)
    return show("rules/edit.html", "rules/_hook.html", **shown(Draft.of(rule), hook=hook, has_hook=True))


# Away, and back


@bp.post("/<int:rule_id>/archive")
def archive(rule_id: int) -> Response:
    """It acts no more; what it did keeps its reason."""
    rule = find_rule(rule_id, lock=True)
    rule.archive(by=me())
    return put_away(_("“%(name)s” is archived and acts no more.", name=rule))


@bp.post("/<int:rule_id>/unarchive")
def unarchive(rule_id: int) -> Response:
    """It can be switched on again."""
    rule = find_rule(rule_id, lock=True)
    rule.unarchive(by=me())
    return put_away(_("“%(name)s” is back, off until you switch it on.", name=rule))


@bp.post("/<int:rule_id>/deletion")
def deletion(rule_id: int) -> Response:
    """Away with one that never did anything."""
    rule = find_rule(rule_id, lock=True)
    rule.switch_off(by=me())
    rule.delete(by=me())
    return put_away(_("“%(name)s” is deleted.", name=rule))


def put_away(told: str) -> Response:
    db.session.commit()
    return swap(otherwise=url_for(".index"), toast=told, undo=just_made())
