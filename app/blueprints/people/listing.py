"""The list of people, a page at a time."""

from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict

from app.domain.permission import STAFF
from app.domain.user import User
from app.extensions import db

A_PAGE = 100
VIEWS = {
    "ours": (_("Ours"), sa.and_(User.role.in_(STAFF), User.deactivated_at.is_(None))),
    "portal": (_("Portal"), sa.and_(User.role == "portal", User.deactivated_at.is_(None))),
    "deactivated": (_("Deactivated"), User.deactivated_at.is_not(None)),
}


@dataclass
class PeopleList:
    """Those of one view, by name."""

    view: str
    page: int

    @classmethod
    def from_args(cls, args: "MultiDict[str, str]") -> "PeopleList":
        view = args.get("view", "")
        return cls(view if view in VIEWS else "ours", min(max(args.get("page", 1, type=int), 1), 10**6))

    @property
    def found(self) -> sa.Select[User]:
        return sa.select(User).where(User.deleted_at.is_(None), VIEWS[self.view][1])

    @cached_property
    def total(self) -> int:
        return db.session.scalar(sa.select(sa.func.count()).select_from(self.found.subquery())) or 0

    @cached_property
    def people(self) -> list[User]:
        a_page = self.found.order_by(User.name_folded, User.id).limit(A_PAGE).offset((self.page - 1) * A_PAGE)
        return list(db.session.scalars(a_page.options(selectinload(User.teams))))

    @property
    def first(self) -> int:
        return (self.page - 1) * A_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.people) - 1
