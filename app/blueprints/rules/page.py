"""What the pages of rules show: all of them in their order, one with what it did, and which cases it is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy.orm import joinedload, load_only

from app import clock
from app.blueprints.rules.deeds import Deeds
from app.blueprints.rules.draft import Draft
from app.blueprints.rules.saying import OUTCOMES, sentence, trigger_word, why
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.rules import Rule, RuleRehearsal, RuleRun, RuleState, Working
from app.domain.rules.matching import MOST_COUNTED, cost, count, matching
from app.domain.rules.ready_made import READY_MADE, known_to, thanks_of, thanks_of_others
from app.domain.team import Team
from app.extensions import db
from app.i18n import number
from app.web import me

A_PAGE = 50
LATELY = timedelta(days=30)
MOST_RUNS = 100


@dataclass
class Line:
    """A rule in the list."""

    rule: Rule
    sentence: Markup
    last_at: datetime | None
    runs: int
    up: int | None = None
    down: int | None = None
    # Of those that may change places with it, which are known by this, the one above the first.
    within: int = 0
    above: int | None = None

    @property
    def did(self) -> str:
        """How often it acted lately."""
        if self.runs > MOST_RUNS:
            return _("more than %(n)s times in 30 days", n=number(MOST_RUNS))
        if not self.runs:
            return _("not in the last 30 days")
        return str(ngettext("%(num)d time in 30 days", "%(num)d times in 30 days", self.runs))


class Listing:
    """The rules that one may set up, in the order in which they react; a constant number of statements."""

    def __init__(self, *, is_archived: bool = False) -> None:
        self.is_archived = is_archived

    @cached_property
    def lines(self) -> list[Line]:
        lately = sa.select(RuleRun.id).where(
            RuleRun.rule_id == Rule.id, RuleRun.at > clock.now() - LATELY, RuleRun.outcome == "done"
        )
        some = lately.limit(MOST_RUNS + 1).correlate(Rule).subquery()
        last = sa.select(RuleRun.at).where(RuleRun.rule_id == Rule.id).order_by(RuleRun.id.desc()).limit(1)
        query = (
            Rule.handled_by(me())
            .where(Rule.archived if self.is_archived else ~Rule.archived)
            .add_columns(
                last.scalar_subquery(), sa.select(sa.func.count()).select_from(some).scalar_subquery()
            )
            .order_by(*Rule.in_order())
            .options(joinedload(Rule.owner))
        )
        rows = db.session.execute(query).all()
        self.partners = partners_of(rule for rule, _last, _runs in rows)
        lines = [Line(rule, sentence(rule.plan, rule.team_id), last, runs) for rule, last, runs in rows]
        for at, (before, line) in enumerate(pairwise(lines)):
            line.within = before.within
            if self.is_parted(before.rule, line.rule):
                line.within, line.above = before.within + 1, before.rule.id
            else:
                line.up, before.down = lines[at - 1].rule.id if at else 0, line.rule.id
        return lines

    @property
    def is_in_parts(self) -> bool:
        """Do rules of others stand between them that they cannot pass?"""
        return bool(self.lines and self.lines[-1].within)

    def is_parted(self, one: Rule, other: Rule) -> bool:
        """Does a rule of others stand between these two that meets the same cases?"""
        start, end = ((each.sequence, each.id) for each in (one, other))
        between = (each for each in self.of_others if start < (each.sequence, each.id) < end)
        return any(each.meets(one.team_id) or each.meets(other.team_id) for each in between)

    @cached_property
    def of_others(self) -> list[Rule]:
        """The rules that are not theirs to set up."""
        if me().is_administrator:
            return []
        mine = Rule.handled_by(me()).with_only_columns(Rule.id)
        shown = load_only(Rule.sequence, Rule.team_id, Rule.archived)
        return list(
            db.session.scalars(sa.select(Rule).where(Rule.is_offered(), Rule.id.not_in(mine)).options(shown))
        )

    @cached_property
    def archived(self) -> int:
        query = Rule.handled_by(me()).where(Rule.archived).with_only_columns(sa.func.count())
        return db.session.scalar(query) or 0

    @cached_property
    def missing(self) -> int:
        """How many of the rules that come with Holdfast they have not got yet."""
        return len(READY_MADE.keys() - known_to(me()))

    @property
    def teams(self) -> list[tuple[str, str]]:
        """For whose cases one may have them."""
        return Draft().teams


def partners_of(rules: Iterable[Rule]) -> list[Any]:
    """The partners whom rules name, read at once: sentences find them at hand."""
    from app.domain.partner import Partner

    ids = {
        id_
        for rule in rules
        for part in rule.plan.conditions.flat()
        if part.entry.key == "partner"
        for id_ in part.values["ids"]
    }
    return list(db.session.scalars(sa.select(Partner).where(Partner.id.in_(ids)))) if ids else []


class Live:
    """What a draft comes to: its sentence, how many cases it is for now, and what it costs."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    @cached_property
    def sentence(self) -> Markup:
        return sentence(self.draft.said, self.draft.team_id)

    @property
    def is_open(self) -> bool:
        """Is something still to be said before its cases can be counted?"""
        return not self.draft.is_whole

    @cached_property
    def count(self) -> str:
        return count_words(self.draft.working)

    @cached_property
    def cost(self) -> str | None:
        """Said only where no index serves its moments."""
        plan = self.draft.plan
        if self.is_open or not plan.moments:
            return None
        found = cost(self.draft.working)
        if found.is_indexed:
            return None
        return _(
            "No index finds these cases: each minute about %(rows)s are looked at, in about %(seconds)s s.",
            rows=number(found.rows),
            seconds=number(found.seconds, 1),
        )


def count_words(rule: Working) -> str:
    """How many cases it is for now, of those that the reader may know of."""
    found = count(rule, me())
    if found > MOST_COUNTED:
        return _("More than %(n)s cases match now", n=number(MOST_COUNTED))
    if not found:
        return _("No case matches now")
    return str(ngettext("%(n)s case matches now", "%(n)s cases match now", found, n=number(found)))


@dataclass
class Matches:
    """The cases that a rule is for now, a page at a time."""

    rule: Working
    after: int = 0

    @cached_property
    def rows(self) -> list[Case]:
        query = matching(self.rule, me()).where(Case.id > self.after).order_by(Case.id).limit(A_PAGE + 1)
        shown = joinedload(Case.team), joinedload(Case.responsible), joinedload(Case.partner)
        return list(db.session.scalars(query.options(*shown)))

    @property
    def cases(self) -> list[Case]:
        return self.rows[:A_PAGE]

    @property
    def next(self) -> int | None:
        return self.cases[-1].id if len(self.rows) > A_PAGE else None

    @cached_property
    def count(self) -> str:
        return count_words(self.rule)


class Log:
    """What a rule did, newest first, a page at a time; cases that the reader may not know of have no name."""

    def __init__(self, rule: Rule, *, before: int | None = None, limit: int = A_PAGE) -> None:
        self.rule, self.before, self.limit = rule, before, limit

    @cached_property
    def rows(self) -> list[RuleRun]:
        return self.rule.runs(before=self.before, limit=self.limit + 1)

    @property
    def runs(self) -> list[RuleRun]:
        return self.rows[: self.limit]

    @cached_property
    def names(self) -> dict[int, str]:
        return names_of(run.case_id for run in self.runs)

    @cached_property
    def deeds(self) -> Deeds:
        """Of cases that the reader may know of."""
        return Deeds([run for run in self.runs if run.case_id in self.names])

    def did(self, run: RuleRun) -> list[Markup]:
        """What it changed, and whom it told."""
        return self.deeds.of(run)

    @property
    def older(self) -> str | None:
        if len(self.rows) <= self.limit:
            return None
        return url_for("rules.log", rule_id=self.rule.id, before=self.runs[-1].id)

    def outcome(self, run: RuleRun) -> str:
        return str(OUTCOMES[run.outcome])

    def why(self, run: RuleRun) -> list[tuple[str, str | Markup]]:
        return why(run.inputs)


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """The names of those cases that the reader may know of."""
    query = Case.visible_to(me()).where(Case.id.in_(set(ids))).with_only_columns(Case.id, Case.name)
    return dict(db.session.execute(query).all())


class Rehearsed:
    """What came of a rehearsal, a page at a time."""

    def __init__(self, asked: RuleRehearsal, page: int = 1) -> None:
        self.asked, self.page = asked, page

    @property
    def is_waiting(self) -> bool:
        return self.asked.ended_at is None

    @cached_property
    def names(self) -> dict[int, str]:
        """Of all cases that were hit those that the reader may know of."""
        return names_of(hit["case_id"] for hit in self.asked.hits)

    @cached_property
    def known(self) -> list[dict[str, Any]]:
        return [hit for hit in self.asked.hits if hit["case_id"] in self.names]

    @property
    def hits(self) -> list[dict[str, Any]]:
        start = (self.page - 1) * A_PAGE
        return [
            {**hit, "at": datetime.fromisoformat(hit["at"]), "trigger": trigger_word(hit["trigger"])}
            for hit in self.known[start : start + A_PAGE]
        ]

    @property
    def letters(self) -> int:
        return sum(len(hit["letters"]) for hit in self.known)

    @property
    def cases(self) -> int:
        return len({hit["case_id"] for hit in self.known})

    @property
    def has_more(self) -> bool:
        return len(self.known) > self.page * A_PAGE


def has_hook(rule: Rule) -> bool:
    """Is there an address that calls it from outside?"""
    state = db.session.get(RuleState, rule.id)
    return state is not None and state.hook_digest is not None


def team_name(rule: Rule) -> str:
    """For whose cases it is."""
    return Configuration.current().names(Team).get(rule.team_id or 0, "") if rule.team_id else _("all teams")


@dataclass
class Thanks:
    """Whether who writes to a team is thanked, as the page of the team says it."""

    team: Team

    @cached_property
    def own(self) -> Rule | None:
        return thanks_of(self.team)

    @property
    def is_on(self) -> bool:
        return self.own is not None and self.own.is_at_work

    @cached_property
    def of_others(self) -> Rule | None:
        return thanks_of_others(self.team)

    @property
    def rule(self) -> Rule | None:
        """The rule to look at, if it is theirs to look at."""
        rule = self.own if self.is_on else self.of_others or self.own
        return rule if rule is not None and rule.may_be_handled_by(me()) else None
