"""Wins that are worth a word: a team's first, and the largest of a month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.domain.history import Event
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case


class Rejoicing:
    """Said once: a case that was won before, and taken back, is no news."""

    @property
    def is_first_win(self: Case) -> bool:
        """Is it the first that its team ever won?"""
        if not (self.is_won and self.team_id and self.is_news):
            return False
        cls = type(self).__mapper__.base_mapper.class_
        others = sa.select(cls.id).where(cls.outcome == "won", cls.team_id == self.team_id, cls.id != self.id)
        return not db.session.scalar(sa.select(others.where(cls.deleted_at.is_(None)).exists()))

    @property
    def is_best_of_month(self: Case) -> bool:
        """Is it worth more than any other that was won in the month so far?"""
        if not (self.is_won and self.won_on and self.expected_revenue and self.is_news):
            return False
        cls = type(self).__mapper__.base_mapper.class_
        rows = db.session.execute(
            sa.select(cls.closing_rate, sa.func.max(cls.expected_revenue))
            .where(
                cls.outcome == "won",
                cls.won_on >= self.won_on.replace(day=1),
                cls.won_on <= self.won_on,
                cls.id != self.id,
                cls.deleted_at.is_(None),
                cls.expected_revenue.is_not(None),
            )
            .group_by(cls.closing_rate)
        )
        worth = self.expected_revenue * (self.closing_rate or Decimal(0))
        return all(worth > most * (rate or Decimal(0)) for rate, most in rows) and worth > 0

    @property
    def is_news(self: Case) -> bool:
        """Was it never won before?"""
        wins = sa.select(sa.func.count()).where(Event.case_id == self.id, Event.action == "won")
        return db.session.scalar(wins) == 1
