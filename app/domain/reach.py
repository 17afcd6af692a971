"""How somebody is reached: mail address, telephone numbers, postal address."""

from __future__ import annotations

from typing import Any, ClassVar

import phonenumbers
import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.domain.base import Folded
from app.domain.history import has_changed, named
from app.domain.lists import Country, Region
from app.extensions import db


class Reachable:
    """Somebody with an address. Numbers are kept as typed, in E.164, and as digits for search."""

    derived: ClassVar[frozenset[str]] = frozenset(
        {"email_folded", "phone_e164", "phone_digits", "mobile_e164", "mobile_digits"}
    )

    email: Mapped[str | None] = mapped_column(sa.String(254))
    email_folded: Mapped[str | None] = mapped_column(Folded)
    phone: Mapped[str | None] = mapped_column(sa.String(60))
    phone_e164: Mapped[str | None] = mapped_column(sa.String(20))
    phone_digits: Mapped[str | None] = mapped_column(sa.String(60))
    mobile: Mapped[str | None] = mapped_column(sa.String(60))
    mobile_e164: Mapped[str | None] = mapped_column(sa.String(20))
    mobile_digits: Mapped[str | None] = mapped_column(sa.String(60))
    website: Mapped[str | None] = mapped_column(sa.String(300))
    street: Mapped[str | None] = mapped_column(sa.String(200))
    street2: Mapped[str | None] = mapped_column(sa.String(200))
    zip: Mapped[str | None] = mapped_column(sa.String(20))
    city: Mapped[str | None] = mapped_column(sa.String(120))

    @declared_attr
    def region_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(sa.ForeignKey("regions.id"))

    @declared_attr
    def country_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(sa.ForeignKey("countries.id"))

    @declared_attr
    def region(cls) -> Mapped[Region | None]:  # noqa: N805
        return relationship(Region)

    @declared_attr
    def country(cls) -> Mapped[Country | None]:  # noqa: N805
        return relationship(Country)

    def derive_reach(self) -> None:
        """Normal forms, worked out again only for what has changed."""
        if has_changed(self, "email"):
            self.email_folded = self.email.strip().casefold() if self.email else None
        moved = has_changed(self, "country_id")
        for name in ("phone", "mobile"):
            if moved or has_changed(self, name):
                typed, country = getattr(self, name), named(self, "country")
                setattr(self, f"{name}_e164", e164(typed, country.code if country else None))
                setattr(self, f"{name}_digits", digits(typed))

    @classmethod
    def derive_reach_of(cls, rows: list[dict[str, Any]]) -> None:
        """The same for plain rows; a number that comes often is understood once."""
        is_heard = any(row.get("country_id") and (row.get("phone") or row.get("mobile")) for row in rows)
        codes = country_codes() if is_heard else {}
        known: dict[tuple[str | None, int | None], tuple[str | None, str | None]] = {
            (None, None): (None, None)
        }
        for row in rows:
            email, country = row.get("email"), row.get("country_id")
            row["email_folded"] = email.strip().casefold() if email else None
            for name in ("phone", "mobile"):
                typed = row.get(name)
                key = typed, country if typed else None
                if key not in known:
                    known[key] = e164(typed, codes.get(country)), digits(typed)
                row[f"{name}_e164"], row[f"{name}_digits"] = known[key]


def is_mail_address(typed: str) -> bool:
    """Can this be a mail address? One rule for everything that people type; whether it is somebody's, mail tells."""
    try:
        validate_email(typed, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def e164(typed: str | None, country: str | None = None) -> str | None:
    """A number in the one form that every telephone understands, or None if it cannot be one."""
    if not typed:
        return None
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def digits(typed: str | None) -> str | None:
    """Only the digits of a number, as people search it."""
    return "".join(sign for sign in typed if sign.isdigit()) or None if typed else None


def country_codes() -> dict[int | None, str]:
    """The ISO code of each country, by its id."""
    return dict(db.session.execute(sa.select(Country.id, Country.code)).all())
