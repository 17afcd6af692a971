"""What is asked about a case."""

from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import DataRequired, InputRequired, ValidationError

from app.blueprints.forms import (
    CurrencyField,
    DayField,
    EmailField,
    Form,
    InstantField,
    LineField,
    ListField,
    MoneyField,
    PartnerField,
    PhoneField,
    SelectChoice,
    SelectField,
    TextField,
    UserField,
    WholeField,
)
from app.blueprints.history.words import PRIORITIES
from app.domain.call import Call
from app.domain.case import Case
from app.domain.case.linking import CaseAddress
from app.domain.lists import (
    Campaign,
    Category,
    Channel,
    Country,
    LostReason,
    Medium,
    RecurringPlan,
    Source,
    StateOfMind,
    Tag,
)
from app.domain.team import Team


class CaseForm(Form):
    """The facts of a case that are typed or chosen; what verbs decide (state, stage, team) is not among them."""

    name = LineField(_("Name"), [DataRequired(_("Say in a line what it is about."))], column=Case.name)
    description = TextField(_("Description"))
    category_id = ListField(_("Category"), Category)
    priority = SelectField(
        _("Priority"), coerce=int, choices=[SelectChoice(*each) for each in enumerate(PRIORITIES)], default=0
    )

    expected_revenue = MoneyField(_("Revenue"))
    currency = CurrencyField(_("Currency"))
    planned_cost = MoneyField(_("Planned cost"))
    probability_typed = WholeField(_("Probability"), most=100)
    recurring_revenue = MoneyField(_("Recurring revenue"))
    recurring_plan_id = ListField(_("How often"), RecurringPlan)

    deadline = DayField(_("Deadline"))
    scheduled_at = InstantField(_("Date"))
    scheduled_end_at = InstantField(_("End"))

    partner_id = PartnerField(_("Partner"))
    contact_id = PartnerField(_("Contact"))
    company_name = LineField(_("Company name"), column=Case.company_name)
    contact_name = LineField(_("Contact name"), column=Case.contact_name)
    function = LineField(_("Function"), column=Case.function)
    email = EmailField(_("E-mail"), column=Case.email)
    phone = PhoneField(_("Phone"), column=Case.phone)
    mobile = PhoneField(_("Mobile"), column=Case.mobile)
    website = LineField(_("Website"), column=Case.website)
    street = LineField(_("Street"), column=Case.street)
    zip = LineField(_("Zip"), column=Case.zip)
    city = LineField(_("City"), column=Case.city)
    country_id = ListField(_("Country"), Country)

    direction = SelectField(
        _("Direction"),
        choices=[SelectChoice("outbound", _("We call")), SelectChoice("inbound", _("They call"))],
        default="outbound",
    )
    number = PhoneField(_("Number"), column=Call.number)

    channel_id = ListField(_("Channel"), Channel)
    source_id = ListField(_("Source"), Source)
    medium_id = ListField(_("Medium"), Medium)
    campaign_id = ListField(_("Campaign"), Campaign)
    referred_by = LineField(_("Referred by"), column=Case.referred_by)
    state_of_mind_id = ListField(_("State of mind"), StateOfMind)

    @property
    def values(self) -> dict[str, Any]:
        """What was sent; an amount never goes without its currency."""
        sent = super().values
        if AMOUNTS & sent.keys():
            sent.setdefault("currency", self["currency"].data)
        return sent

    def validate_scheduled_end_at(self, field: Any) -> None:
        begins = self["scheduled_at"].data
        if field.data and begins and field.data < begins:
            raise ValidationError(_("It cannot end before it begins."))


WORTH = (
    "expected_revenue",
    "currency",
    "planned_cost",
    "probability_typed",
    "recurring_revenue",
    "recurring_plan_id",
)
AMOUNTS = {"expected_revenue", "planned_cost", "recurring_revenue"}
COST = ("planned_cost", "currency")
WHEN = ("deadline", "scheduled_at", "scheduled_end_at")
ADDRESS = ("website", "street", "zip", "city", "country_id")
NAMES = ("company_name", "contact_name", "function", "email", "phone", "mobile")
WHO = ("partner_id", "contact_id", *NAMES, *ADDRESS)
WHENCE = ("channel_id", "source_id", "medium_id", "campaign_id", "referred_by", "state_of_mind_id")
WHAT = ("name", "description", "category_id", "priority")
OF_CALLS = ("direction", "number")
EVERYTHING = (*WHAT, *WORTH, *WHEN, *WHO, *OF_CALLS, *WHENCE)
# What cases of a kind have; the groups stand on the pages in this order.
SALE = (*WHAT, *WORTH, "deadline", *WHO, *WHENCE)
SERVICE = (*WHAT, "deadline", *COST, "partner_id", "contact_id", *NAMES, *WHENCE)
FIELDS_OF = {
    "lead": SALE,
    "opportunity": SALE,
    "call": (
        *WHAT,
        *OF_CALLS,
        "scheduled_at",
        "partner_id",
        "contact_id",
        "contact_name",
        "channel_id",
        "source_id",
    ),
    "meeting": (
        *WHAT,
        "scheduled_at",
        "scheduled_end_at",
        "partner_id",
        "contact_id",
        "channel_id",
        "source_id",
    ),
    "task": (*WHAT, "deadline", *COST, "partner_id", "contact_id"),
    "request": SERVICE,
    "issue": SERVICE,
    "bug": SERVICE,
    "claim": SERVICE,
}
GROUPS = (
    (_("What"), WHAT),
    (_("Worth"), WORTH),
    (_("When"), (*OF_CALLS, *WHEN)),
    (_("Who"), WHO),
    (_("Whence"), WHENCE),
)


@lru_cache
def form_for(kind: str) -> type[CaseForm]:
    """The form of the facts that cases of this kind have."""
    return CaseForm.without(*(set(EVERYTHING) - set(FIELDS_OF[kind])))


@lru_cache
def new_form_for(kind: str) -> type[CaseForm]:
    """The same for a case that is only just beginning: with its team."""

    class NewCaseForm(form_for(kind)):
        team_id = ListField(_("Team"), Team)

    return NewCaseForm


def grouped(form: Form) -> list[tuple[Any, list[Any]]]:
    """The fields of a form under their headings, in the order in which they stand on the page."""
    found = [(title, [form[name] for name in names if name in form]) for title, names in GROUPS]
    return [(title, fields) for title, fields in found if fields]


class LossForm(Form):
    """Why a case was lost."""

    reason_id = ListField(_("Reason"), LostReason, [InputRequired(_("Say why it was lost."))])
    words = TextField(_("In your words"))


class AssignForm(Form):
    user_id = UserField(_("Responsible"), blank=_("Nobody"))


class HandoverForm(Form):
    """Which team takes it, of those that take cases of its kind."""

    def __init__(self, kind: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        taking = Team.ids_taking(kind)
        self.team_id.offer(tuple(each for each in self.team_id.offered if each[0] in taking))

    team_id = ListField(_("Team"), Team, [InputRequired(_("Say which team takes it."))])


class TagForm(Form):
    """A tag that there is, or a word that becomes one."""

    tag_id = ListField(_("Tag"), Tag, blank=_("Choose a tag"))
    new = LineField(_("New tag"), column=Tag.name)

    def validate_tag_id(self, field: Any) -> None:
        if not field.data and not self["new"].data:
            raise ValidationError(_("Choose a tag."))


class WatcherForm(Form):
    """A colleague, or an address outside that gets copies."""

    user_id = UserField(_("Watcher"), blank=_("Choose a colleague"))
    address = EmailField(_("Copies to an address"), column=CaseAddress.address)

    def validate_user_id(self, field: Any) -> None:
        if not field.data and not self["address"].data:
            raise ValidationError(_("Choose a colleague, or write an address."))


class MakePartnerForm(Form):
    """Somebody known who is meant, or nobody: then they are made."""

    partner_id = WholeField(_("Partner"))


class StageForm(Form):
    stage = WholeField(_("Stage"), [InputRequired(_("Say to which stage."))])


class PriorityForm(Form):
    priority = SelectField(
        _("Priority"), coerce=int, choices=[SelectChoice(*each) for each in enumerate(PRIORITIES)]
    )
