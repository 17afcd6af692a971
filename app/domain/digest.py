"""Who gets their day by mail, and who has had it."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base, BigId
from app.domain.day import zone_of
from app.domain.user import User
from app.extensions import db


class Digest(Base):
    """Somebody's mail of a day has been seen to: sent, or not needed as nothing was due."""

    __tablename__ = "digests"

    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)

    @classmethod
    def due(cls) -> list[tuple[User, date]]:
        """For whom the hour has come, by their own clock, on a day for which nobody has seen to it yet.

        After downtime they get today's, late; those of days that are over are of no use to anybody.
        """
        wanted = sa.select(User).where(User.digest_hour.is_not(None), User.is_offered()).order_by(User.id)
        lately = sa.select(cls.user_id, cls.day).where(cls.day >= clock.today() - timedelta(days=1))
        seen_to = {tuple(row) for row in db.session.execute(lately)}
        walls = [(user, clock.now().astimezone(zone_of(user))) for user in db.session.scalars(wanted)]
        return [
            (user, now.date())
            for user, now in walls
            if now.hour >= (user.digest_hour or 0) and (user.id, now.date()) not in seen_to
        ]

    @classmethod
    def claim(cls, user: User, day: date) -> bool:
        """Be the one who sees to it, in the transaction in which the mail is written.

        Of two workers that come at once the second waits here for the first, on either database.
        """
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        fresh = insert(cls).values(user_id=user.id, day=day).on_conflict_do_nothing()
        return db.session.scalar(fresh.returning(cls.user_id)) is not None
