"""Filters that people keep under a name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.asking import ask
from app.domain.base import Base, Id, link_to
from app.domain.errors import Refused
from app.domain.history import Editable, act, lock, locked
from app.domain.text import clean
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

saved_view_defaults = sa.Table(
    "saved_view_defaults",
    Base.metadata,
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("saved_view_id", sa.ForeignKey("saved_views.id"), nullable=False, index=True),
)


class Kept(NamedTuple):
    """A saved view as somebody finds it: whose it is, and whether their board opens with it."""

    id: int
    user_id: int
    name: str
    query: str
    is_default: bool


class SavedView(Editable, Base):
    """A board or list as somebody wants to find it again: what is asked for, under a name; theirs or everybody's."""

    __tablename__ = "saved_views"
    record_kind = "saved view"
    links = ("default_for",)
    by_verbs = frozenset({"user_id"})

    id: Mapped[Id]
    user_id: Mapped[int] = link_to("users.id")
    name: Mapped[str] = mapped_column(sa.String(120))
    query: Mapped[str] = mapped_column(sa.Text)
    is_shared: Mapped[bool] = mapped_column(default=False)

    default_for: Mapped[list[User]] = relationship(secondary=saved_view_defaults)

    @classmethod
    def of(cls, user_id: Any) -> sa.Select[SavedView]:
        """Somebody's own, and those that others share."""
        return sa.select(cls).where(cls.deleted_at.is_(None), sa.or_(cls.user_id == user_id, cls.is_shared))

    @classmethod
    def shelf_of(cls, user: User) -> list[Kept]:
        """All of these, their own first."""
        return list(map(Kept._make, ask(cls.on_shelf(), reader=user.id)))

    @classmethod
    @cache
    def on_shelf(cls) -> Any:
        """The query for that, put together once: every board and list asks it."""
        reader = sa.bindparam("reader", type_=cls.user_id.type)
        is_default = sa.exists().where(
            saved_view_defaults.c.saved_view_id == cls.id, saved_view_defaults.c.user_id == reader
        )
        query = cls.of(reader).with_only_columns(cls.id, cls.user_id, cls.name, cls.query, is_default)
        return query.order_by(cls.user_id != reader, cls.name, cls.id)

    @classmethod
    def keep(cls, name: str, query: str, *, by: User, is_shared: bool = False) -> SavedView:
        """Keep what is shown under a name."""
        view = cls(user_id=by.id, name=clean(name), query=clean(query), is_shared=is_shared)
        with act("created", view, by=by):
            pass
        return view

    def is_theirs(self, user: User) -> bool:
        return self.user_id == user.id

    def delete(self, *, by: User) -> None:
        """Nobody finds it any more."""
        if not self.is_binned:
            with act("deleted", self, by=by):
                self.deleted_at = clock.now()

    def open_with(self, user: User, *, is_wanted: bool = True) -> None:
        """Let this person's board open with it from now on, or no longer."""
        lock(user)  # whoever chooses in two windows at once chooses one after the other
        is_concerned = sa.or_(SavedView.id == self.id, SavedView.default_for.any(id=user.id))
        views = locked(sa.select(SavedView).where(is_concerned))
        if self.is_binned:
            raise Refused(_("“%(name)s” is deleted.", name=self.name))
        if (user in self.default_for) is is_wanted:
            return
        others = [view for view in views if view is not self and is_wanted]
        with act("default chosen" if is_wanted else "default dropped", self, *others, by=user):
            for other in others:
                other.default_for.remove(user)
            db.session.flush()
            if is_wanted:
                self.default_for.append(user)
            else:
                self.default_for.remove(user)
