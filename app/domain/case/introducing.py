"""Making partners of those whom a case came with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.errors import Refused
from app.domain.history import act, change_set, lock
from app.domain.history.tracking import expire_relations
from app.domain.partner import Partner
from app.domain.text import fold
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.user import User

ADDRESS = ("website", "street", "street2", "zip", "city", "region_id", "country_id")
PERSONAL = ("title", "function", "language", "email", "phone", "mobile")


# Fields of a case that also say something of its contact; what they are called there, if not the same.
OF_SPEAKER = frozenset({"email", "phone", "mobile", "function", "contact_name", "company_name"})
SPOKEN_OF = {"contact_name": "name", "company_name": "name"}


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

    def edit_whom(self: Case, values: dict[str, Any], *, by: User, read_at: int | None = None) -> bool:
        """Edit its partner or contact; a name in place of a number is somebody new, who is made in the same act."""
        wanted = self.wanted(values, read_at)
        with change_set("act", by=by):
            known = {
                name: self.newcomer(name, value, by=by).id if isinstance(value, str) else value
                for name, value in wanted.items()
            }
            return self.edit(known, by=by)

    def newcomer(self: Case, field: str, name: str, *, by: User) -> Partner:
        """Come to know a company, or a person: of the company that the case is about, if there is one."""
        if field == "partner_id":
            return Partner.make(name, by=by, is_company=True)
        company = self.partner if self.partner is not None and self.partner.is_company else None
        return Partner.make(name, by=by, is_company=False, company=company)

    def dismiss_contact(self: Case) -> None:
        """Who spoke for a former partner does not speak for another one; without any they go on."""
        if self.speaks_for_another:
            self.contact_id = None
            expire_relations(self, "contact_id")

    @property
    def speaks_for_another(self: Case) -> bool:
        """Is its contact somebody else than its partner, and none of their people?"""
        if self.partner_id is None or self.contact is None:
            return False
        return self.partner_id not in {self.contact.id, self.contact.company_id}

    @property
    def speaker(self: Case) -> Partner | None:
        """Whom it reaches: its contact, else its partner."""
        return self.contact or self.partner

    def edit_with_speaker(
        self: Case, values: dict[str, Any], *, by: User, read_at: int | None = None
    ) -> bool:
        """Edit a name, an address or a number that the case came with, and also where it is known of its contact."""
        wanted = self.wanted(values, read_at)
        person = self.partner if "company_name" in values else self.speaker
        lock(person)
        with change_set("act", by=by):
            is_edited = self.edit(wanted, by=by)
            if person is not None:
                theirs = {SPOKEN_OF.get(name, name): value for name, value in wanted.items()}
                is_edited |= person.edit(theirs, by=by)
        return is_edited

    def facts(self: Case, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}
