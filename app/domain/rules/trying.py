"""Trying a rule: what it would do to a case, or to all that match now, with nothing done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import sqlalchemy as sa

from app.domain.case import Case
from app.domain.history import Event, change_set, locked
from app.domain.history.acts import Journal
from app.domain.history.locking import locked_keys
from app.domain.message import Message
from app.domain.rules.facts import Facts
from app.domain.rules.matching import matching
from app.domain.rules.sending import Letter
from app.domain.rules.working import Working
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.user import User

MOST_TRIED = 100


@dataclass
class Trial:
    """What a rule would do to one case."""

    case_id: int
    name: str
    is_for: bool = True
    # Lines of history that there would be: what was done, and with which details.
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    # Fields that would be other than they are: name, old, new, as the history keeps them.
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    error: str | None = None


def try_on(rule: Working, case: Case) -> Trial:
    """What it would do to this case now, whatever would wake it. Nothing is kept of it.

    Takes the case's lock, so it belongs into a request that may write, and ends with its rollback.
    """
    trial = Trial(case.id, case.name, is_for=rule.is_for(Facts(case)))
    if not trial.is_for:
        return trial
    with nothing_kept():
        try:
            locked(sa.select(Case).where(Case.id == case.id))
            with change_set("rule", by=rule, wakes_rules=False) as made:
                doing = rule.do(case, is_trial=True)
                db.session.flush()
                trial.calls = doing.calls
            if made.id is not None:
                tell(trial, made.events)
        except Exception as error:
            trial.error = str(error) or type(error).__name__
    return trial


def try_on_all(rule: Working, user: User | None = None, *, limit: int = MOST_TRIED) -> list[Trial]:
    """The same for the cases that it is for now, at most so many of them."""
    cases = db.session.scalars(matching(rule, user).order_by(Case.id).limit(limit)).all()
    return [try_on(rule, case) for case in cases]


def tell(trial: Trial, events: list[Event]) -> None:
    for event in events:
        trial.lines.append((event.action, dict(event.details)))
        trial.changes += [
            (name, old, new)
            for (kind, id_, name), (old, new) in event.changed.items()
            if kind == "case" and id_ == trial.case_id
        ]
    mail = sa.select(Message).where(Message.event_id.in_([event.id for event in events])).order_by(Message.id)
    trial.letters = [
        Letter(tuple((each.name, each.address) for each in message.recipients), message.subject, message.text)
        for message in db.session.scalars(mail)
    ]


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Whatever is done inside is taken back, and so is what the session remembers of it."""
    session = db.session()
    journal = Journal.of(session)
    made, planned = journal.made, list(session.info.get("planned_jobs", ()))
    held = set(locked_keys(session))
    try:
        with session.begin_nested():
            yield
            take_back()
    except TakeBack:
        pass
    finally:
        journal.made, journal.is_spoiled = made, False
        session.info["planned_jobs"] = planned
        session.info["locked"] = held


def take_back() -> NoReturn:
    raise TakeBack


class TakeBack(Exception):
    """What was tried is over."""
