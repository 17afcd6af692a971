"""Plans: several steps that commonly belong together, planned on a case at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.activity import Activity
from app.domain.base import Base, Id, link_to
from app.domain.errors import Refused
from app.domain.history import change_set, lock
from app.domain.listed import Listed
from app.domain.lists import ActivityType
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

WHO = ("responsible", "leader", "me")


class ActivityPlan(Listed, Base):
    """Steps that follow one another, such as those after a fair or before a delivery."""

    __tablename__ = "activity_plans"
    record_kind = "activity plan"

    id: Mapped[Id]

    def plan_on(self, case: Case, *, by: User, start: date | None = None) -> list[Activity]:
        """Plan all its steps on a case, counted from a day and on days of work, as one act with one Undo."""
        lock(case)
        if case.is_closed:
            raise Refused(_("A closed case is reopened before a plan is followed."))
        steps = self.steps
        if not steps:
            raise Refused(_("“%(plan)s” has no steps yet.", plan=self))
        people = [step.person(case, by) for step in steps]
        with change_set("act", by=by):
            return [
                Activity.plan(
                    case,
                    step.type,
                    step.name,
                    by=by,
                    due_on=Activity.day_in(step.days, case, person, start=start),
                    user=person,
                )
                for step, person in zip(steps, people, strict=True)
            ]

    @property
    def steps(self) -> list[PlanStep]:
        """What is to be done, in order of days."""
        query = sa.select(PlanStep).where(PlanStep.plan_id == self.id, PlanStep.is_offered())
        return list(db.session.scalars(query.order_by(PlanStep.days, PlanStep.id)))


class PlanStep(Listed, Base):
    """One step of a plan: what it is, how many days after the start (or, below nothing, before it), and whose."""

    __tablename__ = "plan_steps"
    record_kind = "plan step"

    id: Mapped[Id]
    plan_id: Mapped[int] = link_to("activity_plans.id")
    type_id: Mapped[int] = link_to("activity_types.id")
    days: Mapped[int] = mapped_column(default=0)
    who: Mapped[str] = mapped_column(sa.String(12), default="responsible")

    type: Mapped[ActivityType] = relationship()

    __table_args__ = (sa.CheckConstraint(f"who in {WHO}", name="who"),)

    def person(self, case: Case, follower: User) -> User:
        """Who does it on this case. Raises Refused when there is nobody."""
        if self.who == "me":
            return follower
        if self.who == "leader":
            leader = case.team.leader if case.team is not None else None
            if leader is None or not leader.is_active:
                raise Refused(_("“%(step)s” is for the leader, and the case's team has none.", step=self))
            return leader
        if case.responsible is None or not case.responsible.is_active:
            raise Refused(_("“%(step)s” is for whoever is responsible, and nobody is yet.", step=self))
        return case.responsible
