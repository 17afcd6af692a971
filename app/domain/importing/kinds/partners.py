"""Companies and persons outside."""

from __future__ import annotations

from app.domain.importing.fields import Flag, Link, Money, Number, Text, Wrong
from app.domain.importing.kinds.base import REACH, Kind, Row
from app.domain.partner import Partner
from app.extensions import _, db


class Partners(Kind):
    cls = Partner
    match = ("email", "name")
    fields = {
        "name": Text(),
        "is_company": Flag(),
        "company": Link("company_id", target="partner"),
        "title": Text(longest=40),
        "function": Text(longest=120),
        "code": Text(longest=40),
        "tax_id": Text(longest=40),
        "language": Text(longest=10),
        "is_customer": Flag(),
        "is_supplier": Flag(),
        "is_prospect": Flag(),
        "industry": Link("industry_id", target="industry"),
        "level": Link("level_id", target="level"),
        "employees": Number(),
        "annual_revenue": Money(),
        "currency": Text(longest=3),
        "salesperson": Link("salesperson_id", target="user"),
        "team": Link("team_id", target="team"),
        "source": Link("source_id", target="source"),
        "tags": Link("tags", target="partner tag", many=True),
        "do_not_call": Flag(),
        "do_not_mail": Flag(),
        "notes": Text(longest=100_000),
        **REACH,
    }

    @classmethod
    def may_match(cls, field: str, values: Row) -> bool:
        """Companies are known by their name; of persons there are two of many a name."""
        return field != "name" or values.get("is_company") is not False

    def complete(self, row: Row, was: Row | None) -> None:
        super().complete(row, was)
        above = row.get("company_id")
        if was is None or above == was["company_id"]:
            return
        while isinstance(above, int):
            if above == row["id"]:
                raise Wrong(_("it would belong to itself"))
            partner = db.session.get(Partner, above)
            above = partner.company_id if partner is not None else None
