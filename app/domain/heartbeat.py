"""Whether the workers are alive."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base


class Heartbeat(Base):
    """When a worker was last seen alive."""

    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
