"""Who spoke last: the other side waits for an answer, or has got it."""

from __future__ import annotations

from datetime import datetime
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

    def mail_left(self: Case, event: Event, at: datetime) -> None:
        """A mail of this line has reached somebody outside: only now we have spoken, if a person wrote it.

        It answers what was heard until it was written; what was asked since still waits. It is a consequence of
        what they did and no act of anybody: no line of its own, no version.
        """
        from app.domain.case import Case  # of which this is a part

        if event.change_set.actor_kind != "user":
            return
        asked_since = (
            sa.select(sa.func.min(Event.at))
            .join(ChangeSet, Event.change_set_id == ChangeSet.id)
            .where(Event.case_id == self.id, Event.direction == "in", Event.at > event.at)
            .where(ChangeSet.undone_by_id.is_(None))
        )
        is_answered = Case.unanswered_since <= event.at
        spoken = {
            "last_contact_at": max(at, self.last_contact_at or at),
            "unanswered_since": sa.case(
                (is_answered, asked_since.scalar_subquery()), else_=Case.unanswered_since
            ),
            "answered_at": self.answered_at or at,
        }
        statement = sa.update(Case).where(Case.id == self.id).values(spoken)
        db.session.execute(statement, execution_options={"history": True})

    def reconsider(self: Case, events: list[Event], *, forward: bool) -> None:
        """These words are taken back (or, forward, stand again): who is waiting follows from those that are left."""
        ids = [event.id for event in events]
        stands = ChangeSet.undone_by_id.is_(None)
        is_said = sa.or_(stands, Event.id.in_(ids)) if forward else sa.and_(stands, Event.id.not_in(ids))
        at = spoken_at()
        words = db.session.execute(
            sa.select(at.label("said_at"), Event.at, Event.direction, ChangeSet.actor_kind)
            .join(ChangeSet, Event.change_set_id == ChangeSet.id)
            .where(
                Event.case_id == self.id,
                is_contact(),
                sa.or_(is_said, is_mail()),  # what has left is not taken back
                at.is_not(None),
            )
            .order_by("said_at", Event.id)
        )
        self.answered_at = self.last_contact_at = None
        waiting: list[datetime] = []
        for said_at, written_at, direction, actor_kind in words:
            if direction == "in" or actor_kind == "user":
                self.last_contact_at = said_at
            if direction == "in":
                waiting.append(written_at)  # theirs is said when it is written down
            elif direction == "out" and actor_kind == "user":
                waiting = [asked_at for asked_at in waiting if asked_at > written_at]
                self.answered_at = self.answered_at or said_at
        self.unanswered_since = next(iter(waiting), None)


def is_mail() -> sa.ColumnElement[bool]:
    """Is this line one of mail from us?"""
    return Event.action.in_(("mail planned", "mail reminder"))


def spoken_at() -> sa.ColumnElement[datetime | None]:
    """When the word of a line was exchanged: mail when it left for somebody outside, if it ever did."""
    from app.domain.message import Message, Recipient  # messages belong to events, and so know us

    left = (
        sa.select(sa.func.min(Message.sent_at))
        .where(Message.event_id == Event.id, ~Message.is_copy)
        .where(Message.recipients.any(sa.and_(Recipient.user_id.is_(None), Recipient.state == "sent")))
    )
    return sa.case((is_mail(), left.scalar_subquery()), else_=Event.at)
