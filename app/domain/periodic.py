"""What runs by the clock, and how it went last."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base
from app.extensions import db


class PeriodicRun(Base):
    """The last time that some work was done by the clock: for how long, with what error, and when it last went well."""

    __tablename__ = "periodic_runs"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    error: Mapped[str | None] = mapped_column(sa.Text)
    went_well_at: Mapped[datetime | None]

    @classmethod
    def noted(cls, work: Callable[[], None]) -> Callable[[], None]:
        """The same work, which leaves a note of how it went, and fails as before if it does."""

        @wraps(work)
        def run() -> None:
            at, began = clock.now(), time.monotonic()
            error: str | None = None
            try:
                work()
            except Exception as failure:
                error = str(failure) or type(failure).__name__
                raise
            finally:
                db.session.rollback()
                cls.note(work.__name__, at, round(1000 * (time.monotonic() - began)), error)
                db.session.commit()

        return run

    @classmethod
    def note(cls, name: str, at: datetime, milliseconds: int, error: str | None) -> None:
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        facts = {"at": at, "milliseconds": milliseconds, "error": error}
        if error is None:
            facts["went_well_at"] = at
        written = insert(cls).values(name=name, **facts)
        db.session.execute(written.on_conflict_do_update(index_elements=["name"], set_=facts))

    @classmethod
    def all(cls) -> list[PeriodicRun]:
        """Each of them, by its name."""
        return list(db.session.scalars(sa.select(cls).order_by(cls.name)))
