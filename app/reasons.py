"""Why something stands on somebody's day, in the words of the page and of the letter that tell of it."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.day import Day, Reason, Thing, stale_limit


def reasons_of(thing: Thing, day: Day) -> list[str]:
    """Every reason, the most pressing first."""
    return [words_of(reason, thing, day) for reason in thing.reasons]


def words_of(reason: Reason, thing: Thing, day: Day) -> str:
    """One reason, with the figures that it comes from."""
    days = reason.days(day.today, day.zone)
    ways: dict[str, Callable[[], str]] = {
        "overdue": lambda: ngettext("%(num)d day overdue", "%(num)d days overdue", days),
        "late": lambda: ngettext("deadline %(num)d day ago", "deadline %(num)d days ago", days),
        "answer": lambda: answer_words(days),
        "call": lambda: call_words(thing, reason, day),
        "today": lambda: _("due today"),
        "deadline": lambda: _("deadline today"),
        "stale": lambda: stale_words(thing, reason.full_days),
    }
    return str(ways[reason.kind]())


def answer_words(days: int) -> str:
    """For how long the other side has waited."""
    if days < 1:
        return _("waits for an answer since today")
    return ngettext("waits for an answer for %(num)d day", "waits for an answer for %(num)d days", days)


def call_words(thing: Thing, reason: Reason, day: Day) -> str:
    """When the call was to be made."""
    planned = thing.about.scheduled_at
    if planned is None:
        return _("call to make")
    here = planned.astimezone(day.zone)
    if here.date() == day.today:
        return _("call at %(time)s", time=f"{here:%H:%M}")
    days = reason.days(day.today, day.zone)
    return ngettext("call %(num)d day overdue", "call %(num)d days overdue", days)


def stale_words(thing: Thing, days: int) -> str:
    """For how long nothing moved, and how long it may."""
    limit = stale_limit(thing.about)
    still = ngettext("%(num)d day without a move or a word", "%(num)d days without a move or a word", days)
    return _("%(still)s, %(limit)s allowed", still=still, limit=limit) if limit is not None else str(still)
