"""Whom an act concerns: asked once as its change set ends, in its transaction.

What is written in bulk (imports, demo data) and what takes acts back or up again concerns nobody. Nobody is told
of what they did themselves, nor of what a rule did because of it. Each hears once of a change set, of what tells
them most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.activity import Activity
from app.domain.configuration import Configuration
from app.domain.history import Event
from app.domain.history.acts import Frame, Journal, Unit, ears
from app.domain.notification import TYPES, Notification
from app.extensions import db

RANK = {name: place for place, name in enumerate(TYPES)}
WHERE_IT_STANDS = ("state", "outcome", "stage_id")


@dataclass
class Heard:
    """What tells one person most, and on how many cases."""

    type: str
    event: Event
    details: dict[str, Any]
    cases: set[int | None] = field(default_factory=set)


def hear(unit: Unit) -> None:
    """Tell everybody whom this concerns, by one statement; by none if that is nobody."""
    doers, found = doers_of(unit), dict[int, Heard]()
    for frame in unit.frames:
        for user_id, name, details in whom(frame):
            if user_id is not None and user_id not in doers:
                note(found, user_id, Heard(name, frame.event, details))
    Notification.write(
        [
            {
                "user_id": user_id,
                "type": heard.type,
                "change_set_id": unit.change_set.id,
                "event_id": heard.event.id,
                "details": heard.details | ({"more": more} if (more := len(heard.cases) - 1) else {}),
            }
            for user_id, heard in found.items()
        ]
    )


def doers_of(unit: Unit) -> set[int | None]:
    """Who did it, or set it going."""
    root = Journal.of(db.session()).made
    sets = [unit.change_set, *([root] if root is not None and root.id == unit.change_set.root_id else ())]
    return {each.actor_id for each in sets if each.actor_kind == "user"}


def note(found: dict[int, Heard], user_id: int, heard: Heard) -> None:
    known = found.get(user_id)
    if known is None or RANK[heard.type] < RANK[known.type]:
        known = found[user_id] = heard
    if known.type == heard.type:
        known.cases.add(heard.event.case_id)


def whom(frame: Frame) -> Iterator[tuple[int | None, str, dict[str, Any]]]:
    """Whom one line of history concerns, and why; None where it would concern somebody and there is nobody."""
    event, case = frame.event, frame.event.case
    if event.is_words:
        for user_id in event.details.get("mentions", {}).values():
            yield user_id, "mentioned", {}
    for user_id in event.details.get("told", ()):
        yield user_id, "said", {}
    for step in frame.subjects:
        if isinstance(step, Activity) and {(*step.key, "+"), (*step.key, "user_id")} & frame.rows.keys():
            yield step.user_id, "planned", {"what": step.what}
    if case is not None:
        for user_id, name in whom_on(frame, case):
            yield user_id, name, {}


def whom_on(frame: Frame, case: Any) -> Iterator[tuple[int | None, str]]:
    """The same of what concerns people because of their part in a case."""
    event = frame.event
    changed = {name for kind, record_id, name in frame.rows if (kind, record_id) == case.key}
    if changed & {"+", "responsible_id"}:
        yield case.responsible_id, "assigned"
        was, _now = frame.rows.get((*case.key, "responsible_id"), (None, None))
        yield was, "taken"
    elif changed.intersection(WHERE_IT_STANDS):
        yield case.responsible_id, "changed"
    if event.action in {"escalated", "handed over"}:
        team = Configuration.current().teams.get(case.team_id)
        yield team.leader_id if team is not None else None, "handed over"
    if event.is_words:
        yield case.responsible_id, "said"
        for user in case.watchers:
            yield user.id, "said"


ears.append(hear)
