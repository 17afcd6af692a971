"""Rules react to events: in the same transaction, each at most once a record and first cause, to a depth."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from app.domain.actor import Acting, Actor
from app.domain.history.acts import DEEPEST, Journal, act, change_set
from app.domain.history.locking import lock, locked_keys
from app.domain.history.records import ChangeSet, Event
from app.domain.history.tracking import Tracked
from app.extensions import db

log = logging.getLogger(__name__)

T = TypeVar("T")


class Reaction(Protocol):
    """Something that acts when events happen; it signs what it does with its own name."""

    def as_actor(self) -> Actor: ...

    def wants(self, event: Event) -> bool:
        """Is this event one to react to?"""

    def follow(self, event: Event) -> bool | None:
        """Do what is to be done. The event's case and partner are locked.

        Answers whether those that come after it are to leave the event alone.
        """

    # `failed(event, error)`, if there is one, hears that what it did was taken back. `actions`, if there are any,
    # are the names of the only lines that it reacts to.


# Where reactions come from: each source is asked once for every change set that a person made.
reactions: list[Any] = []


def react(events: list[Event]) -> None:
    """Let rules react to these events and to what they cause, breadth first."""
    asked = [reaction for source in reactions for reaction in source()] if events else []
    waiting = deque(events if asked else ())
    # Whoever set it going has acted already.
    fired: set[tuple[Any, ...]] = {signature_of(event.change_set, event) for event in waiting}
    while waiting:
        event = waiting.popleft()
        for reaction in asked:
            if not may_hear(reaction, event.action):
                continue
            signature = signature_of(reaction, event)
            if signature not in fired and is_wanted(reaction, event):
                fired.add(signature)
                caused, is_over = fire(reaction, event)
                waiting.extend(caused)
                if is_over:
                    break


def listening(action: str) -> list[Reaction]:
    """Those that may react to lines of this name; all but a few never do."""
    return [reaction for source in reactions for reaction in source() if may_hear(reaction, action)]


def may_hear(reaction: Reaction, action: str) -> bool:
    actions = getattr(reaction, "actions", None)
    return actions is None or action in actions


def signature_of(actor: Any, event: Event) -> tuple[Any, ...]:
    """Who acts on what: each does so once."""
    kind, id_ = (
        (actor.actor_kind, actor.actor_id)
        if isinstance(actor, ChangeSet)
        else (actor.as_actor().kind, actor.as_actor().id)
    )
    return kind, id_, event.case_id, event.partner_id


def is_wanted(reaction: Reaction, event: Event) -> bool:
    """Does the rule want this event? One that cannot say so must not stop the person whose act it was."""
    try:
        return reaction.wants(event)
    except Exception as error:
        log.exception("%s failed to look at event %s", reaction.as_actor().name, event.id)
        complain(event, reaction, error)
        return False


def fire(reaction: Reaction, event: Event) -> tuple[list[Event], bool]:
    """One firing is one savepoint and one change set: one that fails leaves a line and disables nothing.

    Answers what it caused, and whether nobody else is to react.
    """
    if event.change_set.depth >= DEEPEST:
        say(event, reaction, "rule stopped", {"depth": event.change_set.depth})
        return [], False

    def follow() -> bool:
        lock(*subjects_of(event))
        return bool(reaction.follow(event))

    made, is_over = attempt(
        reaction, follow, lambda error: complain(event, reaction, error), event.change_set
    )
    return (list(made.events) if made is not None and made in db.session else []), bool(is_over)


def attempt(
    by: Acting, work: Callable[[], T], failed: Callable[[Exception], None], cause: ChangeSet | None = None
) -> tuple[ChangeSet | None, T | None]:
    """Do a rule's work in a savepoint and a change set of its own; `failed` hears why all of it was taken back."""
    session = db.session()
    held = set(locked_keys(session))
    journal = Journal.of(session)
    try:
        with session.begin_nested(), change_set("rule", by=by, cause=cause) as made:
            answer = work()
        return made, answer
    except Exception as error:
        log.exception("%s failed", by.as_actor().name)
        journal.is_spoiled = False  # the savepoint has taken back all of it
        session.info["locked"] = held
        failed(error)
        return None, None


def complain(event: Event, reaction: Reaction, error: Exception) -> None:
    """Say it on the history, and to the rule itself, if it listens."""
    say(event, reaction, "rule failed", {"error": str(error)})
    if (failed := getattr(reaction, "failed", None)) is not None:
        failed(event, error)


def say(event: Event, reaction: Reaction, action: str, details: dict[str, Any]) -> None:
    """A line on the history about a rule that did not do what it was made for."""
    with (
        change_set("rule", by=reaction, cause=event.change_set),
        act(action, by=reaction, details=details) as line,
    ):
        line.case_id, line.partner_id, line.team_id = event.case_id, event.partner_id, event.team_id


def subjects_of(event: Event) -> list[Tracked | None]:
    return [event.case, event.partner]
