"""What somebody has typed and not yet sent: theirs alone, on whatever device they go on."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.asking import ask
from app.domain.base import Base, Id, link_to
from app.domain.text import clean
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User


# What ends the part of a page that holds files: a list, of each its id, its name and its size.
FILES = "-files"


class Draft(Base):
    """Words typed into one field of a record's page; gone when they are sent."""

    __tablename__ = "drafts"

    id: Mapped[Id]
    user_id: Mapped[int] = link_to("users.id", index=False)
    # Which field of which record: 'case-12-note'.
    place: Mapped[str] = mapped_column(sa.String(80))
    text: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)

    __table_args__ = (sa.UniqueConstraint("user_id", "place"),)

    @classmethod
    def keep(cls, user: User, record: Any, part: str, text: str) -> None:
        """Keep these words instead of what was kept there; no words, nothing to keep."""
        if not text.strip():
            cls.drop(user, record, part)
            return
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        words = {"text": clean(text), "updated_at": clock.now()}
        fresh = insert(cls).values(user_id=user.id, place=place_of(record, part), **words)
        db.session.execute(fresh.on_conflict_do_update(index_elements=["user_id", "place"], set_=words))

    @classmethod
    def held_files(cls) -> set[int]:
        """The files that wait in drafts to be sent: nothing names them yet, and they stay."""
        lists = db.session.scalars(sa.select(cls.text).where(cls.place.endswith(FILES)))
        return {each[0] for kept in lists for each in json.loads(kept)}

    @classmethod
    def drop(cls, user: User, record: Any, part: str) -> None:
        """They are sent, or thrown away."""
        theirs = cls.user_id == user.id, cls.place == place_of(record, part)
        db.session.execute(sa.delete(cls).where(*theirs))

    @classmethod
    def of(cls, user: User, record: Any) -> dict[str, str]:
        """What this person has typed on the page of a record, by the field."""
        start = place_of(record, "")
        kept = ask(cls.kept_by(), user_id=user.id, start=start)
        return {place.removeprefix(start): text for place, text in kept}

    @classmethod
    @cache
    def kept_by(cls) -> Any:
        start = sa.bindparam("start", type_=sa.String)
        theirs = cls.user_id == sa.bindparam("user_id"), cls.place.startswith(start)
        return sa.select(cls.place, cls.text).where(*theirs)


def place_of(record: Any, part: str) -> str:
    return f"{record.record_kind}-{record.id}-{part}"
