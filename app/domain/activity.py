"""Planned next steps."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.actor import Acting
from app.domain.base import Base, Id, link_to
from app.domain.errors import Refused
from app.domain.history import Editable, act, change_set, lock, locked
from app.domain.lists import ActivityType
from app.domain.organisation import Organisation
from app.domain.text import clean
from app.domain.working_time import workday
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.partner import Partner
    from app.domain.user import User


class Activity(Editable, Base):
    """Something that somebody of ours is to do next, on a case or about a partner, by a day."""

    __tablename__ = "activities"
    record_kind = "activity"
    by_verbs = frozenset({"state", "ended_at", "case_id", "partner_id"})

    id: Mapped[Id]
    type_id: Mapped[int] = link_to("activity_types.id")
    what: Mapped[str] = mapped_column(sa.String(300))
    due_on: Mapped[date]
    user_id: Mapped[int | None] = link_to("users.id", index=False)
    case_id: Mapped[int | None] = link_to("cases.id", index=False)
    partner_id: Mapped[int | None] = link_to("partners.id", index=False)
    state: Mapped[str] = mapped_column(sa.String(10), default="planned")
    ended_at: Mapped[datetime | None]

    type: Mapped[ActivityType] = relationship()
    user: Mapped[User | None] = relationship()
    case: Mapped[Case | None] = relationship(foreign_keys=[case_id])
    partner: Mapped[Partner | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("state in ('planned', 'done', 'cancelled')", name="state"),
        sa.CheckConstraint("(case_id is null) <> (partner_id is null)", name="on_one_thing"),
        sa.CheckConstraint("(state = 'planned') = (ended_at is null)", name="ended"),
        sa.Index("ix_activities_case", "case_id", "state", "due_on"),
        sa.Index("ix_activities_partner", "partner_id", "state", "due_on"),
        sa.Index("ix_activities_user", "user_id", "state", "due_on"),
    )

    @classmethod
    def visible_to(cls, user: User) -> sa.Select[Activity]:
        """The steps on what this person may know of."""
        from app.domain.case import Case
        from app.domain.partner import Partner

        # Asked of each step: their cases may be a hundred thousand, their steps are a few.
        on_case = Case.visible_to(user).where(Case.id == cls.case_id).correlate(cls).exists()
        on_partner = Partner.visible_to(user).where(Partner.id == cls.partner_id).correlate(cls).exists()
        return sa.select(cls).where(cls.deleted_at.is_(None), sa.or_(on_case, on_partner))

    @classmethod
    def plan(
        cls,
        about: Case | Partner,
        kind: ActivityType,
        what: str,
        *,
        by: Acting,
        due_on: date | None = None,
        user: User | None = None,
    ) -> Activity:
        """Plan a next step on a case or about a partner; by default as usual for its type, on a day of work."""
        field = "case" if about.record_kind == "case" else "partner"
        activity = cls(
            type=kind,
            what=clean(what) or kind.name,
            due_on=due_on or cls.day_in(kind.days, about, user),
            user=user,
            **{field: about},
        )
        with act("planned", activity, about, by=by) as event:
            event.details = {"what": activity.what, "due": activity.due_on.isoformat()}
            db.session.flush()
            about.look_ahead()
        return activity

    @staticmethod
    def day_in(days: int, about: Case | Partner, user: User | None, *, start: date | None = None) -> date:
        """So many days from today or another start, on a day of work; what is before the start stays before it."""
        day = (start or Organisation.current().today()) + timedelta(days=days)
        return workday(
            day, team_id=about.team_id, user_id=user.id if user is not None else None, back=days < 0
        )

    def done(
        self, *, by: Acting, said: str | None = None, then: dict[str, Any] | None = None
    ) -> Activity | None:
        """It has been done; what came of it may be said in a word.

        Answers the step that follows, planned in the same change set: the one that `then` tells of (kind, what,
        due_on, user), else the one that its type has planned by itself.
        """
        if self.has_ended("done"):
            return None
        lock(self.about)
        with change_set("act", by=by):
            self.end("done", "activity done", by=by, body=clean(said) if said else None)
            if then is None and self.type.plans_next and self.type.follower is not None:
                then = {"kind": self.type.follower, "what": "", "user": self.user}
            return Activity.plan(self.about, by=by, **then) if then is not None else None

    def cancel(self, *, by: Acting) -> None:
        """It will not be done."""
        self.end("cancelled", "activity cancelled", by=by)

    def end(self, state: str, action: str, *, by: Acting, **told: Any) -> None:
        if self.has_ended(state):
            return
        lock(self.about)
        with act(action, self, by=by, details={"what": self.what}, **told):
            self.state, self.ended_at = state, clock.now()
            db.session.flush()
            self.about.look_ahead()

    def has_ended(self, state: str) -> bool:
        """Has it ended so already? What ended otherwise is refused."""
        if self.state not in {"planned", state}:
            raise Refused(_("This activity has ended already."))
        return self.state == state

    @classmethod
    def give_up(cls, case: Case, *, by: Acting) -> None:
        """What is planned on a case that has just been given up will not be done."""
        for activity in cls.locked_on(case, cls.state == "planned"):
            with act("activity cancelled", activity, by=by, details={"what": activity.what}):
                activity.state, activity.ended_at = "cancelled", case.closed_at
        case.look_ahead()

    @classmethod
    def planned_on(cls, case: Case) -> int:
        """How many steps are still to be done there."""
        if case.next_activity_on is None:
            return 0
        planned = sa.select(sa.func.count()).where(
            cls.case_id == case.id, cls.state == "planned", cls.deleted_at.is_(None)
        )
        return db.session.scalar(planned) or 0

    @classmethod
    def take_up(cls, case: Case, given_up_at: datetime | None, *, by: Acting) -> None:
        """What was given up together with a case is planned again together with it."""
        for activity in cls.locked_on(case, cls.state == "cancelled", cls.ended_at == given_up_at):
            with act("activity resumed", activity, by=by, details={"what": activity.what}):
                activity.state, activity.ended_at = "planned", None
        case.look_ahead()

    @classmethod
    def locked_on(cls, case: Case, *which: sa.ColumnElement[bool]) -> list[Activity]:
        return locked(sa.select(cls).where(cls.case_id == case.id, cls.deleted_at.is_(None), *which))

    @property
    def about(self) -> Any:
        """The case or partner that it is planned on."""
        return self.case or self.partner

    @property
    def is_part_of(self) -> Any:
        """Whoever may write on the case or partner may plan there, and change what is planned."""
        return self.about

    @classmethod
    def details_of(cls, row: dict[str, Any]) -> dict[str, Any]:
        return {"what": row["what"], "due": row["due_on"].isoformat()}

    def told_on(self) -> tuple[Case | None, Partner | None]:
        return self.case, self.partner

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """Put it differently, or on another day; the case or partner that it is about is changed along."""
        lock(self.about)
        return super().edit(values, by=by, read_at=read_at)

    def settle(self) -> None:
        """What comes next on the case or partner follows from what is planned there."""
        self.about.look_ahead()

    def bucket(self, today: date) -> str:
        """How pressing it is: overdue, today or planned."""
        return "overdue" if self.due_on < today else "today" if self.due_on == today else "planned"

    @classmethod
    def next_day(cls, about: sa.ColumnElement[bool]) -> date | None:
        """The day of the earliest step still planned."""
        return db.session.scalar(
            sa.select(sa.func.min(cls.due_on)).where(about, cls.state == "planned", cls.deleted_at.is_(None))
        )
