"""The one organisation that this Holdfast serves."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.base import Base, Id, link_to
from app.domain.history import Editable
from app.extensions import db


class Organisation(Editable, Base):
    """What holds for everybody: name, currency, zone, language, and the server that mail leaves by."""

    __tablename__ = "organisations"
    record_kind = "organisation"
    # A password is nobody's business, not even the history's, sealed or not.
    unnoted = Editable.unnoted | {"smtp_password"}

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(sa.String(200), default="Holdfast")
    currency: Mapped[str] = mapped_column(sa.String(3), sa.ForeignKey("currencies.code"), default="EUR")
    zone: Mapped[str] = mapped_column(sa.String(60), default="UTC")
    language: Mapped[str] = mapped_column(sa.String(10), default="en")
    country: Mapped[str | None] = mapped_column(sa.String(2))
    calendar_id: Mapped[int | None] = link_to("working_calendars.id")
    mail_from: Mapped[str | None] = mapped_column(sa.String(254))
    smtp_url: Mapped[str | None] = mapped_column(sa.String(500))
    smtp_password: Mapped[str | None] = mapped_column(sa.Text)
    is_demo: Mapped[bool] = mapped_column(default=False)

    @property
    def sender(self) -> str:
        """The address that Holdfast's own mail comes from."""
        return self.mail_from or "holdfast@localhost"

    @classmethod
    def current(cls) -> Organisation:
        """The organisation; a migration makes its only row."""
        return db.session.scalars(sa.select(cls).order_by(cls.id)).first() or cls(
            name="Holdfast", currency="EUR", zone="UTC", language="en", is_demo=False
        )
