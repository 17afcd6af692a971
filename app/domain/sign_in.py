"""Being signed in, getting in again, and being kept out."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.base import Base, Id, link_to
from app.domain.user import User


class SignIn(Base):
    """One browser in which somebody is signed in, until they or we end it. The cookie holds its token."""

    __tablename__ = "sign_ins"

    id: Mapped[Id]
    user_id: Mapped[int] = link_to("users.id")
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    address: Mapped[str] = mapped_column(sa.String(45), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Pass(Base):
    """A link that lets somebody in once, to choose a password: an invitation or a reset."""

    __tablename__ = "passes"

    id: Mapped[Id]
    user_id: Mapped[int] = link_to("users.id")
    purpose: Mapped[str] = mapped_column(sa.String(20))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Throttle(Base):
    """How often something was tried from one address or on one account, in one window of time."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    window_ends_at: Mapped[datetime]
