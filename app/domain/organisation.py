"""The one organisation that this Holdfast serves."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain import secrets
from app.domain.actor import Acting
from app.domain.base import Base, Id, link_to
from app.domain.configuration import Configuration, Configured
from app.domain.history import Editable, act, change_set
from app.extensions import db

UNNAMED = "Holdfast"


class Organisation(Configured, Editable, Base):
    """What holds for everybody: name, currency, zone, language, and the server that mail leaves by."""

    __tablename__ = "organisations"
    record_kind = "organisation"
    # A password is nobody's business, not even the history's, sealed or not.
    unnoted = Editable.unnoted | {"smtp_password"}

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(sa.String(200), default=UNNAMED)
    currency: Mapped[str] = mapped_column(sa.String(3), sa.ForeignKey("currencies.code"), default="EUR")
    zone: Mapped[str] = mapped_column(sa.String(60), default="UTC")
    language: Mapped[str] = mapped_column(sa.String(10), default="en")
    country: Mapped[str | None] = mapped_column(sa.String(2))
    calendar_id: Mapped[int | None] = link_to("working_calendars.id")
    mail_from: Mapped[str | None] = mapped_column(sa.String(254))
    smtp_url: Mapped[str | None] = mapped_column(sa.String(500))
    smtp_password: Mapped[str | None] = mapped_column(sa.Text)
    is_demo: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    @property
    def is_named(self) -> bool:
        """Has anybody said yet what it is called?"""
        return self.name != UNNAMED

    @property
    def sender(self) -> str:
        """The address that Holdfast's own mail comes from."""
        return self.mail_from or "holdfast@localhost"

    def send_by(
        self,
        url: str | None,
        *,
        sender: str | None,
        password: str | None,
        by: Acting,
        read_at: int | None = None,
    ) -> None:
        """Let mail leave by this server, under this address; without a password the one there was stays."""
        with change_set("act", by=by):
            self.edit({"smtp_url": url, "mail_from": sender}, by=by, read_at=read_at)
            if password or url is None:
                with act("mail password changed", self, by=by):
                    self.smtp_password = secrets.seal(password) if password else None

    @classmethod
    def current(cls) -> Organisation:
        """The organisation as it stands, to be read; a migration makes its only row.

        A copy without a session: who edits the organisation locks its row.
        """
        return Configuration.current().organisation

    @classmethod
    def row(cls) -> Organisation:
        """The same, to be edited."""
        return db.session.get_one(cls, 1)

    def today(self) -> date:
        """The date on the organisation's wall."""
        return clock.today(self.zone)

    def day_of(self, instant: datetime) -> date:
        """The date that an instant had there."""
        return instant.astimezone(ZoneInfo(self.zone)).date()
