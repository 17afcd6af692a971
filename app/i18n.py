"""How a page speaks to its reader: in their language, with their numbers and dates, by their clock."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError, dates, numbers
from flask import Flask, g, has_request_context, request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from app import clock, words
from app.domain.organisation import Organisation
from app.extensions import babel

# What is translated. Where a language alone does not say how figures and dates are written, its region does.
LANGUAGES = {"en": "English", "de": "Deutsch"}
HOME_OF = {"en": "en_GB", "de": "de_DE"}
# The ways to write figures and dates that a person can choose, whatever their language.
WRITINGS = ("en_GB", "en_US", "de_DE", "de_CH", "fr_FR", "es_ES", "it_IT", "nl_NL", "sv_SE", "fi_FI", "pl_PL")
MINUS = "−"
WHOLE_FROM = 1000
HUES = 8


def init_app(app: Flask) -> None:
    """Choose language and zone for each reader, and teach templates to write figures, dates and names."""
    babel.init_app(app, locale_selector=lambda: parsed(language()), timezone_selector=zone_name)
    words.init_app(app)
    app.jinja_env.filters.update(
        money=money,
        number=number,
        percent=percent,
        size=size,
        duration=duration,
        day=day,
        full_day=full_day,
        moment=moment,
        appointment=appointment,
        ago=ago,
        initials=initials,
        hue=hue,
    )
    app.jinja_env.globals.update(reading=reading, organisation=organisation)


def organisation() -> Organisation:
    """The organisation, asked for once a request."""
    if not has_request_context():
        return Organisation.current()
    if "organisation" not in g:
        g.organisation = Organisation.current()
    return g.organisation


def language() -> str:
    """The reader's language: their own choice, else their browser's, else the organisation's."""
    own = getattr(current_user, "language", None) if has_request_context() else None
    if own in LANGUAGES:
        return str(own)
    asked = request.accept_languages.best_match(LANGUAGES) if has_request_context() else None
    return asked or organisation().language


@lru_cache
def parsed(name: str) -> Locale:
    """The language or way of writing of this name: one object each, found again at once wherever it is a key."""
    return Locale.parse(name)


def zone_name() -> str:
    """The reader's time zone: their own choice, else the organisation's."""
    own = getattr(current_user, "zone", None) if has_request_context() else None
    return str(own or organisation().zone)


def zone() -> ZoneInfo:
    """The clock on the reader's wall."""
    if not has_request_context():
        return known_zone(zone_name())
    if "zone" not in g:
        g.zone = known_zone(zone_name())
    return g.zone


def known_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def writing() -> Locale:
    """How the reader has figures and dates written: their own choice, else as their language does at home."""
    if has_request_context() and "writing" in g:
        return g.writing
    own = getattr(current_user, "formats", None) if has_request_context() else None
    spoken = str(get_locale() or language())
    try:
        found = parsed(own or HOME_OF.get(spoken, spoken))
    except (UnknownLocaleError, ValueError):
        found = parsed(HOME_OF["en"])
    if has_request_context():
        g.writing = found
    return found


def reading() -> dict[str, str]:
    """What <html> says about its text: its language and the direction it runs."""
    locale = get_locale() or Locale("en")
    return {"lang": str(locale).replace("_", "-"), "dir": locale.text_direction}


def local_today() -> date:
    """The date on the reader's wall."""
    return clock.now().astimezone(zone()).date()


# Figures


def money(minor: int | None, currency: str | None = None, *, exact: bool = False) -> str:
    """An amount with its symbol, without cents where there are none: €48,200, €12.50.

    From 1,000 on they are left out, too, unless it is to be `exact`: where it is told or typed, and not only looked at.
    """
    if minor is None:
        return ""
    return money_written(int(minor), currency or organisation().currency, str(writing()), exact)


@lru_cache(maxsize=8192)
def money_written(minor: int, currency: str, locale: str, exact: bool = False) -> str:
    places = numbers.get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-places)
    if amount == amount.to_integral_value() or (abs(amount) >= WHOLE_FROM and not exact):
        places = 0
    amount = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    written = money_pattern(currency, locale, places).apply(
        amount, parsed(locale), currency=currency, currency_digits=False, numbering_system="latn"
    )
    return written.replace("-", MINUS)


@lru_cache
def money_pattern(currency: str, locale: str, places: int) -> numbers.NumberPattern:
    """How amounts with so many digits after the point are written: found once, as each is another amount."""
    here = parsed(locale)
    pattern = here.currency_formats["standard"].pattern
    if numbers.get_currency_symbol(currency, here)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\u00a0#")  # CHF 12, but €12
    return numbers.parse_pattern(pattern.replace("0.00", "0." + "0" * places if places else "0"))


def number(value: float | Decimal | None, places: int | None = None) -> str:
    """A figure as the reader writes it: 1,280,000; with `places` decimals if asked."""
    if value is None:
        return ""
    if places is None and 0 <= value < WHOLE_FROM and (whole := int(value)) == value:
        return str(whole)  # with nothing to group, all ways to write that we offer are one
    return number_written(Decimal(str(value)), places, str(writing()))


@lru_cache(maxsize=8192)
def number_written(value: Decimal, places: int | None, locale: str) -> str:
    if places is not None:
        value = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    pattern = None if places is None else "#,##0" + ("." + "0" * places if places else "")
    return numbers.format_decimal(value, pattern, locale=Locale.parse(locale)).replace("-", MINUS)


def percent(value: float | None) -> str:
    """A share out of a hundred, as the reader's language writes it: 60% or 60 %."""
    return "" if value is None else percent_written(Decimal(str(value)), str(writing()))


@lru_cache(maxsize=8192)
def percent_written(value: Decimal, locale: str) -> str:
    return numbers.format_percent(value / 100, locale=locale).replace("-", MINUS)


def size(octets: int) -> str:
    """How big a file is: 1.2 MB."""
    amount, units = float(octets), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{number(amount, 0 if units[0] == 'B' or amount >= 100 else 1)} {units[0]}"


def duration(seconds: int) -> str:
    """How long a call took: 6:12, or 1:02:30."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


# Dates


def day(value: date | datetime | None) -> str:
    """A day in words: Today, Yesterday, Monday within a week, 23 Nov within the year, else 11 Dec 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(zone()).date()
    today = local_today()
    apart = (value - today).days
    near = {0: _("Today"), -1: _("Yesterday"), 1: _("Tomorrow")}.get(apart)
    if near is not None:
        return near
    if abs(apart) < 7:
        return date_written(value, "EEEE", str(writing_in_words()))
    return calendar_day(value)


# A day and its month by name, in either order, with a year or without.
DAY_AND_MONTH = re.compile(r"(?P<day>\d{1,2})\.?\s*(?P<month>[^\W\d_]+)\.?(?:,?\s*(?P<year>\d{4}))?")
MONTH_AND_DAY = re.compile(r"(?P<month>[^\W\d_]+)\.?\s*(?P<day>\d{1,2})(?:,?\s+(?P<year>\d{4}))?")


def day_in_words(typed: str) -> date:
    """A day as pages say it: tomorrow, 23 Nov, 11 Dec 2026, also Dec 11, 2026. Without a year it is the next such day.

    Raises ValueError for anything else.
    """
    text, today = typed.strip().casefold(), local_today()
    near = {_("Today"): 0, _("Yesterday"): -1, _("Tomorrow"): 1}
    for word, apart in near.items():
        if text == word.casefold():
            return today + timedelta(days=apart)
    said = DAY_AND_MONTH.fullmatch(text) or MONTH_AND_DAY.fullmatch(text)
    if said is None:
        raise ValueError(typed)
    month = months_by_name(str(writing_in_words())).get(said["month"])
    if month is None:
        raise ValueError(typed)
    if said["year"]:
        return date(int(said["year"]), month, int(said["day"]))
    coming = date(today.year, month, int(said["day"]))
    return coming if coming >= today else coming.replace(year=today.year + 1)


@lru_cache
def months_by_name(locale: str) -> dict[str, int]:
    """The number of each month by its names, short and long."""
    names = (
        dates.get_month_names(width, context, locale)
        for width in ("abbreviated", "wide")
        for context in ("format", "stand-alone")
    )
    return {name.casefold().rstrip("."): number for each in names for number, name in each.items()}


def full_day(value: date | datetime | None) -> str:
    """A day written out: Monday 23 November 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(zone()).date()
    return date_written(value, "full", str(writing_in_words()))


@lru_cache(maxsize=8192)
def date_written(value: date, pattern: str, locale: str) -> str:
    return dates.format_date(value, pattern, locale)


@lru_cache(maxsize=8192)
def date_put_together(value: date, skeleton: str, locale: str) -> str:
    return dates.format_skeleton(skeleton, as_instant(value), locale=locale)


def hour_of(here: datetime) -> str:
    """The time on the reader's wall, which is the zone of this instant."""
    return hour_written(here.time().replace(second=0, microsecond=0), str(writing()))


@lru_cache(maxsize=8192)
def hour_written(value: time, locale: str) -> str:
    return dates.format_time(value, "short", locale=locale)


def moment(instant: datetime | None, *, date_only: bool = False) -> str | Markup:
    """An instant as words in a <time>: 10:42 today, Yesterday 10:42, 14 Nov; the whole of it in its title."""
    if instant is None:
        return ""
    here = instant.astimezone(zone())
    apart = (here.date() - local_today()).days
    if date_only:
        words, whole = day(here.date()), full_day(here.date())
    else:
        hour = hour_of(here)
        words = hour if apart == 0 else f"{day(here.date())} {hour}" if abs(apart) < 7 else day(here.date())
        whole = f"{full_day(here.date())}, {hour}"
    return stamp(instant, words, whole)


def calendar_day(value: date) -> str:
    """A day by its date, wherever it stands in a sentence and whenever that is read: 23 Nov, 11 Dec 2025."""
    skeleton = "MMMd" if value.year == local_today().year else "yMMMd"
    return date_put_together(value, skeleton, str(writing_in_words()))


def appointment(instant: datetime | None) -> str | Markup:
    """When something is to happen, to the minute: 24 Dec 10:00, or 10:42 today."""
    if instant is None:
        return ""
    here = instant.astimezone(zone())
    hour = hour_of(here)
    words = hour if here.date() == local_today() else f"{calendar_day(here.date())} {hour}"
    return stamp(instant, words, f"{full_day(here.date())}, {hour}")


def ago(instant: datetime | None) -> str | Markup:
    """How long ago, below an hour; else the moment itself."""
    if instant is None:
        return ""
    passed = clock.now() - instant
    if not timedelta(0) <= passed < timedelta(hours=1):
        return moment(instant)
    here = instant.astimezone(zone())
    whole = f"{full_day(here.date())}, {hour_of(here)}"
    return stamp(instant, ago_words(int(passed.total_seconds())), whole)


def ago_words(seconds: int) -> str:
    if seconds < 5:
        return _("just now")
    if seconds < 60:
        return str(ngettext("%(num)d second ago", "%(num)d seconds ago", seconds))
    return str(ngettext("%(num)d minute ago", "%(num)d minutes ago", seconds // 60))


def stamp(instant: datetime, words: str, whole: str) -> Markup:
    machine = instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    written = f'<time datetime="{machine}" title="{escape(whole)}">{escape(words)}</time>'
    return Markup(written)  # noqa: S704  (escaped)


def writing_in_words() -> Locale:
    """Weekdays and months are words: in the reader's language, as the region they chose orders them."""
    chosen, spoken = writing(), str(get_locale() or language())
    return chosen if chosen.language == spoken[:2] else parsed(HOME_OF.get(spoken, spoken))


def as_instant(value: date) -> datetime:
    """A date as Babel's skeletons want it; noon, so that no zone moves it."""
    return datetime(value.year, value.month, value.day, 12, tzinfo=UTC)


# Names


def initials(name: str) -> str:
    """Two letters for a picture: the first of the first and of the last word."""
    words = [word for word in name.split() if word[0].isalnum()] or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(record_id: int | None) -> str:
    """The colour class of a person, firm or tag: by its id, so that it never changes."""
    return f"hue-{(record_id or 0) % HUES + 1}"
