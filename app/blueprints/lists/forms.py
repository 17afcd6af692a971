"""What is asked about an entry of each list."""

from typing import Any

from babel.numbers import get_currency_precision, list_currencies
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, ValidationError

from app.blueprints.forms import (
    BooleanField,
    CurrencyField,
    DayField,
    EmailField,
    Form,
    LineField,
    ListField,
    MoneyField,
    SelectChoice,
    SelectField,
    TextField,
    UserField,
    WholeField,
)
from app.blueprints.history.words import KINDS, OTHER_WORDS, field_word
from app.blueprints.lists.fields import ChoicesField, CodeField, HoursField, LinksField, RateField
from app.blueprints.settings.forms import cities
from app.domain import wording
from app.domain.activity_plan import WHO, ActivityPlan
from app.domain.errors import Refused
from app.domain.lists import (
    ActivityType,
    Country,
    Currency,
    PartnerTag,
    Product,
    Tag,
    WorkingCalendar,
)
from app.domain.mail_template import MailTemplate
from app.domain.team import Team
from app.domain.user import User

# What a stage may ask for before a case stands in it.
REQUIRABLE = (
    "expected_revenue planned_cost deadline partner_id contact_id responsible_id category_id description phone"
    " email source_id recurring_revenue"
).split()
ICONS = ("checklist", "phone", "calendar", "mail", "file", "map-pin", "shopping-cart", "flask")


class EntryForm(Form):
    """An entry by its name."""

    name = LineField(
        _l("Name"),
        [InputRequired(_l("Say what it is called."))],
        Tag.name,
    )

    @property
    def values(self) -> dict[str, Any]:
        """What was sent, as an edit takes it: of linked records, what was ticked and unticked."""
        return {
            name: self[name].change if isinstance(self[name], LinksField) else value
            for name, value in super().values.items()
        }

    @property
    def facts(self) -> dict[str, Any]:
        """The same for an entry that is to be made."""
        return {
            name: self[name].chosen if isinstance(self[name], LinksField) else value
            for name, value in super().values.items()
        }


class TeamForm(EntryForm):
    parent_id = ListField(_l("Below"), Team, blank=_l("No other team"))
    code = LineField(_l("Code"), column=Team.code)
    leader_id = UserField(_l("Leader"), blank=_l("Nobody"))
    default_responsible_id = UserField(_l("Default responsible"), blank=_l("Nobody"))
    members = LinksField(_l("Members"), User, blank=_l("Nobody"))
    kinds = ChoicesField(_l("Kinds of cases"), choices=[SelectChoice(*each) for each in KINDS.items()])
    reply_to = EmailField(_l("Reply-to address"), column=Team.reply_to)
    alias = LineField(_l("Mail alias"), column=Team.alias)
    is_open = BooleanField(_l("Open to its members"))
    may_delete = BooleanField(_l("May delete cases that were opened"))
    invoicing_target = MoneyField(_l("Invoicing target a month"))
    reopening_days = WholeField(
        _l("Days to reopen"), [InputRequired(_l("Write a number of days."))], most=3650
    )
    calendar_id = ListField(_l("Working calendar"), WorkingCalendar, blank=_l("As usual here"))


class StageForm(EntryForm):
    kind = SelectField(
        _l("Kind"), choices=[SelectChoice(*each) for each in KINDS.items()], default="opportunity"
    )
    probability = WholeField(
        _l("Probability"), [InputRequired(_l("Write a number from 0 to 100."))], most=100
    )
    stale_days = WholeField(_l("Stale after days"), least=1, most=3650)
    teams = LinksField(_l("Teams"), Team, blank=_l("All teams"))
    required_fields = ChoicesField(
        _l("To enter it"),
        blank=_l("Nothing"),
        choices=lambda: [SelectChoice(name, field_word(name)) for name in REQUIRABLE],
    )
    is_won = BooleanField(_l("Cases here are won"))
    is_folded = BooleanField(_l("Folded"))
    explanation = TextField(_l("Explanation"))


class CategoryForm(EntryForm):
    probability = WholeField(_l("Probability"), most=100)
    team_id = ListField(_l("Team"), Team, blank=_l("All teams"))


class PartnerTagForm(EntryForm):
    parent_id = ListField(_l("Below"), PartnerTag, blank=_l("No other tag"))


class CampaignForm(EntryForm):
    starts_on = DayField(_l("First day"))
    ends_on = DayField(_l("Last day"))


class ProductForm(EntryForm):
    code = LineField(_l("Code"), column=Product.code)
    price = MoneyField(_l("Price"))
    currency = CurrencyField(_l("Currency"))


class PlanForm(EntryForm):
    months = WholeField(_l("Months"), [InputRequired(_l("Write a number of months."))], least=1, most=120)


class StateOfMindForm(EntryForm):
    factor = WholeField(_l("Factor"), [InputRequired(_l("Write a number from 0 to 100."))], most=100)


class CurrencyForm(EntryForm):
    code = CodeField(_l("Code"), [InputRequired(_l("Write the code, such as EUR."))], Currency.code)
    symbol = LineField(_l("Symbol"), [InputRequired(_l("Write its sign."))], Currency.symbol)

    def validate_code(self, field: Any) -> None:
        if field.data not in list_currencies():
            raise ValidationError(_("A currency has a code of three letters, such as EUR."))

    @property
    def facts(self) -> dict[str, Any]:
        facts = super().facts
        return facts | {"digits": get_currency_precision(facts["code"])} if "code" in facts else facts


class RateForm(EntryForm):
    name = None  # type: ignore[assignment]
    currency_code = CurrencyField(_l("Currency"))
    valid_from = DayField(_l("From"), [InputRequired(_l("Say from which day on."))])
    rate = RateField(_l("Rate"), [InputRequired(_l("Say what it is worth."))])


class CountryForm(EntryForm):
    code = CodeField(_l("Code"), [InputRequired(_l("Write the code, such as DE."))], Country.code)

    def validate_code(self, field: Any) -> None:
        if not (field.data and len(field.data) == 2 and field.data.isascii() and field.data.isalpha()):
            raise ValidationError(_("A country has a code of two letters, such as DE."))


class RegionForm(EntryForm):
    country_id = ListField(_l("Country"), Country)


class CalendarForm(EntryForm):
    zone = SelectField(_l("Time zone"), choices=lambda: {_("Usual"): [("UTC", "UTC")], **cities()})
    hours = HoursField(_l("Hours"))


class HolidayForm(EntryForm):
    day = DayField(_l("Day"), [InputRequired(_l("Say on which day."))])
    calendar_id = ListField(
        _l("Working calendar"), WorkingCalendar, [InputRequired(_l("Choose a calendar."))]
    )


class WordingField(TextField):
    """Some lines with fields of a case in them; such as there are none is refused while it is written."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        try:
            wording.check(self.data or "")
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None


class WordingLineField(LineField):
    """The same in one line."""

    post_validate = WordingField.post_validate


class AnyKindField(SelectField):
    """A kind of case, or all of them."""

    def __init__(self, *args: Any, blank: Any, **options: Any) -> None:
        choices = [SelectChoice("", blank), *(SelectChoice(*each) for each in KINDS.items())]
        super().__init__(
            *args, choices=choices, validate_choice=False, filters=[lambda value: value or None], **options
        )
        self.type = "SelectField"

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is not None and self.data not in KINDS:
            raise ValidationError(_("Choose one from the list."))

    def process_data(self, value: Any) -> None:
        super().process_data(value or "")


class MailTemplateForm(EntryForm):
    subject = WordingLineField(_l("Subject"), column=MailTemplate.subject)
    text = WordingField(_l("Text"), [InputRequired(_l("Say what it says."))])
    kind = AnyKindField(_l("Kind"), blank=_l("All kinds"))
    team_id = ListField(_l("Team"), Team, blank=_l("All teams"))


class ActivityTypeForm(EntryForm):
    icon = SelectField(_l("Icon"), choices=[SelectChoice(icon) for icon in ICONS])
    days = WholeField(_l("Days until it is due"), [InputRequired(_l("Write a number of days."))], most=3650)
    next_type_id = ListField(_l("Next step"), ActivityType, blank=_l("None"))
    plans_next = BooleanField(_l("Planned by itself"))


class PlanStepForm(EntryForm):
    plan_id = ListField(_l("Plan"), ActivityPlan, [InputRequired(_l("Say of which plan it is."))])
    type_id = ListField(_l("Type"), ActivityType, [InputRequired(_l("Say what kind of step it is."))])
    days = WholeField(
        _l("Days after the start"),
        [InputRequired(_l("Write a number of days; before the start less than nothing, such as −3."))],
        least=-365,
        most=3650,
    )
    who = SelectField(_l("For"), choices=lambda: [SelectChoice(word, str(OTHER_WORDS[word])) for word in WHO])
