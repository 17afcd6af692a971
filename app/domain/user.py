"""People who sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app import clock
from app.domain.actor import Acting, Actor
from app.domain.base import Base, Folded, Id
from app.domain.configuration import Configured
from app.domain.errors import Refused
from app.domain.history import Change, Editable, act, locked
from app.domain.permission import STAFF
from app.domain.permitted import Permitted
from app.domain.team import Team, team_members
from app.domain.text import fold
from app.extensions import _, db

HUES = 8


class User(Permitted, Configured, Editable, Base):
    """Somebody who signs in: an operator, salesperson, manager, administrator or portal user."""

    __tablename__ = "users"
    record_kind = "user"
    derived = frozenset({"name_folded"})
    # A hash is nobody's business, not even the history's.
    unnoted = Editable.unnoted | {"password_hash", "last_seen_at"}
    by_verbs = frozenset({"role", "deactivated_at"})

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(sa.String(200))
    name_folded: Mapped[str] = mapped_column(Folded, default="")
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    deactivated_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(sa.String(10))
    formats: Mapped[str | None] = mapped_column(sa.String(10))
    zone: Mapped[str | None] = mapped_column(sa.String(60))
    theme: Mapped[str | None] = mapped_column(sa.String(10))
    density: Mapped[str | None] = mapped_column(sa.String(10))
    has_keys: Mapped[bool] = mapped_column(default=True)
    # The hour of their morning at which they get their day by mail; none if they do not want it.
    digest_hour: Mapped[int | None]
    signature: Mapped[str | None] = mapped_column(sa.Text)
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("files.id"))

    teams: Mapped[list[Team]] = relationship(secondary=team_members, back_populates="members", viewonly=True)

    __table_args__ = (
        sa.CheckConstraint(
            "role in ('operator', 'salesperson', 'manager', 'administrator', 'portal')", name="role"
        ),
    )

    @validates("email")
    def fold_email(self, _key: str, value: str) -> str:
        """One account an address, however it is typed."""
        return value.strip().casefold()

    def derive(self) -> None:
        self.name_folded = fold(self.name)

    @classmethod
    def derive_rows(cls, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["email"], row["name_folded"] = row["email"].strip().casefold(), fold(row["name"])

    @classmethod
    def is_offered(cls) -> sa.ColumnElement[bool]:
        """May they be given work?"""
        return sa.and_(cls.role != "portal", cls.deactivated_at.is_(None), cls.deleted_at.is_(None))

    @classmethod
    def in_order(cls) -> tuple[Any, ...]:
        return cls.name_folded, cls.id

    def as_actor(self) -> Actor:
        return Actor("user", self.id, self.name)

    def __str__(self) -> str:
        return self.name

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None and self.deleted_at is None

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def is_administrator(self) -> bool:
        return self.role == "administrator"

    @property
    def hue(self) -> int:
        """The colour of their picture: always the same one, chosen by who they are."""
        return self.id % HUES + 1

    @property
    def has_joined(self) -> bool:
        """Have they ever chosen a password? Until then they are invited."""
        return self.password_hash is not None

    # What the cookie of this visit holds; set by whoever lets them in.
    token = ""

    def get_id(self) -> str:
        """By what the cookie knows them: never who they are, only that they were let in."""
        return self.token

    @classmethod
    def with_email(cls, typed: str) -> User | None:
        """Whose address this is, however it is typed."""
        return db.session.scalars(
            sa.select(cls).where(cls.email == typed.strip().casefold(), cls.deleted_at.is_(None))
        ).one_or_none()

    @classmethod
    def invite(cls, name: str, email: str, role: str, *, by: Acting) -> User:
        """Give somebody an account; they choose a password by the link that is mailed to them."""
        address = email.strip().casefold()
        known = next(iter(locked(sa.select(cls).where(cls.email == address))), None)
        if known is not None and not known.is_binned:
            raise Refused(_("%(name)s has this address already.", name=known.name))
        user = known or cls(email=address, role=role, name=name)
        with act("invited", user, by=by) as event:
            event.details = {"name": name, "role": role}
            user.name, user.role = name, role
            user.password_hash = user.deactivated_at = user.deleted_at = None
        return user

    def set_password(self, password_hash: str, *, by: User) -> None:
        """From now on this one opens, and what was mailed to choose one does not."""
        from app.domain.sign_in import Pass  # passes belong to users, and so know us

        with act("password set", self, by=by):
            self.password_hash = password_hash
        Pass.void(self)

    def deactivate(self, *, by: User) -> None:
        """Close their account: they are out everywhere at their next request."""
        if self.id == by.id:
            raise Refused(_("You cannot deactivate yourself."))
        if self.deactivated_at is None:
            self.refuse_to_lose_the_last_administrator()
            with act("deactivated", self, by=by) as event:
                event.details = {"name": self.name}
                self.deactivated_at = clock.now()
            self.shut_out()

    def reactivate(self, *, by: User) -> None:
        """Let them sign in again, with the password they had."""
        if self.deactivated_at is not None:
            with act("reactivated", self, by=by) as event:
                event.details = {"name": self.name}
                self.deactivated_at = None

    def give_role(self, role: str, *, by: User) -> None:
        """Let them do more, or less."""
        if self.id == by.id:
            raise Refused(_("You cannot change your own role."))
        if role != self.role:
            self.refuse_to_lose_the_last_administrator()
            with act("role changed", self, by=by) as event:
                event.details = {"name": self.name, "role": role}
                self.role = role

    @classmethod
    def locked_with_administrators(cls, user_id: int) -> User | None:
        """Them, to be changed; and all administrators, so that no two shut each other out at once."""
        rows = locked(sa.select(cls).where(sa.or_(cls.id == user_id, cls.role == "administrator")))
        return next((row for row in rows if row.id == user_id and not row.is_binned), None)

    def refuse_to_lose_the_last_administrator(self) -> None:
        if self.is_active and self.is_administrator and not User.any_administrator(but=self):
            raise Refused(
                _("%(name)s is the last administrator. Make somebody else one first.", name=self.name)
            )

    @classmethod
    def any_administrator(cls, but: User | None = None) -> bool:
        """Is there anybody who can let others in?"""
        found = sa.select(cls.id).where(
            cls.role == "administrator", cls.deactivated_at.is_(None), cls.deleted_at.is_(None)
        )
        if but is not None:
            found = found.where(cls.id != but.id)
        return db.session.scalar(found.limit(1)) is not None

    def has_administered(self) -> bool:
        """Have they ever been an administrator?"""
        roles = sa.select(Change.old, Change.new).where(
            Change.record_kind == self.record_kind, Change.record_id == self.id, Change.field == "role"
        )
        return self.is_administrator or any("administrator" in row for row in db.session.execute(roles))

    def shut_out(self) -> None:
        """Nothing that let them in does so any more, not even after they are let in again."""
        from app.domain.sign_in import Pass, SignIn  # sign-ins belong to users, and so know us

        SignIn.end_all(self)
        Pass.void(self)

    def settle(self) -> None:
        """Taking back what was done to people must leave somebody who can let others in."""
        if not User.any_administrator() and self.has_administered():
            raise Refused(_("Nobody would be left who administers this. Make somebody else one first."))
        if not self.is_active:
            self.shut_out()
