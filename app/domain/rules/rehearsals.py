"""Rehearsals that somebody asked for: held by the worker, however long they take, and kept for a week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.domain.base import Base, Id, Json, link_to
from app.domain.job import Job, Note, handles
from app.domain.rules.rehearsing import Hit
from app.domain.rules.rule import Rule
from app.extensions import db

KEPT_FOR = timedelta(days=7)
KIND = "rehearsal"


class RuleRehearsal(Base):
    """Whom a rule would have hit in the past days, as it stood when somebody wanted to know."""

    __tablename__ = "rule_rehearsals"

    id: Mapped[Id]
    rule_id: Mapped[int] = link_to("rules.id")
    days: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    ended_at: Mapped[datetime | None]
    is_cut: Mapped[bool] = mapped_column(default=False)
    hits: Mapped[list[Any]] = mapped_column(Json, default=list)
    error: Mapped[str | None] = mapped_column(sa.Text)

    @classmethod
    def ask(cls, rule: Rule, days: int) -> RuleRehearsal:
        """Have one held as soon as the worker comes to it."""
        asked = cls(rule_id=rule.id, days=days)
        db.session.add(asked)
        db.session.flush()
        Job.plan(KIND, asked.id)
        return asked

    @classmethod
    def is_over(cls) -> sa.ColumnElement[bool]:
        return cls.asked_at < clock.now() - KEPT_FOR


def give_up(job: Job, reason: str) -> None:
    asked = db.session.get(RuleRehearsal, job.record_id)
    if asked is not None and asked.ended_at is None:
        asked.ended_at, asked.error = clock.now(), reason


def take_up(job: Job) -> None:
    """It failed and is held once more."""
    asked = db.session.get(RuleRehearsal, job.record_id)
    if asked is not None:
        asked.ended_at = asked.error = None


@handles(KIND, given_up=give_up, taken_up=take_up)
def hold(job: Job) -> Note | None:
    """Hold one, reading only, and note what came of it together with the job's end."""
    asked_id = job.record_id
    asked = db.session.get(RuleRehearsal, asked_id)
    rule = db.session.get(Rule, asked.rule_id) if asked is not None else None
    if asked is None or rule is None or asked.ended_at is not None:
        return None
    days, rule_id = asked.days, rule.id
    with job.held():
        found = db.session.get_one(Rule, rule_id).rehearse(days)
        hits = [kept(hit) for hit in found.hits]
        db.session.rollback()

    def note() -> str | None:
        made = db.session.get(RuleRehearsal, asked_id)
        if made is not None:
            made.hits, made.is_cut, made.ended_at = hits, found.is_cut, clock.now()
        return None

    return note


def kept(hit: Hit) -> dict[str, Any]:
    """A hit as plain values."""
    return {
        "case_id": hit.case_id,
        "at": hit.at.isoformat(),
        "trigger": hit.trigger,
        "letters": [
            {
                "to": [name or address for name, address in letter.to],
                "subject": letter.subject,
                "text": letter.text,
                "gaps": list(letter.gaps),
            }
            for letter in hit.letters
        ],
    }
