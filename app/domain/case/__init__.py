"""The spine: every matter with a person responsible, a state and a history."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    Mapped,
    column_property,
    declared_attr,
    mapped_column,
    relationship,
    selectinload,
)

from app import clock
from app.domain import counting
from app.domain.actor import Acting
from app.domain.base import Base, Folded, Id, Minor, link_to, where_named, where_set
from app.domain.case.archiving import Archiving
from app.domain.case.assigning import Assigning
from app.domain.case.closing import Closing
from app.domain.case.conversing import Conversing
from app.domain.case.doing import Doing
from app.domain.case.escalating import Escalating
from app.domain.case.introducing import Introducing
from app.domain.case.leaving import Leaving
from app.domain.case.linking import LINKS, CaseAddress, CaseReference, Linking
from app.domain.case.opening import Opening
from app.domain.case.placing import Placing
from app.domain.case.ranking import rank_on_top
from app.domain.case.rejoicing import Rejoicing
from app.domain.case.reminding import Reminding
from app.domain.case.sparing import Sparing
from app.domain.case.staging import Staging
from app.domain.case.weighing import Weighing
from app.domain.case.writing import Writing
from app.domain.history import Editable, Event, act
from app.domain.lists import Category, Tag
from app.domain.noting import Noting
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.domain.reach import Reachable
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.text import clean, fold
from app.domain.visibility import Visible

if TYPE_CHECKING:
    from app.domain.activity import Activity
    from app.domain.user import User

KINDS = ("lead", "opportunity", "call", "meeting", "task", "request", "issue", "bug", "claim")
STATES = ("draft", "open", "pending", "done", "cancelled")
OUTCOMES = ("none", "won", "lost")
# Kinds that are pursued to be won.
PURSUED = frozenset({"lead", "opportunity"})
# What only some rows are in an index for, as each database writes it.
STILL_OPEN: dict[str, Any] = {
    f"{database}_where": sa.text(
        f"{not_archived} AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"
    )
    for database, not_archived in (("sqlite", "archived = 0"), ("postgresql", "NOT archived"))
}
FIGURES = (
    "kind stage_id team_id responsible_id priority category_id deadline next_activity_on"
    " currency expected_revenue weighted state archived deleted_at"
).split()
OF_DAYS = (
    "responsible_id deadline stage_id stage_changed_at created_at last_contact_at next_activity_on kind team_id"
    " state archived deleted_at"
).split()
TIMED = ("created_at", "opened_at", "last_action_at", "last_contact_at", "scheduled_at", "stage_changed_at")
WON: dict[str, Any] = {
    f"{database}_where": sa.text("outcome = 'won'") for database in ("sqlite", "postgresql")
}
DECIDED: dict[str, Any] = {
    f"{database}_where": sa.text(f"{not_archived} AND deleted_at IS NULL AND state IN ('done', 'cancelled')")
    for database, not_archived in (("sqlite", "archived = 0"), ("postgresql", "NOT archived"))
}
LATELY = "coalesce(last_action_at, created_at)"
# What a case may name, or be reached by, and most do not.
SELDOM = (
    "parent_id partner_id contact_id category_id recurring_plan_id lost_reason_id channel_id source_id medium_id"
    " campaign_id state_of_mind_id region_id country_id email_folded phone_e164"
).split()

case_tags = sa.Table(
    "case_tags",
    Base.metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tags.id"), primary_key=True, index=True),
)
case_watchers = sa.Table(
    "case_watchers",
    Base.metadata,
    sa.Column("case_id", sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True, index=True),
)


class Case(
    Opening,
    Closing,
    Staging,
    Placing,
    Assigning,
    Escalating,
    Archiving,
    Linking,
    Doing,
    Conversing,
    Leaving,
    Sparing,
    Writing,
    Reminding,
    Introducing,
    Rejoicing,
    Noting,
    Weighing,
    Reachable,
    Visible,
    Editable,
    Base,
):
    """Something a partner wants from us, or we from them, from the first word to the last."""

    __tablename__ = "cases"
    record_kind = "case"
    links = LINKS
    derived = Reachable.derived | {"name_folded", "probability", "weighted", "next_activity_on"}
    untold = ("won_on", "timed_from")
    counted = counting.LOOKED_AT
    unnoted = Editable.unnoted | {
        "last_action_at",
        "last_contact_at",
        "answered_at",
        "unanswered_since",
        "rank",
        "won_on",
        "timed_from",
    }
    trees = ("parent_id",)
    amounts = frozenset({"expected_revenue", "planned_cost", "recurring_revenue"})
    by_verbs = frozenset(
        "kind state outcome archived team_id stage_id responsible_id lost_reason_id lost_words closing_rate"
        " opened_at assigned_at stage_changed_at closed_at".split()
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(sa.String(20), default="opportunity")
    # A property of its own: SQLAlchemy stumbles over a bare expression where a change comes to nothing.
    class_kind: Mapped[str] = column_property(sa.case({"call": "call"}, value=kind.column, else_="case"))  # type: ignore[attr-defined]
    name: Mapped[str] = mapped_column(sa.String(300))
    name_folded: Mapped[str] = mapped_column(Folded)
    description: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10), default="draft")
    outcome: Mapped[str] = mapped_column(sa.String(4), default="none")
    archived: Mapped[bool] = mapped_column(default=False)
    team_id: Mapped[int | None] = link_to("teams.id", index=False)
    stage_id: Mapped[int | None] = link_to("stages.id", index=False)
    category_id: Mapped[int | None] = link_to("categories.id", index=False)
    priority: Mapped[int] = mapped_column(default=0)
    parent_id: Mapped[int | None] = link_to("cases.id", index=False)
    rank: Mapped[str] = mapped_column(Folded, default="")

    responsible_id: Mapped[int | None] = link_to("users.id", index=False)
    partner_id: Mapped[int | None] = link_to("partners.id", index=False)
    contact_id: Mapped[int | None] = link_to("partners.id", index=False)
    company_name: Mapped[str | None] = mapped_column(sa.String(200))
    contact_name: Mapped[str | None] = mapped_column(sa.String(200))
    title: Mapped[str | None] = mapped_column(sa.String(40))
    function: Mapped[str | None] = mapped_column(sa.String(120))
    language: Mapped[str | None] = mapped_column(sa.String(10))

    expected_revenue: Mapped[Minor | None]
    planned_cost: Mapped[Minor | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3), sa.ForeignKey("currencies.code"))
    closing_rate: Mapped[Decimal | None]
    probability_typed: Mapped[int | None]
    probability: Mapped[int] = mapped_column(default=0)
    weighted: Mapped[Minor] = mapped_column(default=0)
    recurring_revenue: Mapped[Minor | None]
    recurring_plan_id: Mapped[int | None] = link_to("recurring_plans.id", index=False)
    lost_reason_id: Mapped[int | None] = link_to("lost_reasons.id", index=False)
    lost_words: Mapped[str | None] = mapped_column(sa.Text)

    opened_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    stage_changed_at: Mapped[datetime | None]
    scheduled_at: Mapped[datetime | None]
    scheduled_end_at: Mapped[datetime | None]
    deadline: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    # The date on the organisation's wall when it was won: what is counted must not move with a zone.
    won_on: Mapped[date | None]
    last_action_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    # When one of ours first spoke to the other side, and since when that waits for an answer.
    answered_at: Mapped[datetime | None]
    unanswered_since: Mapped[datetime | None]
    next_activity_on: Mapped[date | None]
    # Moments before this are no concern of rules: it came, or was changed, by an import.
    timed_from: Mapped[datetime | None]
    # Names of instants of which only the date is known (they stand at noon in the organisation's zone).
    date_only: Mapped[str] = mapped_column(sa.String(200), default="")

    channel_id: Mapped[int | None] = link_to("channels.id", index=False)
    source_id: Mapped[int | None] = link_to("sources.id", index=False)
    medium_id: Mapped[int | None] = link_to("media.id", index=False)
    campaign_id: Mapped[int | None] = link_to("campaigns.id", index=False)
    referred_by: Mapped[str | None] = mapped_column(sa.String(200))
    state_of_mind_id: Mapped[int | None] = link_to("states_of_mind.id", index=False)

    team: Mapped[Team | None] = relationship()
    stage: Mapped[Stage | None] = relationship()
    category: Mapped[Category | None] = relationship()
    responsible: Mapped[User | None] = relationship(foreign_keys=[responsible_id])
    partner: Mapped[Partner | None] = relationship(foreign_keys=[partner_id])
    contact: Mapped[Partner | None] = relationship(foreign_keys=[contact_id])
    parent: Mapped[Case | None] = relationship(remote_side="Case.id")
    tags: Mapped[list[Tag]] = relationship(secondary=case_tags, order_by=Tag.sequence)
    watchers: Mapped[list[User]] = relationship(secondary=case_watchers)
    addresses: Mapped[list[CaseAddress]] = relationship(cascade="all, delete-orphan")
    references: Mapped[list[CaseReference]] = relationship(cascade="all, delete-orphan")
    activities: Mapped[list[Activity]] = relationship(
        viewonly=True,
        primaryjoin="and_(Activity.case_id == Case.id, Activity.state == 'planned',"
        " Activity.deleted_at.is_(None))",
    )
    history: Mapped[list[Event]] = relationship(viewonly=True, order_by=Event.id)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """Only calls have a class of their own; every other kind is a plain case."""
        return {
            "version_id_col": cls.version,
            "version_id_generator": False,
            "polymorphic_on": "class_kind",
            "polymorphic_identity": "case",
        }

    __table_args__ = (
        sa.CheckConstraint(f"kind in {KINDS}", name="kind"),
        sa.CheckConstraint(f"state in {STATES}", name="state"),
        sa.CheckConstraint(f"outcome in {OUTCOMES}", name="outcome"),
        sa.CheckConstraint("outcome = 'none' or state = 'done'", name="outcome_is_done"),
        sa.CheckConstraint("(state in ('done', 'cancelled')) = (closed_at is not null)", name="closed"),
        sa.CheckConstraint("state <> 'open' or opened_at is not null", name="opened"),
        sa.CheckConstraint("outcome <> 'won' or probability = 100", name="won_is_certain"),
        sa.CheckConstraint("outcome <> 'lost' or probability = 0", name="lost_is_nothing"),
        sa.CheckConstraint(
            "currency is not null or (expected_revenue is null and planned_cost is null"
            " and recurring_revenue is null)",
            name="worth_has_a_currency",
        ),
        sa.CheckConstraint("priority between 0 and 3", name="priority"),
        sa.CheckConstraint("probability between 0 and 100", name="probability"),
        sa.CheckConstraint("probability_typed between 0 and 100", name="probability_typed"),
        sa.CheckConstraint("parent_id is null or parent_id <> id", name="not_its_own_parent"),
        sa.Index("ix_cases_responsible", "responsible_id", "kind", "state"),
        sa.Index("ix_cases_team", "team_id", "kind", "stage_id", "state"),
        sa.Index("ix_cases_name_folded", "name_folded"),
        *where_named("cases", *SELDOM),
        # Down the columns of boards, by rank.
        sa.Index("ix_cases_board", "kind", "stage_id", "rank", **STILL_OPEN),
        sa.Index("ix_cases_board_team", "team_id", "kind", "stage_id", "rank", **STILL_OPEN),
        sa.Index("ix_cases_board_responsible", "responsible_id", "kind", "stage_id", "rank", **STILL_OPEN),
        sa.Index("ix_cases_board_category", "kind", "category_id", "rank", **STILL_OPEN),
        sa.Index("ix_cases_board_priority", "kind", "priority", "rank", **STILL_OPEN),
        sa.Index("ix_cases_board_month", "kind", "deadline", "rank", **STILL_OPEN),
        sa.Index("ix_cases_won", "won_on", **WON),
        sa.Index("ix_cases_won_responsible", "responsible_id", "won_on", **WON),
        sa.Index("ix_cases_won_team", "team_id", "won_on", **WON),
        # All that says whether an open case stands on somebody's day, so that no row is looked at.
        sa.Index("ix_cases_day", *OF_DAYS, **STILL_OPEN),
        sa.Index(
            "ix_cases_unanswered", "responsible_id", "unanswered_since", **where_set("unanswered_since")
        ),
        # All that is counted and added up of open cases, so that no row is looked at.
        sa.Index("ix_cases_figures", *FIGURES, **STILL_OPEN),
        sa.Index("ix_cases_rank", "rank"),
        # What lists are sorted by.
        sa.Index("ix_cases_expected_revenue", "expected_revenue"),
        sa.Index("ix_cases_worth", "responsible_id", "expected_revenue", **STILL_OPEN),
        # What somebody's day ends with: their open cases, and what was decided.
        sa.Index("ix_cases_lately", "responsible_id", sa.text(LATELY), **STILL_OPEN),
        sa.Index("ix_cases_decided", "responsible_id", "closed_at", **DECIDED),
        sa.Index("ix_cases_deadline", "deadline"),
        sa.Index("ix_cases_next_activity_on", "next_activity_on"),
        sa.Index("ix_cases_updated_at", "updated_at"),
        # Moments that rules wait for; those of the deadline are found by its own index.
        *(sa.Index(f"ix_cases_timed_{name}", name, **STILL_OPEN) for name in TIMED),
    )

    @classmethod
    def make(cls, kind: str, name: str, *, by: Acting, **facts: Any) -> Self:
        """Begin a case: open and theirs for who may edit its kind; else a draft for the team, watched by its maker."""
        case = cls.of_kind(kind)(kind=kind, name=clean(name), rank=rank_on_top(), **facts)
        case.refuse_unfit(by)
        with act("created", case, by=by):
            case.begin(by)
        return case

    @classmethod
    def counting_rows(cls, ids: list[int]) -> AbstractContextManager[None]:
        return counting.changing(ids)

    @classmethod
    def kind_of_class(cls) -> str:
        """The kind of a case that does not say it."""
        return "opportunity" if cls is Case else str(cls.__mapper__.polymorphic_identity)

    @classmethod
    def of_kind(cls, kind: str) -> type[Self]:
        """The class that holds cases of a kind: one with a table of its own, or the plain one."""
        return sa.inspect(cls).polymorphic_map["call" if kind == "call" else "case"].class_

    def derive(self) -> None:
        self.name_folded = fold(self.name)
        self.derive_reach()
        self.weigh()
        self.date_the_win()
        if (rank := self.taken_rank()) is not None:
            self.rank = rank

    def follow(self, fields: set[str]) -> None:
        """In another currency a closed case is worth what that was worth on its day; another partner speaks anew."""
        if "currency" in fields and self.closed_at is not None:
            self.closing_rate = self.rate_on(Organisation.current().day_of(self.closed_at))
        if "partner_id" in fields and "contact_id" not in fields:
            self.dismiss_contact()

    @classmethod
    def loaded_for_permissions(cls) -> tuple[Any, ...]:
        return (selectinload(cls.watchers),)

    @classmethod
    def derive_rows(cls, rows: list[dict[str, Any]]) -> None:
        cls.derive_reach_of(rows)
        cls.weigh_rows(rows)
        organisation, now = Organisation.current(), clock.now()
        for row in rows:
            is_won = row.get("outcome") == "won"
            row["timed_from"] = now
            row["won_on"] = (row.get("won_on") or organisation.day_of(row["closed_at"])) if is_won else None
            row["name_folded"] = fold(row["name"])
            row.setdefault("kind", cls.kind_of_class())
            # Many come at one instant, or on one day: each gets a place of its own all the same.
            apart = timedelta(microseconds=row["id"] % 1_000_000)
            row.setdefault("rank", rank_on_top(row["created_at"] + apart))

    def told_on(self) -> tuple[Case, None]:
        return self, None

    def counted_as(self, *, before: bool = False) -> counting.Image | None:
        return counting.image(self, before=before)

    @classmethod
    def count_rows(cls, rows: list[dict[str, Any]]) -> None:
        counting.note_made(rows)

    @hybrid_property
    def is_closed(self) -> bool:
        """Done or cancelled; 'open cases' are those that are neither."""
        return self.state in {"done", "cancelled"}

    @is_closed.inplace.expression
    @classmethod
    def _is_closed(cls) -> sa.ColumnElement[bool]:
        # Literals, so that a planner can prove a partial index fits.
        return cls.state.in_([sa.literal_column("'done'"), sa.literal_column("'cancelled'")])

    @property
    def is_won(self) -> bool:
        return self.outcome == "won"

    @property
    def is_lost(self) -> bool:
        return self.outcome == "lost"

    @property
    def is_deletable(self) -> bool:
        """Never opened, or of a team that allows it."""
        return self.opened_at is None or (self.team_row is not None and self.team_row.may_delete)

    @property
    def has_outcome(self) -> bool:
        """Does it end won or lost? Cases in a pipeline do."""
        return self.kind in PURSUED or self.stage is not None

    @property
    def possible(self) -> frozenset[str]:
        """The verbs that would change something now, whoever asks."""
        is_open = not self.is_closed
        verbs = {
            "open": self.state in {"draft", "pending"},
            "wait": self.state in {"draft", "open"},
            "close": is_open and not self.has_outcome,
            "win": is_open and self.has_outcome,
            "lose": is_open and self.has_outcome,
            "cancel": is_open,
            "reopen": self.is_closed,
            "reset": self.state != "draft",
            "escalate": is_open and self.team_row is not None and self.team_row.parent_id is not None,
            "assign": True,
            "hand_to_team": True,
            "follow_plan": is_open,
            "convert": is_open and self.kind == "lead",
            "make_partner": self.is_from_stranger,
            "archive": not self.archived,
            "unarchive": self.archived,
            "delete": self.is_deletable and not self.is_binned,
        }
        return frozenset(verb for verb, is_possible in verbs.items() if is_possible)

    def who_for(self, reader: User) -> str:
        """Whose case it is, by the best name that this reader may know."""
        partner = self.partner if self.partner is not None and self.partner.is_known_to(reader) else None
        names = (partner and partner.name, self.company_name, self.contact_name, self.email)
        return next((name for name in names if name), "")

    def note_action(self, by: Acting) -> None:
        """Keep when one of our people last did something; rules, imports and the system do not count."""
        if getattr(by, "is_staff", False):
            self.last_action_at = clock.now()

    @property
    def told_here(self) -> sa.ColumnElement[bool]:
        """Which lines of history are its own."""
        return Event.case_id == self.id

    def events(
        self, *where: sa.ColumnElement[bool], before: int | None = None, limit: int = 50
    ) -> list[Event]:
        """Its history, newest first, a page at a time."""
        return Event.newest(self.told_here, *where, before=before, limit=limit)

    def look_ahead(self) -> None:
        """Keep the day of the earliest planned activity."""
        from app.domain.activity import Activity  # activities name cases

        self.next_activity_on = Activity.next_day(Activity.case_id == self.id)
