"""What is kept beside the rules: where each stands, which moments it has acted on, and what it did lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.actor import SYSTEM
from app.domain.base import Base, BigId, Id, Json, link_to, where_named
from app.domain.history import ChangeSet, act, lock
from app.domain.history.bulk import keys_of, put
from app.domain.job import Job
from app.domain.message import BEFORE_SENDING
from app.domain.text import clean
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case

KEPT_FOR = timedelta(days=90)
LONGEST_ANSWER = 2000
# So often in a row, and a rule is paused.
MOST_FAILURES = 5
OUTCOMES = ("done", "nothing", "failed")


R = TypeVar("R")


def insert(cls: Any) -> Any:
    """An INSERT that can leave alone what is there already, as the database in use writes it."""
    made = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    return made(cls)


def insert_first(cls: Any, **values: Any) -> None:
    """Have a row with these values, unless there is one: of two who come at once, one makes it."""
    db.session.execute(insert(cls).values(**values).on_conflict_do_nothing())


def locked_row(query: sa.Select[R]) -> R:
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


class RuleState(Base):
    """Where a rule stands: no fact of the business, and changed far more often than the rule."""

    __tablename__ = "rule_states"

    rule_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("rules.id"), primary_key=True, autoincrement=False
    )
    # Up to when moments were looked for.
    checked_until: Mapped[datetime | None]
    hook_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)

    @classmethod
    def of(cls, rule_id: int) -> RuleState:
        """Its row, locked; made if there is none."""
        insert_first(cls, rule_id=rule_id)
        return locked_row(sa.select(cls).where(cls.rule_id == rule_id))


class RuleFiring(Base):
    """A moment at which a rule acts on a case: once, whoever else looks, and however often the clock comes by."""

    __tablename__ = "rule_firings"

    id: Mapped[Id]
    rule_id: Mapped[int] = link_to("rules.id", index=False)
    case_id: Mapped[int] = link_to("cases.id")
    due_at: Mapped[datetime]
    # In which order rules act at one moment.
    sequence: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("rule_id", "case_id", "due_at"),
        sa.Index(
            "ix_rule_firings_waiting",
            "due_at",
            "sequence",
            "id",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        ),
    )

    @classmethod
    def note(cls, rows: list[dict[str, Any]]) -> None:
        """Write down moments that have come; those known already stay as they are."""
        if rows:
            db.session.connection().execute(insert(cls.__table__).on_conflict_do_nothing(), rows)

    @classmethod
    def drop(cls, rule_id: int) -> None:
        """Forget what waits of a rule that is off.

        What a worker holds is left to it: it may itself be waiting for the rule, to pause it.
        """
        theirs = sa.select(cls.id).where(cls.rule_id == rule_id, cls.done_at.is_(None))
        theirs = theirs.with_for_update(skip_locked=True)
        dropped = sa.delete(cls).where(cls.id.in_(theirs))
        db.session.execute(dropped.execution_options(synchronize_session=False))


class RuleRun(Base):
    """What a rule did to a case, when and why: its log, kept for 90 days."""

    __tablename__ = "rule_runs"

    id: Mapped[Id]
    rule_id: Mapped[int] = link_to("rules.id", index=False)
    case_id: Mapped[int] = link_to("cases.id")
    change_set_id: Mapped[int | None] = link_to("change_sets.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    outcome: Mapped[str] = mapped_column(sa.String(10))
    # What decided: the trigger, the moment, and what the conditions looked at.
    inputs: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    error: Mapped[str | None] = mapped_column(sa.Text)

    change_set: Mapped[ChangeSet | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint(f"outcome in {OUTCOMES}", name="outcome"),
        sa.Index("ix_rule_runs_rule", "rule_id", "id"),
        *where_named("rule_runs", "change_set_id"),
    )

    @classmethod
    def of(cls, rule_id: int, *, before: int | None = None, limit: int = 50) -> list[RuleRun]:
        """What a rule did lately, newest first, a page at a time."""
        query = sa.select(cls).where(cls.rule_id == rule_id).order_by(cls.id.desc()).limit(limit)
        return list(db.session.scalars(query.where(cls.id < before) if before is not None else query))

    @classmethod
    def note(cls, rule_id: int, case_id: int, *, outcome: str, inputs: dict[str, Any], **told: Any) -> None:
        """Write down what a rule did, or why it did not."""
        row = {
            "rule_id": rule_id,
            "case_id": case_id,
            "outcome": outcome,
            "inputs": inputs,
            "at": clock.now(),
        }
        db.session.connection().execute(sa.insert(cls), {**row, **told})

    @classmethod
    def note_many(cls, rows: list[dict[str, Any]]) -> None:
        """The same of many cases, in their order; rows as `note` writes them, but for the time."""
        now = clock.now()
        put(cls.__table__, [{"at": now, **row} for row in rows], keys_of(cls, cls.__table__))

    @classmethod
    def of_call(cls, call: WebhookCall) -> RuleRun | None:
        """The turn in which a rule planned this call."""
        mine = cls.change_set_id == call.change_set_id, cls.case_id == call.case_id
        return db.session.scalars(sa.select(cls).where(*mine).with_for_update()).first()

    @classmethod
    def fail(cls, call: WebhookCall) -> bool:
        """What the rule called was never heard: its turn failed after all. Answers whether that is news."""
        run = cls.of_call(call)
        if run is None or run.outcome == "failed":
            return False
        run.outcome, run.error = "failed", call.answer
        db.session.flush()
        return True

    @classmethod
    def clear(cls, call: WebhookCall) -> None:
        """This call is made once more: its turn did not fail, unless another call of it did."""
        run = cls.of_call(call)
        failed = WebhookCall.change_set_id == call.change_set_id, WebhookCall.state == "failed"
        if run is not None and not db.session.scalar(sa.select(sa.exists().where(*failed))):
            run.outcome, run.error = "done", None

    @classmethod
    def failed_in_a_row(cls, rule_id: int, since: datetime) -> int:
        """How often it has failed since it last did not, or since it was switched on; of the last five times.

        While a call of it waits for an answer, that time counts neither way.
        """
        waits = sa.exists().where(
            WebhookCall.change_set_id == cls.change_set_id, WebhookCall.state == "waiting"
        )
        query = sa.select(cls.outcome).where(cls.rule_id == rule_id, cls.at >= since, ~waits)
        outcomes = db.session.scalars(query.order_by(cls.id.desc()).limit(MOST_FAILURES)).all()
        return next((n for n, outcome in enumerate(outcomes) if outcome != "failed"), len(outcomes))

    @classmethod
    def is_over(cls) -> sa.ColumnElement[bool]:
        return cls.at < clock.now() - KEPT_FOR


class RuleTurn(Base):
    """Whom a rule gave a case of a team to last, so that the next one goes to the next member."""

    __tablename__ = "rule_turns"

    rule_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("rules.id"), primary_key=True, autoincrement=False
    )
    team_id: Mapped[int] = mapped_column(
        BigId, sa.ForeignKey("teams.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = link_to("users.id", index=False)

    @classmethod
    def of(cls, rule_id: int, team_id: int, last: int) -> RuleTurn:
        """Its row, locked; where there is none yet, as if `last` had had the last one."""
        insert_first(cls, rule_id=rule_id, team_id=team_id, user_id=last)
        return locked_row(sa.select(cls).where(cls.rule_id == rule_id, cls.team_id == team_id))


class WebhookCall(Base):
    """A call to an address outside: what is said, and what came of it."""

    __tablename__ = "webhook_calls"

    id: Mapped[Id]
    rule_id: Mapped[int] = link_to("rules.id", index=False)
    case_id: Mapped[int] = link_to("cases.id")
    change_set_id: Mapped[int | None] = link_to("change_sets.id", index=False)
    url: Mapped[str] = mapped_column(sa.String(1000))
    body: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    answer: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship()
    change_set: Mapped[ChangeSet | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("state in ('waiting', 'done', 'failed', 'recalled')", name="state"),
        sa.Index("ix_webhook_calls_rule", "rule_id", "id"),
        *where_named("webhook_calls", "change_set_id"),
    )

    @classmethod
    def plan(cls, rule: Any, case: Case, url: str) -> WebhookCall:
        """Write down that this address is to be told of a case, as it stands now."""
        with act("webhook planned", case, by=rule, details={"address": host_of(url)}) as line:
            call = cls(
                rule_id=rule.id,
                case_id=case.id,
                change_set=line.change_set,
                url=url,
                body={"rule": {"id": rule.id, "name": rule.name}, "case": told_outside(case)},
            )
            db.session.add(call)
            db.session.flush()
            Job.plan("webhook", call.id, run_at=clock.now() + BEFORE_SENDING)
        return call

    @classmethod
    def planned_by(cls, sets: list[ChangeSet]) -> list[WebhookCall]:
        """The calls that these change sets planned."""
        query = sa.select(cls).where(cls.change_set_id.in_([each.id for each in sets])).order_by(cls.id)
        return list(db.session.scalars(query))

    def conclude(self, answer: str, problem: str | None) -> str | None:
        """Note what came of it; answers why it must be tried again, or None."""
        self.answer = clean(problem or answer)[:LONGEST_ANSWER]
        if problem is None:
            self.state, self.ended_at = "done", clock.now()
        return problem

    def take_up(self) -> None:
        """Somebody has it made once more: until that fails as well, the rule has done its part."""
        self.state, self.ended_at = "waiting", None
        db.session.flush()
        RuleRun.clear(self)

    def give_up(self, reason: str) -> None:
        """Nobody answered for two days, or nobody ever will: say so on the history."""
        self.state, self.ended_at, self.answer = "failed", clock.now(), clean(reason)[:LONGEST_ANSWER]
        lock(self.case)
        with act(
            "webhook failed", self.case, by=SYSTEM, details={"address": self.host, "reason": self.answer}
        ):
            pass

    @property
    def host(self) -> str:
        """Whom it is for."""
        return host_of(self.url)

    def recall(self) -> bool:
        """Take it back, unless it is just being made or was. Answers whether it was taken back."""
        if self.state != "waiting" or not Job.cancel_waiting("webhook", self.id):
            return False
        self.state, self.ended_at = "recalled", clock.now()
        return True


def host_of(url: str) -> str:
    """Of an address only what is no secret: paths often are."""
    return urlsplit(url).hostname or ""


def told_outside(case: Case) -> dict[str, Any]:
    """What others are told of a case."""
    names = ("kind", "name", "state", "outcome", "priority", "email", "phone", "company_name", "contact_name")
    days = ("deadline", "created_at", "opened_at", "closed_at")
    related = ("team", "stage", "category", "responsible", "partner", "contact")
    return {
        "id": case.id,
        **{name: getattr(case, name) for name in names},
        **{name: value.isoformat() if (value := getattr(case, name)) else None for name in days},
        **{name: getattr(getattr(case, name), "name", None) for name in related},
        "expected_revenue": case.expected_revenue,
        "currency": case.currency,
        "tags": sorted(tag.name for tag in case.tags),
    }
