"""What a case is worth, and how likely."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.domain.lists import CurrencyRate
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case


class Weighing:
    """Effective probability and weighted revenue are kept beside what they are derived from."""

    def weigh(self: Case) -> None:
        """The effective probability, and the revenue times it, in minor units, rounded half up."""
        self.probability = self.likely()
        self.weighted = ((self.expected_revenue or 0) * self.probability + 50) // 100

    def likely(self: Case) -> int:
        """Certain when won, nothing when lost; else what was typed, else the stage's, else the category's."""
        if self.outcome == "won":
            return 100
        if self.outcome == "lost":
            return 0
        if self.probability_typed is not None:
            return self.probability_typed
        if self.stage is not None:
            return self.stage.probability
        return (self.category.probability or 0) if self.category is not None else 0

    def rate_on(self: Case, day: date) -> Decimal | None:
        """What one unit of its currency is worth in the organisation's on that day; None if nobody said."""
        if self.currency is None:
            return None
        from app.domain.organisation import Organisation

        if self.currency == Organisation.current().currency:
            return Decimal(1)
        return db.session.scalar(
            sa.select(CurrencyRate.rate)
            .where(CurrencyRate.currency_code == self.currency, CurrencyRate.valid_from <= day)
            .order_by(CurrencyRate.valid_from.desc())
            .limit(1)
        )
