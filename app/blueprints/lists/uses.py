"""What names an entry: how many records, and the way to them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.case import Case, case_tags
from app.domain.listed import pointers_to
from app.domain.lists import PartnerTag
from app.domain.partner import Partner, partner_tag_links
from app.extensions import db
from app.i18n import number
from app.web import me

MOST = 10_000
# The words by which lists of cases and partners are narrowed in their addresses.
BY_CASES = "stage team category tag lost_reason channel source medium campaign plan country".split()
BY_PARTNERS = "industry level tag country region source team".split()


@dataclass(frozen=True)
class Use:
    """So many records of one sort name an entry; the way to them, where there is one."""

    words: str
    href: str | None = None


def uses_of(cls: Any, entries: list[Any]) -> dict[int, list[Use]]:
    """The uses of these entries by their ids: one statement for each column that names such entries."""
    found: defaultdict[int, list[Use]] = defaultdict(list)
    for column, target in sorted(pointers_to(cls), key=cases_first):
        ids = {getattr(entry, target): entry.id for entry in entries}
        for value, many in counted(cls, column, target, list(ids)):
            if many:
                found[ids[value]].append(use(column, ids[value], many))
    return found


def cases_first(pointer: tuple[Any, str]) -> int:
    """Cases are what people ask for, then partners."""
    name = pointer[0].table.name
    return 0 if name.startswith("case") else 1 if name.startswith("partner") else 2


def use(column: Any, entry_id: int, many: int) -> Use:
    table = column.table.name
    words = PHRASES.get(table, elsewhere)(many) if many <= MOST else more(table)
    field = "tag" if column.name == "tag_id" else column.name.removesuffix("_id").removeprefix("recurring_")
    asked: dict[str, Any] = {field: entry_id}
    if table in {"cases", "case_tags"} and field in BY_CASES:
        return Use(words, url_for("cases.index", **asked, state="all"))
    if table in {"partners", "partner_tag_links"} and field in BY_PARTNERS:
        return Use(words, url_for("partners.index", **asked))
    return Use(words)


def counted(cls: Any, column: sa.Column[Any], target: str, values: list[Any]) -> Any:
    """How many records, that this person may know of, name each of these; counted no further than to MOST.

    A column that leads no index is read once as a whole, or each entry that nothing names would have it read.
    """
    rows = naming(column)
    if cls is PartnerTag and column.table is partner_tag_links:
        return branches(values)
    if not leads_an_index(column):
        query = rows.with_only_columns(column, sa.func.count()).where(column.in_(values)).group_by(column)
        return db.session.execute(query)
    entries = sa.inspect(cls).local_table.alias("entry")
    named = rows.with_only_columns(sa.literal(1)).where(column == entries.c[target]).limit(MOST + 1)
    many = sa.select(sa.func.count()).select_from(named.correlate(entries).subquery()).scalar_subquery()
    return db.session.execute(sa.select(entries.c[target], many).where(entries.c[target].in_(values)))


def branches(values: list[int]) -> Any:
    """Partners by tag, each tag with all below it: as the list of partners finds them."""
    below = PartnerTag.branches()
    partners = visible(Partner).join(partner_tag_links, partner_tag_links.c.partner_id == Partner.id)
    query = partners.join(below, below.c.id == partner_tag_links.c.tag_id).where(below.c.top.in_(values))
    many = sa.func.count(Partner.id.distinct())
    return db.session.execute(query.with_only_columns(below.c.top, many).group_by(below.c.top))


def naming(column: Any) -> sa.Select[Any]:
    """The rows that count: cases and partners as their lists show them, else what is not in the bin."""
    table: Any = column.table
    if table is case_tags:
        return visible(Case).join(case_tags, case_tags.c.case_id == Case.id)
    if table is partner_tag_links:
        return visible(Partner).join(partner_tag_links, partner_tag_links.c.partner_id == Partner.id)
    if table.name in {"cases", "partners"}:
        return visible(Case if table.name == "cases" else Partner)
    query = sa.select(table)
    return query.where(table.c.deleted_at.is_(None)) if "deleted_at" in table.c else query


def visible(cls: Any) -> sa.Select[Any]:
    return cls.visible_to(me()).where(~cls.archived)


def leads_an_index(column: sa.Column[Any]) -> bool:
    table: Any = column.table
    return any(next(iter(index.columns)) is column for index in table.indexes)


PHRASES: dict[str, Callable[[int], str]] = {
    "cases": lambda n: ngettext("%(num)d case", "%(num)d cases", n),
    "partners": lambda n: ngettext("%(num)d partner", "%(num)d partners", n),
    "teams": lambda n: ngettext("%(num)d team", "%(num)d teams", n),
    "stages": lambda n: ngettext("%(num)d stage", "%(num)d stages", n),
    "partner_tags": lambda n: ngettext("%(num)d tag below it", "%(num)d tags below it", n),
    "products": lambda n: ngettext("%(num)d product", "%(num)d products", n),
    "currency_rates": lambda n: ngettext("%(num)d rate", "%(num)d rates", n),
    "regions": lambda n: ngettext("%(num)d region", "%(num)d regions", n),
    "holidays": lambda n: ngettext("%(num)d holiday", "%(num)d holidays", n),
    "categories": lambda n: ngettext("%(num)d category", "%(num)d categories", n),
    "activities": lambda n: ngettext("%(num)d activity", "%(num)d activities", n),
    "activity_types": lambda n: ngettext("%(num)d type of activity", "%(num)d types of activity", n),
    "plan_steps": lambda n: ngettext("%(num)d step of a plan", "%(num)d steps of plans", n),
    "call_lists": lambda n: ngettext("%(num)d call list", "%(num)d call lists", n),
    "organisations": lambda _n: _("the organisation"),
}
PHRASES |= {
    "case_tags": PHRASES["cases"],
    "partner_tag_links": PHRASES["partners"],
    "stage_teams": PHRASES["stages"],
}


def elsewhere(many: int) -> str:
    return ngettext("%(num)d other record", "%(num)d other records", many)


def more(table: str) -> str:
    """More than anybody counts by eye."""
    if table.startswith("case"):
        return _("more than %(most)s cases", most=number(MOST))
    return _("more than %(most)s partners", most=number(MOST))
