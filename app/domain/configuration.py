"""What is configured, and so asked for on every page and rarely changed: kept by each process until it changes.

Each change adds a row to `configuration_marks` in its own transaction. The rows that a transaction can see say
which configuration holds for it; a process that knows it already asks the database for nothing more.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Container, Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, UOWTransaction, mapped_column

from app.domain.base import Base, Id
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.notification.choosing import Ways
    from app.domain.organisation import Organisation
    from app.domain.rules.working import Working
    from app.domain.working_time import WorkingTime

Question = TypeVar("Question")

MOST_MARKS = 200
KEPT = 4  # of several that hold at a time: transactions begun before and after a change
# Of some fifty people, each up to 26 kB; what is beyond is put together again.
MOST_QUESTIONS = 500


class ConfigurationMark(Base):
    """A change to what is configured; nothing is written twice, so that nobody waits for anybody."""

    __tablename__ = "configuration_marks"

    id: Mapped[Id]
    token: Mapped[int] = mapped_column(default=lambda: secrets.randbelow(2**31))

    @classmethod
    @cache
    def standing(cls) -> sa.ScalarSelect[str]:
        """What names the configuration that holds: another one after each change, whatever is committed when."""
        text = [sa.cast(value, sa.String) for value in (sa.func.count(), sa.func.sum(cls.token))]
        return sa.select(text[0] + "-" + sa.func.coalesce(text[1], "")).select_from(cls).scalar_subquery()

    @classmethod
    def fold(cls) -> None:
        """One in place of very many, as every request adds them up; to all processes it is one more change."""
        if (db.session.scalar(sa.select(sa.func.count()).select_from(cls)) or 0) > MOST_MARKS:
            db.session.execute(sa.delete(cls))
            change(db.session())


class Configured:
    """A record that is part of the configuration."""


class Entry(NamedTuple):
    """An entry of a list; `in_use` ones can be chosen, those that are gone were deleted."""

    id: int
    name: str
    in_use: bool
    is_gone: bool


@dataclass(frozen=True)
class TeamRow:
    """What is asked of a team all the time."""

    id: int
    name: str
    path: str
    parent_id: int | None
    leader_id: int | None
    is_open: bool
    in_use: bool
    sequence: int
    kinds: frozenset[str]
    calendar_id: int | None
    may_delete: bool
    members: frozenset[int]

    @property
    def subtree(self) -> str:
        return f"{self.path}{self.id}/"


@dataclass(frozen=True)
class StageRow:
    """What is asked of a stage all the time."""

    id: int
    name: str
    kind: str
    sequence: int
    probability: int
    is_won: bool
    is_folded: bool
    in_use: bool
    stale_days: int | None
    required_fields: tuple[str, ...]
    explanation: str | None
    teams: frozenset[int]


@dataclass(frozen=True)
class MailTemplateRow:
    """What is asked of a mail template wherever one may begin from it."""

    id: int
    name: str
    kind: str | None
    team_id: int | None

    def fits(self, kind: str, teams: Container[int]) -> bool:
        """Is it for a case of this kind, in a team that with all above it is these?"""
        return self.kind in {None, kind} and (self.team_id is None or self.team_id in teams)


numbers = count()


class Configuration:
    """The configuration as it stands; each part is read when it is first asked for."""

    kept: ClassVar[dict[str, Configuration]] = {}

    def __init__(self) -> None:
        # No two have the same: what follows from one is known by it.
        self.number = next(numbers)
        self.permissions: dict[str, dict[str, dict[str, frozenset[str]]]] = {}
        self.entries: dict[type, list[Entry]] = {}
        self.offered: dict[type, tuple[tuple[int, str], ...]] = {}
        self.questions: dict[Hashable, Any] = {}

    @classmethod
    def current(cls) -> Configuration:
        """The one that holds for this transaction; one of its own once it has changed something itself."""
        info = db.session().info
        found: Configuration | None = info.get("configuration")
        if found is None:
            found = cls.marked(str(db.session.scalar(sa.select(ConfigurationMark.standing()))))
        return found

    @classmethod
    def marked(cls, mark: str, *, throughout: bool = False) -> Configuration:
        """The one of this mark, for the rest of the transaction; `throughout` for as long as the session lives.

        A page is short: what it began with holds for all of it, unless it changes the configuration itself.
        """
        found = cls.kept.get(mark)
        if found is None:
            for old in list(cls.kept)[: 1 - KEPT]:
                cls.kept.pop(old, None)
            for other in list(cls.kept.values()):
                other.questions.clear()  # hardly asked any more, and each takes some twenty kilobytes
            found = cls.kept[mark] = cls()
        info = db.session().info
        info["configuration"], info["configuration_lasts"] = found, throughout
        return found

    def question(self, key: Hashable, put: Callable[[], Question]) -> Question:
        """A statement that is put together once, and asked for as long as what is configured stays the same.

        What somebody may know of follows from that, and putting it together takes ten times as long as asking it.
        The key names whoever asks and all values that the statement holds; others are bound when it is asked.
        """
        found: Question | None = self.questions.get(key)
        if found is None:
            if len(self.questions) >= MOST_QUESTIONS:
                self.questions.clear()
            found = self.questions[key] = put()
        return found

    def permissions_of(self, role: str) -> dict[str, dict[str, frozenset[str]]]:
        """Scopes by act and kind."""
        from app.domain.permission import Permission

        if role not in self.permissions:
            found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
            rows = sa.select(Permission.act, Permission.kind, Permission.scope).where(Permission.role == role)
            for act, kind, scope in db.session.execute(rows):
                found[act][kind].add(scope)
            self.permissions[role] = {
                act: {kind: frozenset(scopes) for kind, scopes in kinds.items()}
                for act, kinds in found.items()
            }
        return self.permissions[role]

    @cached_property
    def teams(self) -> dict[int, TeamRow]:
        """All teams by their ids, in the order in which they stand."""
        from app.domain.team import Team, team_members

        members: defaultdict[int, set[int]] = defaultdict(set)
        for team_id, user_id in db.session.execute(sa.select(team_members.c.team_id, team_members.c.user_id)):
            members[team_id].add(user_id)
        rows = sa.select(
            Team.id, Team.name, Team.path, Team.parent_id, Team.leader_id, Team.is_open, Team.sequence,
            Team.is_offered().label("in_use"), Team.kinds, Team.calendar_id, Team.may_delete,
        )  # fmt: skip
        return {
            row["id"]: TeamRow(
                **{**row, "kinds": frozenset(row["kinds"])}, members=frozenset(members[row["id"]])
            )
            for row in db.session.execute(rows.order_by(*Team.in_order())).mappings()
        }

    @cached_property
    def stages(self) -> dict[int, StageRow]:
        """All stages by their ids, in the order in which they stand."""
        from app.domain.stage import Stage, stage_teams

        teams: defaultdict[int, set[int]] = defaultdict(set)
        for stage_id, team_id in db.session.execute(sa.select(stage_teams.c.stage_id, stage_teams.c.team_id)):
            teams[stage_id].add(team_id)
        rows = sa.select(
            Stage.id, Stage.name, Stage.kind, Stage.sequence, Stage.probability, Stage.is_won, Stage.is_folded,
            Stage.is_offered().label("in_use"), Stage.stale_days, Stage.required_fields, Stage.explanation,
        )  # fmt: skip
        return {
            row["id"]: StageRow(
                **{**row, "required_fields": tuple(row["required_fields"])}, teams=frozenset(teams[row["id"]])
            )
            for row in db.session.execute(rows.order_by(*Stage.in_order())).mappings()
        }

    def stages_of(self, team_id: int | None, kind: str) -> list[StageRow]:
        """The stages that this team's cases of a kind pass, in order: its own and those that all share."""
        return [
            stage
            for stage in self.stages.values()
            if stage.in_use and stage.kind == kind and (not stage.teams or team_id in stage.teams)
        ]

    def names(self, cls: Any) -> dict[int, str]:
        """What the entries of a list are called, those that are no longer used or deleted among them."""
        return {entry.id: entry.name for entry in self.listed(cls)}

    def choices(self, cls: Any) -> tuple[tuple[int, str], ...]:
        """Id and name of the entries that can be chosen, in order."""
        if cls not in self.offered:
            self.offered[cls] = tuple((each.id, each.name) for each in self.listed(cls) if each.in_use)
        return self.offered[cls]

    @cached_property
    def mail_templates(self) -> tuple[MailTemplateRow, ...]:
        """The mail templates that can be chosen, in order."""
        from app.domain.mail_template import MailTemplate

        cls = MailTemplate
        rows = sa.select(cls.id, cls.name, cls.kind, cls.team_id).where(cls.is_offered())
        return tuple(MailTemplateRow(*row) for row in db.session.execute(rows.order_by(*cls.in_order())))

    @cached_property
    def currencies(self) -> dict[str, int]:
        """The currencies that worth may be stated in, in order: digits after the point by code."""
        from app.domain.lists import Currency

        offered = sa.select(Currency.code, Currency.digits).where(Currency.is_offered())
        return dict(db.session.execute(offered.order_by(*Currency.in_order())).all())

    @cached_property
    def rates(self) -> dict[str, list[tuple[date, Decimal]]]:
        """What each currency was worth in the organisation's, from which day on, in order of days."""
        from app.domain.lists import CurrencyRate

        found: dict[str, list[tuple[date, Decimal]]] = {}
        rows = sa.select(CurrencyRate.currency_code, CurrencyRate.valid_from, CurrencyRate.rate)
        standing = rows.where(CurrencyRate.deleted_at.is_(None)).order_by(CurrencyRate.valid_from)
        for code, day, rate in db.session.execute(standing):
            found.setdefault(code, []).append((day, rate))
        return found

    @cached_property
    def ways(self) -> dict[tuple[int, str], Ways]:
        """How people want to be told of what, by person and type, where they have said so."""
        from app.domain.notification.choosing import NotificationChoice, Ways

        kept = NotificationChoice
        rows = sa.select(kept.user_id, kept.type, kept.in_page, kept.by_mail, kept.in_digest)
        return {(user_id, name): Ways(*ways) for user_id, name, *ways in db.session.execute(rows)}

    @cached_property
    def calendars(self) -> dict[int, WorkingTime]:
        """The working calendars that name any hours, by their ids."""
        from app.domain.lists import Holiday, WorkingCalendar
        from app.domain.working_time import WorkingTime

        free: defaultdict[int, set[date]] = defaultdict(set)
        days = sa.select(Holiday.calendar_id, Holiday.day).where(Holiday.is_offered())
        for calendar_id, day in db.session.execute(days):
            free[calendar_id].add(day)
        rows = sa.select(WorkingCalendar.id, WorkingCalendar.zone, WorkingCalendar.hours)
        return {
            id_: WorkingTime(
                zone,
                tuple(
                    tuple((opens, closes) for opens, closes in hours.get(str(day), ())) for day in range(7)
                ),
                frozenset(free[id_]),
            )
            for id_, zone, hours in db.session.execute(rows.where(WorkingCalendar.deleted_at.is_(None)))
            if any(hours.values())
        }

    @cached_property
    def rules(self) -> tuple[Working, ...]:
        """The rules that are on, in their order."""
        from app.domain.rules.working import at_work

        return at_work()

    def listed(self, cls: Any) -> list[Entry]:
        """All entries of a list, in order."""
        if cls not in self.entries:
            rows = sa.select(cls.id, cls.name, cls.is_offered(), cls.deleted_at.is_not(None))
            found = db.session.execute(rows.order_by(*cls.in_order()))
            self.entries[cls] = [
                Entry(id_, name, bool(in_use), bool(is_gone)) for id_, name, in_use, is_gone in found
            ]
        return self.entries[cls]

    @cached_property
    def organisation(self) -> Organisation:
        """The organisation, in no session: to be read."""
        from app.domain.organisation import Organisation

        row = db.session.execute(sa.select(Organisation.__table__)).mappings().first()
        return Organisation(
            **(row or {"name": "Holdfast", "currency": "EUR", "zone": "UTC", "language": "en"})
        )


@sa_event.listens_for(db.session, "after_flush")
def mark_change(session: Session, _context: UOWTransaction) -> None:
    """What is configured was changed: the next transaction reads it anew, and so does the rest of this one."""
    touched = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(record, Configured) for record in touched):
        change(session)


@sa_event.listens_for(db.session, "do_orm_execute")
def mark_statement(state: ORMExecuteState) -> None:
    """The same for set statements."""
    table = None if state.is_select else getattr(state.statement, "table", None)
    if table is not None and state.execution_options.get("configures", True):
        touch(table)


def touch(table: Any) -> None:
    """The same for statements that go past the session."""
    if table.description in configured_tables():
        change(db.session())


def change(session: Session) -> None:
    session.info["configuration"], session.info["configuration_lasts"] = Configuration(), False
    session.connection().execute(sa.insert(ConfigurationMark).values(token=secrets.randbelow(2**31)))


def configured_tables() -> set[str]:
    """The tables of what is configured, and of its links."""
    if not _tables:
        for mapper in Base.registry.mappers:
            if issubclass(mapper.class_, Configured):
                links = [each.secondary for each in mapper.relationships if each.secondary is not None]
                _tables.update(str(table) for table in (*mapper.tables, *links))
    return _tables


_tables: set[str] = set()


@sa_event.listens_for(db.session, "after_transaction_end")
def forget(session: Session, transaction: Any) -> None:
    if transaction.parent is None and not session.info.get("configuration_lasts"):
        session.info.pop("configuration", None)


@sa_event.listens_for(db.session, "after_soft_rollback")
def forget_half(session: Session, _transaction: Any) -> None:
    """What was read of changes that were taken back is not what stands."""
    if not session.info.get("configuration_lasts"):
        session.info.pop("configuration", None)
