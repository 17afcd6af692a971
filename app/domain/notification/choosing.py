"""Of what somebody wants to be told, and how: one choice for each type and way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.base import Base, BigId
from app.domain.configuration import Configuration, Configured
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User


class Ways(NamedTuple):
    """How somebody is told: in the page, by mail within minutes, in the digest of the day."""

    in_page: bool = True
    by_mail: bool = False
    in_digest: bool = False


AT_ONCE, LATER, PAGE = Ways(by_mail=True), Ways(in_digest=True), Ways()
# What people are told of, the most telling first, and how unless they say otherwise.
TYPES: dict[str, Ways] = {
    "mentioned": AT_ONCE,
    "assigned": AT_ONCE,
    "planned": LATER,
    "handed over": AT_ONCE,
    "taken": PAGE,
    "mail failed": PAGE,  # a letter of its own says more
    "rule paused": AT_ONCE,
    "rule failed": LATER,
    "changed": LATER,
    "said": LATER,
    "imported": PAGE,
    "due": PAGE,
}
# A digest lists what is due by itself.
NOT_IN_DIGEST = frozenset({"due"})


class NotificationChoice(Configured, Base):
    """Somebody wants to be told of something by other ways than most do."""

    __tablename__ = "notification_choices"

    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("users.id"), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    in_page: Mapped[bool]
    by_mail: Mapped[bool]
    in_digest: Mapped[bool]

    @classmethod
    def of(cls, user: User) -> dict[str, Ways]:
        """By which ways they are told of each type."""
        return {name: ways_of(user.id, name) for name in TYPES}

    @classmethod
    def keep(cls, user: User, wanted: dict[str, Ways]) -> None:
        """Tell them so from now on; what is as usual follows what is usual."""
        before = cls.of(user)
        for name, ways in wanted.items():
            if ways != before[name]:
                db.session.execute(sa.delete(cls).where(cls.user_id == user.id, cls.type == name))
                if ways != TYPES[name]:
                    db.session.execute(sa.insert(cls).values(user_id=user.id, type=name, **ways._asdict()))


def ways_of(user_id: int, name: str) -> Ways:
    """By which ways one person is told of one type."""
    return Configuration.current().ways.get((user_id, name), TYPES[name])
