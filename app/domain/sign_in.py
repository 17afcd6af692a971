"""Being signed in, and the links that let somebody in to choose a password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from app import clock
from app.domain.base import Base, Id, link_to
from app.domain.configuration import Configuration, ConfigurationMark
from app.domain.history import lock
from app.domain.user import User
from app.extensions import db

# Whoever has not been here for so long signs in again.
LASTS = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 300
GOOD_FOR = {"reset": timedelta(hours=2), "invitation": timedelta(days=7)}


class Came(NamedTuple):
    """Who comes with a token: the person, and by which sign-in."""

    user: User
    sign_in_id: int
    seen_at: datetime

    @property
    def is_to_be_noted(self) -> bool:
        """Has it been a while since we wrote down that they were here?"""
        return self.seen_at < clock.now() - NOTED_EVERY


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

    @classmethod
    def begin(cls, user: User, *, address: str = "", agent: str = "") -> str:
        """Let them in with this browser; answers the token that its cookie holds and nobody else knows."""
        token = secrets.token_urlsafe(32)
        entry = cls(user=user, token_hash=hash_of(token), address=address, agent=agent[:LONGEST_AGENT])
        db.session.add(entry)
        db.session.flush()
        cls.note_seen(entry.id)
        return token

    @classmethod
    def with_token(cls, token: str) -> Came | None:
        """Who comes with this token, in one query; nobody once it was ended or their account was closed.

        The same query tells which configuration holds, so that a page need not ask.
        """
        asked = {"token_hash": hash_of(token), "since": clock.now() - LASTS}
        found = db.session.execute(cls.who_came(), asked).one_or_none()
        if found is None:
            return None
        *came, mark = found
        Configuration.marked(mark, throughout=True)
        return Came._make(came)

    @classmethod
    @cache
    def who_came(cls) -> Any:
        """The query for that, put together once."""
        return (
            sa.select(User, cls.id, cls.seen_at, ConfigurationMark.standing())
            .join(User, cls.user_id == User.id)
            .where(
                cls.token_hash == sa.bindparam("token_hash"),
                cls.is_alive(sa.bindparam("since")),
                User.deactivated_at.is_(None),
                User.deleted_at.is_(None),
            )
        )

    @classmethod
    def of(cls, user: User) -> list[SignIn]:
        """Where they are signed in, the latest first."""
        theirs = sa.select(cls).where(cls.user_id == user.id, cls.is_alive())
        return list(db.session.scalars(theirs.order_by(cls.seen_at.desc(), cls.id.desc())))

    @classmethod
    def is_alive(cls, since: Any = None) -> sa.ColumnElement[bool]:
        return sa.and_(
            cls.ended_at.is_(None), cls.seen_at > (since if since is not None else clock.now() - LASTS)
        )

    @classmethod
    def note_seen(cls, sign_in_id: int) -> None:
        """They are here now: by this browser, and at all."""
        now = clock.now()
        user_id = db.session.scalar(
            sa.update(cls)
            .where(cls.id == sign_in_id, cls.ended_at.is_(None))
            .values(seen_at=now)
            .returning(cls.user_id)
        )
        if user_id is not None:
            # No business of the history's: it only moves on.
            db.session.execute(
                sa.update(User).where(User.id == user_id).values(last_seen_at=now),
                execution_options={"history": True, "configures": False, "synchronize_session": False},
            )

    def end(self) -> None:
        """Whoever holds this cookie is a stranger from now on."""
        if self.ended_at is None:
            self.ended_at = clock.now()

    @classmethod
    def end_all(cls, user: User, *, but: SignIn | None = None) -> int:
        """Out everywhere, or everywhere else; answers from how many browsers."""
        theirs = [each for each in cls.of(user) if each is not but]
        for each in theirs:
            each.end()
        return len(theirs)


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

    @classmethod
    def issue(cls, purpose: str, user: User) -> str:
        """A new link, after which older ones for the same purpose open nothing; answers its token."""
        cls.void(user, purpose)
        token = secrets.token_urlsafe(32)
        expires_at = clock.now() + GOOD_FOR[purpose]
        db.session.add(
            cls(
                user=user, purpose=purpose, token_hash=hash_of(token), email=user.email, expires_at=expires_at
            )
        )
        return token

    @classmethod
    def valid(cls, token: str) -> Pass | None:
        """What this link opens: nothing once it was used, is too old, or its address is theirs no more."""
        return db.session.scalars(
            sa.select(cls)
            .join(cls.user)
            .where(
                cls.token_hash == hash_of(token),
                cls.used_at.is_(None),
                cls.expires_at > clock.now(),
                cls.email == User.email,
                User.deactivated_at.is_(None),
                User.deleted_at.is_(None),
            )
            .options(contains_eager(cls.user))
        ).one_or_none()

    @classmethod
    def use(cls, token: str) -> User | None:
        """Let somebody in by this link, once: answers whom, locked, or nobody if it opens nothing."""
        opened = cls.valid(token)
        if opened is None:
            return None
        lock(opened.user)
        used = db.session.scalar(
            sa.update(cls)
            .where(cls.id == opened.id, cls.used_at.is_(None))
            .values(used_at=clock.now())
            .returning(cls.id)
        )
        is_theirs = opened.user.is_active and opened.user.email == opened.email
        return opened.user if used is not None and is_theirs else None

    @classmethod
    def void(cls, user: User, purpose: str | None = None) -> None:
        """What was mailed to them opens nothing any more."""
        theirs = sa.update(cls).where(cls.user_id == user.id, cls.used_at.is_(None))
        if purpose is not None:
            theirs = theirs.where(cls.purpose == purpose)
        db.session.execute(theirs.values(used_at=clock.now()))


def hash_of(token: str) -> str:
    """Tokens are kept as their hash only: a stolen table opens no door."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
