"""Which lists there are, under which address, and what of their entries stands where."""

from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from app.blueprints.lists import forms
from app.domain import lists
from app.domain.activity_plan import ActivityPlan, PlanStep
from app.domain.listed import Entry, Listed
from app.domain.mail_template import MailTemplate
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User


@dataclass(frozen=True)
class Kind:
    """One list. `columns` stand in the row of an entry, `further` fields on the entry's own page.

    `asked` is what a new entry needs; `fixed` what is never changed after that; `moving` are fields that put
    an entry elsewhere in its list; `owner` names the teams whose leader may set it up.
    """

    name: str
    cls: type[Entry]
    title: LazyString
    about: LazyString
    form: type[forms.EntryForm] = forms.EntryForm
    columns: tuple[str, ...] = ("name",)
    further: tuple[str, ...] = ()
    asked: tuple[str, ...] = ("name",)
    fixed: frozenset[str] = frozenset()
    moving: frozenset[str] = frozenset()
    owner: str | None = None
    # A template that stands beside its entries, and below each on its own page.
    aside: str | None = None
    by: tuple[str, ...] = ()

    @property
    def is_tree(self) -> bool:
        return self.cls.within == "parent_id"

    @property
    def is_ordered(self) -> bool:
        """Do people put its entries in order? Days and rates have one of their own."""
        return issubclass(self.cls, Listed) and not self.by

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.columns, *self.further)

    def order(self) -> list[Any]:
        """How its entries follow one another."""
        if self.by:
            return [getattr(self.cls, name) for name in self.by] + [self.cls.id]
        group = [getattr(self.cls, self.cls.within)] if self.cls.within and not self.is_tree else []
        return [*group, self.cls.sequence, self.cls.id]  # type: ignore[attr-defined]

    def form_of(self, *names: str) -> type[forms.EntryForm]:
        """The form that asks for these fields."""
        form: Any = self.form
        return form.only(*(each for name in names for each in WITH.get(name, (name,))))

    def is_for(self, user: User) -> bool:
        """May they set up anything in it?"""
        return user.may("configure", self.cls)


# A price is nothing without its currency.
WITH = {"price": ("price", "currency")}

SALES = [
    Kind(
        "teams",
        Team,
        _("Teams"),
        _("Who handles cases. Whoever leads a team leads all below it, too."),
        forms.TeamForm,
        columns=("name", "leader_id", "members", "code"),
        further=(
            "parent_id",
            "kinds",
            "default_responsible_id",
            "reply_to",
            "alias",
            "is_open",
            "may_delete",
            "invoicing_target",
            "reopening_days",
            "calendar_id",
        ),
        asked=("name", "parent_id"),
        moving=frozenset({"parent_id"}),
        owner="parent_id",
        aside="rules/_thanks.html",
    ),
    Kind(
        "stages",
        Stage,
        _("Stages"),
        _("The columns of the pipeline, from left to right; of some teams, or with none named of all."),
        forms.StageForm,
        columns=("name", "probability", "stale_days", "required_fields", "teams"),
        further=("kind", "is_won", "is_folded", "explanation"),
        asked=("name", "kind", "probability", "teams"),
        moving=frozenset({"kind", "is_won"}),
        owner="teams",
    ),
    Kind(
        "categories",
        lists.Category,
        _("Categories"),
        _("The one category of a case, with the probability it starts from where no stage gives one."),
        forms.CategoryForm,
        columns=("name", "probability", "team_id"),
        asked=("name", "probability", "team_id"),
    ),
    Kind("tags", lists.Tag, _("Tags"), _("Words that any number of cases carry.")),
    Kind(
        "lost-reasons", lists.LostReason, _("Lost reasons"), _("Why cases are lost: asked whenever one is.")
    ),
    Kind(
        "products",
        lists.Product,
        _("Products"),
        _("What is sold: code, name and price."),
        forms.ProductForm,
        columns=("name", "code", "price"),
        asked=("name", "code", "price"),
    ),
    Kind(
        "plans",
        lists.RecurringPlan,
        _("Recurring plans"),
        _("How often recurring revenue comes."),
        forms.PlanForm,
        columns=("name", "months"),
        asked=("name", "months"),
    ),
    Kind(
        "mail-templates",
        MailTemplate,
        _("Mail templates"),
        _(
            "What mail begins from, with fields that each case fills; for cases of one kind or team, or of all."
        ),
        forms.MailTemplateForm,
        columns=("name", "subject", "kind", "team_id"),
        further=("text",),
        asked=("name", "subject", "text"),
        aside="mail/_fields.html",
    ),
    Kind(
        "activity-types",
        lists.ActivityType,
        _("Types of activities"),
        _("What is planned as a next step, and what commonly follows it."),
        forms.ActivityTypeForm,
        columns=("name", "days", "next_type_id", "plans_next", "icon"),
        asked=("name", "days"),
    ),
    Kind(
        "step-plans",
        ActivityPlan,
        _("Plans of several steps"),
        _("What commonly belongs together, planned on a case at once. Their steps are a list of their own."),
    ),
    Kind(
        "plan-steps",
        PlanStep,
        _("Steps of plans"),
        _("What is to be done, how many days after the start, and by whom."),
        forms.PlanStepForm,
        columns=("name", "plan_id", "days", "type_id", "who"),
        asked=("plan_id", "name", "type_id", "days", "who"),
        moving=frozenset({"plan_id", "days"}),
        by=("plan_id", "days"),
    ),
]
WHENCE = [
    Kind("channels", lists.Channel, _("Channels"), _("How something comes in: mail, phone, web form.")),
    Kind(
        "sources",
        lists.Source,
        _("Sources"),
        _("Where cases come from: a fair, a search, a customer's word."),
    ),
    Kind("media", lists.Medium, _("Media"), _("What campaigns are carried by.")),
    Kind(
        "campaigns",
        lists.Campaign,
        _("Campaigns"),
        _("Efforts to be heard, whose cases are counted."),
        forms.CampaignForm,
        columns=("name", "starts_on", "ends_on"),
        asked=("name", "starts_on"),
    ),
]
PARTNERS = [
    Kind(
        "partner-tags",
        lists.PartnerTag,
        _("Partner tags"),
        _("Words that partners carry. They form a tree: who asks for a branch finds all below it."),
        forms.PartnerTagForm,
        columns=("name", "parent_id"),
        asked=("name", "parent_id"),
        moving=frozenset({"parent_id"}),
    ),
    Kind("industries", lists.Industry, _("Industries"), _("What companies do for a living.")),
    Kind("levels", lists.Level, _("Levels"), _("How important a partner is.")),
    Kind(
        "states-of-mind",
        lists.StateOfMind,
        _("States of mind"),
        _("How the other side feels, from 0 (furious) to 100 (delighted)."),
        forms.StateOfMindForm,
        columns=("name", "factor"),
        asked=("name", "factor"),
    ),
]
COMPANY = [
    Kind(
        "currencies",
        lists.Currency,
        _("Currencies"),
        _("What worth may be stated in."),
        forms.CurrencyForm,
        columns=("name", "code", "symbol"),
        asked=("name", "code", "symbol"),
        fixed=frozenset({"code"}),
    ),
    Kind(
        "rates",
        lists.CurrencyRate,
        _("Rates of exchange"),
        _("What one unit of a currency is worth in the organisation's, from a day on."),
        forms.RateForm,
        columns=("currency_code", "valid_from", "rate"),
        asked=("currency_code", "valid_from", "rate"),
        fixed=frozenset({"currency_code"}),
        moving=frozenset({"valid_from"}),
        by=("currency_code", "valid_from"),
    ),
    Kind(
        "countries",
        lists.Country,
        _("Countries"),
        _("Where partners are."),
        forms.CountryForm,
        columns=("name", "code"),
        asked=("name", "code"),
        fixed=frozenset({"code"}),
    ),
    Kind(
        "regions",
        lists.Region,
        _("Regions"),
        _("Parts of countries, or of several, that sales are divided by."),
        forms.RegionForm,
        columns=("name", "country_id"),
        asked=("name", "country_id"),
        moving=frozenset({"country_id"}),
    ),
    Kind(
        "calendars",
        lists.WorkingCalendar,
        _("Working calendars"),
        _("When people work. Holidays are a list of their own."),
        forms.CalendarForm,
        columns=("name", "zone", "hours"),
        asked=("name", "zone"),
    ),
    Kind(
        "holidays",
        lists.Holiday,
        _("Holidays"),
        _("Days on which nobody works, by calendar."),
        forms.HolidayForm,
        columns=("name", "day", "calendar_id"),
        asked=("name", "day", "calendar_id"),
        moving=frozenset({"day", "calendar_id"}),
        by=("calendar_id", "day"),
    ),
]
GROUPS = [
    (_("Sales"), SALES),
    (_("Whence"), WHENCE),
    (_("Partners"), PARTNERS),
    (_("Organisation"), COMPANY),
]
KINDS = {kind.name: kind for _title, kinds in GROUPS for kind in kinds}
