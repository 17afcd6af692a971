"""Who spoke last: the other side waits for an answer, or has got it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.domain.history import ChangeSet, Event
from app.domain.noting import is_contact
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case


class Conversing:
    """Each word that is exchanged with the other side, by whatever way, goes one way or the other.

    Called inside the act whose event tells of it. What follows is kept on the case, so that nobody has to read
    its history to know who is waiting, and for how long the first answer took.
    """

    def hear(self: Case, event: Event) -> None:
        """The other side said something: it waits for an answer from now on."""
        event.direction = "in"
        self.last_contact_at = event.at
        self.unanswered_since = self.unanswered_since or event.at

    def answer(self: Case, event: Event) -> None:
        """We spoke to the other side. Only a person's word is an answer and a contact: what rules send is neither."""
        event.direction = "out"
        if event.change_set.actor_kind == "user":
            self.last_contact_at = event.at
            self.unanswered_since, self.answered_at = None, self.answered_at or event.at

    def reconsider(self: Case, events: list[Event], *, forward: bool) -> None:
        """These words are taken back (or, forward, stand again): who is waiting follows from those that are left."""
        from app.domain.message import UNSPOKEN, Message  # messages belong to events, and so know us

        ids = [event.id for event in events]
        stands = ChangeSet.undone_by_id.is_(None)
        has_left = sa.exists().where(
            Message.event_id == Event.id, ~Message.is_copy, Message.state.not_in((*UNSPOKEN, "failed"))
        )
        words = db.session.execute(
            sa.select(Event.at, Event.direction, ChangeSet.actor_kind)
            .join(ChangeSet, Event.change_set_id == ChangeSet.id)
            .where(
                Event.case_id == self.id,
                is_contact(),
                sa.or_(Event.action != "mail planned", has_left),
                sa.or_(stands, Event.id.in_(ids)) if forward else sa.and_(stands, Event.id.not_in(ids)),
            )
            .order_by(Event.id)
        )
        self.unanswered_since = self.answered_at = self.last_contact_at = None
        for at, direction, actor_kind in words:
            if direction == "in" or actor_kind == "user":
                self.last_contact_at = at
            if direction == "in":
                self.unanswered_since = self.unanswered_since or at
            elif direction == "out" and actor_kind == "user":
                self.unanswered_since, self.answered_at = None, self.answered_at or at
