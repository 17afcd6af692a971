"""Amounts: whole numbers of a currency's smallest unit, such as cents or yen, one currency for all of a record."""

from __future__ import annotations

from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from app.domain.configuration import Configuration


def digits_of(currency: str) -> int:
    """So many digits stand after the point of an amount (ISO 4217)."""
    return Configuration.current().currencies.get(currency, 2)


def restate(record: Any, amounts: Collection[str]) -> None:
    """A record is told in another currency: these amounts keep their figure, so 100 euros become 100 yen.

    They are stored in the smallest unit, which is a hundredth of one and the whole of the other. What is finer than
    the new unit is rounded half up. Belongs where the new currency is set and not yet flushed.
    """
    was = sa.inspect(record).attrs.currency.history.deleted
    if not was or was[0] is None or record.currency is None:
        return
    shift = digits_of(record.currency) - digits_of(was[0])
    for name in amounts:
        amount = getattr(record, name)
        if amount is not None and shift:
            restated = (Decimal(amount) * Decimal(10) ** shift).to_integral_value(ROUND_HALF_UP)
            setattr(record, name, int(restated))
