"""Mail addresses as people type them: several in a line, with names or without."""

import re
from contextlib import suppress
from email.utils import formataddr
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from wtforms.validators import ValidationError

from app.blueprints.forms import LineField, NameInput
from app.domain.case.letter import Person
from app.domain.reach import is_mail_address

# Commas part one from the next, but for those within quotes or angles.
ONE = re.compile(r'(?:"[^"]*"|<[^<>]*>|[^,;\n"<])+')
NAMED = re.compile(r"(?P<name>.*?)\s*<\s*(?P<address>[^<>]*?)\s*>", re.DOTALL)


def read_people(typed: str) -> list[Person]:
    """Whom a line names, each address once. Raises ValueError with the first part that is no address."""
    people: dict[str, Person] = {}
    for part in parts_of(typed):
        name, address = read_person(part)
        people.setdefault(address.casefold(), (name, address))
    if not people and typed.strip(" ,;\n"):
        raise ValueError(typed.strip())
    return list(people.values())


def readable_people(typed: str) -> list[Person]:
    """Those whom a line names already, while somebody is still typing the rest of it."""
    people = []
    for part in parts_of(typed):
        with suppress(ValueError):
            people.append(read_person(part))
    return people


def parts_of(typed: str) -> list[str]:
    return [part for each in ONE.findall(typed) if (part := each.strip())]


def read_person(part: str) -> Person:
    """One of them. Raises ValueError with the part if it is no address."""
    named = NAMED.fullmatch(part)
    name, address = (named["name"], named["address"]) if named else ("", part)
    if not is_mail_address(address):
        raise ValueError(part)
    return " ".join(name.replace('"', " ").split()), address


def write_person(person: Person) -> str:
    """Somebody as one would type them: Clara Hofmann <clara@hofmann.example>."""
    name, address = person
    if re.fullmatch(r"[^\"<>,;@\n]+", name):
        return f"{name} <{address}>"
    return formataddr((name.replace('"', " "), address), "utf-8") if name.isascii() and name else address


def write_people(people: list[Person]) -> str:
    return ", ".join(map(write_person, people))


def no_address(part: ValueError) -> str:
    """What is wrong with the first part of a line that is no address."""
    said = _(
        "“%(typed)s” is no mail address: it has a name, an @ and an end like .com.", typed=str(part)[:80]
    )
    return str(said)


class AddressesField(LineField):
    """Some people by their addresses; while one types, those we know are offered."""

    widget = NameInput()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, render_kw={"data-many": "", "spellcheck": "false"}, **options)
        self.people: list[Person] = []

    def names_address(self) -> str:
        return url_for("mail.addresses", field=self.name)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        try:
            self.people = read_people(self.data or "")
        except ValueError as part:
            raise ValidationError(no_address(part)) from None
