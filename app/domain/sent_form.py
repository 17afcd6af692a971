"""Forms that have made something: sent once more, they make nothing again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base
from app.extensions import db


class SentBefore(Exception):
    """This very form was sent before; what it made then is at `address`."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class SentForm(Base):
    """A form that was sent, known by the key that only it carries, and where what it made is shown."""

    __tablename__ = "sent_forms"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(500))
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)

    @classmethod
    def claim(cls, key: str, address: str) -> SentForm:
        """Be the first to come with this key, in the transaction of what is made. Raises SentBefore.

        Of two that come at once the second waits here for the first, on either database.
        """
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        fresh = insert(cls).values(key=key, address=address, at=clock.now())
        first: SentForm | None = db.session.scalar(
            fresh.on_conflict_do_nothing(index_elements=[cls.key]).returning(cls)
        )
        if first is None:
            raise SentBefore(db.session.get_one(cls, key).address)
        return first
