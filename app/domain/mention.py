"""Colleagues whom a note names: '@Otto Brandt', or '@Otto' where there is only one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.base import Base, BigId
from app.domain.configuration import Configuration
from app.domain.history import Event
from app.domain.text import fold
from app.domain.user import User
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.partner import Partner


class Mention(Base):
    """A line of history names somebody; who is named will want to know."""

    __tablename__ = "mentions"

    event_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("events.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("users.id"), primary_key=True, index=True)

    @classmethod
    def keep(cls, event: Event, users: Iterable[User]) -> None:
        db.session.add_all(cls(event_id=event.id, user_id=user.id) for user in dict.fromkeys(users))


def mentions_in(text: str, about: Case | Partner) -> dict[str, User]:
    """Whom a text names, by how it is written there; nobody who could not be let see what it is about."""
    if "@" not in text:
        return {}
    known = ways_to_write()
    # The longest way first: '@Otto Brandt' is not '@Otto'. An address such as info@otto.example names nobody.
    ways = "|".join(re.escape(written) for written in sorted(known, key=len, reverse=True))
    found = re.findall(rf"(?<![\w@.])@({ways})(?!\w)", text, re.IGNORECASE) if ways else []
    ids = {written: known[written.casefold()] for written in found if written.casefold() in known}
    users = {written: db.session.get_one(User, *each) for written, each in ids.items() if len(each) == 1}
    return {written: user for written, user in users.items() if about.may_be_seen_by(user)}


def ways_to_write() -> dict[str, set[int]]:
    """Every way to write a colleague's name, and whom it may mean: in full, by the first word, with the number."""
    ways: defaultdict[str, set[int]] = defaultdict(set)
    for user_id, name in Configuration.current().choices(User):
        full = name.casefold()
        first = full.partition(" ")[0]
        for written in {full, first, fold(full), fold(first), f"{full} #{user_id}"} - {""}:
            ways[written].add(user_id)
    return ways


def colleagues_called(typed: str, most: int) -> list[tuple[int, str, str]]:
    """Those of whose name a word begins so: id, name, and how to write it so that nobody else is meant."""
    ways, folded = ways_to_write(), fold(typed)
    found: list[tuple[int, str, str]] = []
    for user_id, name in Configuration.current().choices(User):
        if f" {folded}" in f" {fold(name)}":
            is_only = len(ways[name.casefold()]) == 1
            found.append((user_id, name, name if is_only else f"{name} #{user_id}"))
    return found[:most]
