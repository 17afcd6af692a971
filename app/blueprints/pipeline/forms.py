"""What is asked on the board."""

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from wtforms.validators import DataRequired, ValidationError

from app.blueprints.forms import Form, LineField, MoneyField, PartnerField
from app.domain.case import Case
from app.domain.partner import Partner
from app.domain.text import fold
from app.extensions import db
from app.web import me

LONGEST = 200  # as the column of the company's name


class PartnerOrCompanyField(PartnerField):
    """A partner by name; a name that nobody has is kept as the company's."""

    company: str | None = None

    def understood(self, typed: str) -> Any:
        known = Partner.visible_to(me()).where(Partner.name_folded == fold(typed))
        if "#" in typed or db.session.scalar(sa.select(known.exists())):
            return super().understood(typed)
        if len(typed) > LONGEST:
            raise ValidationError(_("This has up to %(max)d characters.", max=LONGEST))
        self.company = typed
        return None


class QuickForm(Form):
    """The little that a new case on the board begins with."""

    name = LineField(_("Name"), [DataRequired(_("Say in a line what it is about."))], column=Case.name)
    partner = PartnerOrCompanyField(_("Partner"))
    revenue = MoneyField(_("Revenue"))

    @property
    def facts(self) -> dict[str, Any]:
        """What it says of the case beside its name."""
        revenue = self["revenue"].data if "revenue" in self else None
        told = {
            "partner_id": self.partner.data,
            "company_name": self.partner.company,
            "expected_revenue": revenue,
        }
        return {name: value for name, value in told.items() if value is not None}
