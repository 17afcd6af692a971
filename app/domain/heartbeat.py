"""Whether the workers are alive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base
from app.domain.periodic import PeriodicRun
from app.extensions import db

NEVER = datetime.min.replace(tzinfo=UTC)
BEAT = timedelta(seconds=5)
SILENCE = timedelta(seconds=20)
# A worker that starts anew is away for a moment.
LOST_AFTER = timedelta(minutes=1)


class Heartbeat(Base):
    """When a worker was last seen alive."""

    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)

    @classmethod
    def beat(cls, worker: str) -> None:
        """This worker is alive now."""
        db.session.merge(cls(worker=worker, at=clock.now()))

    @classmethod
    def stop(cls, worker: str) -> None:
        """This worker has left in good order."""
        db.session.execute(sa.delete(cls).where(cls.worker == worker))

    @classmethod
    def last(cls) -> datetime | None:
        """When any worker was last seen."""
        return db.session.scalar(sa.select(sa.func.max(cls.at)))

    @classmethod
    def is_heard(cls) -> bool:
        """Is any worker alive?"""
        last = cls.last()
        return last is not None and last > clock.now() - SILENCE

    @classmethod
    def alive(cls) -> list[Heartbeat]:
        """The workers that were heard of just now, by name."""
        query = sa.select(cls).where(cls.at > clock.now() - SILENCE)
        return list(db.session.scalars(query.order_by(cls.worker)))


def last_sign() -> tuple[sa.ScalarSelect[datetime], sa.ScalarSelect[datetime]]:
    """The last signs of life of any worker, to be asked for along with something else.

    One that leaves in good order takes its heartbeat along; what it did by the clock is left to say when it was there.
    """
    return (
        sa.select(sa.func.max(Heartbeat.at)).scalar_subquery(),
        sa.select(sa.func.max(PeriodicRun.at)).scalar_subquery(),
    )


def is_lost(signs: Iterable[datetime | None]) -> bool:
    """Has no worker been alive for a minute, by the last signs of any?"""
    return max((each for each in signs if each is not None), default=NEVER) < clock.now() - LOST_AFTER
