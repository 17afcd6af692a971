"""Making partners of those whom a case came with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.errors import Refused
from app.domain.history import act, change_set
from app.domain.partner import Partner
from app.domain.text import fold
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

ADDRESS = ("website", "street", "street2", "zip", "city", "region_id", "country_id")
PERSONAL = ("title", "function", "language", "email", "phone", "mobile")


class Introducing:
    """A case may come from somebody whom nobody knows yet; whoever takes it up can make partners of them."""

    @property
    def is_from_stranger(self: Case) -> bool:
        """Does it name somebody who is no partner yet?"""
        return self.partner_id is None and bool(self.company_name or self.contact_name)

    def make_partner(self: Case, *, by: User, known: Partner | None = None) -> Partner:
        """Make the company that it names, and the person who speaks for it, partners of ours.

        `known` is who is meant, if we know them: a company whose person this is, or the person themselves.
        """
        if not self.is_from_stranger:
            raise Refused(_("The case has a partner, or names nobody who could become one."))
        with change_set("act", by=by):
            company = self.company_of(known, by=by)
            person = known if known and not known.is_company else self.person_of(company, by=by)
            partner = company or person
            assert partner is not None
            with act("partner made", self, by=by, details={"partner": partner.name}):
                self.partner = partner
                self.contact = self.contact or (person if person is not partner else None)
        return partner

    def company_of(self: Case, known: Partner | None, *, by: User) -> Partner | None:
        if known is not None:
            return known if known.is_company else known.company
        if not self.company_name:
            return None
        facts = self.facts(
            ADDRESS if self.contact_name else (*ADDRESS, "language", "email", "phone", "mobile")
        )
        return Partner.make(self.company_name, by=by, is_company=True, **facts)

    def person_of(self: Case, company: Partner | None, *, by: User) -> Partner | None:
        """Who speaks for the company: known among its people, or made."""
        if not self.contact_name:
            return None
        if company is not None:
            same = [Partner.name_folded == fold(self.contact_name)]
            same += [Partner.email_folded == self.email_folded] if self.email_folded else []
            theirs = Partner.visible_to(by).where(Partner.company_id == company.id, sa.or_(*same))
            if (person := db.session.scalars(theirs.order_by(Partner.id).limit(1)).first()) is not None:
                return person
        facts = self.facts(PERSONAL if company is not None else (*PERSONAL, *ADDRESS))
        return Partner.make(self.contact_name, by=by, is_company=False, company=company, **facts)

    def facts(self: Case, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}
