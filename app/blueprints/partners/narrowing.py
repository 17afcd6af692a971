"""Partners of one industry, level, tag or country: what the address says, and what stands above the list."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.domain.lists import Country, Industry, Level, PartnerTag, Region, Source
from app.domain.partner import Partner
from app.domain.team import Team
from app.extensions import db
from app.web import row_id

# The words in an address, what people call them, and what they name.
FIELDS: dict[str, tuple[Any, Any]] = {
    "industry": (_l("Industry"), Industry),
    "level": (_l("Level"), Level),
    "tag": (_l("Tag"), PartnerTag),
    "country": (_l("Country"), Country),
    "region": (_l("Region"), Region),
    "source": (_l("Source"), Source),
    "team": (_l("Team"), Team),
}


@dataclass(frozen=True)
class Narrowing:
    """One entry of one list that partners have to have."""

    field: str
    value: int
    label: str
    name: str
    clause: sa.ColumnElement[bool]


def narrowings(args: "MultiDict[str, str]") -> list[Narrowing]:
    """What an address asks for; an entry that is gone finds nobody."""
    asked = {field: args.get(field, type=row_id) for field in FIELDS}
    return [narrowing(field, value) for field, value in asked.items() if value is not None]


def narrowing(field: str, value: int) -> Narrowing:
    label, cls = FIELDS[field]
    entry = db.session.get(cls, value)
    return Narrowing(
        field, value, str(label), entry.name if entry is not None else _("nothing"), clause(field, value)
    )


def clause(field: str, value: int) -> sa.ColumnElement[bool]:
    """Who asks for a branch of the tags finds all below it."""
    if field != "tag":
        named: sa.ColumnElement[bool] = getattr(Partner, f"{field}_id") == value
        return named
    below = PartnerTag.branches()
    return Partner.tags.any(PartnerTag.id.in_(sa.select(below.c.id).where(below.c.top == value)))
