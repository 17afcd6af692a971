"""The list of partners by name, a page at a time."""

from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from app.blueprints.partners.narrowing import Narrowing, narrowings
from app.domain.partner import Partner
from app.domain.text import clean
from app.domain.user import User
from app.extensions import db
from app.web import row_id

ON_PAGE = 50
LONGEST = 100


@dataclass
class PartnerList:
    """Partners whom one may know of, of one kind and with a part of a name if asked, after the last one seen."""

    reader: User
    typed: str
    kind: str
    narrowed: list[Narrowing]
    after: tuple[str, int] | None

    @classmethod
    def from_args(cls, args: "MultiDict[str, str]", reader: User) -> "PartnerList":
        kind, last_id = args.get("kind", ""), args.get("after", type=row_id)
        return cls(
            reader,
            clean(args.get("q", "")).strip()[:LONGEST],
            kind if kind in {"company", "person"} else "",
            narrowings(args),
            None if last_id is None else (args.get("name", ""), last_id),
        )

    @property
    def found(self) -> sa.Select[Partner]:
        query = Partner.visible_to(self.reader).where(~Partner.archived)
        if self.typed:
            query = query.where(Partner.is_called(self.typed))
        if self.kind:
            query = query.where(Partner.is_company.is_(self.kind == "company"))
        return query.where(*(each.clause for each in self.narrowed))

    @property
    def also(self) -> dict[str, int]:
        """What it is narrowed by, as further fields of an address."""
        return {each.field: each.value for each in self.narrowed}

    @cached_property
    def rows(self) -> list[Partner]:
        """Those of this page, and one more if there are more."""
        loaded = (joinedload(Partner.company), joinedload(Partner.salesperson), joinedload(Partner.country))
        query = self.found if self.after is None else self.found.where(Partner.is_after(*self.after))
        in_order = query.order_by(Partner.name_folded, Partner.id).limit(ON_PAGE + 1)
        return list(db.session.scalars(in_order.options(*loaded)))

    @property
    def partners(self) -> list[Partner]:
        return self.rows[:ON_PAGE]

    @property
    def last(self) -> Partner | None:
        """The last of this page, after which the next one begins."""
        return self.rows[ON_PAGE - 1] if len(self.rows) > ON_PAGE else None

    @property
    def is_first(self) -> bool:
        return self.after is None
