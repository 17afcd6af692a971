"""Whether the workers are alive."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base
from app.extensions import db

BEAT = timedelta(seconds=5)
SILENCE = timedelta(seconds=20)


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
