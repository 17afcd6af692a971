"""What a case is tied to: tags, watchers, and records of any kind; each shows on both and is cut from either."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, ValidationError

from app.blueprints.cases.forms import TagForm, WatcherForm
from app.blueprints.forms import Form
from app.blueprints.written import CaseField
from app.domain.asking import ask
from app.domain.case import Case
from app.domain.case.linking import CaseReference
from app.domain.configuration import Configuration
from app.domain.lists import Product
from app.domain.partner import Partner
from app.domain.text import fold
from app.domain.user import User
from app.extensions import db
from app.web import me

KIND_WORDS: dict[str, LazyString] = {
    "case": _l("Case"),
    "partner": _l("Partner"),
    "product": _l("Product"),
}
SHOWN = 50


@dataclass(frozen=True)
class Tied:
    """A record at the other end: what and who it is, where it stands, and what cuts the tie, if one may."""

    kind: str
    name: str
    href: str | None
    removal: str | None

    @property
    def kind_word(self) -> str:
        return str(KIND_WORDS[self.kind])


class Near(NamedTuple):
    """A case that names another record: as what it is part of, or as what it is about."""

    id: int
    name: str
    is_part: bool
    may_edit: bool


def near(record: Any, reader: User) -> list[Near]:
    """Its parts in order, then what is about it, the newest first; of both only what the reader may know of."""

    def put() -> Any:
        about: Any = sa.bindparam("about")
        referring = CaseReference.to(sa.bindparam("kind"), about)
        is_theirs = Case.in_scopes(reader.scopes("edit", Case), reader)

        def first(is_part: sa.ColumnElement[bool], named: Any, order: Any) -> sa.Select[Any]:
            cases = Case.visible_to(reader).where(named).order_by(order).limit(SHOWN)
            return sa.select(cases.with_only_columns(Case.id, Case.name, is_part, is_theirs).subquery())

        others = first(sa.false(), Case.id.in_(referring), Case.id.desc())
        if kind != "case":
            return others
        return others.union_all(first(sa.true(), Case.parent_id == about, Case.id))

    kind = record.record_kind
    rows = ask(reader.question((near, kind), put), kind=kind, about=record.id)
    found = [Near._make(row) for row in rows]
    return sorted(found, key=lambda each: (not each.is_part, each.id if each.is_part else -each.id))


def ties_of(case: Case, reader: User, others: list[Near], *, may_edit: bool) -> list[Tied]:
    """What the case points to, then the cases that point to it; of both only what the reader may know of."""
    ids: dict[str, list[int]] = {}
    for link in case.references:
        ids.setdefault(link.record_kind, []).append(link.record_id)
    found = [
        Tied(kind, name, href(kind, id_), removal(case.id, f"{kind}/{id_}") if may_edit else None)
        for kind, wanted in sorted(ids.items())
        for id_, name in names_of(kind, wanted, reader)
    ]
    return found + tied_to(case, others)


def tied_to(record: Any, others: list[Near]) -> list[Tied]:
    """The cases that are about this record; the tie is theirs, and so is cutting it."""
    key = f"{record.record_kind}/{record.id}"
    return [
        Tied("case", each.name, href("case", each.id), removal(each.id, key) if each.may_edit else None)
        for each in others
        if not each.is_part
    ]


def names_of(kind: str, ids: list[int], reader: User) -> list[tuple[int, str]]:
    if kind == "product":
        names = Configuration.current().names(Product)
        return [(id_, names[id_]) for id_ in ids if id_ in names]
    cls: Any = {"case": Case, "partner": Partner}[kind]
    known = cls.visible_to(reader).where(cls.id.in_(ids)).order_by(cls.id)
    return [(id_, name) for id_, name in db.session.execute(known.with_only_columns(cls.id, cls.name))]


def href(kind: str, id_: int) -> str | None:
    if kind == "case":
        return url_for("cases.show", case_id=id_)
    return url_for("partners.show", partner_id=id_) if kind == "partner" else None


def removal(case_id: int, key: str) -> str:
    return url_for("cases.untie", case_id=case_id, key=key)


class RecordField(CaseField):
    """Any record: a case by its number, or a case, partner or product by its name."""

    def names_address(self) -> str:
        return url_for("cases.names", field=self.name, among="all")

    def understood(self, typed: str) -> Any:
        match = re.fullmatch(r"(.*?)\s*#(\d{1,15})", typed)
        name, number = (match[1], int(match[2])) if match else (typed, None)
        found = list(named(Case, name, number))
        if name:
            found += [*named(Partner, name, number), *products(name)]
        if not found:
            raise ValidationError(
                _("Nothing you know is called “%(name)s”. Write a number such as #12, or a name.", name=typed)
            )
        if len(found) > 1:
            names = ", ".join(f"{each.name} #{each.id}" for each in found)
            raise ValidationError(_("Several are called that: write %(names)s.", names=names))
        return found[0]


def named(cls: Any, name: str, number: int | None) -> Any:
    """Those of this number, or of this name."""
    known = cls.visible_to(me())
    if name:
        known = known.where(cls.name_folded == fold(name))
    if number is not None:
        known = known.where(cls.id == number)
    return db.session.scalars(known.limit(3))


def products(name: str, *, begins: bool = False) -> list[Product]:
    """Products of this name, or whose names begin like it."""
    wanted = fold(name)
    ids = [
        id_
        for id_, each in Configuration.current().choices(Product)
        if (fold(each).startswith(wanted) if begins else fold(each) == wanted)
    ]
    return list(db.session.scalars(sa.select(Product).where(Product.id.in_(ids[:8])))) if ids else []


class TieForm(Form):
    """Another record by its number or name."""

    to: Any = RecordField(_l("Record"), [InputRequired(_l("Write a number such as #12, or a name."))])


FORMS: dict[str, Any] = {"tags": TagForm, "watchers": WatcherForm, "references": TieForm}
