"""What the parts of a rule are told: each value with its type, so that a form can ask for it and a sentence say it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.domain import web_address, wording
from app.domain.configuration import Configuration, Configured
from app.domain.errors import Refused
from app.domain.reach import is_mail_address
from app.domain.rules.words import day_words
from app.domain.text import clean
from app.extensions import _, db

Options = Callable[[], Iterable[tuple[Any, Any]]]
MOST_VALUES = 50
LONGEST_ID = 2**63 - 1
NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC):
    """One thing that a part of a rule is told. `kind` says which field of a form asks for it."""

    name: str
    label: Any
    is_needed: bool = True
    kind: str = field(init=False, default="")

    def read(self, given: Any) -> Any:
        """The value as it is stored. Raises Refused with a sentence for what is missing or cannot be."""
        if given is None or (isinstance(given, (str, list)) and not given):
            if self.is_needed:
                raise Refused(_("%(label)s is missing.", label=self.label))
            return None
        return self.value_of(given)

    @abstractmethod
    def value_of(self, given: Any) -> Any:
        """What was given, as it is stored."""

    def say(self, value: Any) -> str:
        """The value in words."""
        return "" if value is None else str(value)

    def refuse(self, given: Any) -> Refused:
        return Refused(_("%(label)s cannot be “%(value)s”.", label=self.label, value=given))


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of some words."""

    kind: str = field(init=False, default="choice")
    options: Options

    def value_of(self, given: Any) -> Any:
        for value, _label in self.options():
            if str(value) == str(given):
                return value
        raise self.refuse(given)

    def say(self, value: Any) -> str:
        return str(dict(self.options()).get(value, value))


@dataclass(frozen=True, kw_only=True)
class Choices(Choice):
    """Any of some words; none of them may mean all."""

    kind: str = field(init=False, default="choices")

    def value_of(self, given: Any) -> Any:
        wanted = {str(each) for each in as_list(given)}
        known = {str(value): value for value, _label in self.options()}
        if unknown := wanted - known.keys():
            raise self.refuse(min(unknown))
        return [value for text, value in known.items() if text in wanted]

    def say(self, value: Any) -> str:
        labels = dict(self.options())
        return listed_as_words([str(labels.get(each, each)) for each in value or ()])


@dataclass(frozen=True, kw_only=True)
class Record(Parameter):
    """An entry of a list, a person or a partner, by its id."""

    kind: str = field(init=False, default="record")
    cls: Callable[[], Any]

    def value_of(self, given: Any) -> Any:
        found = as_id(given)
        if found is None or not self.names([found]):
            raise self.refuse(given)
        return found

    def say(self, value: Any) -> str:
        return self.names([value], in_use=False).get(value, _("(gone)")) if value is not None else ""

    def options(self) -> tuple[tuple[int, str], ...]:
        """Id and name of what can be chosen; empty where these are too many for a list."""
        cls = self.cls()
        return Configuration.current().choices(cls) if issubclass(cls, Configured) else ()

    def names(self, ids: list[int], *, in_use: bool = True) -> dict[int, str]:
        """Those of these records that there are, by id."""
        cls = self.cls()
        if issubclass(cls, Configured):
            entries = Configuration.current().listed(cls)
            return {each.id: each.name for each in entries if each.id in ids and (each.in_use or not in_use)}
        found = (db.session.get(cls, id_) for id_ in ids)
        return {each.id: each.name for each in found if each is not None and not each.is_binned}


@dataclass(frozen=True, kw_only=True)
class Records(Record):
    """Several of them."""

    kind: str = field(init=False, default="records")

    def value_of(self, given: Any) -> Any:
        ids = [as_id(each) for each in as_list(given)]
        names = self.names([each for each in ids if each is not None])
        for each, id_ in zip(as_list(given), ids, strict=True):
            if id_ not in names:
                raise self.refuse(each)
        return list(dict.fromkeys(ids))[:MOST_VALUES]

    def say(self, value: Any) -> str:
        names = self.names(list(value or ()), in_use=False)
        return listed_as_words([names.get(each, _("(gone)")) for each in value or ()])


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    """A whole number."""

    kind: str = field(init=False, default="number")
    least: int = 0
    most: int = 1_000_000_000

    def value_of(self, given: Any) -> Any:
        try:
            number = int(str(given).strip())
        except ValueError:
            raise self.refuse(given) from None
        if not self.least <= number <= self.most:
            raise Refused(
                _(
                    "%(label)s lies between %(least)s and %(most)s.",
                    label=self.label,
                    least=self.least,
                    most=self.most,
                )
            )
        return number


@dataclass(frozen=True, kw_only=True)
class Line(Parameter):
    """A line of text."""

    kind: str = field(init=False, default="line")
    most: int = 300

    def value_of(self, given: Any) -> Any:
        text = clean(str(given)).strip()
        if not text or len(text) > self.most:
            raise Refused(_("%(label)s takes 1 to %(most)s characters.", label=self.label, most=self.most))
        return text


@dataclass(frozen=True, kw_only=True)
class Day(Line):
    """A date, or so many days from the one on which the rule looks; `NONE` for no date."""

    most: int = 10

    def say(self, value: Any) -> str:
        return "" if value is None or value == NONE else day_words(value)


@dataclass(frozen=True, kw_only=True)
class Template(Parameter):
    """A text with fields of the case in it; `is_line` for those of one line."""

    kind: str = field(init=False, default="template")
    is_line: bool = False

    def value_of(self, given: Any) -> Any:
        text = clean(str(given)).strip()
        if not text:
            raise Refused(_("%(label)s is missing.", label=self.label))
        wording.check(text)
        return " ".join(text.split()) if self.is_line else text


@dataclass(frozen=True, kw_only=True)
class Addresses(Parameter):
    """Mail addresses, separated by commas or lines."""

    kind: str = field(init=False, default="addresses")

    def value_of(self, given: Any) -> Any:
        typed = (
            given if isinstance(given, list) else str(given).replace(";", ",").replace("\n", ",").split(",")
        )
        addresses = list(dict.fromkeys(each.strip().casefold() for each in typed if each.strip()))
        for each in addresses:
            if not is_mail_address(each):
                raise Refused(_("“%(address)s” is no mail address.", address=each))
        return addresses[:MOST_VALUES]

    def say(self, value: Any) -> str:
        return listed_as_words(list(value or ()))


@dataclass(frozen=True, kw_only=True)
class Url(Parameter):
    """An address on the web. One that can never be called is refused; others are looked at each time they are."""

    kind: str = field(init=False, default="url")

    def value_of(self, given: Any) -> Any:
        text = str(given).strip()
        try:
            parts = urlsplit(text)
            is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good or parts.username or len(text) > 1000 or any(sign <= " " for sign in text):
            raise Refused(_("“%(address)s” is no address that can be called.", address=text))
        if not web_address.may_be_outside(parts.hostname or ""):
            raise Refused(
                _("“%(address)s” is in a network of our own, where rules call nobody.", address=text)
            )
        return text


def read_all(parameters: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """All that a part is told; what is left empty is left out."""
    values = {each.name: each.read(given.get(each.name)) for each in parameters}
    return {name: value for name, value in values.items() if value is not None}


def as_list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (list, tuple, set)) else [given]


def as_id(given: Any) -> int | None:
    text = str(given).strip()
    is_id = text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LONGEST_ID
    return int(text) if is_id else None


def listed_as_words(words: list[str]) -> str:
    """As one says it: a, b or c."""
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s or %(last)s", some=", ".join(words[:-1]), last=words[-1])
