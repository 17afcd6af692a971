"""Calls: cases with a telephone number, a direction and an outcome; and the lists that hold them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app import clock
from app.domain.actor import Acting
from app.domain.base import Base, BigId, Id, link_to, where_named
from app.domain.case import Case
from app.domain.history import has_changed, named
from app.domain.listed import Listed
from app.domain.reach import country_codes, digits, e164

if TYPE_CHECKING:
    from app.domain.user import User

call_list_operators = sa.Table(
    "call_list_operators",
    Base.metadata,
    sa.Column("call_list_id", sa.ForeignKey("call_lists.id"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True, index=True),
)


class CallList(Listed, Base):
    """Calls for operators to work through."""

    __tablename__ = "call_lists"
    record_kind = "call list"
    links = ("operators",)

    id: Mapped[Id]
    team_id: Mapped[int | None] = link_to("teams.id")

    operators: Mapped[list[User]] = relationship(secondary=call_list_operators)


class Call(Case):
    """One conversation by telephone, planned or held. `/calls/7` and `/cases/7` are one record."""

    __tablename__ = "calls"
    derived = Case.derived | {"number_e164", "number_digits"}
    # A turn is the call on one operator's screen; it comes and goes without being history.
    unnoted = Case.unnoted | {"turn_of_id", "turn_until"}

    id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("cases.id"), primary_key=True)
    direction: Mapped[str] = mapped_column(sa.String(8), default="outbound")
    number: Mapped[str | None] = mapped_column(sa.String(60))
    number_e164: Mapped[str | None] = mapped_column(sa.String(20))
    number_digits: Mapped[str | None] = mapped_column(sa.String(60))
    call_outcome: Mapped[str] = mapped_column(sa.String(10), default="none")
    attempts: Mapped[int] = mapped_column(default=0)
    call_list_id: Mapped[int | None] = link_to("call_lists.id", index=False)
    about_id: Mapped[int | None] = link_to("cases.id", index=False)
    turn_of_id: Mapped[int | None] = link_to("users.id", index=False)
    turn_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    duration: Mapped[int | None]

    call_list: Mapped[CallList | None] = relationship()
    about: Mapped[Case | None] = relationship(foreign_keys=[about_id], remote_side=[Case.__table__.c.id])

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """`about_id` names a case too, so say which column joins the two tables."""
        return {"polymorphic_identity": "call", "inherit_condition": cls.id == Case.__table__.c.id}

    __table_args__ = (
        sa.CheckConstraint("direction in ('inbound', 'outbound')", name="direction"),
        sa.CheckConstraint("call_outcome in ('none', 'held', 'not held', 'cancelled')", name="call_outcome"),
        sa.CheckConstraint("about_id is null or about_id <> id", name="not_about_itself"),
        *where_named("calls", "about_id", "turn_of_id", "call_list_id", "number_e164"),
    )

    @classmethod
    def derive_rows(cls, rows: list[dict[str, Any]]) -> None:
        super().derive_rows(rows)
        codes = country_codes()
        for row in rows:
            row["number_e164"] = e164(row.get("number"), codes.get(row.get("country_id")))
            row["number_digits"] = digits(row.get("number"))

    def begin(self, by: Acting) -> None:
        """A call on a list is open and nobody's, until an operator takes its turn."""
        if named(self, "call_list") is None:
            super().begin(by)
            return
        self.state, self.opened_at = "open", clock.now()

    def derive(self) -> None:
        super().derive()
        if has_changed(self, "number"):
            self.number_e164 = e164(
                self.number, country.code if (country := named(self, "country")) else None
            )
            self.number_digits = digits(self.number)
