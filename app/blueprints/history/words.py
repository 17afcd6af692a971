"""The words in which history speaks: of fields, of values, of what was done."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import groupby
from typing import Any

from babel import dates
from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from markupsafe import escape

from app.domain.activity_plan import ActivityPlan
from app.domain.base import Base
from app.domain.case import Case
from app.domain.lists import (
    ActivityType,
    Campaign,
    Category,
    Channel,
    Country,
    Industry,
    Level,
    LostReason,
    Medium,
    RecurringPlan,
    Region,
    Source,
    StateOfMind,
    Tag,
    WorkingCalendar,
)
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.i18n import LANGUAGES, appointment, day, moment, money, number, percent
from app.webhooks import REASONS
from app.words import lazily as _l

# What stands in front of a value that changed; a field that is not here is not told of.
FIELDS: dict[str, LazyString] = {
    "kind": _l("kind"),
    "name": _l("name"),
    "description": _l("description"),
    "state": _l("state"),
    "triggers": _l("when"),
    "conditions": _l("which"),
    "actions": _l("what"),
    "stops": _l("whether others react"),
    "stage_id": _l("stage"),
    "team_id": _l("team"),
    "responsible_id": _l("responsible"),
    "category_id": _l("category"),
    "priority": _l("priority"),
    "parent_id": _l("parent"),
    "partner_id": _l("partner"),
    "contact_id": _l("contact"),
    "company_name": _l("company"),
    "contact_name": _l("contact name"),
    "title": _l("title"),
    "function": _l("function"),
    "language": _l("language"),
    "email": _l("e-mail"),
    "phone": _l("phone"),
    "mobile": _l("mobile"),
    "website": _l("website"),
    "street": _l("street"),
    "street2": _l("street, second line"),
    "zip": _l("zip"),
    "city": _l("city"),
    "region_id": _l("region"),
    "country_id": _l("country"),
    "country": _l("country"),
    "expected_revenue": _l("revenue"),
    "planned_cost": _l("planned cost"),
    "currency": _l("currency"),
    "probability": _l("probability"),
    "probability_typed": _l("typed probability"),
    "recurring_revenue": _l("recurring revenue"),
    "recurring_plan_id": _l("recurring plan"),
    "lost_reason_id": _l("reason"),
    "lost_words": _l("words on the reason"),
    "scheduled_at": _l("date"),
    "scheduled_end_at": _l("end"),
    "deadline": _l("deadline"),
    "channel_id": _l("channel"),
    "source_id": _l("source"),
    "medium_id": _l("advertising medium"),
    "campaign_id": _l("campaign"),
    "referred_by": _l("referred by"),
    "state_of_mind_id": _l("state of mind"),
    "archived": _l("archived"),
    "direction": _l("direction"),
    "number": _l("number"),
    "call_outcome": _l("outcome"),
    "is_company": _l("company or person"),
    "company_id": _l("company"),
    "code": _l("reference code"),
    "tax_id": _l("tax id"),
    "zone": _l("time zone"),
    "is_customer": _l("customer"),
    "is_supplier": _l("supplier"),
    "is_prospect": _l("prospect"),
    "industry_id": _l("industry"),
    "level_id": _l("level"),
    "employees": _l("employees"),
    "annual_revenue": _l("annual revenue"),
    "salesperson_id": _l("salesperson"),
    "do_not_call": _l("do not call"),
    "do_not_mail": _l("do not mail"),
    "notes": _l("note"),
    "what": _l("what"),
    "due_on": _l("due day"),
    "user_id": _l("for whom"),
    "formats": _l("figures and dates"),
    "density": _l("rows"),
    "has_keys": _l("single keys"),
    "signature": _l("signature"),
    "mail_from": _l("sender address"),
    "smtp_url": _l("mail server"),
    "sequence": _l("place"),
    "leader_id": _l("leader"),
    "default_responsible_id": _l("default responsible"),
    "members": _l("member"),
    "reply_to": _l("reply-to address"),
    "alias": _l("mail alias"),
    "kinds": _l("kinds of cases"),
    "is_open": _l("open to its members"),
    "may_delete": _l("may delete cases"),
    "invoicing_target": _l("invoicing target"),
    "reopening_days": _l("days to reopen"),
    "calendar_id": _l("working calendar"),
    "is_won": _l("won"),
    "is_folded": _l("folded"),
    "teams": _l("team"),
    "stale_days": _l("days until stale"),
    "required_fields": _l("required fields"),
    "explanation": _l("explanation"),
    "factor": _l("factor"),
    "price": _l("price"),
    "months": _l("months"),
    "symbol": _l("symbol"),
    "currency_code": _l("currency"),
    "valid_from": _l("first day"),
    "rate": _l("rate"),
    "hours": _l("hours"),
    "day": _l("day"),
    "starts_on": _l("first day"),
    "ends_on": _l("last day"),
    "icon": _l("icon"),
    "days": _l("days"),
    "next_type_id": _l("next step"),
    "plans_next": _l("planned by itself"),
    "plan_id": _l("plan"),
    "type_id": _l("type"),
    "who": _l("for whom"),
    "digest_hour": _l("day by mail"),
    "tags": _l("tag"),
    "watchers": _l("watcher"),
    "addresses": _l("copy to"),
}

# What the ids in a field are ids of.
NAMED_BY: dict[str, type[Base]] = {
    "stage_id": Stage,
    "team_id": Team,
    "responsible_id": User,
    "salesperson_id": User,
    "user_id": User,
    "watchers": User,
    "category_id": Category,
    "tags": Tag,
    "parent_id": Case,
    "partner_id": Partner,
    "contact_id": Partner,
    "company_id": Partner,
    "region_id": Region,
    "country_id": Country,
    "recurring_plan_id": RecurringPlan,
    "lost_reason_id": LostReason,
    "channel_id": Channel,
    "source_id": Source,
    "medium_id": Medium,
    "campaign_id": Campaign,
    "state_of_mind_id": StateOfMind,
    "industry_id": Industry,
    "level_id": Level,
    "leader_id": User,
    "default_responsible_id": User,
    "members": User,
    "teams": Team,
    "calendar_id": WorkingCalendar,
    "next_type_id": ActivityType,
    "type_id": ActivityType,
    "plan_id": ActivityPlan,
}
MONEY = frozenset(
    "expected_revenue planned_cost recurring_revenue annual_revenue invoicing_target price".split()
)

KINDS: dict[str, LazyString] = {
    "lead": _l("Lead"),
    "opportunity": _l("Opportunity"),
    "call": _l("Call"),
    "meeting": _l("Meeting"),
    "task": _l("Task"),
    "request": _l("Request"),
    "issue": _l("Issue"),
    "bug": _l("Bug"),
    "claim": _l("Claim"),
}
KINDS_WITHIN: dict[str, LazyString] = {
    "lead": _l("lead"),
    "opportunity": _l("opportunity"),
    "call": _l("call"),
    "meeting": _l("meeting"),
    "task": _l("task"),
    "request": _l("request"),
    "issue": _l("issue"),
    "bug": _l("bug"),
    "claim": _l("claim"),
}
STATES: dict[str, LazyString] = {
    "draft": _l("Draft"),
    "open": _l("Open"),
    "pending": _l("Pending"),
    "done": _l("Done"),
    "cancelled": _l("Cancelled"),
}
PRIORITIES = (_l("normal"), _l("medium"), _l("high"), _l("very high"))
OTHER_WORDS: dict[str, LazyString] = {
    "inbound": _l("inbound"),
    "outbound": _l("outbound"),
    "held": _l("held"),
    "not held": _l("not held"),
    "none": _l("none"),
    "responsible": _l("whoever is responsible"),
    "leader": _l("the team's leader"),
    "me": _l("whoever follows the plan"),
}

# What each act says of itself; %(…)s are `who` did it and the details of that day.
SENTENCES: dict[str, LazyString] = {
    "created": _l("%(who)s created it"),
    "imported": _l("%(who)s imported it"),
    "opened": _l("%(who)s took it up"),
    "waiting": _l("%(who)s set it to wait"),
    "closed": _l("%(who)s closed it"),
    "won": _l("%(who)s marked it won"),
    "lost": _l("%(who)s marked it lost: %(reason)s"),
    "cancelled": _l("%(who)s cancelled it"),
    "reopened": _l("%(who)s reopened it"),
    "reset": _l("%(who)s made it a draft again"),
    "escalated": _l("%(who)s escalated it from %(origin)s to %(target)s"),
    "handed over": _l("%(who)s handed it over to %(target)s"),
    "assigned": _l("%(who)s assigned it to %(to)s"),
    "moved": _l("%(who)s moved it from %(from)s to %(to)s"),
    "converted": _l("%(who)s made an opportunity of it"),
    "archived": _l("%(who)s archived it"),
    "unarchived": _l("%(who)s took it out of the archive"),
    "deleted": _l("%(who)s deleted it"),
    "partner made": _l("%(who)s made %(partner)s its partner"),
    "tagged": _l("%(who)s added the tag %(tag)s"),
    "untagged": _l("%(who)s took the tag %(tag)s away"),
    "watched": _l("%(who)s added %(watcher)s as a watcher"),
    "unwatched": _l("%(who)s took %(watcher)s off the watchers"),
    "left": _l("%(who)s wants no more copies"),
    "referred": _l("%(who)s tied it to %(to)s"),
    "unreferred": _l("%(who)s untied it from %(to)s"),
    "noted": _l("%(who)s noted"),
    "communicated": _l("%(who)s exchanged a word with the other side"),
    "planned": _l("%(who)s planned %(what)s"),
    "activity done": _l("%(who)s did %(what)s"),
    "activity cancelled": _l("%(who)s cancelled %(what)s"),
    "activity resumed": _l("%(who)s planned %(what)s again"),
    "edited": _l("%(who)s changed"),
    "undone": _l("%(who)s took back %(acts)s"),
    "redone": _l("%(who)s did again: %(acts)s"),
    "mail planned": _l("%(who)s wrote a mail"),
    "mail reminder": _l("%(who)s reminds %(to)s"),
    "mail recalled": _l("%(who)s called off the mail %(what)s"),
    "mail tried again": _l("%(who)s had the mail %(what)s to %(to)s tried again"),
    "mail failed": _l("The mail %(what)s did not reach %(to)s: %(reason)s"),
    "attached": _l("%(who)s attached %(what)s"),
    "detached": _l("%(who)s took off the file %(what)s"),
    "told": _l("%(who)s told %(to)s of it"),
    "rules run": _l("%(who)s ran further rules: %(rules)s"),
    "hook called": _l("A call from outside named it to the rule %(rule)s"),
    "webhook planned": _l("%(who)s called %(address)s"),
    "webhook failed": _l("%(address)s could not be called: %(reason)s"),
    "rule failed": _l("Rule %(who)s failed: %(error)s"),
    "rule stopped": _l("Rule %(who)s would have acted on an act of rules too often, and stopped"),
}
OTHERWISE = _l("%(who)s: %(action)s")
# What was taken back, in a word each.
ACTS: dict[str, LazyString] = {
    "created": _l("the creation"),
    "restored": _l("bringing it back"),
    "edited": _l("the edit"),
    "opened": _l("taking it up"),
    "waiting": _l("setting it to wait"),
    "closed": _l("closing it"),
    "won": _l("marking it won"),
    "lost": _l("marking it lost"),
    "cancelled": _l("cancelling it"),
    "reopened": _l("reopening it"),
    "reset": _l("making it a draft"),
    "escalated": _l("the escalation"),
    "handed over": _l("the handover"),
    "assigned": _l("the assignment"),
    "moved": _l("the move"),
    "converted": _l("the conversion"),
    "archived": _l("archiving it"),
    "unarchived": _l("taking it out of the archive"),
    "deleted": _l("deleting it"),
    "partner made": _l("the new partner"),
    "tagged": _l("a tag"),
    "untagged": _l("taking a tag away"),
    "watched": _l("a watcher"),
    "unwatched": _l("taking a watcher away"),
    "referred": _l("a tie"),
    "unreferred": _l("untying it"),
    "noted": _l("the note"),
    "told": _l("the word to colleagues"),
    "communicated": _l("the word exchanged"),
    "mail planned": _l("the mail"),
    "mail reminder": _l("the reminder"),
    "left": _l("leaving the watchers"),
    "planned": _l("the plan"),
    "activity done": _l("the tick"),
    "activity cancelled": _l("cancelling the plan"),
    "activity resumed": _l("planning it again"),
    "imported": _l("the import"),
    "attached": _l("attaching it"),
    "detached": _l("taking off a file"),
}


def field_word(name: str) -> str:
    """What people call this field."""
    return str(FIELDS.get(name, name.replace("_", " ")))


def value_words(
    field: str, value: Any, *, currency: str | None = None, names: Callable[[Any], str] = str
) -> str:
    """A value as a person would say it; `names` finds the name that an id stands for."""
    if value is None or value == "":
        return _("nothing")
    if field in NAMED_BY:
        return names(value)
    if field in MONEY:
        return money(value, currency, exact=True)
    return SAID.get(field, plain_words)(value)


def reason_words(reason: str | None) -> str:
    """Why something failed, as it was noted, in the reader's language as far as we have words for it."""
    said, *rest = (reason or "").partition(" (")
    return "".join((_(said) if said in REASONS else said, *rest))


def plain_words(value: Any) -> str:
    """Words for what is neither a name nor an amount."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return number(value)
    text = str(WORDS.get(value, value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def day_words(value: Any) -> str:
    return day(value if isinstance(value, date) else date.fromisoformat(value))


def instant_words(value: Any) -> str:
    """Day and time, without the machine's reading of it."""
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return escape(moment(instant)).striptags()


def appointment_words(instant: datetime) -> str:
    """When it is to happen, to the minute, without the machine's reading of it."""
    return escape(appointment(instant)).striptags()


def hours_words(hours: dict[str, Any]) -> str:
    """The hours of a week, days that have the same ones together: Mon–Fri 9:00–17:00."""
    names = dates.get_day_names("abbreviated", locale=get_locale())
    spans = [(day, spans_words(hours.get(str(day), []))) for day in range(7)]
    alike = [(text, [day for day, _text in days]) for text, days in groupby(spans, key=lambda each: each[1])]
    said = [
        f"{names[days[0]]}{f'–{names[days[-1]]}' if len(days) > 1 else ''} {text}"
        for text, days in alike
        if text
    ]
    return "; ".join(said) or _("none")


def spans_words(spans: list[list[int]]) -> str:
    """Hours of a day as one types them: 9:00–12:00, 13:00–17:00."""
    return ", ".join("–".join(f"{minute // 60}:{minute % 60:02}" for minute in span) for span in spans)


LONGEST = 80
WORDS = KINDS | STATES | OTHER_WORDS
SAID: dict[str, Callable[[Any], str]] = {
    "probability": percent,
    "probability_typed": percent,
    "deadline": day_words,
    "due_on": day_words,
    "scheduled_at": instant_words,
    "scheduled_end_at": instant_words,
    "priority": lambda value: str(PRIORITIES[value]),
    "language": lambda value: LANGUAGES.get(value, value),
    "factor": percent,
    "rate": number,
    "valid_from": day_words,
    "day": day_words,
    "starts_on": day_words,
    "ends_on": day_words,
    "kinds": lambda kinds: ", ".join(str(KINDS_WITHIN[kind]) for kind in kinds) or _("none"),
    "required_fields": lambda names: ", ".join(map(field_word, names)) or _("nothing"),
    "hours": hours_words,
    "digest_hour": lambda hour: f"{hour}:00",
}
