"""Facts as rows and acts as buttons: each drawn once for all cases, and what one of them says put into it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from flask import get_template_attribute, render_template, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from app.blueprints.cases import bp
from app.blueprints.cases.facts import ACTS, FACTS, Fact, Facts
from app.blueprints.cases.filters import dialled
from app.domain.configuration import Configuration
from app.i18n import local_today, writing, zone
from app.keeping import Drawn, drawn_for, form_token, with_places
from app.marks import icons
from app.web import LARGEST_ID, dom_id

if TYPE_CHECKING:
    from app.blueprints.cases.page import Verb
    from app.blueprints.cases.ties import Near, Tied
    from app.domain.case import Case
    from app.domain.partner import Partner

NOTHING = Markup()
# Columns of which no fact says anything and that move on with nearly every act.
UNSAID = frozenset({"version", "updated_at", "last_action_at", "rank"})
# What is asked of the people of a case.
OF_PEOPLE = ("id", "name", "is_company", "function", "phone", "mobile", "email")

# What was known of the cases that were read lately, with a place for the token of whoever reads it.
drawn_cases: Drawn[str] = Drawn()


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


class Drawing:
    """The page of a case as its templates draw it: facts as rows, acts as buttons."""

    if TYPE_CHECKING:
        case: Case

        @property
        def facts(self) -> Facts: ...
        @property
        def partner(self) -> Partner | None: ...
        @property
        def contact(self) -> Partner | None: ...
        @property
        def parent(self) -> Case | None: ...
        @property
        def may_make_partner(self) -> bool: ...
        @property
        def ties(self) -> list[Tied]: ...
        @property
        def near(self) -> list[Near]: ...
        def took(self, name: str) -> str: ...
        def echoes(self, name: str) -> bool: ...
        def reached(self, name: str) -> str | None: ...

    @property
    def all_known(self) -> Markup:
        """All its facts. Most often they were drawn a moment ago: a note or a step changes none of them."""

        def draw() -> str:
            return render_template("cases/_known.html", case=self.case, page=self)

        reading = str(writing()), str(zone()), local_today(), request.script_root, *self.looks
        return drawn_for(drawn_cases, (reading, self.says), draw)

    @property
    def says(self) -> tuple[Any, ...]:
        """All that its facts say, beside how and where they are read."""
        case = self.case
        people = (case.responsible, self.partner, self.contact)
        watched = (each.name for each in case.watchers), (each.address for each in case.addresses)
        return (
            Configuration.current().number,
            *(getattr(case, name) for name in said_columns(type(case))),
            *(getattr(one, name, None) for one in people for name in OF_PEOPLE),
            tuple(each.name for each in case.tags),
            *(tuple(each) for each in watched),
            tuple(self.ties),
            tuple(self.near),
            self.parent and (self.parent.id, self.parent.name),
            self.took("to_answer"),
            self.may_make_partner,
            *(self.facts.acts(verb) for verb in ACTS),
        )

    def row(self, fact: Fact, value: Markup, held: bool = False) -> Markup:
        """A fact as it stands, `value` being what is said of it; who may edit it finds the way to its form."""
        href = self.way(fact)
        way = ("outside" if ":" in href else "here") if href else ""
        is_picture = '<span class="avatar' in value  # which nobody can type: what was typed is escaped
        look = Row(fact.name, self.facts.may(fact), way, bool(value), is_picture, held, *self.looks)
        framed = row_frame(look)
        put = {
            "place": self.place_of(fact),
            "address": self.facts.address(fact),
            "value": value,
            "href": escape(href) if href else "",
        }
        if "%(plain)s" in framed:
            put["plain"] = escape(plain(value))
        return Markup(framed % put)  # noqa: S704  (what is put in is escaped)

    def rows(
        self, facts: list[Fact], said: Callable[..., Markup], maker: Callable[[], Markup]
    ) -> tuple[list[Markup], list[tuple[Any, Markup]]]:
        """The rows of these facts; those of which nothing is said wait, each with its row, unless they invite.

        `said` says a fact, and `maker` makes a partner of whom the case names.
        """
        shown, waiting = [], []
        for fact in facts:
            if fact.name == "new_partner":
                shown += [maker()] if self.may_make_partner else []
                continue
            value = NOTHING if self.is_blank(fact) else said(self.case, self, fact.name).strip()
            may = self.facts.may(fact)
            if not self.echoes(fact.name) and (value or fact.name == "weighted" or (fact.blank and may)):
                shown.append(self.row(fact, value))
            elif may:
                waiting.append((fact.label, self.row(fact, value)))
        return shown, waiting

    def button(self, verb: Verb, in_menu: bool = False) -> Markup:
        """An act as a button: a form that works by itself, or the way to what it asks."""
        case = self.case
        label = gettext("Restore") if verb.name == "reopen" and case.is_lost else str(verb.label)
        acts = verb.name, verb.endpoint, label, verb.icon, verb.look, verb.key, verb.asks
        framed = button_frame(Button(*acts, in_menu, request.script_root, *self.looks))
        return Markup(framed % {"id": case.id, "token": self.token})  # noqa: S704  (a number and our token)

    @cached_property
    def looks(self) -> tuple[str, str]:
        """In which language it is read, and where its icons are: all that makes the same look another way."""
        return str(get_locale()), icons()

    @cached_property
    def token(self) -> str:
        """What its forms show to be ours."""
        return form_token()

    def place_of(self, fact: Fact) -> str:
        """The id of a fact's row."""
        return f"{self._place}-fact-{fact.name}"

    @cached_property
    def _place(self) -> str:
        return dom_id(self.case)

    def is_blank(self, fact: Fact) -> bool:
        """Is it plain without a look that nothing is said of it?"""
        return fact.by_column and getattr(self.case, fact.name, None) in {None, ""}

    def way(self, fact: Fact) -> str:
        """Where a fact leads: to whom or what it names, or how one reaches them."""
        known = self.known_by(fact)
        match fact.leads:
            case _ if not known:
                return ""
            case "partner":
                return url_for("partners.show", partner_id=known.id)
            case "case":
                return url_for("cases.show", case_id=known.id)
            case "mailto":
                return f"mailto:{known}"
            case _:
                return f"tel:{dialled(known)}"

    def known_by(self, fact: Fact) -> Any:
        """Whom or what it names, if the reader may know of that, or the number or address that it says."""
        if fact.leads in {"partner", "case"}:
            return getattr(self, fact.name.removesuffix("_id"))
        if not fact.leads:
            return None
        return getattr(self.case, fact.name, None) if fact.by_column else self.reached(fact.name)


@cache
def said_columns(cls: type[Case]) -> tuple[str, ...]:
    """The columns of a class of cases, by name, that its facts may say something of."""
    return tuple(sorted(set(sa.inspect(cls).column_attrs.keys()) - UNSAID))


@lru_cache(maxsize=4096)
def row_frame(look: Row) -> str:
    marks = {hole: f"\ue000{hole}\ue001" for hole in ("place", "address", "value", "href", "plain")}

    def draw() -> Markup:
        put = {hole: Markup(mark) for hole, mark in marks.items()}  # noqa: S704  (our own)
        drawn: Markup = get_template_attribute("cases/_values.html", "row")(FACTS[look.name], look, **put)
        return drawn

    return with_places(draw, **marks)


@lru_cache(maxsize=1024)
def button_frame(look: Button) -> str:
    address = url_for(look.endpoint, case_id=LARGEST_ID)
    draw = get_template_attribute("cases/_verbs.html", "verb_button")
    place = f"case-{LARGEST_ID}"
    return with_places(lambda: draw(look, place, address), id=str(LARGEST_ID))


@bp.app_template_filter()
def plain(value: Markup) -> str:
    """What is said of a fact in plain words, without anybody's picture."""
    return Markup(value.rsplit('</span><span class="clip">', 1)[-1]).striptags()  # noqa: S704  (part of it)
