"""How often something may be tried."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base
from app.extensions import db


@dataclass(frozen=True)
class Limit:
    """So many tries of one thing in one window of time, for each account or each address."""

    purpose: str
    most: int
    window: timedelta


class Throttle(Base):
    """How often something was tried from one address or on one account, in one window of time."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    window_ends_at: Mapped[datetime]

    @classmethod
    def count(cls, *tries: tuple[Limit, str]) -> datetime | None:
        """Count a try against each of these limits until one is passed; answers when that one opens again.

        Two tries at once count as two on either database.
        """
        for limit, who in tries:
            made, ends_at = cls.count_one(limit, who)
            if made > limit.most:
                return ends_at
        return None

    @classmethod
    def count_one(cls, limit: Limit, who: str) -> tuple[int, datetime]:
        now = clock.now()
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        fresh = insert(cls).values(key=key_of(limit, who), tries=1, window_ends_at=now + limit.window)
        is_over = cls.window_ends_at <= now
        row = db.session.execute(
            fresh.on_conflict_do_update(
                index_elements=[cls.key],
                set_={
                    "tries": sa.case((is_over, 1), else_=cls.tries + 1),
                    "window_ends_at": sa.case((is_over, now + limit.window), else_=cls.window_ends_at),
                },
            ).returning(cls.tries, cls.window_ends_at)
        ).one()
        return row.tries, row.window_ends_at

    @classmethod
    def give_back(cls, limit: Limit, who: str) -> None:
        """This try was a good one and does not count."""
        db.session.execute(sa.update(cls).where(cls.key == key_of(limit, who)).values(tries=cls.tries - 1))

    @classmethod
    def forget(cls, limit: Limit, who: str) -> None:
        """They have shown who they are, so their tries begin anew."""
        db.session.execute(sa.delete(cls).where(cls.key == key_of(limit, who)))


def key_of(limit: Limit, who: str) -> str:
    """Whoever reads the table learns neither addresses nor who was asked for."""
    return f"{limit.purpose}:{hashlib.sha256(who.encode()).hexdigest()}"


def network_of(address: str | None) -> str:
    """What counts as one address: in IPv6 everybody has billions, in a network of their own."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if found.version == 6:
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
