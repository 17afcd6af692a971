"""Figures, dates and names as each reader writes them."""

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, g, render_template_string
from flask_babel import gettext

from app import clock, i18n
from app.domain.user import User

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
APP = Path(i18n.__file__).parent
PO = APP / "translations" / "de" / "LC_MESSAGES" / "messages.po"


@pytest.fixture
def reading(app: Flask, nora: User) -> Callable[..., Any]:
    """A page read by Nora, with her own settings, at noon of 19 November 2026."""

    @contextmanager
    def as_nora(**settings: str | None) -> Iterator[None]:
        with app.app_context(), app.test_request_context(), clock.stopped_at(NOON):
            reader = User(id=nora.id, name="Nora Lindahl", role="salesperson", **settings)
            g._login_user = reader
            yield

    return as_nora


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (4_820_000, "EUR", "€48,200"),
        (1250, "EUR", "€12.50"),
        (95_000, "EUR", "€950"),
        (99_999, "EUR", "€999.99"),
        (100_050, "EUR", "€1,001"),
        (-4_820_000, "EUR", "−€48,200"),
        (0, "EUR", "€0"),
        (48_200, "JPY", "JP¥48,200"),
        (1_234, "KWD", "KWD\xa01.234"),
        (99_999_999_999_999_999, "EUR", "€1,000,000,000,000,000"),
        (None, "EUR", ""),
    ],
)
def test_money_has_its_symbol_and_no_cents_from_a_thousand_on(reading, minor, currency, written):
    with reading():
        assert i18n.money(minor, currency) == written


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (123_456, "EUR", "€1,234.56"),
        (-123_450, "EUR", "−€1,234.50"),
        (123_400, "EUR", "€1,234"),
        (99, "EUR", "€0.99"),
        (1_234_567, "JPY", "JP¥1,234,567"),
        (1_234_567, "KWD", "KWD\xa01,234.567"),
        (None, "EUR", ""),
    ],
)
def test_where_it_is_told_money_is_told_to_the_cent(reading, minor, currency, written):
    with reading():
        assert i18n.money(minor, currency, exact=True) == written


def test_figures_follow_the_writing_that_a_person_chose(reading):
    with reading(language="en", formats="de_DE"):
        assert i18n.money(4_820_000, "EUR") == "48.200\xa0€"
        assert i18n.number(1_280_000.5) == "1.280.000,5"
        assert i18n.percent(60) == "60\xa0%"
    with reading(language="de", formats="en_US"):
        assert i18n.money(-4_820_000, "USD") == "−$48,200"
        assert i18n.percent(60) == "60%"


def test_a_writing_nobody_knows_falls_back_to_the_language(reading):
    with reading(language="de", formats="xx_XX"):
        assert i18n.number(1234) == "1,234"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 19), "Today"),
        (date(2026, 11, 18), "Yesterday"),
        (date(2026, 11, 20), "Tomorrow"),
        (date(2026, 11, 23), "Monday"),
        (date(2026, 11, 13), "Friday"),
        (date(2026, 11, 12), "12 Nov"),
        (date(2026, 11, 26), "26 Nov"),
        (date(2025, 12, 11), "11 Dec 2025"),
        (date(9999, 12, 31), "31 Dec 9999"),
        (None, ""),
    ],
)
def test_days_are_words(reading, value, words):
    with reading():
        assert i18n.day(value) == words


def test_days_are_words_in_german_too(reading):
    with reading(language="de"):
        assert [i18n.day(date(2026, 11, n)) for n in (19, 18, 23, 1)] == [
            "Heute",
            "Gestern",
            "Montag",
            "1. Nov.",
        ]


def test_a_date_never_moves_with_the_zone(reading):
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"):
        with reading(zone=zone):
            assert i18n.day(date(2025, 12, 11)) == "11 Dec 2025"


def test_today_begins_at_the_readers_midnight(reading):
    late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    with reading(zone="Europe/Berlin"):
        assert i18n.day(late) == "Tomorrow"
    with reading(zone="America/New_York"):
        assert i18n.day(late) == "Today"


def test_a_moment_is_a_time_today_and_a_date_later(reading):
    with reading(zone="Europe/Berlin"):
        today = i18n.moment(NOON - timedelta(hours=2))
        assert re.sub("<[^>]+>", "", today) == "11:00"
        assert 'datetime="2026-11-19T10:00:00Z"' in today
        assert 'title="Thursday, 19 November 2026, 11:00"' in today
        assert ">Yesterday 13:00<" in i18n.moment(NOON - timedelta(days=1))
        assert ">9 Nov<" in i18n.moment(NOON - timedelta(days=10))
        assert ">Yesterday<" in i18n.moment(NOON - timedelta(days=1), date_only=True)


def test_how_long_ago_is_said_below_an_hour(reading):
    with reading():
        assert ">40 seconds ago<" in i18n.ago(NOON - timedelta(seconds=40))
        assert ">1 minute ago<" in i18n.ago(NOON - timedelta(seconds=61))
        assert ">10:00<" in i18n.ago(NOON - timedelta(hours=2))


def test_durations_and_sizes(reading):
    with reading():
        assert [i18n.duration(n) for n in (372, 3750, 9)] == ["6:12", "1:02:30", "0:09"]
        assert [i18n.size(n) for n in (0, 999, 1_234_567, 25_000_000_000)] == [
            "0 B",
            "999 B",
            "1.2 MB",
            "25.0 GB",
        ]


def test_initials_and_hues():
    assert [i18n.initials(name) for name in ("Nora Lindahl", "Ørsted", "jan van der berg", "–", "")] == [
        "NL", "Ø", "JB", "?", "?",
    ]  # fmt: skip
    assert [i18n.hue(n) for n in (1, 7, 8, 16)] == ["hue-2", "hue-8", "hue-1", "hue-1"]


def test_the_language_is_ones_own_else_the_browsers_else_the_organisations(app, reading):
    with reading(language="de"):
        assert gettext("Undo") == "Rückgängig"
    with app.app_context(), app.test_request_context(headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}):
        assert gettext("Undo") == "Rückgängig"
    with app.app_context(), app.test_request_context(headers={"Accept-Language": "fi"}):
        assert gettext("Undo") == "Undo"


def test_macros_speak_the_readers_language(reading):
    source = '{% from "shared/marks.html" import act_mark %}{{ act_mark(none, none) }}'
    with reading(language="de"):
        assert "Nichts geplant" in render_template_string(source)


def test_german_lacks_nothing():
    with PO.open("rb") as file:
        catalog = read_po(file, locale="de")
    assert [message.id for message in catalog if message.id and not message.string] == []
    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert [message.id for message in catalog if list(message.check())] == []


def test_german_knows_all_that_is_said():
    with PO.open("rb") as file:
        catalog = read_po(file, locale="de")
    ways = [("**.py", "python"), ("templates/**.html", "jinja2")]
    keywords = DEFAULT_KEYWORDS | {"_l": None}
    said = {found[2] for found in extract_from_dir(APP, ways, keywords=keywords)}
    assert sorted(map(str, (each for each in said if each not in catalog))) == []


# What the extraction of texts to translate looks for: its own words for it, and those that it is told of (-k _l).
EXTRACTED = {"_", "_l", "gettext", "ngettext"}


def test_texts_are_marked_only_by_names_that_the_extraction_knows():
    unknown = [
        f"{path.relative_to(APP)}:{node.lineno}: {called}"
        for path in sorted(APP.rglob("*.py"))
        for node, called in marked_in(ast.parse(path.read_text("utf-8")))
        if called not in EXTRACTED
    ]
    assert unknown == []


def marked_in(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Each import of something that translates, by the name it has there, and each call of it through its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if each.name.endswith("gettext"):
                    yield node, each.asname or each.name
        elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("flask_babel."):
            yield node, ast.unparse(node)
