"""Why something stands on somebody's day, in the words of the page and of the letter that tell of it."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.day import Day, Reason, Thing, stale_limit


def reasons_of(thing: Thing, day: Day) -> list[str]:
    """Every reason, the most pressing first."""
    return [words_of(reason, thing, day) for reason in thing.reasons]


def words_of(reason: Reason, thing: Thing, day: Day) -> str:
    """One reason, with the figures that it comes from."""
    days = reason.days(day.today, day.zone)
    match reason.kind:
        case "overdue":
            return str(ngettext("%(num)d day overdue", "%(num)d days overdue", days))
        case "late":
            return str(
                ngettext("deadline %(num)d day ago", "deadline %(num)d days ago", days)
            )
        case "answer" if days > 0:
            return str(
                ngettext("waits for an answer for %(num)d day", "waits for an answer for %(num)d days", days)
            )
        case "answer":
            return _("waits for an answer since today")
        case "call":
            return call_words(thing, reason, day)
        case "today":
            return _("due today")
        case "deadline":
            return _("deadline today")
        case _:
            return stale_words(thing, days)


def call_words(thing: Thing, reason: Reason, day: Day) -> str:
    """When the call was to be made."""
    planned = thing.about.scheduled_at
    if planned is None or not isinstance(reason.since, datetime):
        return _("call to make")
    here = planned.astimezone(day.zone)
    if here.date() == day.today:
        return _("call at %(time)s", time=f"{here:%H:%M}")
    days = reason.days(day.today, day.zone)
    return str(ngettext("call %(num)d day overdue", "call %(num)d days overdue", days))


def stale_words(thing: Thing, days: int) -> str:
    """For how long nothing moved, and how long it may."""
    limit = stale_limit(thing.about)
    still = ngettext("%(num)d day without a move or a word", "%(num)d days without a move or a word", days)
    return _("%(still)s, %(limit)s allowed", still=still, limit=limit) if limit is not None else str(still)
