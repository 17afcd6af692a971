"""Demo data: an organisation that has been at work for two years, the same one for a date and a seed."""

from random import Random

import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.demo.cast import ACCOUNTS, PASSWORD, Cast
from app.domain.demo.crowd import Crowd
from app.domain.demo.story import Story
from app.domain.history import lock
from app.domain.housekeeping import fold_counters
from app.domain.partner import Partner
from app.domain.rules.ready_made import add_ready_made
from app.domain.user import User
from app.extensions import db

__all__ = ["ACCOUNTS", "PASSWORD", "USUAL", "fill", "is_empty"]

# So many cases live through the verbs, step by step; those beyond are written in bulk with a shorter past.
LIVELY = 150
USUAL = 300


def is_empty() -> bool:
    """Has nobody worked with this database yet?"""
    return not any(
        db.session.scalar(sa.select(sa.exists().select_from(cls))) for cls in (User, Partner, Case)
    )


def fill(cases: int = USUAL, seed: int = 1) -> None:
    """Play two years of Lindqvist Instruments, with this many cases, and commit.

    The dates are relative to today. The bulk is committed in batches, the lively part as a whole.
    """
    luck = Random(seed)
    beyond = max(cases - LIVELY, 0)
    with db.session.no_autoflush:
        cast = Cast.gather(luck, colleagues=min(beyond // 2_000, 50))
        if beyond:
            Crowd(cast, luck).work(beyond)
        Story(cast, luck).tell(min(cases, LIVELY))
        switch_on_rules()
    fold_counters()
    db.session.execute(sa.text("ANALYZE"))  # or the planner knows nothing of what came
    db.session.commit()


def switch_on_rules() -> None:
    """The rules that Holdfast brings along, at work from now on: what has been is no concern of theirs."""
    rules = add_ready_made(by=SYSTEM)
    lock(*rules)
    for rule in rules:
        rule.switch_on(by=SYSTEM)
