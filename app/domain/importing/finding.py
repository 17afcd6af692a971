"""Who or what a row names: looked up for a whole batch at once, by name, e-mail, code or external id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.domain.asking import Among
from app.domain.case import Case
from app.domain.importing.records import ExternalId
from app.domain.lists import (
    Campaign,
    Category,
    Channel,
    Country,
    Industry,
    Level,
    LostReason,
    Medium,
    PartnerTag,
    Product,
    RecurringPlan,
    Region,
    Source,
    StateOfMind,
    Tag,
)
from app.domain.partner import Partner
from app.domain.permission import STAFF
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.text import fold
from app.domain.user import User
from app.extensions import db

TARGETS: dict[str, Any] = {
    cls.record_kind: cls
    for cls in (
        Campaign, Case, Category, Channel, Country, Industry, Level, LostReason, Medium, Partner, PartnerTag,
        Product, RecurringPlan, Region, Source, Stage, StateOfMind, Tag, Team, User,
    )
}  # fmt: skip
# In these columns nobody else has the same, be they in the bin or not.
UNIQUE = {("user", "email"), ("product", "code"), ("team", "code")}
WAYS = ("name", "email", "code")
# Between a team and the one below it.
BELOW = " / "
Found = dict[str, list[int]]


def find(target: str, names: Iterable[str], *, by: str | None, source: str) -> Found:
    """The ids that each of these names may mean; none if it is not known."""
    wanted = set(names)
    if by == "id":
        return by_external_id(target, wanted, source)
    if by is None and target in {"partner", "user"}:
        addresses = {name for name in wanted if "@" in name}
        return by_column(target, "email", addresses) | by_column(target, "name", wanted - addresses)
    if target == "team":
        return by_way_down(wanted)
    if target == "country" and by is None:
        return by_column(target, "code", wanted) | {
            name: ids for name, ids in by_column(target, "name", wanted).items() if ids
        }
    return by_column(target, by or "name", wanted)


def by_external_id(target: str, names: set[str], source: str) -> Found:
    query = sa.select(ExternalId.external_id, ExternalId.record_id).where(
        ExternalId.source == source, ExternalId.record_kind == target, Among(ExternalId.external_id, "names")
    )
    found = db.session.execute(query, {"names": names}).all()
    alive_ids = living(target, [record_id for _name, record_id in found])
    return collected(names, (each for each in found if each.record_id in alive_ids), str)


def living(target: str, ids: list[int]) -> set[int]:
    cls = TARGETS[target]
    query = sa.select(cls.id).where(Among(cls.id, "ids"), *alive(cls))
    return set(db.session.scalars(query, {"ids": ids})) if ids else set()


def by_column(target: str, column: str, names: set[str], *, even_gone: bool = False) -> Found:
    """By what stands in a column, without regard to case and accents."""
    if not names:
        return {}
    cls = TARGETS[target]
    conditions = () if even_gone else alive(cls)
    folding, stored = (str.casefold, "email_folded") if column == "email" else (fold, f"{column}_folded")
    if hasattr(cls, stored) or column == "email":
        where: Any = getattr(cls, stored) if hasattr(cls, stored) else cls.email
        query = sa.select(where, cls.id).where(Among(where, "names"), *conditions)
        asked = {"names": {folding(name) for name in names}}
        return collected(names, db.session.execute(query, asked).all(), folding)
    if target == "product" and column == "code":
        query = sa.select(cls.code, cls.id).where(Among(cls.code, "names"), *conditions)
        return collected(names, db.session.execute(query, {"names": names}).all(), str)
    # Lists are short, and their names are not kept folded.
    query = sa.select(getattr(cls, column), cls.id).where(*conditions).order_by(cls.id)
    return collected(names, db.session.execute(query).all(), fold)


def by_way_down(names: set[str]) -> Found:
    """Teams by their name, or by the way to them from the top: `North / Hamburg`."""
    if not names:
        return {}
    rows = db.session.execute(
        sa.select(Team.id, Team.parent_id, Team.name).where(*alive(Team)).order_by(Team.id)
    ).all()
    above = {id_: (parent_id, fold(name)) for id_, parent_id, name in rows}
    return {name: [id_ for id_ in above if is_at_the_end(way_down(name), id_, above)] for name in names}


def way_down(name: str) -> list[str]:
    return [part for part in (each.strip() for each in name.split(BELOW)) if part]


def is_at_the_end(way: list[str], team_id: int, above: dict[int, tuple[int | None, str]]) -> bool:
    """Does this way, read from its end up, lead to this team? A longer one has to begin at the top."""
    at: int | None = team_id
    for name in map(fold, reversed(way)):
        if at is None or at not in above or above[at][1] != name:
            return False
        at = above[at][0]
    return bool(way) and (len(way) == 1 or at is None)


def collected(names: set[str], rows: Iterable[Any], folding: Any) -> Found:
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for text, id_ in rows:
        ids[folding(text or "")].append(id_)
    return {name: ids.get(folding(name), []) for name in names}


def alive(cls: Any) -> list[Any]:
    """What may still be named: not in the bin, not archived, still with us."""
    conditions = [cls.deleted_at.is_(None)]
    if hasattr(cls, "archived"):
        conditions.append(~cls.archived)
    if cls is User:
        conditions += [cls.deactivated_at.is_(None), cls.role.in_(STAFF)]
    return conditions
