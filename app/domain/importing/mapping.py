"""Which column of a file is which of our fields, and what its words mean to us."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

from app.domain.errors import Refused
from app.domain.importing.records import LONGEST_KEY
from app.domain.text import fold
from app.extensions import _

PLACE = re.compile(r"\{([^{}:]+)(?::(slug))?\}")
ABOUT_A_FIELD = frozenset({"column", "values", "format", "decimal", "times", "by", "make"})
ABOUT_ALL = frozenset({"source", "id", "encoding", "delimiter", "match", "fields", "constants", "spelling"})
ID = "id"


def load(path: Path) -> dict[str, Any]:
    """What a mapping file says, in TOML or JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if path.suffix.casefold() == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise Refused(
            _("The mapping %(name)s cannot be read: %(why)s", name=path.name, why=str(error))
        ) from error
    if not isinstance(found, dict):
        raise Refused(_("A mapping names fields and the columns they come from."))
    return found


@dataclass(frozen=True)
class Template:
    """A text with columns in it, by their places in the row: `{product} for {account}`."""

    parts: tuple[str | tuple[int, bool], ...]

    @classmethod
    def of(cls, text: str, places: dict[str, int]) -> Template:
        """A column's name, or a text with names of columns in braces."""
        if "{" not in text:
            return cls(((place_of(text, places), False),))
        parts: list[str | tuple[int, bool]] = []
        at = 0
        for found in PLACE.finditer(text):
            parts += [text[at : found.start()], (place_of(found[1], places), found[2] is not None)]
            at = found.end()
        return cls((*parts, text[at:]))

    def fill(self, cells: list[str]) -> str | None:
        """The text, or None where one of its columns is empty."""
        if self.place is not None:
            return cells[self.place] or None
        words = []
        for part in self.parts:
            if isinstance(part, str):
                words.append(part)
                continue
            cell = cells[part[0]]
            if not cell:
                return None
            words.append(slug(cell) if part[1] else cell)
        return "".join(words)

    @cached_property
    def place(self) -> int | None:
        """Where the one column is that is the whole of it, if it is no more than that."""
        part = self.parts[0] if len(self.parts) == 1 else ""
        return part[0] if not isinstance(part, str) and not part[1] else None


def place_of(column: str, places: dict[str, int]) -> int:
    found = places.get(fold(column))
    if found is None:
        raise Refused(
            _(
                "The file has no column “%(name)s”. It has: %(columns)s.",
                name=column,
                columns=", ".join(places),
            )
        )
    return found


def slug(text: str) -> str:
    """A name as part of an address: `anna.snelling`."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z0-9]+", plain))


@dataclass(frozen=True)
class Use:
    """Where a field comes from: the first of some templates whose columns are filled, or a constant."""

    name: str
    templates: tuple[Template, ...] = ()
    constant: str = ""
    values: dict[str, str] = field(default_factory=dict)
    form: str | None = None
    decimal: str | None = None
    times: Decimal | None = None
    by: str | None = None
    # What those are made with that are not there yet; None if they are not to be made.
    make: dict[str, Template] | None = None

    def text(self, cells: list[str]) -> str:
        """What a row says here, in our words."""
        return self.meant(self.written(cells))

    def written(self, cells: list[str]) -> str:
        """The same as it stands in the row."""
        for template in self.templates:
            filled = template.fill(cells)
            if filled is not None:
                return filled
        return self.constant

    def meant(self, text: str) -> str:
        """What a word of theirs means to us."""
        return self.values.get(fold(text), text) if self.values else text


@dataclass(frozen=True)
class Mapping:
    """A mapping bound to the header of one file."""

    uses: dict[str, Use]
    id: Use | None
    match: tuple[str, ...] | None
    width: int
    spelling: dict[int, dict[str, str]]

    @classmethod
    def of(cls, told: dict[str, Any], header: list[str], known: frozenset[str]) -> Mapping:
        """Bind what a mapping file says. Raises Refused for what neither we nor the file know."""
        refuse_unknown(told, ABOUT_ALL, _("A mapping knows no “%(name)s”. It knows: %(known)s."))
        places = {fold(name): place for place, name in enumerate(header)}
        fields, constants = table(told, "fields"), table(told, "constants")
        refuse_unknown(
            fields | constants, known, _("There is no field “%(name)s” here. There are: %(known)s.")
        )
        uses = {name: use_of(name, what, places) for name, what in fields.items()}
        uses |= {name: Use(name, constant=str(value)) for name, value in constants.items()}
        spelling = {
            place_of(column, places): {fold(theirs): str(ours) for theirs, ours in words.items()}
            for column, words in table(told, "spelling").items()
        }
        id_ = use_of(ID, told["id"], places) if "id" in told else None
        match = tuple(told["match"]) if "match" in told else None
        return cls(uses, id_, match, len(header), spelling)

    def cells(self, cells: list[str]) -> list[str]:
        """The cells of a row as they are meant: trimmed, and spelt as we spell them."""
        kept = [cell.strip() for cell in cells]
        for place, words in self.spelling.items():
            kept[place] = words.get(fold(kept[place]), kept[place])
        return kept

    def is_whole(self, cells: list[str]) -> bool:
        """As many cells as headings; empty ones beyond do no harm."""
        return len(cells) >= self.width and not any(cell.strip() for cell in cells[self.width :])

    def key(self, cells: list[str]) -> str:
        """By what the row is known where it comes from; nothing if it has no such thing."""
        return self.id.text(cells)[:LONGEST_KEY] if self.id is not None else ""


def table(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name, {})
    if not isinstance(found, dict):
        raise Refused(_("“%(name)s” in the mapping should be a table.", name=name))
    return found


def refuse_unknown(said: dict[str, Any], known: frozenset[str], sentence: str) -> None:
    unknown = next((name for name in said if name not in known), None)
    if unknown is not None:
        raise Refused(sentence % {"name": unknown, "known": ", ".join(sorted(known))})


def use_of(name: str, told: Any, places: dict[str, int]) -> Use:
    """A column, a template, the first of several, or a table that says more about it."""
    if not isinstance(told, dict):
        return Use(name, templates=templates_of(told, places))
    refuse_unknown(told, ABOUT_A_FIELD, _("A field knows no “%(name)s”. It knows: %(known)s."))
    if "column" not in told:
        raise Refused(_("Name the column that “%(name)s” comes from.", name=name))
    make = told.get("make") or None
    facts = make if isinstance(make, dict) else {}
    return Use(
        name,
        templates=templates_of(told["column"], places),
        values={fold(theirs): str(ours) for theirs, ours in table(told, "values").items()},
        form=told.get("format"),
        decimal=told.get("decimal"),
        times=times_of(told.get("times")),
        by=told.get("by"),
        make=None if make is None else {key: told_text(value, places) for key, value in facts.items()},
    )


def templates_of(told: Any, places: dict[str, int]) -> tuple[Template, ...]:
    return tuple(Template.of(str(text), places) for text in (told if isinstance(told, list) else [told]))


def told_text(value: Any, places: dict[str, int]) -> Template:
    """What something is made with: a text, with columns in braces if it has any."""
    return Template.of(str(value), places) if "{" in str(value) else Template((str(value),))


def times_of(told: Any) -> Decimal | None:
    try:
        return None if told is None else Decimal(str(told))
    except InvalidOperation as error:
        raise Refused(_("“times” is a number, such as 1000.")) from error
