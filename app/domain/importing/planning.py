"""What each row of a batch would do: make a record, change one, nothing, or fail with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from app.domain.asking import Among
from app.domain.history import Change, Event, plain_rows
from app.domain.importing.fields import Link, Moment, Written, Wrong
from app.domain.importing.finding import TARGETS, UNIQUE, by_column, find
from app.domain.importing.kinds import KINDS
from app.domain.importing.making import New
from app.domain.importing.mapping import Use
from app.domain.importing.reading import Numbered
from app.domain.importing.recipe import Known, Plan, Recipe, sentence
from app.domain.importing.records import ExternalId, Import
from app.extensions import _, db

Row = dict[str, Any]


class Batch:
    """Some rows that are planned together, with a constant number of queries."""

    def __init__(self, recipe: Recipe, rows: Iterable[Numbered], *, is_late: bool = False) -> None:
        self.recipe, self.is_late = recipe, is_late
        self.before: dict[int, Row] = {}
        self.kind = recipe.kind()
        self.has_moments = any(isinstance(each, Moment) for each in self.kind.fields.values())
        self.columns = {
            name: (field.column or name, isinstance(field, Link)) for name, field in self.kind.fields.items()
        }
        # Where a row may name a record that is to be made along.
        self.naming = [field.column or name for name, field, _use in recipe.links()]
        self.news: dict[tuple[str, str], New] = {}
        self.plans = [recipe.plan(number, cells) for number, cells in rows]

    def look(self, *, is_last_call: bool, is_coming: Callable[[str], bool] | None = None) -> None:
        """Find what the rows are about and what they name. Only reads.

        What names a record of the kind that is being imported may come further down: such a row is put
        aside until the last call. In a rehearsal `is_coming` says whether it will.
        """
        self.is_last_call, self.is_coming = is_last_call, is_coming
        self.recognise()
        self.skip_unchanged()
        for name, link, use in self.recipe.links():
            self.resolve(name, link, use)

    @property
    def open(self) -> list[Plan]:
        return [plan for plan in self.plans if not plan.what]

    def recognise(self) -> None:
        """By external id, else by what such records are recognised by."""
        query = known_elsewhere(self.recipe.source, self.kind.cls.record_kind)
        known = {
            each.external_id: Known(each.record_id, each.id, each.facts, undone)
            for each, undone in db.session.execute(query, {"keys": [plan.key for plan in self.open]})
        }
        for plan in self.open:
            plan.known = known.get(plan.key)
        for name in self.recipe.match:
            self.match_by(name)

    def match_by(self, name: str) -> None:
        """By what stands in one field. Who has another id of the same source is somebody else."""
        kind = self.kind.cls.record_kind
        asking = {
            plan: plan.values[name]
            for plan in self.open
            if plan.known is None and plan.values.get(name) and self.kind.may_match(name, plan.values)
        }
        found = by_column(kind, name, set(asking.values()), even_gone=(kind, name) in UNIQUE)
        others = self.known_otherwise({id_ for ids in found.values() for id_ in ids})
        for plan, text in asking.items():
            ids = [id_ for id_ in found[text] if id_ not in others]
            if len(ids) > 1:
                plan.fail(_("%(n)s records have this %(field)s.", n=len(ids), field=name))
            elif ids:
                plan.known = Known(ids[0])

    def known_otherwise(self, ids: set[int]) -> set[int]:
        if self.recipe.mapping.id is None or not ids:
            return set()
        kind = self.kind.cls.record_kind
        query = sa.select(ExternalId.record_id).where(
            ExternalId.source == self.recipe.source,
            ExternalId.record_kind == kind,
            Among(ExternalId.record_id, "ids"),
        )
        return set(db.session.scalars(query, {"ids": ids}))

    def skip_unchanged(self) -> None:
        for plan in self.open:
            known = plan.known
            if known is not None and not known.is_undone and known.facts == plan.facts:
                plan.what = "skipped"

    def resolve(self, name: str, link: Link, use: Use) -> None:
        """From the names of a field to ids, or to records that are to be made."""
        names = {each for plan in self.open for each in plan.values.get(name) or ()}
        found = find(link.target, names, by=use.by, source=self.recipe.source)
        for plan in self.open:
            said = plan.values.get(name)
            if said is None:
                plan.row[link.column or name] = [] if link.many else None
                continue
            try:
                ids = [self.one(each, found.get(each, []), link, use, plan) for each in said]
            except Wrong as wrong:
                plan.fail(sentence([f"{name}: {wrong}"]))
                continue
            if link.target == "stage":
                plan.row[link.column or name] = found[said[0]]
            else:
                plan.row[link.column or name] = ids if link.many else ids[0]

    def one(self, name: str, ids: list[int], link: Link, use: Use, plan: Plan) -> Any:
        """The record that a name means: its id, or what is to be made."""
        if len(ids) == 1 or (ids and link.target == "stage"):
            return ids[0]
        if ids:
            raise Wrong(_("%(n)s are called “%(name)s”", n=len(ids), name=name))
        if TARGETS[link.target] is self.kind.cls:
            if self.is_coming is not None and self.is_coming(name):
                return New(link.target, name)
            if not self.is_last_call:
                plan.what = "aside"
                return None
        if use.make is None:
            raise Wrong(_("“%(name)s” is not known", name=name))
        return self.new(name, link.target, use, plan)

    def new(self, name: str, target: str, use: Use, plan: Plan) -> New:
        """To be made, once for all rows that name it."""
        new = New(target, name)
        if new.key not in self.news:
            cells = self.recipe.mapping.cells(plan.cells)
            new.facts = facts_of(target, name, use, cells)
            self.news[new.key] = new
        return self.news[new.key]

    def complete(self, *, lock: bool) -> None:
        """Work out the whole of each record that is made or changed."""
        ids = [plan.known.record_id for plan in self.open if plan.known is not None]
        if ids:
            self.before = plain_rows(self.kind.cls, ids, lock=lock)
        for plan in self.open:
            was = self.before.get(plan.known.record_id) if plan.known is not None else None
            try:
                self.complete_one(plan, was)
            except Wrong as wrong:
                plan.fail(sentence([str(wrong)]))

    def complete_one(self, plan: Plan, was: Row | None) -> None:
        known = plan.known
        if known is not None and (was is None or was["deleted_at"] is not None) and not self.is_revived(plan):
            plan.what, plan.reason = "skipped", _("It was deleted here.")
            return
        fresh = self.fresh(plan)
        if was is None:
            row = {**fresh, "date_only": " ".join(sorted(plan.mere_dates))} if self.has_moments else fresh
            self.kind.complete(row, None)
            plan.row, plan.what, plan.known = row, "made", known if known and known.id else None
            return
        row = {**was, **fresh, "deleted_at": None}
        if self.has_moments:
            words = set((was["date_only"] or "").split()) - fresh.keys()
            row["date_only"] = " ".join(sorted(words | (plan.mere_dates & fresh.keys())))
        self.kind.complete(row, was)
        plan.row = row

    def is_revived(self, plan: Plan) -> bool:
        """It was in the bin because its import was undone, or only a bin holds what must be unique."""
        return plan.known is not None and (plan.known.is_undone or plan.known.id is None)

    def fresh(self, plan: Plan) -> Row:
        """The columns that this row sets: all of a new record, of a known one those that are news.

        Of a record that came another way only what the file knows: its blanks erase nothing.
        """
        known, facts = plan.known, plan.facts
        if known is None:
            names = list(plan.values)
        elif known.facts is not None and not known.is_undone:
            names = [name for name in plan.values if facts[name] != known.facts.get(name)]
        else:
            names = [name for name in plan.values if facts[name] is not None]
        if not self.kind.together.isdisjoint(names):
            names += [name for name in self.kind.together if name in plan.values and name not in names]
        row = {}
        for name in names:
            column, is_link = self.columns[name]
            value = plan.row[column] if is_link else plan.values[name]
            if value is not None or known is not None:
                row[column] = value
        return row


def known_elsewhere(source: str, kind: str) -> sa.Select[ExternalId, bool]:
    """The records of a kind that a source calls by some of the `keys`, each with whether its import was undone."""
    is_undone = (
        sa.exists()
        .where(
            Change.record_kind == ExternalId.record_kind,
            Change.record_id == ExternalId.record_id,
            Change.undone_by_id.is_not(None),
            Change.event_id == Event.id,
            Event.change_set_id == Import.change_set_id,
            Import.id == ExternalId.import_id,
        )
        .correlate(ExternalId)
    )
    return sa.select(ExternalId, is_undone).where(
        ExternalId.source == source,
        ExternalId.record_kind == kind,
        Among(ExternalId.external_id, "keys"),
    )


def facts_of(target: str, name: str, use: Use, cells: list[str]) -> Row:
    """What a record that is made along is made with."""
    fields = next((kind.fields for kind in KINDS.values() if kind.cls.record_kind == target), {})
    facts: Row = {}
    for key, template in (use.make or {}).items():
        if key not in fields or isinstance(fields[key], Link):
            raise Wrong(_("a %(target)s is not made with “%(key)s”", target=target, key=key))
        facts[key] = fields[key].read(template.fill(cells) or "", Written())
    if target == "user":
        if "email" not in facts:
            raise Wrong(_("“%(name)s” is not known, and needs an e-mail address to be made", name=name))
        facts.setdefault("role", "salesperson")
    return facts
