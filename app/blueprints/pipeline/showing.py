"""A board in words and links, ready to be drawn: a hundred cards at a time, so each word is found once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import get_template_attribute, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from app.blueprints.history.words import KINDS, KINDS_WITHIN, PRIORITIES
from app.blueprints.pipeline.targets import CHOSEN, MAY
from app.blueprints.views.asked import Asked
from app.blueprints.views.words import BY_WORDS, column_word
from app.domain.board import A_LOAD, Board, Card, Column, Total, newest_change
from app.domain.board.cards import MOST_TAGS
from app.domain.case.filtering import BROAD
from app.i18n import day, hue, initials, local_today, money, number, organisation, writing
from app.keeping import Drawn, new_mark
from app.marks import icons
from app.web import me

ACTS = (("overdue", "overdue"), ("today", "today"), ("planned", "later"), ("none", "none"))


class Words:
    """What is said on every card of a page alike."""

    def __init__(self, today: date) -> None:
        self.today, self.priorities = today, [str(each) for each in PRIORITIES]
        self.case = url_for("cases.show", case_id=0)[:-1]
        self.menu = url_for("pipeline.menu", case_id=0).split("0")
        self.due = {
            "none": _("Nothing planned. Plan the next step"),
            "overdue": _("Overdue"),
            "today": _("Due today"),
            "later": _("Planned"),
        }
        self.raise_ = _("Priority of %(about)s: %(word)s. Raise", about="{name}", word="{word}")
        self.menu_of = _("Menu of %(name)s", name="{name}")
        self.stale = _("No movement for %(days)s days", days="{days}")
        self.days = _("%(days)s d", days="{days}")
        self.per = {1: _("/mo"), 12: _("/yr")}


@lru_cache(maxsize=64)
def words_in(_language: str, today: date, _root: str) -> Words:
    """The same all day long for all who read one language, wherever our addresses begin."""
    return Words(today)


@dataclass(frozen=True)
class Look:
    """What makes the same card look another way: who reads it where and when, and where its links lead."""

    language: str
    writing: str
    today: date
    query: str
    icons: str
    words: Words = field(compare=False)


@lru_cache(maxsize=4096)
def drawn(card: Card, look: Look) -> Markup:
    """A card as it stands in the page. Most on a board were drawn a moment ago and say what they said then."""
    one: Markup = get_template_attribute("pipeline/_card.html", "card")(
        ShownCard(card, look.words), look.query
    )
    return one


class ShownCard:
    """One card in words."""

    def __init__(self, card: Card, words: Words) -> None:
        self.id, self.version, self.name, self.who = card.id, card.version, card.name, card.who
        self.href = f"{words.case}{card.id}"
        self.menu_href, self.menu_label = (
            str(card.id).join(words.menu),
            words.menu_of.replace("{name}", card.name),
        )
        self.stale = words.days.replace("{days}", str(card.stale)) if card.stale is not None else ""
        self.stale_title = words.stale.replace("{days}", str(card.stale)) if card.stale is not None else ""
        self.tags = [(hue(each.id), each.name) for each in card.tags[:MOST_TAGS]]
        self.more_tags = card.more_tags
        self.money = self.per = ""
        if card.revenue is not None:
            self.money = money(card.revenue, card.currency)
        elif card.recurring is not None:
            self.money, self.per = money(card.recurring, card.currency), words.per.get(card.months or 0, "")
        self.priority, self.next_priority = card.priority, (card.priority + 1) % 4
        self.stars_label = words.raise_.replace("{name}", card.name).replace(
            "{word}", words.priorities[card.priority]
        )
        due = card.due
        kind = (
            "none"
            if due is None
            else "overdue"
            if due < words.today
            else "today"
            if due == words.today
            else "later"
        )
        self.act = "" if card.is_closed else kind
        self.act_label = words.due[kind] + (f", {day(due)}" if due and kind != "today" else "")
        self.act_href = f"{self.href}/activities"
        self.responsible = card.responsible.name if card.responsible else ""
        self.hue = hue(card.responsible.id) if card.responsible else ""
        self.initials = initials(self.responsible) if card.responsible else ""


# What stands for the mark of a column while its head is drawn.
MARK = new_mark()
# The heads of columns that were drawn lately.
drawn_heads: Drawn[str] = Drawn()


class ShownColumn:
    """One column in words."""

    def __init__(self, column: Column, board: ShownBoard) -> None:
        self.column, self.board = column, board
        heading, total = column.heading, column.total
        self.key, self.value, self.mark = column.key, column.value, column.mark
        self.name = column_word(heading.by, heading.value, heading.name)
        self.is_folded, self.is_won, self.is_used = column.is_folded, heading.is_won, heading.is_used
        self.explanation = heading.explanation if heading.is_used else _("No longer used")
        self.count = number(total.count) + ("+" if total.is_more else "")
        self.href = list_address(column.filter.full_args)
        self.sum, self.sum_title = worth(total), worth_title(total)
        self.cards = [drawn(card, board.look) for card in column.cards]

    @property
    def head(self) -> Markup:
        """What stands over its cards: drawn a moment ago, if nothing has moved in or out.

        Its mark tells of every change of a card, none of which the head says, and is put in.
        """

        def draw() -> str:
            return render_template("pipeline/_head.html", column=self, mark=MARK)

        place = self.key, self.value, self.name, self.explanation, self.is_won, self.href, self.board.may_add
        figures = self.count, self.sum, self.sum_title, *self.column.total.activities.values()
        drawn = drawn_heads.get((place, figures, self.board.look), draw)
        return Markup(drawn.replace(MARK, self.mark))  # noqa: S704  (drawn escaped, and a digest of ours)

    @property
    def acts(self) -> list[tuple[str, str, str]]:
        """The bar of when work is due: kind, where it begins and how wide it is, in per cent."""
        found, left = [], 0.0
        for name, kind in ACTS:
            share = 100 * self.column.total.activities[name] / (self.column.total.count or 1)
            if share:
                found.append((kind, f"{left:.1f}%", f"{share:.1f}%"))
            left += share
        return found

    @property
    def acts_label(self) -> str:
        acts = self.column.total.activities
        return _(
            "Activities: %(overdue)s overdue, %(today)s today, %(planned)s planned, %(none)s none",
            **{name: number(acts[name]) for name, _kind in ACTS},
        )

    @property
    def open_href(self) -> str:
        return self.board.address(open=self.value)

    @property
    def new_href(self) -> str | None:
        if not (self.board.may_add and self.is_used) or self.is_won:
            return None
        return f"{url_for('pipeline.new')}?{self.board.query_with(column=self.value)}"

    @property
    def more_href(self) -> str | None:
        if not self.column.more or not self.column.cards:
            return None
        query = self.board.query_with(column=self.value, after=self.column.cards[-1].id)
        return f"{url_for('pipeline.more')}?{query}"

    @property
    def more_plain(self) -> str:
        shown = self.board.shown.get(self.value, A_LOAD) + A_LOAD
        return f"{self.board.address(open=self.value, shown=shown)}#column-{self.key}"


class ShownBoard:
    """The board of one address, as one reader sees it."""

    def __init__(self, asked: Asked, *, is_exact: bool = False, shown: dict[str, int] | None = None) -> None:
        self.asked, self.shown = asked, shown or {}
        self.board = Board(asked.filter, asked.by, me(), is_exact=is_exact)
        self.by, self.kind = self.board.by, self.board.kind

    def anew(self) -> ShownBoard:
        """The same board, as it stands now."""
        return ShownBoard(self.asked, is_exact=self.board.is_exact, shown=self.shown)

    @cached_property
    def look(self) -> Look:
        language, today = str(get_locale()), local_today()
        words = words_in(language, today, request.script_root)
        return Look(language, str(writing()), today, self.query, icons(), words)

    @cached_property
    def columns(self) -> list[ShownColumn]:
        return [self.column(each) for each in self.board.columns_with(self.shown)]

    def column(self, column: Column) -> ShownColumn:
        return ShownColumn(column, self)

    def heads(self, *values: str) -> list[ShownColumn]:
        return [self.column(each) for each in self.board.heads(*values)]

    def card(self, card: Card) -> Markup:
        return drawn(card, self.look)

    @property
    def is_empty(self) -> bool:
        """Does the filter leave nothing? A board that is only new has its columns, to make cases in."""
        return not self.board.total.count and bool(self.board.filter.given.keys() - BROAD)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        return self.asked.but(filter=self.board.filter, by=self.by).pairs

    @cached_property
    def query(self) -> str:
        return urlencode(self.pairs)

    def query_with(self, **more: Any) -> str:
        return f"{self.query}&{urlencode(more)}" if more else self.query

    @cached_property
    def place(self) -> str:
        return url_for("pipeline.index")

    def address(self, **more: Any) -> str:
        return f"{self.place}?{self.query_with(**more)}"

    @cached_property
    def token(self) -> str:
        return newest_change()

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the choice of another grouping leaves as it is."""
        return [(name, value) for name, value in self.pairs if name != "by"]

    @property
    def by_choices(self) -> list[tuple[str, str]]:
        return [(value, str(word)) for value, word in BY_WORDS.items()]

    @cached_property
    def kind_choices(self) -> list[tuple[str, str, bool]]:
        """Other kinds of cases, with what else is asked for; a stage is of one kind only."""
        return [
            (str(word), f"{self.place}?{self.query_of_kind(kind)}", kind == self.kind)
            for kind, word in KINDS.items()
        ]

    def query_of_kind(self, kind: str) -> str:
        asked = self.board.filter.with_(kind=kind)
        return Asked(asked if kind == self.kind else asked.without("stage"), self.by).query

    @property
    def kind_name(self) -> str:
        return str(KINDS[self.kind])

    @cached_property
    def may_make(self) -> bool:
        return me().may_make(self.kind)

    @cached_property
    def may_add(self) -> bool:
        """May they make one right in a column, and so choose its stage, or whose it is?"""
        is_theirs = self.by not in CHOSEN or me().may_with_some(MAY[self.by], self.kind)
        return self.may_make and is_theirs

    @property
    def new_href(self) -> str | None:
        return url_for("cases.new", kind=self.kind) if self.may_make else None

    @property
    def new_label(self) -> str:
        return _("New %(kind)s", kind=KINDS_WITHIN[self.kind])

    @property
    def list_href(self) -> str:
        return list_address(self.board.filter.full_args)

    @property
    def exact_href(self) -> str | None:
        """Where the exact numbers are, if only 'more than' is said."""
        return self.address(exact=1) if self.board.total.is_more else None

    @property
    def total_count(self) -> str:
        total = self.board.total
        if total.is_more:
            return _("More than %(count)s cases", count=number(total.count))
        return str(ngettext("%(count)s case", "%(count)s cases", total.count, count=number(total.count)))

    @property
    def total_sum(self) -> str:
        return worth(self.board.total)

    @property
    def total_title(self) -> str:
        return worth_title(self.board.total)


def worth(total: Total) -> str:
    """All of it in the organisation's currency."""
    return money(total.worth, organisation().currency) if total.sums else ""


def worth_title(total: Total) -> str:
    """Weighted, and by currency where there are several."""
    currency = organisation().currency
    said = [_("weighted %(worth)s", worth=money(total.weighted, currency))]
    if total.sums.keys() - {currency}:
        said += [money(minor, each) for each, minor in sorted(total.sums.items())]
    if total.without_rate:
        said.append(
            ngettext(
                "%(num)d in a currency without a rate",
                "%(num)d in currencies without a rate",
                total.without_rate,
            )
        )
    return " · ".join(said)


def list_address(args: dict[str, list[str]]) -> str:
    """The list of exactly these cases."""
    return "/cases/?" + "&".join(
        f"{name}={quote(value, safe='')}" for name, values in args.items() for value in values
    )
