"""What is asked about an entry of each list."""

from typing import Any

from babel.numbers import get_currency_precision, list_currencies
from flask_babel import gettext as _
from flask_babel import lazy_gettext
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
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Say what it is called."))],
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
    parent_id = ListField(lazy_gettext("Below"), Team, blank=lazy_gettext("No other team"))
    code = LineField(lazy_gettext("Code"), column=Team.code)
    leader_id = UserField(lazy_gettext("Leader"), blank=lazy_gettext("Nobody"))
    default_responsible_id = UserField(lazy_gettext("Default responsible"), blank=lazy_gettext("Nobody"))
    members = LinksField(lazy_gettext("Members"), User, blank=lazy_gettext("Nobody"))
    kinds = ChoicesField(
        lazy_gettext("Kinds of cases"), choices=[SelectChoice(*each) for each in KINDS.items()]
    )
    reply_to = EmailField(lazy_gettext("Reply-to address"), column=Team.reply_to)
    alias = LineField(lazy_gettext("Mail alias"), column=Team.alias)
    is_open = BooleanField(lazy_gettext("Open to its members"))
    may_delete = BooleanField(lazy_gettext("May delete cases that were opened"))
    invoicing_target = MoneyField(lazy_gettext("Invoicing target a month"))
    reopening_days = WholeField(
        lazy_gettext("Days to reopen"), [InputRequired(lazy_gettext("Write a number of days."))], most=3650
    )
    calendar_id = ListField(
        lazy_gettext("Working calendar"), WorkingCalendar, blank=lazy_gettext("As usual here")
    )


class StageForm(EntryForm):
    kind = SelectField(
        lazy_gettext("Kind"), choices=[SelectChoice(*each) for each in KINDS.items()], default="opportunity"
    )
    probability = WholeField(
        lazy_gettext("Probability"), [InputRequired(lazy_gettext("Write a number from 0 to 100."))], most=100
    )
    stale_days = WholeField(lazy_gettext("Stale after days"), least=1, most=3650)
    teams = LinksField(lazy_gettext("Teams"), Team, blank=lazy_gettext("All teams"))
    required_fields = ChoicesField(
        lazy_gettext("To enter it"),
        blank=lazy_gettext("Nothing"),
        choices=lambda: [SelectChoice(name, field_word(name)) for name in REQUIRABLE],
    )
    is_won = BooleanField(lazy_gettext("Cases here are won"))
    is_folded = BooleanField(lazy_gettext("Folded"))
    explanation = TextField(lazy_gettext("Explanation"))


class CategoryForm(EntryForm):
    probability = WholeField(lazy_gettext("Probability"), most=100)
    team_id = ListField(lazy_gettext("Team"), Team, blank=lazy_gettext("All teams"))


class PartnerTagForm(EntryForm):
    parent_id = ListField(lazy_gettext("Below"), PartnerTag, blank=lazy_gettext("No other tag"))


class CampaignForm(EntryForm):
    starts_on = DayField(lazy_gettext("First day"))
    ends_on = DayField(lazy_gettext("Last day"))


class ProductForm(EntryForm):
    code = LineField(lazy_gettext("Code"), column=Product.code)
    price = MoneyField(lazy_gettext("Price"))
    currency = CurrencyField(lazy_gettext("Currency"))


class PlanForm(EntryForm):
    months = WholeField(
        lazy_gettext("Months"), [InputRequired(lazy_gettext("Write a number of months."))], least=1, most=120
    )


class StateOfMindForm(EntryForm):
    factor = WholeField(
        lazy_gettext("Factor"), [InputRequired(lazy_gettext("Write a number from 0 to 100."))], most=100
    )


class CurrencyForm(EntryForm):
    code = CodeField(
        lazy_gettext("Code"), [InputRequired(lazy_gettext("Write the code, such as EUR."))], Currency.code
    )
    symbol = LineField(
        lazy_gettext("Symbol"), [InputRequired(lazy_gettext("Write its sign."))], Currency.symbol
    )

    def validate_code(self, field: Any) -> None:
        if field.data not in list_currencies():
            raise ValidationError(_("A currency has a code of three letters, such as EUR."))

    @property
    def facts(self) -> dict[str, Any]:
        facts = super().facts
        return facts | {"digits": get_currency_precision(facts["code"])} if "code" in facts else facts


class RateForm(EntryForm):
    name = None  # type: ignore[assignment]
    currency_code = CurrencyField(lazy_gettext("Currency"))
    valid_from = DayField(lazy_gettext("From"), [InputRequired(lazy_gettext("Say from which day on."))])
    rate = RateField(lazy_gettext("Rate"), [InputRequired(lazy_gettext("Say what it is worth."))])


class CountryForm(EntryForm):
    code = CodeField(
        lazy_gettext("Code"), [InputRequired(lazy_gettext("Write the code, such as DE."))], Country.code
    )

    def validate_code(self, field: Any) -> None:
        if not (field.data and len(field.data) == 2 and field.data.isascii() and field.data.isalpha()):
            raise ValidationError(_("A country has a code of two letters, such as DE."))


class RegionForm(EntryForm):
    country_id = ListField(lazy_gettext("Country"), Country)


class CalendarForm(EntryForm):
    zone = SelectField(lazy_gettext("Time zone"), choices=lambda: {_("Usual"): [("UTC", "UTC")], **cities()})
    hours = HoursField(lazy_gettext("Hours"))


class HolidayForm(EntryForm):
    day = DayField(lazy_gettext("Day"), [InputRequired(lazy_gettext("Say on which day."))])
    calendar_id = ListField(
        lazy_gettext("Working calendar"), WorkingCalendar, [InputRequired(lazy_gettext("Choose a calendar."))]
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
    subject = WordingLineField(lazy_gettext("Subject"), column=MailTemplate.subject)
    text = WordingField(lazy_gettext("Text"), [InputRequired(lazy_gettext("Say what it says."))])
    kind = AnyKindField(lazy_gettext("Kind"), blank=lazy_gettext("All kinds"))
    team_id = ListField(lazy_gettext("Team"), Team, blank=lazy_gettext("All teams"))


class ActivityTypeForm(EntryForm):
    icon = SelectField(lazy_gettext("Icon"), choices=[SelectChoice(icon) for icon in ICONS])
    days = WholeField(
        lazy_gettext("Days until it is due"),
        [InputRequired(lazy_gettext("Write a number of days."))],
        most=3650,
    )
    next_type_id = ListField(lazy_gettext("Next step"), ActivityType, blank=lazy_gettext("None"))
    plans_next = BooleanField(lazy_gettext("Planned by itself"))


class PlanStepForm(EntryForm):
    plan_id = ListField(
        lazy_gettext("Plan"), ActivityPlan, [InputRequired(lazy_gettext("Say of which plan it is."))]
    )
    type_id = ListField(
        lazy_gettext("Type"), ActivityType, [InputRequired(lazy_gettext("Say what kind of step it is."))]
    )
    days = WholeField(
        lazy_gettext("Days after the start"),
        [
            InputRequired(
                lazy_gettext("Write a number of days; before the start less than nothing, such as −3.")
            )
        ],
        least=-365,
        most=3650,
    )
    who = SelectField(
        lazy_gettext("For"), choices=lambda: [SelectChoice(word, str(OTHER_WORDS[word])) for word in WHO]
    )
