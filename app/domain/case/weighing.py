"""What a case is worth, and how likely."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.configuration import Configuration, StageRow
from app.domain.history import named
from app.domain.history.tracking import is_set
from app.domain.lists import Category
from app.domain.organisation import Organisation
from app.domain.stage import Stage
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case

# What its weight follows from.
WEIGHED_BY = tuple(
    "expected_revenue currency outcome probability_typed stage stage_id category category_id"
    " probability weighted".split()
)


class Weighing:
    """Effective probability and weighted revenue are kept beside what they are derived from."""

    def weigh(self: Case) -> None:
        """The effective probability, and the revenue times it, in minor units, rounded half up.

        Worth is stated in the organisation's currency unless somebody says otherwise.
        """
        if not is_set(self, *WEIGHED_BY):
            return
        if self.currency is None:
            self.currency = Organisation.current().currency
        self.probability = self.likely()
        self.weighted = weighted(self.expected_revenue, self.probability)

    def likely(self: Case) -> int:
        """Certain when won, nothing when lost; else what was typed, else the stage's, else the category's."""
        if self.outcome == "won":
            return 100
        if self.outcome == "lost":
            return 0
        if self.probability_typed is not None:
            return self.probability_typed
        if (stage := self.standing) is not None:
            return stage.probability
        category = named(self, "category")
        return (category.probability or 0) if category is not None else 0

    @property
    def standing(self: Case) -> Stage | StageRow | None:
        """The stage it stands in; of one that is not at hand what is asked of a stage all the time."""
        if "stage" in sa.inspect(self).unloaded:
            return Configuration.current().stages.get(self.stage_id or 0)
        return named(self, "stage")

    @classmethod
    def weigh_rows(cls, rows: list[dict[str, Any]]) -> None:
        """The same for plain rows that become cases by set statements."""
        stages = Configuration.current().stages
        of_category: dict[int | None, int | None] = pairs(Category.id, Category.probability)
        currency = Organisation.current().currency
        for row in rows:
            row["currency"] = row.get("currency") or currency
            outcome, typed, stage = row.get("outcome"), row.get("probability_typed"), row.get("stage_id")
            if outcome in {"won", "lost"}:
                row["probability"] = 100 if outcome == "won" else 0
            elif typed is not None:
                row["probability"] = typed
            elif stage is not None:
                row["probability"] = stages[stage].probability
            else:
                row["probability"] = of_category.get(row.get("category_id")) or 0
            row["weighted"] = weighted(row.get("expected_revenue"), row["probability"])

    def rate_on(self: Case, day: date) -> Decimal | None:
        """What one unit of its currency is worth in the organisation's on that day; None if nobody said."""
        if self.currency is None:
            return None
        if self.currency == Organisation.current().currency:
            return Decimal(1)
        rates = Configuration.current().rates.get(self.currency, ())
        return next((rate for since, rate in reversed(rates) if since <= day), None)


def weighted(revenue: int | None, probability: int) -> int:
    """Revenue times probability, in minor units, rounded half up."""
    return ((revenue or 0) * probability + 50) // 100


def pairs(*columns: Any) -> dict[Any, Any]:
    return dict(db.session.execute(sa.select(*columns)).all())
