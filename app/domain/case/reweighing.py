"""When a stage or category gets another percentage, its cases follow, a batch at a time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.domain import counting
from app.domain.case import Case
from app.domain.history import locked
from app.domain.job import Job, handles
from app.domain.lists import Category
from app.domain.stage import Stage
from app.extensions import db

AT_ONCE = 500
CASES: Any = Case.__mapper__.tables[0]


@handles("reweigh stage")
def reweigh_stage(job: Job) -> None:
    """Cases of a stage are as likely as it says, unless somebody typed otherwise."""
    reweigh(job, Stage, CASES.c.stage_id == job.record_id)


@handles("reweigh category")
def reweigh_category(job: Job) -> None:
    """So are those of a category that stand in no stage."""
    reweigh(job, Category, CASES.c.category_id == job.record_id, CASES.c.stage_id.is_(None))


def reweigh(job: Job, cls: Any, *whose: sa.ColumnElement[bool]) -> None:
    """Go through the cases, and again until none differs.

    The entry is locked while one looks, so that whoever changes it once more is not overlooked.
    """
    after = 0
    while True:
        entry = next(iter(locked(sa.select(cls).where(cls.id == job.record_id))), None)
        likely = (entry.probability or 0) if entry is not None else 0
        batch = differing(likely, CASES.c.id > after, *whose) if entry is not None else []
        if not batch and not after:
            return
        if batch:
            rewrite(batch, likely)
        after = batch[-1] if batch else 0
        job.renew()


def differing(likely: int, *whose: sa.ColumnElement[bool]) -> list[int]:
    """The next cases that are not as likely as this and should be, locked.

    What is being edited is waited for and looked at again, so that no edit is overwritten.
    """
    follows = CASES.c.probability_typed.is_(None), CASES.c.outcome == "none", CASES.c.probability != likely
    query = sa.select(CASES.c.id).where(*whose, *follows).order_by(CASES.c.id).limit(AT_ONCE)
    return list(db.session.scalars(query.with_for_update(key_share=True)))


def rewrite(case_ids: list[int], likely: int) -> None:
    """Probability and weighted revenue of these locked cases; no version, no event: nobody edited them."""
    worth = sa.func.coalesce(CASES.c.expected_revenue, 0)
    change = sa.update(CASES).where(CASES.c.id.in_(case_ids))
    with counting.changing(case_ids):
        db.session.execute(
            change.values(probability=likely, weighted=(worth * likely + 50) // 100),
            execution_options={"history": True},
        )
