"""Companies and persons outside: customers, suppliers, prospects, or several at once."""

from __future__ import annotations

from datetime import date, datetime
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.actor import Acting
from app.domain.base import Base, Folded, Id, Minor, link_to, where_named
from app.domain.errors import Refused
from app.domain.finding import holds
from app.domain.history import Editable, Event, EventRow, act
from app.domain.lists import PartnerTag
from app.domain.noting import Noting
from app.domain.reach import Reachable
from app.domain.text import clean, fold
from app.domain.visibility import Visible
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

# How alike two names are that may mean the same, and how many are compared, offered and shown at once.
LIKELY = 0.8
COMPARED, OFFERED, SHOWN = 300, 4, 50

partner_tag_links = sa.Table(
    "partner_tag_links",
    Base.metadata,
    sa.Column("partner_id", sa.ForeignKey("partners.id"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("partner_tags.id"), primary_key=True, index=True),
)


class Partner(Noting, Reachable, Visible, Editable, Base):
    """Somebody outside whom we know: a company, or a person who may belong to one."""

    __tablename__ = "partners"
    record_kind = "partner"
    links = ("tags",)
    derived = Reachable.derived | {"name_folded", "next_activity_on"}
    unnoted = Editable.unnoted | {"last_action_at", "last_contact_at"}
    by_verbs = frozenset({"archived"})
    trees = ("company_id",)
    amounts = frozenset({"annual_revenue"})

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(sa.String(200))
    name_folded: Mapped[str] = mapped_column(Folded, index=True)
    is_company: Mapped[bool] = mapped_column(default=True)
    company_id: Mapped[int | None] = link_to("partners.id", index=False)
    title: Mapped[str | None] = mapped_column(sa.String(40))
    function: Mapped[str | None] = mapped_column(sa.String(120))
    code: Mapped[str | None] = mapped_column(sa.String(40))
    tax_id: Mapped[str | None] = mapped_column(sa.String(40))
    language: Mapped[str | None] = mapped_column(sa.String(10))
    zone: Mapped[str | None] = mapped_column(sa.String(60))
    archived: Mapped[bool] = mapped_column(default=False)
    is_customer: Mapped[bool] = mapped_column(default=False)
    is_supplier: Mapped[bool] = mapped_column(default=False)
    is_prospect: Mapped[bool] = mapped_column(default=False)
    industry_id: Mapped[int | None] = link_to("industries.id")
    level_id: Mapped[int | None] = link_to("levels.id")
    employees: Mapped[int | None]
    annual_revenue: Mapped[Minor | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3), sa.ForeignKey("currencies.code"))
    salesperson_id: Mapped[int | None] = link_to("users.id")
    team_id: Mapped[int | None] = link_to("teams.id")
    source_id: Mapped[int | None] = link_to("sources.id")
    state_of_mind_id: Mapped[int | None] = link_to("states_of_mind.id")
    do_not_call: Mapped[bool] = mapped_column(default=False)
    do_not_mail: Mapped[bool] = mapped_column(default=False)
    mail_bounced_at: Mapped[datetime | None]
    notes: Mapped[str | None] = mapped_column(sa.Text)
    last_action_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    next_activity_on: Mapped[date | None]

    company: Mapped[Partner | None] = relationship(remote_side="Partner.id", foreign_keys=[company_id])
    people: Mapped[list[Partner]] = relationship(
        foreign_keys=[company_id], back_populates="company", order_by=name_folded, viewonly=True
    )
    salesperson: Mapped[User | None] = relationship(foreign_keys=[salesperson_id])
    tags: Mapped[list[PartnerTag]] = relationship(secondary=partner_tag_links, order_by=PartnerTag.sequence)

    __table_args__ = (
        sa.CheckConstraint("company_id is null or company_id <> id", name="not_its_own_company"),
        *where_named("partners", "company_id", "code", "tax_id", "email_folded", "phone_e164"),
        sa.Index("ix_partners_region_id", "region_id"),
        sa.Index("ix_partners_country_id", "country_id"),
    )

    @classmethod
    def make(cls, name: str, *, by: Acting, **facts: Any) -> Partner:
        """Come to know somebody."""
        partner = cls(name=clean(name), **facts)
        with act("created", partner, by=by):
            pass
        return partner

    @classmethod
    def resembling(cls, name: str, email: str | None, *, user: User) -> list[Partner]:
        """Those known already who may be meant: the same address, or nearly the same name."""
        folded, address = fold(name), (email or "").strip().casefold()
        near = cls.name_folded.startswith(folded[:3], autoescape=True) if len(folded) >= 3 else sa.false()
        query = cls.visible_to(user).where(
            sa.or_(near, cls.email_folded == address if address else sa.false())
        )
        likeness = {
            partner: 1.0
            if address and partner.email_folded == address
            else alike(folded, partner.name_folded)
            for partner in db.session.scalars(query.order_by(cls.name_folded).limit(COMPARED))
        }
        likely = [partner for partner in likeness if likeness[partner] >= LIKELY]
        return sorted(likely, key=lambda partner: (-likeness[partner], partner.name_folded))[:OFFERED]

    @classmethod
    def is_called(cls, typed: str) -> sa.ColumnElement[bool]:
        """Has their name this part, whatever its case and accents?"""
        return holds(cls.name_folded, fold(typed))

    @classmethod
    def is_after(cls, name_folded: str, partner_id: int) -> sa.ColumnElement[bool]:
        """Do they stand after this one in the order of names?"""
        same = sa.and_(cls.name_folded == name_folded, cls.id > partner_id)
        return sa.or_(cls.name_folded > name_folded, same)

    def derive(self) -> None:
        self.name_folded = fold(self.name)
        self.derive_reach()

    def follow(self, fields: set[str]) -> None:
        """That mail came back is said of an address; of another one nothing is known."""
        if "email" in fields and "mail_bounced_at" not in fields:
            self.mail_bounced_at = None

    @classmethod
    def derive_rows(cls, rows: list[dict[str, Any]]) -> None:
        cls.derive_reach_of(rows)
        for row in rows:
            row["name_folded"] = fold(row["name"])

    def told_on(self) -> tuple[None, Partner]:
        return None, self

    def archive(self, *, by: Acting) -> None:
        """Hide a partner who is of no interest now; nothing that points to them changes."""
        if not self.archived:
            with act("archived", self, by=by):
                self.archived = True

    def unarchive(self, *, by: Acting) -> None:
        if self.archived:
            with act("unarchived", self, by=by):
                self.archived = False

    def delete(self, *, by: Acting) -> None:
        """To the bin, if nothing refers to them."""
        if self.is_binned:
            return
        if self.is_referred_to:
            raise Refused(_("%(name)s has people or cases. Archive instead.", name=self.name))
        with act("deleted", self, by=by):
            self.deleted_at = clock.now()

    def may_be_seen_by(self, user: User) -> bool:
        """May they know of them? Nobody is let see a partner by a note."""
        return user.is_active and self.is_visible_to(user)

    def let_see(self, user: User, *, by: Acting) -> None:
        """Who may know of them does so already."""

    @property
    def is_referred_to(self) -> bool:
        from app.domain.case import Case  # cases name partners, not the other way round

        theirs = sa.or_(Case.partner_id == self.id, Case.contact_id == self.id)
        return bool(
            db.session.scalar(sa.select(sa.exists().where(theirs)))
            or db.session.scalar(sa.select(sa.exists().where(Partner.company_id == self.id)))
        )

    @property
    def told_here(self) -> sa.ColumnElement[bool]:
        """Which lines of history are about nobody but them."""
        return sa.and_(Event.partner_id == self.id, Event.case_id.is_(None))

    def stream(
        self, user: User, *where: sa.ColumnElement[bool], before: int | None = None, limit: int = 50
    ) -> list[EventRow]:
        """Their own history and their people's, with that of the cases that are theirs now, newest first.

        Only what this user may know of: what happened on a case that is hidden from them is left out.
        """
        from app.domain.case import Case  # cases name partners, not the other way round

        cases = self.cases(user).with_only_columns(Case.id)
        people = self.visible_to(user).where(Partner.company_id == self.id).with_only_columns(Partner.id)
        of_case = sa.select(Event.id).where(Event.case_id.in_(cases))
        of_partner = sa.select(Event.id).where(
            sa.or_(Event.partner_id == self.id, Event.partner_id.in_(people)), Event.case_id.is_(None)
        )
        return EventRow.newest(Event.id.in_(of_case.union(of_partner)), *where, before=before, limit=limit)

    def cases(self, user: User) -> sa.Select[Case]:
        """Their cases that this user may know of; a company's are also those of its people."""
        from app.domain.case import Case

        people = sa.select(Partner.id).where(Partner.company_id == self.id)
        return Case.visible_to(user).where(
            sa.or_(
                Case.partner_id == self.id,
                Case.contact_id == self.id,
                Case.partner_id.in_(people),
                Case.contact_id.in_(people),
            )
        )

    def open_cases(self, user: User) -> list[Case]:
        """What is going on with them, of what this user may know."""
        from app.domain.case import Case

        query = self.cases(user).where(~Case.is_closed, ~Case.archived)
        return list(db.session.scalars(query.order_by(Case.id.desc()).limit(SHOWN)))

    def look_ahead(self) -> None:
        """Keep the day of the earliest activity planned about them."""
        from app.domain.activity import Activity  # activities name partners

        self.next_activity_on = Activity.next_day(Activity.partner_id == self.id)

    def note_action(self, by: Acting) -> None:
        """Keep when one of our people last did something about them."""
        if getattr(by, "is_staff", False):
            self.last_action_at = clock.now()


def alike(one: str, other: str) -> float:
    """How much two folded names have in common, from 0 to 1; one that goes on after a word counts as near."""
    if f"{other} ".startswith(f"{one} ") or f"{one} ".startswith(f"{other} "):
        return 0.9 if one != other else 1.0
    return SequenceMatcher(None, one, other).ratio()
