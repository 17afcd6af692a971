"""The rows of a rule's editor: each an entry of the registry with its values as they were typed, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.blueprints.forms import Form, PartnerField
from app.domain import wording
from app.domain.errors import Refused
from app.domain.rules import Rule, plugins
from app.domain.rules.groups import DEEPEST, WORDS, Group
from app.domain.rules.parameters import Choices, Parameter, Records
from app.domain.rules.registry import CONDITIONS, TRIGGERS, Part, Registry
from app.extensions import db
from app.web import me

Typed = MultiDict[str, str]
MOST_TYPED = 60
# Values that are ids of records.
OPEN_SORTS = frozenset({"record", "records"})


class Tree(dict[str, list[int]]):
    """Where rows stand in a form that was sent: below each place, the numbers of its rows."""

    def __init__(self, sent: Typed) -> None:
        super().__init__()
        for name in sent:
            place, _dash, mark = name.rpartition("-")
            above, _dash, number = place.rpartition("-")
            if mark in {"key", "word"} and above and number.isdigit() and len(number) < 4:
                self.setdefault(above, []).append(int(number))
        for numbers in self.values():
            numbers.sort()


@dataclass
class Asked:
    """One field of a row: what it asks for and what was typed into it."""

    row: Row
    parameter: Parameter
    place: str
    typed: list[str]
    wrong: str | None

    @property
    def name(self) -> str:
        return f"{self.place}-{self.parameter.name}"

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    @property
    def kind(self) -> str:
        return "partners" if self.is_by_name else self.parameter.kind

    @property
    def label(self) -> str:
        return str(self.parameter.label)

    @property
    def value(self) -> str:
        return self.typed[0] if self.typed else ""

    @property
    def is_line(self) -> bool:
        return bool(getattr(self.parameter, "is_line", False))

    @property
    def is_wide(self) -> bool:
        """Does it take a line of its own below the rest of its row?"""
        return self.kind in {"template", "addresses", "url", "partners"}

    @property
    def is_alone(self) -> bool:
        """Does the entry's own name say what is asked for?"""
        return len(self.row.entry.parameters) == 1 or getattr(self.row.entry, "is_timed", False)

    @cached_property
    def options(self) -> list[tuple[str, str]]:
        """What can be chosen; what was chosen and is offered no more stays to be seen."""
        options: Any = getattr(self.parameter, "options", list)
        found = [(str(value), str(label)) for value, label in options()]
        if names_rules(self.parameter):
            found = [one for one in found if one[0] in rules_of_reader() or one[0] in self.typed]
        if self.parameter.kind in OPEN_SORTS and not self.is_by_name:
            known = {value for value, _label in found}
            found += [(each, self.named(each)) for each in self.typed if each not in known]
        return found

    def named(self, typed: str) -> str:
        ids = [int(typed)] if typed.isdigit() and len(typed) < 19 else []
        names = self.parameter.names(ids, in_use=False) if ids else {}  # type: ignore[attr-defined]
        return next(iter(names.values()), _("(gone)"))

    @property
    def if_none(self) -> str:
        """What it means that nothing is chosen."""
        if self.parameter.is_needed:
            return _("Choose…")
        return _("any") if self.row.registry is TRIGGERS else _("none")

    @property
    def chosen(self) -> list[tuple[str, str]]:
        return [(value, label) for value, label in self.options if value in self.typed]

    @property
    def is_by_name(self) -> bool:
        """Are these too many for a list, so that one types a name?"""
        return isinstance(self.parameter, Records) and is_by_name(self.parameter)

    @property
    def partners(self) -> list[tuple[str, str]]:
        """Those chosen so far."""
        return [(each, self.named(each)) for each in self.typed]

    @property
    def names_address(self) -> str:
        return url_for("partners.names", field=f"{self.name}-typed")


def is_by_name(parameter: Any) -> bool:
    from app.domain.partner import Partner

    return isinstance(parameter, Records) and parameter.cls() is Partner


def names_rules(parameter: Any) -> bool:
    return isinstance(parameter, Records) and parameter.cls() is Rule


def rules_of_reader() -> set[str]:
    """The ids of the rules that the reader may set up, and so let run; asked once a request."""
    if "rules_of_reader" not in g:
        ids = db.session.scalars(Rule.handled_by(me()).with_only_columns(Rule.id))
        g.rules_of_reader = {str(each) for each in ids}
    known: set[str] = g.rules_of_reader
    return known


class ByName(Form):
    """A partner by name."""

    partner = PartnerField("")


@dataclass
class Row:
    """A trigger, a condition or an action as it stands in the editor."""

    registry: Registry[Any]
    key: str = ""
    typed: dict[str, list[str]] = field(default_factory=dict)
    place: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    is_new: bool = False

    @classmethod
    def sent(cls, registry: Registry[Any], form: Typed, place: str, runs: Collection[str] = ()) -> Row:
        """As it was typed; `runs` are the rules that it may run because somebody who might let it do so."""
        row = cls(registry, form.get(f"{place}-key", "")[:40], place=place)
        for parameter in row.parameters:
            typed = [each for each in form.getlist(f"{place}-{parameter.name}") if each][:MOST_TYPED]
            row.typed[parameter.name] = typed
            if is_by_name(parameter):
                row.name_partner(parameter, form.get(f"{place}-{parameter.name}-typed", "").strip())
            if names_rules(parameter):
                row.leave_out(parameter, [each for each in typed if each not in {*rules_of_reader(), *runs}])
        return row

    def name_partner(self, parameter: Parameter, typed: str) -> None:
        """Choose one more by name, or say who was not found."""
        chosen = self.typed[parameter.name]
        mine = known_partners(chosen)
        self.typed[parameter.name] = [each for each in chosen if each in mine]
        if not typed:
            return
        form = ByName(MultiDict({"partner": typed}), meta={"csrf": False})
        if form.validate():
            if str(form.partner.data) not in chosen:
                self.typed[parameter.name].append(str(form.partner.data))
        else:
            self.wrong[parameter.name] = str(form.partner.errors[0])

    def leave_out(self, parameter: Parameter, foreign: list[str]) -> None:
        """Rules that the reader does not set up are none to run, and their names nothing to be read here."""
        if foreign:
            chosen = self.typed[parameter.name]
            self.typed[parameter.name] = [each for each in chosen if each not in foreign]
            self.wrong[parameter.name] = _("Choose from the list: it has the rules that you may set up.")

    @classmethod
    def stored(cls, registry: Registry[Any], stored: Any) -> Row:
        values = {name: value for name, value in stored.items() if name != "key"}
        return cls(
            registry,
            stored["key"],
            {
                name: [str(each) for each in (value if isinstance(value, list) else [value])]
                for name, value in values.items()
                if value is not False
            },
        )

    @property
    def entry(self) -> Any:
        return self.registry.get(self.key)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.entry.parameters if self.entry is not None else ()

    @property
    def fields(self) -> list[Asked]:
        return [
            Asked(self, each, self.place, self.typed.get(each.name, []), self.wrong.get(each.name))
            for each in self.parameters
        ]

    @property
    def has_words(self) -> bool:
        """Is there a text in it that can name fields of the case?"""
        return any(each.kind == "template" for each in self.parameters) or self.key == "field"

    @property
    def question(self) -> str:
        """What the choice of its entry answers."""
        if self.registry is TRIGGERS:
            return _("When")
        return _("Which") if self.registry is CONDITIONS else _("What")

    @property
    def label(self) -> str:
        return str(self.entry.label) if self.entry is not None else _("nothing chosen yet")

    @property
    def complaint(self) -> str:
        """What of it needs another look: its fields by their names, or what it answers where nothing is chosen."""
        if self.entry is None:
            return f"{self.question}: {self.label}"
        fields = [each.label for each in self.fields if each.wrong] if len(self.parameters) > 1 else []
        return f"{self.label} ({', '.join(fields)})" if fields else self.label

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What it can be."""
        return [
            (key, str(entry.label))
            for key, entry in self.registry.items()
            if key != "plugin" or key == self.key or plugins.choices()
        ]

    def given(self, parameter: Parameter) -> Any:
        typed = self.typed.get(parameter.name, [])
        if isinstance(parameter, (Choices, Records)) or parameter.kind == "addresses":
            return typed if parameter.kind != "addresses" else ",".join(typed)
        return typed[0] if typed else ""

    def read(self) -> Part | None:
        """What it comes to; None where something needs another look, which then stands beside its field."""
        if self.entry is None:
            self.wrong["key"] = _("Choose one, or take this row away.")
            return None
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            try:
                value = parameter.read(self.given(parameter))
            except Refused as refusal:
                self.wrong.setdefault(parameter.name, str(refusal))
            else:
                if value is not None:
                    values[parameter.name] = value
        if self.wrong:
            return None
        try:
            return Part(self.entry, self.entry.check(values) if self.entry.check is not None else values)
        except Refused as refusal:
            self.wrong["row"] = str(refusal)
            return None

    def all_rows(self) -> Iterator[Row | Rows]:
        yield self

    def number(self, place: str) -> None:
        self.place = place


@dataclass
class Rows:
    """Conditions held together by a word."""

    word: str = "all"
    rows: list[Row | Rows] = field(default_factory=list)
    place: str = "conditions"
    wrong: dict[str, str] = field(default_factory=dict)
    is_new: bool = False

    @classmethod
    def sent(cls, form: Typed, tree: Tree, place: str = "conditions", depth: int = 1) -> Rows:
        word = form.get(f"{place}-word", "all")
        group = cls(word if word in WORDS else "all", place=place)
        for number in tree.get(place, []):
            below = f"{place}-{number}"
            if f"{below}-word" not in form:
                group.rows.append(Row.sent(CONDITIONS, form, below))
            elif depth <= DEEPEST:
                group.rows.append(cls.sent(form, tree, below, depth + 1))
        return group

    @classmethod
    def stored(cls, stored: Any) -> Rows:
        word = next(iter(stored), "all")
        return cls(
            word,
            [
                Row.stored(CONDITIONS, each) if "key" in each else cls.stored(each)
                for each in stored.get(word, [])
            ],
        )

    def read(self, gap: Part | None = None) -> Group | None:
        """What they come to together; for rows that need another look stands `gap`, or nothing, and they say so."""
        if self.place != "conditions" and not self.rows:
            self.wrong["row"] = _("This group is empty. Add a condition, or take the group away.")
            return None
        read = [(each.read(gap) if isinstance(each, Rows) else each.read()) or gap for each in self.rows]
        return Group(self.word, tuple(each for each in read if each is not None))

    def all_rows(self) -> Iterator[Row | Rows]:
        if self.place != "conditions":
            yield self
        for each in self.rows:
            yield from each.all_rows()

    def number(self, place: str) -> None:
        self.place = place
        for number, each in enumerate(self.rows):
            each.number(f"{place}-{number}")

    @property
    def depth(self) -> int:
        return self.place.count("-") + 1

    @property
    def may_nest(self) -> bool:
        return self.depth < DEEPEST


def known_partners(ids: list[str]) -> set[str]:
    """Those of these ids that are partners the reader may know of."""
    from app.domain.partner import Partner

    numbers = [int(each) for each in ids if each.isascii() and each.isdigit() and len(each) < 19]
    if not numbers:
        return set()
    query = Partner.visible_to(me()).where(Partner.id.in_(numbers)).with_only_columns(Partner.id)
    return {str(each) for each in db.session.scalars(query)}


def fields_of_texts() -> list[tuple[str, str]]:
    """What a text can say about a case: as it is typed, and what it stands for."""
    return [(f"{{{{ {name} }}}}", str(each.label)) for name, each in wording.FIELDS.items()]
