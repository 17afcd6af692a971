"""Who handles cases: a tree of teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.actor import Acting
from app.domain.base import Base, Id, Json, Minor, link_to
from app.domain.configuration import Configuration
from app.domain.errors import Refused
from app.domain.history import act, lock, named
from app.domain.history.tracking import expire_relations
from app.domain.listed import Listed
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

# What a new team takes: everything, until somebody chooses.
EVERY_KIND = ("lead", "opportunity", "call", "meeting", "task", "request", "issue", "bug", "claim")

team_members = sa.Table(
    "team_members",
    Base.metadata,
    sa.Column("team_id", sa.ForeignKey("teams.id"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True, index=True),
)


class Team(Listed, Base):
    """People who answer for cases of certain kinds, under a leader, below another team or at the top."""

    __tablename__ = "teams"
    record_kind = "team"
    links = ("members",)
    derived = frozenset({"path"})
    by_verbs = Listed.by_verbs | {"parent_id"}
    trees = ("parent_id",)
    within = "parent_id"

    id: Mapped[Id]
    code: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    parent_id: Mapped[int | None] = link_to("teams.id")
    path: Mapped[str] = mapped_column(sa.String(500), default="/")
    leader_id: Mapped[int | None] = link_to("users.id")
    default_responsible_id: Mapped[int | None] = link_to("users.id")
    reply_to: Mapped[str | None] = mapped_column(sa.String(254))
    alias: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    kinds: Mapped[list[Any]] = mapped_column(Json, default=lambda: list(EVERY_KIND))
    shared_kinds: Mapped[list[Any]] = mapped_column(Json, default=list)
    is_open: Mapped[bool] = mapped_column(default=True)
    may_delete: Mapped[bool] = mapped_column(default=False)
    invoicing_target: Mapped[Minor | None]
    reopening_days: Mapped[int] = mapped_column(default=30)
    calendar_id: Mapped[int | None] = link_to("working_calendars.id")

    parent: Mapped[Team | None] = relationship(remote_side="Team.id")
    leader: Mapped[User | None] = relationship(foreign_keys=[leader_id])
    default_responsible: Mapped[User | None] = relationship(foreign_keys=[default_responsible_id])
    members: Mapped[list[User]] = relationship(secondary=team_members, back_populates="teams")

    @classmethod
    def usual_for(cls, user: User, kind: str) -> int | None:
        """The id of the team that somebody makes cases of this kind for, unless they say otherwise: theirs first."""
        reach = user.reach
        theirs = reach.member | reach.led
        teams = [team for team in Configuration.current().teams.values() if team.in_use and team.id in theirs]
        teams.sort(key=lambda team: (kind not in team.kinds, team.id not in reach.member))
        return teams[0].id if teams else None

    @classmethod
    def ids_taking(cls, kind: str) -> set[int]:
        """The teams that take cases of this kind, by their ids."""
        return {team.id for team in Configuration.current().teams.values() if kind in team.kinds}

    def derive(self) -> None:
        """The way from the top down to this team, by ids: `/1/4/`. Its own end is known by its id."""
        parent = named(self, "parent")
        self.path = f"{parent.path}{parent.id}/" if parent is not None else "/"

    @property
    def in_use(self) -> bool:
        """May it be given cases?"""
        return not (self.archived or self.is_binned)

    @property
    def subtree(self) -> str:
        """What the paths of all teams below this one begin with."""
        return f"{self.path}{self.id}/"

    @property
    def lineage(self) -> list[int]:
        """The ids of this team and of all above it, from the top down."""
        return [int(each) for each in self.subtree.strip("/").split("/")]

    def is_below(self, other: Team) -> bool:
        return self is other or self.path.startswith(other.subtree)

    @property
    def takes_drafts(self) -> User | None:
        """Who gets what comes in without a name on it."""
        responsible = self.default_responsible
        return responsible if responsible is not None and responsible.is_active else None

    @property
    def who_answers(self) -> User | None:
        """Who is asked when a case is handed to this team."""
        leader = self.leader if self.leader is not None and self.leader.is_active else None
        return self.takes_drafts or leader

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """Its place in the tree goes with all below it, the rest is edited."""
        if "parent_id" not in values:
            return super().edit(values, by=by, read_at=read_at)
        touched = self.touched({"parent_id": values["parent_id"]}, read_at)
        if not touched or touched["parent_id"] == self.parent_id:
            return False
        if read_at is not None and read_at != self.version:
            self.refuse_clashes(touched, read_at)
        self.move_below(db.session.get(Team, touched["parent_id"] or 0), by=by)
        return True

    def move_below(self, parent: Team | None, *, by: Acting) -> None:
        """Put this team, with all below it, under another one, or at the top."""
        if parent is self.parent:
            return
        if parent is not None and parent.is_below(self):
            raise Refused(_("%(team)s stands below this team.", team=parent.name))
        lock(*self.below())
        with act("moved", self, by=by):
            self.parent_id = parent.id if parent is not None else None
            expire_relations(self, "parent_id")
            db.session.flush()
            self.settle()

    def settle(self) -> None:
        """Those below find their way from the top again."""
        super().settle()
        self.refuse_circle("parent_id", self.parent_id)  # or there would be no end to those below
        below = self.below()
        lock(*below)
        for team in below:
            team.derive()
            db.session.flush()

    def below(self) -> list[Team]:
        """All teams below this one, from the top down, so that each finds its parent's path as it is now."""
        found: list[Team] = []
        parents = [self.id]
        while parents:
            query = sa.select(Team).where(Team.parent_id.in_(parents)).order_by(Team.id)
            nearest = [team for team in db.session.scalars(query) if team not in found]
            found += nearest
            parents = [team.id for team in nearest]
        return found
