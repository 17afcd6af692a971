"""Which role may do what, within which scope: rows, so that an organisation can change them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.base import Base, Id
from app.domain.configuration import Configured

ROLES = ("operator", "salesperson", "manager", "administrator", "portal")
STAFF = frozenset(ROLES) - {"portal"}
ACTS = (
    "see",
    "make",
    "edit",
    "assign",
    "move",
    "close",
    "delete",
    "bulk",
    "export",
    "decide",
    "note",
    "configure",
)
# What people do, in the words of routes and templates, and the act of the permission rows that it takes.
ACT_FOR = {
    **{act: act for act in ACTS},
    **dict.fromkeys(("open", "wait", "win", "lose", "cancel", "reopen", "reset"), "close"),
    **dict.fromkeys(("escalate", "hand_to_team"), "assign"),
    **dict.fromkeys(
        ("convert", "archive", "unarchive", "tag", "untag", "refer_to", "make_partner", "undo"), "edit"
    ),
    **dict.fromkeys(
        ("watch", "unwatch", "copy_to", "log", "plan", "follow_plan", "attach", "remind_responsible"), "note"
    ),
    **dict.fromkeys(("write_mail", "remind_partner"), "edit"),
    "move_to": "move",
}


class Permission(Configured, Base):
    """A role may do an act on a kind of record (or on all kinds, `*`) within a scope."""

    __tablename__ = "permissions"

    id: Mapped[Id]
    role: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[str] = mapped_column(sa.String(30), default="*")
    act: Mapped[str] = mapped_column(sa.String(20))
    scope: Mapped[str] = mapped_column(sa.String(30))

    __table_args__ = (sa.UniqueConstraint("role", "kind", "act", "scope"),)
