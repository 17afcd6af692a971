"""What is asked about a partner."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField
from wtforms.validators import DataRequired, ValidationError

from app.blueprints.forms import (
    CurrencyField,
    EmailField,
    Form,
    LineField,
    ListField,
    MoneyField,
    PartnerField,
    PhoneField,
    SelectChoice,
    TextField,
    UserField,
    WholeField,
)
from app.domain.lists import Country, Industry, Level, Source
from app.domain.partner import Partner
from app.domain.team import Team


class PartnerForm(Form):
    """Who somebody is, how they are reached, and what they are to us."""

    is_company = RadioField(
        _("Company or person"),
        choices=[SelectChoice("1", _("Company")), SelectChoice("0", _("Person"))],
        coerce=lambda value: "1" if value in {True, "1", "True"} else "0",
        default="1",
    )
    name = LineField(_("Name"), [DataRequired(_("Say who it is."))], column=Partner.name)
    company_id = PartnerField(_("Belongs to"))
    function = LineField(_("Function"), column=Partner.function)
    email = EmailField(_("E-mail"), column=Partner.email)
    phone = PhoneField(_("Phone"), column=Partner.phone)
    mobile = PhoneField(_("Mobile"), column=Partner.mobile)
    website = LineField(_("Website"), column=Partner.website)
    street = LineField(_("Street"), column=Partner.street)
    street2 = LineField(_("Street, second line"), column=Partner.street2)
    zip = LineField(_("Zip"), column=Partner.zip)
    city = LineField(_("City"), column=Partner.city)
    country_id = ListField(_("Country"), Country)
    is_customer = BooleanField(_("Customer"))
    is_supplier = BooleanField(_("Supplier"))
    is_prospect = BooleanField(_("Prospect"))
    salesperson_id = UserField(_("Salesperson"))
    team_id = ListField(_("Team"), Team)
    industry_id = ListField(_("Industry"), Industry)
    level_id = ListField(_("Level"), Level)
    source_id = ListField(_("Source"), Source)
    code = LineField(_("Reference code"), column=Partner.code)
    tax_id = LineField(_("Tax id"), column=Partner.tax_id)
    employees = WholeField(_("Employees"))
    annual_revenue = MoneyField(_("Annual revenue"))
    currency = CurrencyField(_("Currency"))
    do_not_call = BooleanField(_("Do not call"))
    do_not_mail = BooleanField(_("Do not mail"))
    notes = TextField(_("Note"))

    def __init__(self, *args: Any, record: Partner | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.record = record

    @property
    def values(self) -> dict[str, Any]:
        sent = super().values
        return sent | ({"is_company": sent["is_company"] == "1"} if "is_company" in sent else {})

    def validate_company_id(self, field: Any) -> None:
        if self.record is not None and field.data == self.record.id:
            raise ValidationError(_("Nobody belongs to themselves."))


REACH = ("email", "phone", "mobile", "website")
ADDRESS = ("street", "street2", "zip", "city", "country_id")
OURS = ("salesperson_id", "team_id", "industry_id", "level_id", "source_id")
FIGURES = ("code", "tax_id", "employees", "annual_revenue", "currency")
GROUPS = (
    (_("Reach"), REACH),
    (_("Address"), ADDRESS),
    (_("Ours"), OURS),
    (_("Figures"), FIGURES),
)
