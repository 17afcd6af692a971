"""The columns of a team's pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, make_transient_to_detached, mapped_column, relationship
from sqlalchemy.orm.util import identity_key

from app.domain.actor import Acting
from app.domain.base import Base, Id, Json
from app.domain.configuration import Configuration, StageRow, TeamRow
from app.domain.errors import Incomplete, Refused
from app.domain.history.tracking import named_id
from app.domain.likely import Likely
from app.domain.listed import Listed
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.team import Team

stage_teams = sa.Table(
    "stage_teams",
    Base.metadata,
    sa.Column("stage_id", sa.ForeignKey("stages.id"), primary_key=True),
    sa.Column("team_id", sa.ForeignKey("teams.id"), primary_key=True, index=True),
)


# What of a stage every process knows.
KNOWN = tuple("id name kind sequence probability is_won is_folded stale_days explanation".split())


class Stage(Likely, Listed, Base):
    """A column of the pipeline, of some teams or (with none named) shared by all."""

    __tablename__ = "stages"
    record_kind = "stage"
    configured_as = "team"
    links = ("teams",)
    within = "kind"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(sa.String(20), default="opportunity")
    probability: Mapped[int] = mapped_column(default=0)
    is_won: Mapped[bool] = mapped_column(default=False)
    is_folded: Mapped[bool] = mapped_column(default=False)
    stale_days: Mapped[int | None]
    required_fields: Mapped[list[Any]] = mapped_column(Json, default=list)
    explanation: Mapped[str | None] = mapped_column(sa.Text)

    teams: Mapped[list[Team]] = relationship(secondary=stage_teams)

    __table_args__ = (
        sa.CheckConstraint("probability between 0 and 100", name="probability"),
        sa.CheckConstraint("not is_won or probability = 100", name="won_is_certain"),
    )

    @classmethod
    def of(cls, team: Team | None, kind: str) -> list[Stage]:
        """The stages that this team's cases of a kind pass, in order."""
        ids = [row.id for row in cls.rows_of(team, kind)]
        found = {stage.id: stage for stage in db.session.scalars(sa.select(cls).where(cls.id.in_(ids)))}
        return [found[id_] for id_ in ids]

    @staticmethod
    def rows_of(team: Team | TeamRow | None, kind: str) -> list[StageRow]:
        """The same, to be read."""
        return Configuration.current().stages_of(team.id if team is not None else None, kind)

    @classmethod
    def first_of(cls, team: Team | TeamRow | None, kind: str) -> Stage | None:
        """Where a new case starts: the first stage that is neither won nor folded."""
        return cls.found(row for row in cls.rows_of(team, kind) if not (row.is_won or row.is_folded))

    @classmethod
    def first_won_of(cls, team: Team | None, kind: str) -> Stage | None:
        return cls.found(row for row in cls.rows_of(team, kind) if row.is_won)

    @classmethod
    def found(cls, rows: Iterable[StageRow]) -> Stage | None:
        """The first of these."""
        first = next(iter(rows), None)
        return cls.known(first.id) if first is not None else None

    @classmethod
    def known(cls, stage_id: int) -> Stage | None:
        """The stage of this id: one in use as every process knows it, without asking the database."""
        row, session = Configuration.current().stages.get(stage_id), db.session()
        if row is None or not row.in_use or identity_key(cls, stage_id) in session.identity_map:
            return session.get(cls, stage_id)
        stage = cls()
        known = {name: getattr(row, name) for name in KNOWN}
        required = list(row.required_fields)
        vars(stage).update(known, required_fields=required, archived=False, deleted_at=None)
        make_transient_to_detached(stage)  # what is not known of it is read when it is asked for
        session.add(stage)
        return stage

    def edit(self, values: dict[str, Any], *, by: Acting, read_at: int | None = None) -> bool:
        """What cases in it rely on stays: of which kind they are, and whether they are won there."""
        changed = {
            name
            for name in ("kind", "is_won")
            if values.get(name, getattr(self, name)) != getattr(self, name)
        }
        if changed and self.is_used:
            raise Refused(_("There are cases in this stage. Add another stage instead."))
        if self.is_won and "is_won" not in changed and values.get("probability", 100) != 100:
            raise Refused(_("Cases in a won stage are certain."))
        return super().edit(values, by=by, read_at=read_at)

    def follow(self, fields: set[str]) -> None:
        if self.is_won:
            self.probability = 100

    def takes(self, case: Case) -> bool:
        """May this case stand here: one of this kind, of a team that has this stage, and the stage in use?"""
        rows = Configuration.current().stages_of(named_id(case, "team"), case.kind)
        return any(row.id == self.id for row in rows)

    def missing_in(self, case: Case) -> list[str]:
        """What this stage asks for and the case does not say."""
        return [name for name in self.required_fields if getattr(case, name, None) in {None, ""}]

    def refuse_unused(self) -> None:
        """No case comes into a stage that is no longer used; those that stand there stay."""
        if self.archived or self.is_binned:
            raise Refused(_("%(stage)s is no longer used.", stage=self.name))

    def refuse_incomplete(self, case: Case, by: Acting) -> None:
        """People say what a stage asks for before a case enters it; rules and imports may not know it."""
        missing = self.missing_in(case) if by.as_actor().kind == "user" else []
        if missing:
            raise Incomplete(self.name, missing)
