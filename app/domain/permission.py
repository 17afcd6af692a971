"""Which role may do what, within which scope: rows, so that an organisation can change them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.base import Base, Id

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
# What people do, in the words of the routes and templates, and the act that it takes.
ACT_FOR = {
    "open": "close",
    "wait": "close",
    "win": "close",
    "lose": "close",
    "cancel": "close",
    "reopen": "close",
    "reset": "close",
    "escalate": "assign",
    "hand_over": "assign",
    "convert": "edit",
    "archive": "edit",
    "unarchive": "edit",
    "tag": "edit",
    "watch": "note",
    "plan": "note",
    "attach": "note",
    "undo": "edit",
}


class Permission(Base):
    """A role may do an act on a kind of record (or on all kinds, `*`) within a scope."""

    __tablename__ = "permissions"

    id: Mapped[Id]
    role: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[str] = mapped_column(sa.String(30), default="*")
    act: Mapped[str] = mapped_column(sa.String(20))
    scope: Mapped[str] = mapped_column(sa.String(30))

    __table_args__ = (sa.UniqueConstraint("role", "kind", "act", "scope"),)


THEIRS = ("own", "unassigned_in_my_teams", "watched", "open_teams")
LED = ("led", *THEIRS)
OF_CALLS = ("own", "on_my_lists")


def shipped() -> list[dict[str, str]]:
    """The permission rows that Holdfast comes with (`model.md`, Who may what)."""
    rows: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
        ("operator", "call", ("see", "decide", "note"), OF_CALLS),
        ("operator", "*", ("see",), ("about_my_calls", "watched")),
        ("operator", "*", ("note",), ("about_my_calls",)),
        ("operator", "partner", ("see", "note"), ("of_my_calls",)),
        ("operator", "lead", ("make",), ("all",)),
        ("salesperson", "*", ("see", "edit", "assign", "move", "close", "decide", "note", "bulk"), THEIRS),
        ("salesperson", "*", ("make",), ("all",)),
        ("salesperson", "partner", ("see", "make", "edit", "note"), ("all",)),
        (
            "manager",
            "*",
            ("see", "edit", "assign", "move", "close", "delete", "bulk", "export", "decide", "note"),
            LED,
        ),
        ("manager", "*", ("make",), ("all",)),
        ("manager", "partner", ("see", "make", "edit", "delete", "bulk", "export", "note"), ("all",)),
        ("manager", "team", ("configure",), ("led",)),
        ("manager", "list", ("configure",), ("all",)),
        ("administrator", "*", ACTS, ("all",)),
        ("administrator", "partner", ACTS, ("all",)),
        ("administrator", "team", ("configure",), ("all",)),
        ("administrator", "list", ("configure",), ("all",)),
        ("administrator", "user", ACTS, ("all",)),
        ("administrator", "organisation", ("configure",), ("all",)),
    ]
    return [
        {"role": role, "kind": kind, "act": act, "scope": scope}
        for role, kind, acts, scopes in rows
        for act in acts
        for scope in scopes
    ]
