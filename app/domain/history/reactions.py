"""Rules react to events: in the same transaction, each at most once a record and first cause, to a depth."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Protocol

from app.domain.actor import Actor
from app.domain.history.acts import DEEPEST, Journal, act, change_set
from app.domain.history.locking import lock, locked_keys
from app.domain.history.records import Event
from app.domain.history.tracking import Tracked
from app.extensions import db

log = logging.getLogger(__name__)


class Reaction(Protocol):
    """Something that acts when events happen; it signs what it does with its own name."""

    def as_actor(self) -> Actor: ...

    def wants(self, event: Event) -> bool:
        """Is this event one to react to?"""

    def follow(self, event: Event) -> None:
        """Do what is to be done. The event's case and partner are locked."""


# Where reactions come from: each source is asked once for every change set that a person made.
reactions: list[Any] = []


def react(events: list[Event]) -> None:
    """Let rules react to these events and to what they cause, breadth first."""
    asked = [reaction for source in reactions for reaction in source()]
    waiting = deque(events if asked else ())
    fired: set[tuple[Any, ...]] = set()
    while waiting:
        event = waiting.popleft()
        for reaction in asked:
            signature = (*vars(reaction.as_actor()).values(), event.case_id, event.partner_id)
            if signature not in fired and is_wanted(reaction, event):
                fired.add(signature)
                waiting.extend(fire(reaction, event))


def is_wanted(reaction: Reaction, event: Event) -> bool:
    """Does the rule want this event? One that cannot say so must not stop the person whose act it was."""
    try:
        return reaction.wants(event)
    except Exception as error:
        log.exception("%s failed to look at event %s", reaction.as_actor().name, event.id)
        say(event, reaction, "rule failed", {"error": str(error)})
        return False


def fire(reaction: Reaction, event: Event) -> list[Event]:
    """One firing is one savepoint and one change set: one that fails leaves a line and disables nothing."""
    if event.change_set.depth >= DEEPEST:
        say(event, reaction, "rule stopped", {"depth": event.change_set.depth})
        return []
    session = db.session()
    held = set(locked_keys(session))
    journal = Journal.of(session)
    try:
        with session.begin_nested(), change_set("rule", by=reaction, cause=event.change_set) as made:
            lock(*subjects_of(event))
            reaction.follow(event)
        return list(made.events) if made in session else []
    except Exception as error:
        log.exception("%s failed on event %s", reaction.as_actor().name, event.id)
        journal.is_spoiled = False  # the savepoint has taken back all of it
        session.info["locked"] = held
        say(event, reaction, "rule failed", {"error": str(error)})
        return []


def say(event: Event, reaction: Reaction, action: str, details: dict[str, Any]) -> None:
    """A line on the history about a rule that did not do what it was made for."""
    with (
        change_set("rule", by=reaction, cause=event.change_set),
        act(action, by=reaction, details=details) as line,
    ):
        line.case_id, line.partner_id, line.team_id = event.case_id, event.partner_id, event.team_id


def subjects_of(event: Event) -> list[Tracked | None]:
    return [event.case, event.partner]
