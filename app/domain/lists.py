"""The lists that people choose from, each entry with a name, a place and an archive."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.base import Base, Id, Minor, link_to
from app.domain.likely import Likely
from app.domain.listed import Entry, Listed


class Currency(Listed, Base):
    """A currency that worth is stated in; `digits` after the point of its minor unit (ISO 4217)."""

    __tablename__ = "currencies"
    record_kind = "currency"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(sa.String(3), unique=True)
    symbol: Mapped[str] = mapped_column(sa.String(8))
    digits: Mapped[int] = mapped_column(default=2)


class CurrencyRate(Entry, Base):
    """What one unit of a currency was worth in the organisation's currency from a day on."""

    __tablename__ = "currency_rates"
    record_kind = "currency rate"

    id: Mapped[Id]
    currency_code: Mapped[str] = mapped_column(sa.String(3), sa.ForeignKey("currencies.code"))
    valid_from: Mapped[date]
    rate: Mapped[Decimal]

    __table_args__ = (sa.UniqueConstraint("currency_code", "valid_from"),)

    def __str__(self) -> str:
        return f"{self.currency_code} {self.valid_from.isoformat()}"


class Country(Listed, Base):
    """A country, by its ISO 3166 code, with the prefix of its telephone numbers."""

    __tablename__ = "countries"
    record_kind = "country"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(sa.String(2), unique=True)


class Region(Listed, Base):
    """A part of a country that sales are divided by."""

    __tablename__ = "regions"
    record_kind = "region"
    within = "country_id"

    id: Mapped[Id]
    country_id: Mapped[int | None] = link_to("countries.id")


class Category(Likely, Listed, Base):
    """The one category of a case, with the probability that cases of it start from; of one team or of all."""

    __tablename__ = "categories"
    record_kind = "category"

    id: Mapped[Id]
    team_id: Mapped[int | None] = link_to("teams.id")
    probability: Mapped[int | None]

    __table_args__ = (sa.CheckConstraint("probability between 0 and 100", name="probability"),)


class Tag(Listed, Base):
    """A word that any number of cases carry."""

    __tablename__ = "tags"
    record_kind = "tag"
    is_known_by_name = True

    id: Mapped[Id]


class LostReason(Listed, Base):
    """Why a case was lost."""

    __tablename__ = "lost_reasons"
    record_kind = "lost reason"
    is_known_by_name = True

    id: Mapped[Id]


class Channel(Listed, Base):
    """How something came in: mail, phone, web form, the portal …"""

    __tablename__ = "channels"
    record_kind = "channel"
    is_known_by_name = True

    id: Mapped[Id]


class Source(Listed, Base):
    """Where a case came from: a fair, a search engine, a customer's word."""

    __tablename__ = "sources"
    record_kind = "source"
    is_known_by_name = True

    id: Mapped[Id]


class Medium(Listed, Base):
    """What a campaign was carried by: mail, banner, letter."""

    __tablename__ = "media"
    record_kind = "medium"
    is_known_by_name = True

    id: Mapped[Id]


class Campaign(Listed, Base):
    """An effort to be heard, whose cases one wants to count; a record of its own, not a kind of case."""

    __tablename__ = "campaigns"
    record_kind = "campaign"
    is_known_by_name = True

    id: Mapped[Id]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class Industry(Listed, Base):
    """What a company does for a living."""

    __tablename__ = "industries"
    record_kind = "industry"
    is_known_by_name = True

    id: Mapped[Id]


class Level(Listed, Base):
    """How important a partner is: gold, silver, bronze."""

    __tablename__ = "levels"
    record_kind = "level"
    is_known_by_name = True

    id: Mapped[Id]


class StateOfMind(Listed, Base):
    """How the other side feels; `factor` from 0 (furious) to 100 (delighted) hundredths."""

    __tablename__ = "states_of_mind"
    record_kind = "state of mind"
    is_known_by_name = True

    id: Mapped[Id]
    factor: Mapped[int] = mapped_column(default=50)

    __table_args__ = (sa.CheckConstraint("factor between 0 and 100", name="factor"),)


class Product(Listed, Base):
    """Something we sell: code, name and price."""

    __tablename__ = "products"
    record_kind = "product"

    id: Mapped[Id]
    code: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    price: Mapped[Minor | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3), sa.ForeignKey("currencies.code"))


class RecurringPlan(Listed, Base):
    """How often recurring revenue comes: every so many months."""

    __tablename__ = "recurring_plans"
    record_kind = "recurring plan"
    is_known_by_name = True

    id: Mapped[Id]
    months: Mapped[int] = mapped_column(default=1)

    __table_args__ = (sa.CheckConstraint("months > 0", name="months"),)


class PartnerTag(Listed, Base):
    """A word that partners carry; these form a tree, and who searches for a branch finds its leaves."""

    __tablename__ = "partner_tags"
    record_kind = "partner tag"
    trees = ("parent_id",)
    within = "parent_id"
    is_known_by_name = True

    id: Mapped[Id]
    parent_id: Mapped[int | None] = link_to("partner_tags.id")

    parent: Mapped[PartnerTag | None] = relationship(remote_side="PartnerTag.id")

    @classmethod
    def branches(cls) -> sa.CTE:
        """Each tag (`top`) with itself and all below it (`id`)."""
        tops = sa.select(cls.id.label("top"), cls.id).where(cls.deleted_at.is_(None)).cte(recursive=True)
        below = sa.select(tops.c.top, cls.id).where(cls.parent_id == tops.c.id, cls.deleted_at.is_(None))
        return tops.union(below)


class WorkingCalendar(Listed, Base):
    """When people work: hours of each weekday as minutes since midnight, `{"0": [[540, 1020]], …}`."""

    __tablename__ = "working_calendars"
    record_kind = "working calendar"

    id: Mapped[Id]
    zone: Mapped[str] = mapped_column(sa.String(60), default="UTC")
    hours: Mapped[dict] = mapped_column(default=dict)


class Holiday(Listed, Base):
    """A day on which nobody works."""

    __tablename__ = "holidays"
    record_kind = "holiday"

    id: Mapped[Id]
    calendar_id: Mapped[int] = link_to("working_calendars.id")
    day: Mapped[date]


class ActivityType(Listed, Base):
    """A kind of next step, with its icon, its usual delay, and what commonly follows it.

    What follows is suggested or, with `plans_next`, planned by itself as soon as such a step is done.
    """

    __tablename__ = "activity_types"
    record_kind = "activity type"

    id: Mapped[Id]
    icon: Mapped[str] = mapped_column(sa.String(40), default="checklist")
    days: Mapped[int] = mapped_column(default=1)
    next_type_id: Mapped[int | None] = link_to("activity_types.id")
    plans_next: Mapped[bool] = mapped_column(default=False)

    next_type: Mapped[ActivityType | None] = relationship(remote_side="ActivityType.id")

    @property
    def follower(self) -> ActivityType | None:
        """The type of what commonly follows, if it may still be chosen."""
        following = self.next_type
        return (
            following if following is not None and not (following.archived or following.is_binned) else None
        )
