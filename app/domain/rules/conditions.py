"""Which cases a rule is for: each condition asked of one case in Python and of all in the database, alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.domain.case import Case, case_tags
from app.domain.case.filter_fields import begins, whole
from app.domain.configuration import Configuration
from app.domain.errors import Refused
from app.domain.history import Event
from app.domain.lists import (
    Campaign,
    Category,
    Channel,
    Country,
    LostReason,
    Medium,
    PartnerTag,
    RecurringPlan,
    Source,
    StateOfMind,
    Tag,
)
from app.domain.organisation import Organisation
from app.domain.partner import Partner, partner_tag_links
from app.domain.rules import patterns
from app.domain.rules.facts import EXCHANGED, Facts
from app.domain.rules.parameters import Choice, Choices, Line, Number, Records
from app.domain.rules.registry import CONDITIONS, Clause, Condition, Values
from app.domain.rules.words import (
    FIELDS,
    KIND_WORDS,
    OPERATORS,
    OUTCOME_WORDS,
    PRIORITY_WORDS,
    STATE_WORDS,
    day_words,
    put,
)
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import _, db


def words(key: str, label: Any, name: str, options: dict[str, Any], *, says: Any) -> Condition:
    """Its column holds one of these words."""
    return Condition(
        key,
        label,
        parameters=(Choices(name="values", label=label, options=lambda: list(options.items())),),
        says=lambda values: put(says, what=CONDITIONS[key].word(values, "values")),
        holds=lambda facts, values: getattr(facts, name) in values["values"],
        clause=lambda values: getattr(Case, name).in_(values["values"]),
    )


def records(key: str, label: Any, name: str, cls: Any, *, says: Any, none: Any) -> Condition:
    """Its column names one of these records; with none chosen it names nobody."""
    return Condition(
        key,
        label,
        parameters=(Records(name="ids", label=label, cls=lambda: cls, is_needed=False),),
        says=lambda values: (
            put(says, what=CONDITIONS[key].word(values, "ids")) if values.get("ids") else str(none)
        ),
        holds=lambda facts, values: is_one_of(getattr(facts, name), values.get("ids")),
        clause=lambda values: names_one_of(getattr(Case, name), values.get("ids")),
    )


def not_binned() -> Clause:
    column: Any = Case.deleted_at
    return sa.and_(column.is_(None))


def is_one_of(id_: int | None, ids: Sequence[int] | None) -> bool:
    return id_ in ids if ids else id_ is None


def names_one_of(column: Any, ids: Iterable[int] | None) -> Clause:
    return column.in_(list(ids)) if ids else column.is_(None)


def span(
    key: str, label: Any, name: str, *, says: tuple[Any, Any, Any], options: dict[Any, Any] | None, most: int
) -> Condition:
    """Its column lies between two figures, of which one may be left out."""

    def asked(which: str, title: Any) -> Any:
        if options is not None:
            return Choice(name=which, label=title, options=lambda: list(options.items()), is_needed=False)
        return Number(name=which, label=title, most=most, is_needed=False)

    def say(values: Values) -> str:
        low, high = (CONDITIONS[key].word(values, each) for each in ("least", "most"))
        if "most" not in values:
            return put(says[0], low=low)
        return put(says[1], high=high) if "least" not in values else put(says[2], low=low, high=high)

    return Condition(
        key,
        label,
        parameters=(asked("least", _l("At least")), asked("most", _l("At most"))),
        check=refuse_empty_span,
        says=say,
        holds=lambda facts, values: lies_between(getattr(facts, name), values),
        clause=lambda values: sa.and_(*between(getattr(Case, name), values)),
    )


def refuse_empty_span(values: dict[str, Any]) -> dict[str, Any]:
    if not values:
        raise Refused(_("Say from where or up to where."))
    if values.get("least", 0) > values.get("most", values.get("least", 0)):
        raise Refused(_("What is at least cannot be more than what is at most."))
    return values


def lies_between(figure: int | None, values: Values) -> bool:
    if figure is None:
        return False
    return values.get("least", figure) <= figure <= values.get("most", figure)


def between(column: Any, values: Values) -> list[Clause]:
    clauses = [column >= values["least"]] if "least" in values else []
    return [*clauses, column <= values["most"]] if "most" in values else clauses


def in_minor(values: Values) -> tuple[dict[str, int], str]:
    """Whole amounts in the smallest unit of the organisation's currency, and which that is."""
    return {name: whole(str(value))[0] for name, value in values.items()}, Organisation.current().currency


def is_worth(facts: Facts, values: Values) -> bool:
    amounts, currency = in_minor(values)
    return facts.currency == currency and lies_between(facts.expected_revenue, amounts)


def worth(values: Values) -> Clause:
    amounts, currency = in_minor(values)
    return sa.and_(Case.currency == currency, *between(Case.expected_revenue, amounts))


def with_below(ids: Iterable[int]) -> list[int]:
    """These teams with all below them."""
    teams = Configuration.current().teams.values()
    return [team.id for team in teams if any(f"/{each}/" in f"{team.path}{team.id}/" for each in ids)]


def in_teams(ids: list[int] | None) -> Clause:
    return Case.team_id.in_(with_below(ids)) if ids else Case.team_id.is_(None)


def tagged(ids: list[int] | None) -> Clause:
    if ids:
        return Case.id.in_(sa.select(case_tags.c.case_id).where(case_tags.c.tag_id.in_(ids)))
    return ~sa.exists().where(case_tags.c.case_id == Case.id)


def of_tagged_partner(ids: list[int]) -> sa.Select[int]:
    """The partners with one of these tags, or with one below them."""
    branches = PartnerTag.branches()
    wanted = sa.select(branches.c.id).where(branches.c.top.in_(ids))
    return sa.select(partner_tag_links.c.partner_id).where(partner_tag_links.c.tag_id.in_(wanted))


def has_tagged_partner(facts: Facts, values: Values) -> bool:
    found = of_tagged_partner(values["ids"]).where(partner_tag_links.c.partner_id.in_(facts.partner_ids))
    return bool(facts.partner_ids) and bool(db.session.scalar(sa.select(found.exists())))


def by_tagged_partner(values: Values) -> Clause:
    theirs = of_tagged_partner(values["ids"])
    return sa.or_(Case.partner_id.in_(theirs), Case.contact_id.in_(theirs))


def few_words(values: Values) -> Clause:
    lines = sa.select(Event.id).where(Event.case_id == Case.id, Event.action.in_(EXCHANGED))
    counted = lines.limit(values["most"] + 1).correlate(Case).subquery()
    return sa.select(sa.func.count()).select_from(counted).scalar_subquery() <= values["most"]


# -- any field compared to a value


def read_comparison(values: dict[str, Any]) -> dict[str, Any]:
    """The value as its field takes it. Raises Refused for one that it cannot be compared to."""
    sort = FIELDS[values["field"]].sort
    operator = values["operator"]
    if sort not in OPERATORS[operator].sorts:
        raise Refused(
            _(
                "“%(field)s” cannot be compared like this: %(operator)s.",
                field=FIELDS[values["field"]].label,
                operator=OPERATORS[operator].label,
            )
        )
    if operator in {"empty", "filled"}:
        return {name: values[name] for name in ("field", "operator")}
    typed = values.get("value")
    if typed is None:
        raise Refused(_("Say what the field is compared to."))
    if sort == "day":
        day_of(typed, date(2000, 1, 1))
    elif sort != "text" and not (
        typed.lstrip("-").isascii() and typed.lstrip("-").isdigit() and len(typed) < 13
    ):
        raise Refused(_("“%(value)s” is no whole number.", value=typed))
    return values


def day_of(typed: str, today: date) -> date:
    """A date, or so many days from today: +3, -14, 0."""
    try:
        if typed[:1] in "+-" or typed == "0":
            days = int(typed)
            if abs(days) <= 36_500:
                return today + timedelta(days=days)
        elif len(typed) == 10 and 1900 <= (day := date.fromisoformat(typed)).year <= 2199:
            return day
    except ValueError:
        pass
    raise Refused(_("“%(value)s” is no date: 2026-12-31, or +3 for in three days.", value=typed))


def compares(facts: Facts, values: Values) -> bool:
    field, operator = FIELDS[values["field"]], values["operator"]
    held = getattr(facts, values["field"])
    if operator in {"empty", "filled"}:
        return (held in {None, ""}) is (operator == "empty")
    if field.sort == "text":
        return OPERATORS[operator].holds(held or "", values["value"])
    if held is None:
        return False
    if field.sort == "day":
        if field.is_instant:
            held = Organisation.current().day_of(held)
        return OPERATORS[operator].holds(held, day_of(values["value"], facts.today))
    if field.sort == "money":
        amount, currency = whole_of(values["value"])
        return facts.currency == currency and OPERATORS[operator].holds(held, amount)
    return OPERATORS[operator].holds(held, int(values["value"]))


def compared(values: Values) -> Clause:
    field, operator = FIELDS[values["field"]], values["operator"]
    column: Any = getattr(Case, values["field"])
    if operator in {"empty", "filled"}:
        is_empty = column.is_(None) if field.sort != "text" else sa.func.coalesce(column, "") == ""
        return is_empty if operator == "empty" else sa.not_(is_empty)
    if field.sort == "text":
        return compared_text(sa.func.coalesce(column, ""), operator, values["value"])
    if field.sort == "day":
        return compared_day(
            column, field.is_instant, operator, day_of(values["value"], Organisation.current().today())
        )
    if field.sort == "money":
        amount, currency = whole_of(values["value"])
        return sa.and_(Case.currency == currency, OPERATORS[operator].holds(column, amount))
    return OPERATORS[operator].holds(column, int(values["value"]))


def compared_text(column: Any, operator: str, value: str) -> Clause:
    """LIKE minds no case on SQLite: what is left when the words are taken out says whether they were there."""
    if operator in {"is", "is_not"}:
        return column == value if operator == "is" else column != value
    without = sa.func.replace(column, value, "")
    return without != column if operator == "contains" else without == column


def compared_day(column: Any, is_instant: bool, operator: str, day: date) -> Clause:
    if not is_instant:
        return OPERATORS[operator].holds(column, day)
    start, end = begins(day), begins(day + timedelta(days=1))
    if operator == "at_least":
        return column >= start
    return column < end if operator == "at_most" else sa.and_(column >= start, column < end)


def whole_of(typed: str) -> tuple[int, str]:
    """A whole amount, which may be below nothing, in minor units of the organisation's currency."""
    minor, currency = whole(typed.lstrip("-"))
    return (-minor if typed.startswith("-") else minor), currency


def say_comparison(values: Values) -> str:
    field, operator = FIELDS[values["field"]], OPERATORS[values["operator"]]
    value = values.get("value")
    if value is not None and field.sort == "day":
        value = day_words(value)
    return _("%(field)s %(operator)s", field=field.label, operator=put(operator.says, value=value))


def say_worth(values: Values) -> str:
    currency = Organisation.current().currency
    if "most" not in values:
        return _("it is worth at least %(low)s %(currency)s", low=values["least"], currency=currency)
    if "least" not in values:
        return _("it is worth at most %(high)s %(currency)s", high=values["most"], currency=currency)
    return _(
        "it is worth between %(low)s and %(high)s %(currency)s",
        low=values["least"],
        high=values["most"],
        currency=currency,
    )


CONDITIONS.add(
    words("kind", _l("Kind"), "kind", KIND_WORDS, says=_l("its kind is %(what)s")),
    words("state", _l("State"), "state", STATE_WORDS, says=_l("it is %(what)s")),
    words("outcome", _l("Outcome"), "outcome", OUTCOME_WORDS, says=_l("its outcome is %(what)s")),
    Condition(
        "team",
        _l("Team"),
        parameters=(Records(name="ids", label=_l("Team"), cls=lambda: Team, is_needed=False),),
        says=lambda values: (
            _("it is of team %(what)s", what=CONDITIONS["team"].word(values, "ids"))
            if values.get("ids")
            else _("it has no team")
        ),
        holds=lambda facts, values: is_one_of(facts.team_id, values.get("ids") and with_below(values["ids"])),
        clause=lambda values: in_teams(values.get("ids")),
    ),
    records(
        "category",
        _l("Category"),
        "category_id",
        Category,
        says=_l("its category is %(what)s"),
        none=_l("it has no category"),
    ),
    Condition(
        "tag",
        _l("Tag"),
        parameters=(Records(name="ids", label=_l("Tag"), cls=lambda: Tag, is_needed=False),),
        says=lambda values: (
            _("it has the tag %(what)s", what=CONDITIONS["tag"].word(values, "ids"))
            if values.get("ids")
            else _("it has no tags")
        ),
        holds=lambda facts, values: (
            bool(facts.tag_ids & set(values["ids"])) if values.get("ids") else not facts.tag_ids
        ),
        clause=lambda values: tagged(values.get("ids")),
    ),
    records(
        "stage",
        _l("Stage"),
        "stage_id",
        Stage,
        says=_l("it stands in %(what)s"),
        none=_l("it stands in no stage"),
    ),
    records(
        "responsible",
        _l("Responsible"),
        "responsible_id",
        User,
        says=_l("it is %(what)s's"),
        none=_l("it is nobody's"),
    ),
    Condition(
        "partner",
        _l("Partner"),
        parameters=(Records(name="ids", label=_l("Partner"), cls=lambda: Partner),),
        says=lambda values: _("it is about %(what)s", what=CONDITIONS["partner"].word(values, "ids")),
        holds=lambda facts, values: bool(set(facts.partner_ids) & set(values["ids"])),
        clause=lambda values: sa.or_(Case.partner_id.in_(values["ids"]), Case.contact_id.in_(values["ids"])),
    ),
    Condition(
        "partner_tag",
        _l("Partner's tag"),
        parameters=(Records(name="ids", label=_l("Partner's tag"), cls=lambda: PartnerTag),),
        says=lambda values: _(
            "its partner has the tag %(what)s", what=CONDITIONS["partner_tag"].word(values, "ids")
        ),
        holds=has_tagged_partner,
        clause=by_tagged_partner,
    ),
    records(
        "country",
        _l("Country"),
        "country_id",
        Country,
        says=_l("it is from %(what)s"),
        none=_l("its country is not known"),
    ),
    span(
        "priority",
        _l("Priority"),
        "priority",
        says=(
            _l("its priority is at least %(low)s"),
            _l("its priority is at most %(high)s"),
            _l("its priority is between %(low)s and %(high)s"),
        ),
        options=PRIORITY_WORDS,
        most=3,
    ),
    records(
        "channel",
        _l("Channel"),
        "channel_id",
        Channel,
        says=_l("it came by %(what)s"),
        none=_l("nobody said how it came"),
    ),
    records(
        "source",
        _l("Source"),
        "source_id",
        Source,
        says=_l("it came through %(what)s"),
        none=_l("nobody said where it came from"),
    ),
    records(
        "medium",
        _l("Medium"),
        "medium_id",
        Medium,
        says=_l("its medium is %(what)s"),
        none=_l("it has no medium"),
    ),
    records(
        "campaign",
        _l("Campaign"),
        "campaign_id",
        Campaign,
        says=_l("it came of %(what)s"),
        none=_l("it came of no campaign"),
    ),
    records(
        "lost_reason",
        _l("Lost reason"),
        "lost_reason_id",
        LostReason,
        says=_l("it was lost because of %(what)s"),
        none=_l("it has no reason for being lost"),
    ),
    records(
        "plan",
        _l("Recurring plan"),
        "recurring_plan_id",
        RecurringPlan,
        says=_l("it recurs %(what)s"),
        none=_l("it does not recur"),
    ),
    records(
        "state_of_mind",
        _l("State of mind"),
        "state_of_mind_id",
        StateOfMind,
        says=_l("they are %(what)s"),
        none=_l("nobody said how they feel"),
    ),
    Condition(
        "revenue",
        _l("Expected revenue"),
        parameters=(
            Number(name="least", label=_l("At least"), is_needed=False),
            Number(name="most", label=_l("At most"), is_needed=False),
        ),
        check=refuse_empty_span,
        says=say_worth,
        holds=is_worth,
        clause=worth,
    ),
    span(
        "probability",
        _l("Probability"),
        "probability",
        says=(
            _l("its probability is at least %(low)s %%"),
            _l("its probability is at most %(high)s %%"),
            _l("its probability is between %(low)s and %(high)s %%"),
        ),
        options=None,
        most=100,
    ),
    Condition(
        "name",
        _l("Name matches"),
        parameters=(Line(name="pattern", label=_l("Pattern"), most=patterns.LONGEST),),
        check=lambda values: {"pattern": patterns.read(values["pattern"])},
        says=lambda values: _("its name is like “%(pattern)s”", pattern=values["pattern"]),
        holds=lambda facts, values: patterns.matches(values["pattern"], facts.name_folded),
        clause=lambda values: Case.name_folded.like(patterns.like(values["pattern"]), escape="/"),
    ),
    Condition(
        "communications",
        _l("At most so many words exchanged"),
        parameters=(Number(name="most", label=_l("At most"), most=1000),),
        says=lambda values: (
            _("at most %(n)s words were exchanged", n=values["most"])
            if values["most"]
            else _("no word was exchanged")
        ),
        holds=lambda facts, values: facts.communications(values["most"] + 1) <= values["most"],
        clause=few_words,
    ),
    Condition(
        "field",
        _l("A field compared to a value"),
        parameters=(
            Choice(
                name="field",
                label=_l("Field"),
                options=lambda: [(name, each.label) for name, each in FIELDS.items()],
            ),
            Choice(
                name="operator",
                label=_l("Is compared"),
                options=lambda: [(name, each.label) for name, each in OPERATORS.items()],
            ),
            Line(name="value", label=_l("Value"), is_needed=False),
        ),
        check=read_comparison,
        says=say_comparison,
        holds=compares,
        clause=compared,
    ),
)
