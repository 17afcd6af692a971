"""A rehearsal: the whole file is read and planned as it will be, and nothing is written."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.domain.importing import applying
from app.domain.importing.fields import Day, Number
from app.domain.importing.finding import BELOW, TARGETS, by_way_down, way_down
from app.domain.importing.making import New
from app.domain.importing.planning import Batch
from app.domain.importing.reading import Sheet
from app.domain.importing.recipe import Plan, Recipe
from app.domain.importing.writing import Forms, Marks
from app.domain.text import fold
from app.extensions import _, db

BATCH = 500
Failed = Callable[[list[str], str], None]


class Seen:
    """A set of texts that may be larger than memory: a database without a name, gone with its connection."""

    def __init__(self) -> None:
        self.file = sqlite3.connect("", isolation_level=None)
        self.file.execute("pragma journal_mode = off")
        self.file.execute("begin")
        self.file.execute("create table seen (text primary key) without rowid")

    def add(self, text: str) -> bool:
        """Remember a text; answers whether it is a new one."""
        return self.file.execute("insert or ignore into seen values (?)", (text,)).rowcount > 0

    def __contains__(self, text: str) -> bool:
        return self.file.execute("select 1 from seen where text = ?", (text,)).fetchone() is not None


@dataclass
class Rehearsal:
    """What an import would do: counts, what would be made along, and each row that fails with its reason."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    along: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch, seen: Seen, failed: Failed | None) -> None:
        for new in applying.wanted(batch):
            for name in missing(new):
                self.along[new.target] += seen.add(f"new {new.target} {fold(name)}")
        for plan in batch.plans:
            self.total += 1
            self.counts[plan.what] += 1
            if plan.reason:
                self.reasons[plan.reason] += 1
            if plan.what == "failed" and failed is not None:
                failed(plan.cells, plan.reason)


def survey(recipe: Recipe, sheet: Sheet) -> dict[str, Any]:
    """Read the whole file once: how dates and numbers are written in it. Raises Unclear."""
    seen: dict[str, Any] = {}
    for name, use in recipe.uses.items():
        kind = recipe.kind.fields[name]
        if isinstance(kind, Day) and use.form is None:
            seen[name] = Forms(name)
        elif isinstance(kind, Number) and use.decimal is None:
            seen[name] = Marks(name)
    for _number, raw in sheet.rows():
        if recipe.mapping.is_whole(raw):
            cells = recipe.mapping.cells(raw)
            for name, column in seen.items():
                text = recipe.uses[name].text(cells)
                if text:
                    column.see(text)
    return {
        name: {"form": column.found()} if isinstance(column, Forms) else {"decimal": column.found()}
        for name, column in seen.items()
    }


def rehearse(recipe: Recipe, sheet: Sheet, failed: Failed | None = None) -> Rehearsal:
    """Plan every row. `failed` is told the cells and the reason of each that fails."""
    found, seen = Rehearsal(), Seen()
    is_coming = look_ahead(recipe, sheet, seen)
    rows = sheet.rows()
    while some := list(islice(rows, BATCH)):
        batch = Batch(recipe, some)
        for plan in batch.plans:
            if plan.key and not seen.add(f"key {plan.key}") and plan.is_open:
                plan.fail(_("The same id stands further up."))
        batch.look(is_last_call=True, is_coming=is_coming)
        batch.complete(lock=False)
        applying.split(batch)
        applying.tell_changed_from_same(batch)
        db.session.rollback()
        found.add(batch, seen, failed)
    return found


def look_ahead(recipe: Recipe, sheet: Sheet, seen: Seen) -> Callable[[str], bool] | None:
    """Where rows name records of their own kind: which will be there once the whole file is."""
    if not any(TARGETS[link.target] is recipe.kind.cls for _name, link, _use in recipe.links()):
        return None
    for number, raw in sheet.rows():
        plan = recipe.plan(number, raw)
        if plan.is_open:
            note_what_comes(recipe, plan, seen)
    return lambda name: f"comes {fold(name)}" in seen


def missing(new: New) -> list[str]:
    """What it takes to make this record: of a team, those above it that are not there either."""
    if new.target != "team":
        return [new.name]
    way = way_down(new.name)
    ways = [BELOW.join(way[:depth]) for depth in range(1, len(way) + 1)]
    known = by_way_down(set(ways))
    return [each for each in ways if not known[each]]


def note_what_comes(recipe: Recipe, plan: Plan, seen: Seen) -> None:
    """By what other rows of the same file may name this one."""
    for text in (plan.key, *(plan.values.get(name) for name in recipe.match)):
        if text:
            seen.add(f"comes {fold(text)}")
