"""What a cell becomes: a text that fits, a number, a day, an instant, or the name of another record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from app.domain.importing.writing import DATES, TIME, day_in, day_part, number_in
from app.extensions import _

ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
MOST = 2**63 - 1
YES = frozenset({"1", "yes", "y", "true", "x", "ja", "j", "wahr", "oui", "si", "sí"})
NO = frozenset({"0", "no", "n", "false", "nein", "falsch", "non", ""})


class Wrong(Exception):
    """A cell that cannot be what its field wants; the message says why."""


@dataclass(frozen=True)
class Written:
    """How a column is written, and what its times mean."""

    form: str | None = None
    decimal: str = "."
    times: Decimal | None = None
    zone: tzinfo = UTC


@dataclass(frozen=True)
class Field:
    """A field of a record. `column` is where it is stored, if it is called otherwise there."""

    column: str | None = None

    def read(self, text: str, written: Written) -> Any:
        """The value that a cell says. Raises Wrong."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Field):
    longest: int = 200

    def read(self, text: str, written: Written) -> str:
        if len(text) > self.longest:
            raise Wrong(_("it has %(n)s letters, more than %(most)s", n=len(text), most=self.longest))
        return text


@dataclass(frozen=True)
class Email(Text):
    longest: int = 254

    def read(self, text: str, written: Written) -> str:
        if not ADDRESS.fullmatch(text):
            raise Wrong(_("“%(text)s” is no e-mail address", text=text))
        return super().read(text, written)


@dataclass(frozen=True)
class Word(Field):
    """One of a few words of ours."""

    words: tuple[str, ...] = ()

    def read(self, text: str, written: Written) -> str:
        word = text.casefold()
        if word not in self.words:
            raise Wrong(_("“%(text)s” is none of: %(words)s", text=text, words=", ".join(self.words)))
        return word


@dataclass(frozen=True)
class Flag(Field):
    def read(self, text: str, written: Written) -> bool:
        if text.casefold() in YES | NO:
            return text.casefold() in YES
        raise Wrong(_("“%(text)s” is neither yes nor no", text=text))


@dataclass(frozen=True)
class Number(Field):
    """A whole number, unless it is worth something: that becomes minor units once its currency is known."""

    least: int = 0
    most: int = 2**31 - 1

    def read(self, text: str, written: Written) -> Any:
        number = number_in(text, written.decimal)
        if number is None:
            raise Wrong(_("“%(text)s” is no number", text=text))
        return self.fitting(number * written.times if written.times else number, text)

    def fitting(self, number: Decimal, text: str) -> Any:
        if number != number.to_integral_value():
            raise Wrong(_("“%(text)s” is no whole number", text=text))
        if not self.least <= number <= self.most:
            raise Wrong(_("“%(text)s” is not between %(a)s and %(b)s", text=text, a=self.least, b=self.most))
        return int(number)


@dataclass(frozen=True)
class Money(Number):
    def fitting(self, number: Decimal, text: str) -> Decimal:
        if abs(number) > MOST:
            raise Wrong(_("“%(text)s” is more than can be kept", text=text))
        return number


@dataclass(frozen=True)
class Day(Field):
    def read(self, text: str, written: Written) -> date:
        form = written.form or "%Y-%m-%d"
        found = day_in(day_part(text), form)
        if found is None:
            raise Wrong(_("“%(text)s” is no date (%(form)s)", text=text, form=DATES.get(form, form)))
        return found


@dataclass(frozen=True)
class Moment(Day):
    """An instant; of a mere date it is noon in the organisation's zone, and known to be one."""

    def read(self, text: str, written: Written) -> datetime:
        day = super().read(text, written)
        found = TIME.search(text)
        if found is None:
            return datetime.combine(day, time(12), tzinfo=written.zone).astimezone(UTC)
        try:
            clock = datetime.fromisoformat(f"{day.isoformat()}T{text[found.start() + 1 :].strip().zfill(5)}")
        except ValueError as error:
            raise Wrong(_("“%(text)s” has no proper time", text=text)) from error
        aware = clock if clock.tzinfo is not None else clock.replace(tzinfo=written.zone)
        try:
            return aware.astimezone(UTC)
        except OverflowError as error:
            raise Wrong(_("“%(text)s” is too far away", text=text)) from error


def is_mere_date(text: str) -> bool:
    return TIME.search(text) is None


@dataclass(frozen=True)
class Link(Field):
    """Another record, by its name, e-mail, code or external id."""

    target: str = ""
    many: bool = False

    def read(self, text: str, written: Written) -> Any:
        """The names of those that are meant, to be looked up for many rows at once."""
        names = [part.strip() for part in text.split(",")] if self.many else [text]
        return [name for name in dict.fromkeys(names) if name]
