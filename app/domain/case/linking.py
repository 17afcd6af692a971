"""What and whom a case is tied to: tags, watchers, and other records that it is about."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.actor import Acting
from app.domain.base import Base, BigId
from app.domain.errors import Refused
from app.domain.history import act
from app.domain.history.tracking import tracked_classes
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.history import Tracked
    from app.domain.lists import Tag
    from app.domain.user import User


LINKS = ("tags", "watchers", "addresses", "references")


class CaseAddress(Base):
    """Somebody outside who gets a copy of the mail of a case, by their address."""

    __tablename__ = "case_addresses"

    case_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("cases.id"), primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254), primary_key=True, index=True)

    @property
    def link_key(self) -> str:
        return self.address

    @classmethod
    def from_key(cls, key: str) -> CaseAddress:
        return cls(address=key)


class CaseReference(Base):
    """Another record that a case is about: a product, a partner, another case …"""

    __tablename__ = "case_references"

    case_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("cases.id"), primary_key=True)
    record_kind: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    record_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = (sa.Index("ix_case_references_record", "record_kind", "record_id"),)

    @property
    def link_key(self) -> str:
        return f"{self.record_kind}/{self.record_id}"

    @property
    def name(self) -> str:
        """What it points to is called."""
        record = db.session.get(tracked_classes()[self.record_kind], self.record_id)
        return str(getattr(record, "name", self.link_key))

    @classmethod
    def to(cls, kind: Any, record_id: Any) -> sa.Select[int]:
        """The ids of the cases that are about this record."""
        return sa.select(cls.case_id).where(cls.record_kind == kind, cls.record_id == record_id)

    @classmethod
    def from_key(cls, key: str) -> CaseReference:
        kind, _slash, record_id = key.rpartition("/")
        return cls(record_kind=kind, record_id=int(record_id))


@cache
def links_of_case() -> Any:
    """All links of a case at once: each row is of one kind, and knows one of the four."""
    from app.domain.case import case_tags, case_watchers  # cases are made of what is in here
    from app.domain.lists import Tag
    from app.domain.user import User

    case_id: sa.BindParameter[int] = sa.bindparam("case_id")
    kinds = sa.union_all(*(sa.select(sa.literal(name).label("kind")) for name in LINKS)).subquery()
    tags = sa.join(case_tags, Tag.__table__, case_tags.c.tag_id == Tag.__table__.c.id)
    watchers = sa.join(case_watchers, User.__table__, case_watchers.c.user_id == User.__table__.c.id)
    joined: Any = kinds
    for name, linked, column in (
        ("tags", tags, case_tags.c.case_id),
        ("watchers", watchers, case_watchers.c.case_id),
        ("addresses", CaseAddress.__table__, CaseAddress.__table__.c.case_id),
        ("references", CaseReference.__table__, CaseReference.__table__.c.case_id),
    ):
        joined = joined.outerjoin(linked, sa.and_(kinds.c.kind == name, column == case_id))
    return sa.select(Tag, User, CaseAddress, CaseReference).select_from(joined).order_by(Tag.sequence)


class Linking:
    """Ties are made and cut from the case, each with a line of its own, so that two never conflict."""

    def load_links(self: Case) -> None:
        """Read all that it is tied to in one statement, where each would be asked for on its own."""
        missing = sa.inspect(self).unloaded & set(LINKS)
        if not missing:
            return
        rows = db.session.execute(links_of_case(), {"case_id": self.id}).all()
        for name, found in zip(LINKS, zip(*rows, strict=True), strict=True):
            if name in missing:
                set_committed_value(self, name, [each for each in found if each is not None])

    def tag(self: Case, tag: Tag, *, by: Acting) -> None:
        """Mark it with a word."""
        if tag not in self.tags:
            with act("tagged", self, by=by, details={"tag": tag.name}):
                self.tags.append(tag)

    def untag(self: Case, tag: Tag, *, by: Acting) -> None:
        if tag in self.tags:
            with act("untagged", self, by=by, details={"tag": tag.name}):
                self.tags.remove(tag)

    def watch(self: Case, user: User, *, by: Acting) -> None:
        """Send this colleague a copy of future mail; they may also see the case from now on."""
        if not (user.is_active and user.is_staff):
            raise Refused(_("%(name)s cannot watch cases: send copies to their address.", name=user.name))
        if user not in self.watchers:
            with act("watched", self, by=by, details={"watcher": user.name}):
                self.watchers.append(user)

    def may_be_seen_by(self: Case, user: User) -> bool:
        """May they know of it, or be let see it?"""
        return user.is_active and user.is_staff

    def let_see(self: Case, user: User, *, by: Acting) -> None:
        """Whom a note names watches, and so may see what it is about."""
        self.watch(user, by=by)

    def unwatch(self: Case, user: User, *, by: Acting) -> None:
        if user in self.watchers:
            with act("unwatched", self, by=by, details={"watcher": user.name}):
                self.watchers.remove(user)

    def copy_to(self: Case, address: str, *, by: Acting) -> None:
        """Send this address outside a copy of future mail; it gains no access."""
        folded = address.strip().casefold()
        if folded not in {each.address for each in self.addresses}:
            with act("watched", self, by=by, details={"watcher": folded}):
                self.addresses.append(CaseAddress(address=folded))

    def stop_copies_to(self: Case, address: str, *, by: Acting) -> None:
        for each in self.addresses:
            if each.address == address:
                with act("unwatched", self, by=by, details={"watcher": address}):
                    self.addresses.remove(each)
                return

    def refer_to(self: Case, record: Tracked, *, by: Acting) -> None:
        """Say that the case is about this record too; it shows on both."""
        if record is self:
            raise Refused(_("A case is not tied to itself."))
        link = CaseReference(record_kind=record.record_kind, record_id=record.id)
        if link.link_key not in {each.link_key for each in self.references}:
            with act("referred", self, by=by, details={"to": str(getattr(record, "name", record.id))}):
                self.references.append(link)

    def unrefer(self: Case, key: str, *, by: Acting) -> None:
        """It is no longer about the record of this kind and number: case/12."""
        for link in self.references:
            if link.link_key == key:
                with act("unreferred", self, by=by, details={"to": link.name}):
                    self.references.remove(link)
                return
