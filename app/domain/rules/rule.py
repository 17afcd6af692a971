"""A rule: when, which and what, as a manager made it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.actor import SYSTEM, Acting, Actor
from app.domain.base import Base, Id, Json, link_to
from app.domain.errors import NotTheirs, Refused
from app.domain.history import act, lock
from app.domain.listed import Listed
from app.domain.rules import matching, rehearsing, trying
from app.domain.rules.conditions import with_below
from app.domain.rules.matching import Cost
from app.domain.rules.plan import Plan
from app.domain.rules.records import RuleFiring, RuleRun, RuleState
from app.domain.rules.rehearsing import Rehearsal
from app.domain.rules.trying import Trial
from app.domain.rules.working import Working, working
from app.domain.team import Team
from app.domain.user import User
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.rules.plan import Given

SAYS = ("triggers", "conditions", "actions")


class Rule(Listed, Base):
    """What happens by itself: when something comes about, to which cases, and what is done about them then.

    Of the cases of a team with all below it, or, for rules that administrators make, of all.
    """

    __tablename__ = "rules"
    record_kind = "rule"
    by_verbs = Listed.by_verbs | {"is_on", "on_since", "pause_reason", "owner_id"}

    id: Mapped[Id]
    description: Mapped[str | None] = mapped_column(sa.Text)
    owner_id: Mapped[int | None] = link_to("users.id")
    team_id: Mapped[int | None] = link_to("teams.id")
    is_on: Mapped[bool] = mapped_column(default=False)
    # Moments before this are no concern of the rule.
    on_since: Mapped[datetime | None]
    triggers: Mapped[list[Any]] = mapped_column(Json, default=list)
    conditions: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    actions: Mapped[list[Any]] = mapped_column(Json, default=list)
    stops: Mapped[bool] = mapped_column(default=False)
    pause_reason: Mapped[str | None] = mapped_column(sa.Text)
    # Which ready-made one it was made from.
    ready_made: Mapped[str | None] = mapped_column(sa.String(40))

    owner: Mapped[User | None] = relationship()
    team: Mapped[Team | None] = relationship()

    @classmethod
    def make(cls, *, by: Acting, **facts: Any) -> Self:
        """Make one, off until somebody switches it on. Raises Refused with a sentence for what cannot be."""
        refuse_reach(facts.get("team_id"), by)
        owner = facts.pop("owner_id", by.id if isinstance(by, User) else None)
        plan = Plan.read(facts)
        refuse_foreign(plan.runs, by)
        return super().make(by=by, owner_id=owner, **{**facts, **plan.stored})

    @classmethod
    def handled_by(cls, user: User) -> sa.Select[Self]:
        """The rules that somebody may set up: an administrator all, a manager those of the teams they lead."""
        query = sa.select(cls).where(cls.deleted_at.is_(None))
        if user.is_administrator:
            return query
        if not user.configures:
            return query.where(sa.false())
        return query.where(cls.team_id.in_(user.reach.led))

    def may_be_handled_by(self, user: User) -> bool:
        """May they change it, switch it on and see what it did?"""
        return user.is_administrator or (user.configures and self.team_id in user.reach.led)

    def place_below(self, above: Self | None, order: list[Self], at: int, *, by: Acting) -> int:
        """Administrators order all; a manager only their own, past none of others that the same cases meet."""
        place = super().place_below(above, order, at, by=by)
        if not isinstance(by, User) or by.is_administrator:
            return place
        theirs = (n for n, each in enumerate(order) if n >= place and each.may_be_handled_by(by))
        place = min(max(at, place), next(theirs, len(order)))
        passed = order[min(at, place) : max(at, place)]
        if any(each.meets(self.team_id) and not each.may_be_handled_by(by) for each in passed):
            raise NotTheirs(
                _("Rules that are not yours stand in between: an administrator may move it there.")
            )
        return place

    def meets(self, team_id: int | None) -> bool:
        """May it act on the same cases as a rule of this team?"""
        return not self.archived and overlap(self.team_id, team_id)

    @property
    def plan(self) -> Plan:
        """When, which and what, put together."""
        return Plan.stored_in(self)

    @property
    def working(self) -> Working:
        """The rule as it would work now, on or not."""
        return working(self)

    def sentence(self) -> str:
        """What it does, in plain words."""
        return self.plan.say()

    def matching(self, user: User | None = None) -> sa.Select[Case]:
        """The cases that it is for now, of those that somebody may know of."""
        return matching.matching(self.working, user)

    def count(self, user: User | None = None) -> int:
        """How many these are; 10,001 stands for more than 10,000."""
        return matching.count(self.working, user)

    def cost(self) -> Cost:
        """What looking for its moments costs each minute."""
        return matching.cost(self.working)

    def try_on(self, case: Case) -> Trial:
        """What it would do to this case now; nothing is done. Belongs into a request that may write."""
        return trying.try_on(self.working, case)

    def try_on_all(self, user: User | None = None) -> list[Trial]:
        """The same for the first hundred cases that it is for now."""
        return trying.try_on_all(self.working, user)

    def rehearse(self, days: int) -> Rehearsal:
        """Whom it would have hit in the past days; nothing is done."""
        return rehearsing.rehearse(self.working, days)

    def runs(self, *, before: int | None = None, limit: int = 50) -> list[RuleRun]:
        """What it did lately, newest first, a page at a time."""
        return RuleRun.of(self.id, before=before, limit=limit)

    def as_actor(self) -> Actor:
        return Actor("rule", self.id, self.name)

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """Change what it does. It looks only at moments that come after that."""
        refuse_reach(values.get("team_id", self.team_id), by)
        if values.keys() & set(SAYS):
            given: Given = {name: values.get(name, getattr(self, name)) for name in SAYS}
            plan = Plan.read(given, rule_id=self.id)
            refuse_foreign(plan.runs - self.plan.runs, by)  # what others let it run stays
            values = {**values, **plan.stored}
        return super().edit(values, by=by, read_at=read_at)

    def follow(self, fields: set[str]) -> None:
        super().follow(fields)
        if "triggers" in fields and self.is_on:
            self.on_since = clock.now()

    def switch_on(self, *, by: Acting) -> None:
        """Let it act from now on; a paused one forgets its failures."""
        if self.is_on and self.pause_reason is None:
            return
        refuse_reach(self.team_id, by)
        if self.archived:
            raise Refused(_("An archived rule cannot be switched on."))
        Plan.read(
            {name: getattr(self, name) for name in SAYS}, rule_id=self.id
        )  # what it names may have gone
        with act("switched on", self, by=by):
            self.is_on, self.pause_reason, self.on_since = True, None, clock.now()
        RuleState.of(self.id)

    def switch_off(self, *, by: Acting) -> None:
        """Let it rest. What was due and has not been done is dropped."""
        if self.is_on:
            with act("switched off", self, by=by):
                self.is_on = False
            RuleFiring.drop(self.id)

    def archive(self, *, by: Acting) -> None:
        self.switch_off(by=by)
        super().archive(by=by)

    def pause(self, reason: str) -> None:
        """It failed too often in a row; somebody has to look at it before it goes on."""
        lock(self)
        if self.is_on and self.pause_reason is None:
            with act("paused", self, by=SYSTEM, details={"reason": reason}):
                self.pause_reason = reason

    @property
    def is_used(self) -> bool:
        """A rule that did something is archived, so that what it did keeps its reason."""
        return db.session.scalar(sa.select(sa.exists().where(RuleRun.rule_id == self.id))) or False

    def new_hook(self, *, by: Acting) -> str:
        """The secret part of an address that calls it from outside; shown once, and ends the one before."""
        token = secrets.token_urlsafe(32)
        with act("hook renewed", self, by=by):
            pass
        RuleState.of(self.id).hook_digest = digest(token)
        return token

    @classmethod
    def with_hook(cls, token: str) -> Rule | None:
        """The rule whose address this is, if it is at work."""
        state = db.session.scalars(
            sa.select(RuleState).where(RuleState.hook_digest == digest(token))
        ).one_or_none()
        rule = db.session.get(cls, state.rule_id) if state is not None else None
        if state is None or rule is None or not hmac.compare_digest(state.hook_digest or "", digest(token)):
            return None
        return rule if rule.is_at_work else None

    @property
    def is_at_work(self) -> bool:
        return self.is_on and self.pause_reason is None and not self.archived and not self.is_binned

    @classmethod
    def at_work(cls) -> sa.ColumnElement[bool]:
        """The same, of the database."""
        return sa.and_(cls.is_on, cls.pause_reason.is_(None), cls.is_offered())


def refuse_reach(team_id: int | None, by: Acting) -> None:
    """A manager makes rules for the teams they lead; only administrators make them for all."""
    if not isinstance(by, User) or by.is_administrator:
        return
    if team_id is None:
        raise NotTheirs(_("Say which of your teams the rule is for: only administrators make rules for all."))
    if team_id not in by.reach.led:
        raise NotTheirs(_("You make rules for the teams that you lead."))


def overlap(one: int | None, other: int | None) -> bool:
    """Are there cases of both teams, with all below them? None is all teams."""
    if one is None or other is None:
        return True
    return not set(with_below([one])).isdisjoint(with_below([other]))


def refuse_foreign(runs: set[int], by: Acting) -> None:
    """Nobody lets rules run that are not theirs to set up."""
    if not runs or not isinstance(by, User):
        return
    theirs = Rule.handled_by(by).where(Rule.id.in_(runs)).with_only_columns(Rule.id)
    if runs - set(db.session.scalars(theirs)):
        raise NotTheirs(_("A rule runs only such others as you may set up."))


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
