"""What one import does to each row by itself: from cells to the values of fields, or a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.domain.errors import Refused
from app.domain.history.tracking import plain
from app.domain.importing.fields import Link, Moment, Written, Wrong, is_mere_date
from app.domain.importing.finding import TARGETS, WAYS
from app.domain.importing.kinds import KINDS, Kind
from app.domain.importing.making import MAKEABLE
from app.domain.importing.mapping import Mapping, Use
from app.domain.importing.records import LONGEST_KEY
from app.domain.organisation import Organisation
from app.domain.text import fold
from app.extensions import _

Row = dict[str, Any]
# Most cells of a column say what others said before. So many are remembered, those no longer than this.
REMEMBERED, LONGEST_REMEMBERED = 8_192, 60


@dataclass
class Known:
    """What is known of a row from before: its record, and what the file said of it then."""

    record_id: int
    id: int | None = None
    facts: Row | None = None
    is_undone: bool = False


class Said(NamedTuple):
    """What a cell says: its value, the same as it is kept to be compared, and whether it is a moment's mere date."""

    value: Any = None
    fact: Any = None
    is_mere_date: bool = False


NOTHING = Said()


@dataclass(eq=False)
class Plan:
    """One row, and what becomes of it: `what` is made, changed, skipped, failed or aside."""

    number: int
    cells: list[str]
    key: str = ""
    what: str = ""
    reason: str = ""
    values: Row = field(default_factory=dict)
    # What the file says of the record, to be compared when it comes again.
    facts: Row = field(default_factory=dict)
    mere_dates: set[str] = field(default_factory=set)
    known: Known | None = None
    row: Row = field(default_factory=dict)
    # What the row says beside the record's own columns: links, and what its kind finishes with.
    beside: Row = field(default_factory=dict)

    def fail(self, reason: str) -> None:
        self.what, self.reason = "failed", reason

    @property
    def is_open(self) -> bool:
        return not self.what


class Recipe:
    """A mapping, bound to a header and a kind: what one import does to every row."""

    def __init__(self, kind: str, told: Row, header: list[str], writing: Row | None = None) -> None:
        self.kind: type[Kind] = KINDS[kind]
        self.mapping = Mapping.of(told, header, frozenset(self.kind.fields))
        self.source = str(told.get("source") or "")
        self.uses = self.mapping.uses
        self.match = [name for name in (self.mapping.match or self.kind.match) if name in self.uses]
        self.writing = writing or {}
        if self.mapping.id is None and not self.match:
            raise Refused(_("Say which column tells one row from another: id = “…”."))
        for name in self.kind.needs:
            if name not in self.uses:
                raise Refused(_("Say where “%(name)s” comes from.", name=name))
        self.refuse_unknown_ways()
        for name, link, use in self.links():
            if use.make is not None and link.target not in MAKEABLE:
                raise Refused(_("What “%(name)s” names cannot be made by an import.", name=name))
        self.zone = ZoneInfo(Organisation.current().zone)
        self.written = {name: self.written_in(use) for name, use in self.uses.items()}
        self.remembered = lru_cache(REMEMBERED)(self.read)

    def refuse_unknown_ways(self) -> None:
        """Records are looked up only by what they have."""
        ways = [
            (use.by, TARGETS[link.target]) for _name, link, use in self.links() if use.by not in {None, "id"}
        ]
        ways += [(name, self.kind.cls) for name in self.mapping.match or ()]
        for way, cls in ways:
            if way not in WAYS or not hasattr(cls, way):
                raise Refused(_("Nothing is looked up by “%(name)s” here.", name=way))

    def written_in(self, use: Use) -> Written:
        found = self.writing.get(use.name, {})
        return Written(
            form=use.form or found.get("form"),
            decimal=use.decimal or found.get("decimal") or ".",
            times=use.times,
            zone=self.zone,
        )

    def key(self, cells: list[str]) -> str:
        """By what this row is known: its id, else what its record would be recognised by."""
        if self.mapping.id is not None:
            return self.mapping.key(cells)
        return next((fold(text) for name in self.match if (text := self.uses[name].text(cells))), "")

    def plan(self, number: int, raw: list[str]) -> Plan:
        """Read one row as far as it can be read by itself."""
        plan = Plan(number, raw)
        if not self.mapping.is_whole(raw):
            plan.fail(_("It has %(n)s cells, the header has %(all)s.", n=len(raw), all=self.mapping.width))
            return plan
        cells = self.mapping.cells(raw)
        plan.key = self.key(cells)
        wrongs = [] if 0 < len(plan.key) <= LONGEST_KEY else [_("it has no id, or one that is too long")]
        for name, use in self.uses.items():
            try:
                written = use.written(cells)
                said = (self.remembered if len(written) <= LONGEST_REMEMBERED else self.read)(name, written)
            except Wrong as wrong:
                wrongs.append(f"{name}: {wrong}")
                continue
            plan.values[name], plan.facts[name] = said.value, said.fact
            if said.is_mere_date:
                plan.mere_dates.add(name)
        if wrongs:
            plan.fail(sentence(wrongs))
        return plan

    def read(self, name: str, written: str) -> Said:
        """What a field's cell says. Raises Wrong."""
        text = self.uses[name].meant(written)
        if not text:
            if name in self.kind.needs:
                raise Wrong(_("it is empty"))
            return NOTHING
        field_ = self.kind.fields[name]
        value = field_.read(text, self.written[name])
        return Said(value, plain(value), isinstance(field_, Moment) and is_mere_date(text))

    def links(self) -> Iterator[tuple[str, Link, Use]]:
        for name, use in self.uses.items():
            field_ = self.kind.fields[name]
            if isinstance(field_, Link):
                yield name, field_, use


def sentence(wrongs: list[str]) -> str:
    text = "; ".join(wrongs)
    return f"{text[:1].upper()}{text[1:]}."
