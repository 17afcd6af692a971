"""Facts as rows and acts as buttons: each drawn once for all cases, and what one of them says put into it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import get_template_attribute, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from app.blueprints.cases import bp
from app.blueprints.cases.facts import FACTS, Fact
from app.blueprints.cases.filters import dialled
from app.keeping import with_places
from app.web import LARGEST_ID

if TYPE_CHECKING:
    from app.blueprints.cases.page import CasePage, Verb
    from app.domain.case import Case

# Facts of which there is nothing to say while their own column is empty.
BY_COLUMN = frozenset(
    """
    campaign_id category_id channel_id company_name deadline description expected_revenue medium_id number
    parent_id planned_cost recurring_revenue referred_by source_id state_of_mind_id website
    """.split()
)
NOTHING = Markup()
# Facts that lead somewhere, beside being edited.
LEADING = frozenset({"partner_id", "contact_id", "parent_id", "phone", "mobile", "number", "email"})


class Row(NamedTuple):
    """What makes the row of a fact look as it does."""

    name: str
    may: bool
    # Its link goes to a page of ours (here) or outside, if there is one.
    leads: str
    is_known: bool
    is_picture: bool
    # Was it just edited?
    held: bool
    language: str
    icons: str


class Button(NamedTuple):
    """What makes the button of an act look as it does."""

    name: str
    endpoint: str
    label: str
    icon: str
    look: str
    key: str
    asks: bool
    in_menu: bool
    root: str
    language: str
    icons: str


def row(page: CasePage, fact: Fact, value: Markup, held: bool = False) -> Markup:
    """A fact as it stands, `value` being what is said of it; who may edit it finds the way to its form."""
    href = leads(page, fact.name) if fact.name in LEADING else ""
    way = ("outside" if ":" in href else "here") if href else ""
    is_picture = "avatar" in value
    framed = row_frame(Row(fact.name, page.facts.may(fact), way, bool(value), is_picture, held, *page.looks))
    put = {"place": page.place_of(fact), "address": page.facts.address(fact), "value": value, "href": href}
    if href:
        put["href"] = escape(href)
    if "%(plain)s" in framed:
        put["plain"] = escape(plain(value))
    return Markup(framed % put)  # noqa: S704  (what is put in is escaped)


@lru_cache(maxsize=4096)
def row_frame(look: Row) -> str:
    marks = {hole: f"\ue000{hole}\ue001" for hole in ("place", "address", "value", "href", "plain")}

    def draw() -> Markup:
        put = {hole: Markup(mark) for hole, mark in marks.items()}  # noqa: S704  (our own)
        drawn: Markup = get_template_attribute("cases/_values.html", "row")(FACTS[look.name], look, **put)
        return drawn

    return with_places(draw, **marks)


def rows(
    page: CasePage, facts: list[Fact], said: Callable[..., Markup], maker: Callable[[], Markup]
) -> tuple[list[Markup], list[tuple[Any, Markup]]]:
    """The rows of these facts; those of which nothing is said wait, each with its row, unless they invite.

    `said` says a fact, and `maker` makes a partner of whom the case names.
    """
    shown, waiting = [], []
    for fact in facts:
        if fact.name == "new_partner":
            shown += [maker()] if page.may_make_partner else []
            continue
        value = NOTHING if is_blank(page.case, fact.name) else said(page.case, page, fact.name).strip()
        may = page.facts.may(fact)
        if not page.echoes(fact.name) and (value or fact.name == "weighted" or (fact.blank and may)):
            shown.append(row(page, fact, value))
        elif may:
            waiting.append((fact.label, row(page, fact, value)))
    return shown, waiting


def button(page: CasePage, verb: Verb, in_menu: bool = False) -> Markup:
    """An act as a button: a form that works by itself, or the way to what it asks."""
    case = page.case
    label = gettext("Restore") if verb.name == "reopen" and case.is_lost else str(verb.label)
    acts = verb.name, verb.endpoint, label, verb.icon, verb.look, verb.key, verb.asks
    framed = button_frame(Button(*acts, in_menu, request.script_root, *page.looks))
    return Markup(framed % {"id": case.id, "token": page.token})  # noqa: S704  (a number and our token)


@lru_cache(maxsize=1024)
def button_frame(look: Button) -> str:
    address = url_for(look.endpoint, case_id=LARGEST_ID)
    draw = get_template_attribute("cases/_verbs.html", "verb_button")
    place = f"case-{LARGEST_ID}"
    return with_places(lambda: draw(look, place, address), id=str(LARGEST_ID), token=generate_csrf())


def is_blank(case: Case, name: str) -> bool:
    """Is it plain without a look that nothing is said of it?"""
    return name in BY_COLUMN and getattr(case, name, None) in {None, ""}


def leads(page: CasePage, name: str) -> str:
    """Where a fact leads: to whom or what it names, or how one reaches them."""
    if name == "parent_id":
        return url_for("cases.show", case_id=page.parent.id) if page.parent is not None else ""
    if name in {"partner_id", "contact_id"}:
        who = page.partner if name == "partner_id" else page.contact
        return url_for("partners.show", partner_id=who.id) if who is not None else ""
    known = getattr(page.case, "number", None) if name == "number" else page.reached(name)
    if not known:
        return ""
    return f"mailto:{known}" if name == "email" else f"tel:{dialled(known)}"


@bp.app_template_filter()
def plain(value: Markup) -> str:
    """What is said of a fact in plain words, without anybody's picture."""
    return Markup(value.rsplit('</span><span class="clip">', 1)[-1]).striptags()  # noqa: S704  (part of it)
