"""What one kind of import knows: its fields, how a record is recognised, and what completes it."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

import sqlalchemy as sa

from app.domain.history import Many, Tracked
from app.domain.importing.fields import MOST, Email, Field, Link, Money, Text, Wrong
from app.domain.lists import Currency
from app.domain.organisation import Organisation
from app.extensions import _, db

Row = dict[str, Any]

REACH: dict[str, Field] = {
    "email": Email(),
    "phone": Text(longest=60),
    "mobile": Text(longest=60),
    "website": Text(longest=300),
    "street": Text(),
    "street2": Text(),
    "zip": Text(longest=20),
    "city": Text(longest=120),
    "country": Link("country_id", target="country"),
    "region": Link("region_id", target="region"),
}


class Kind:
    """One kind of import; an instance knows what a batch of rows needs to be completed."""

    cls: ClassVar[type[Tracked]]
    fields: ClassVar[dict[str, Field]]
    needs: ClassVar[tuple[str, ...]] = ("name",)
    # By which fields a record is recognised that has come another way; the first that a row has decides.
    match: ClassVar[tuple[str, ...]] = ()

    # Fields that mean something only together: when one is news, so are the others.
    together: ClassVar[frozenset[str]] = frozenset()

    def complete(self, row: Row, was: Row | None) -> None:
        """What follows from a row's fields; `was` is the record as it stands, if there is one. Raises Wrong."""
        self.price(row)

    @classmethod
    def may_match(cls, field: str, values: Row) -> bool:
        """Is this field enough to recognise such a record by?"""
        return True

    def finish(self, many: Many, rows: list[Row]) -> None:
        """What else these rows say, once their records are there."""

    def price(self, row: Row) -> None:
        """Worth in minor units of its currency."""
        worth = {
            name: value for name, value in row.items() if isinstance(value, Decimal) and self.is_money(name)
        }
        currency = row.get("currency") or self.currency
        if currency not in self.digits:
            raise Wrong(_("there is no currency “%(code)s”", code=currency))
        for name, value in worth.items():
            minor = value.scaleb(self.digits[currency])
            if minor != minor.to_integral_value():
                raise Wrong(_("%(value)s has more decimals than %(code)s", value=value, code=currency))
            if abs(minor) > MOST:
                raise Wrong(_("“%(text)s” is more than can be kept", text=value))
            row[name] = int(minor)
        if worth:
            row["currency"] = currency

    @classmethod
    def is_money(cls, column: str) -> bool:
        return isinstance(cls.fields.get(column), Money)

    @cached_property
    def currency(self) -> str:
        return Organisation.current().currency

    @cached_property
    def digits(self) -> dict[str, int]:
        """The currencies, with their digits after the point."""
        return dict(db.session.execute(sa.select(Currency.code, Currency.digits)).all())
