"""When people work, and how much of the time between two instants that was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.domain.configuration import Configuration
from app.domain.organisation import Organisation

if TYPE_CHECKING:
    from app.domain.configuration import TeamRow
    from app.domain.team import Team

DAY = 24 * 60
WEEK = 7
# So many days may be free in a row before one no longer looks for a day of work.
FAR = 400


@dataclass(frozen=True)
class WorkingTime:
    """The hours of a week by the clock of a zone, and the days on which nobody works."""

    zone: str
    spans: tuple[tuple[tuple[int, int], ...], ...]
    holidays: frozenset[date]

    @classmethod
    def of(cls, team: Team | TeamRow | None) -> WorkingTime | None:
        """That of a team, else the organisation's; None where no hours are set."""
        calendars = Configuration.current().calendars
        own = team.calendar_id if team is not None else None
        return calendars.get(own or Organisation.current().calendar_id or 0)

    @property
    def usual_day(self) -> int:
        """The minutes of work of a day on which people work, on average over the week."""
        days = [length(spans) for spans in self.spans if spans]
        return sum(days) // len(days) if days else DAY

    def minutes(self, start: datetime, end: datetime) -> int:
        """The minutes of work between two instants; whole weeks are not walked through."""
        zone = ZoneInfo(self.zone)
        begins, ends = start.astimezone(zone), end.astimezone(zone)
        first, last = begins.date(), ends.date()
        if first >= last:
            return self.worked(first, minute_of(begins), minute_of(ends)) if first == last else 0
        weeks, rest = divmod((last - first).days - 1, WEEK)
        between = weeks * sum(map(length, self.spans)) + sum(
            length(self.spans[(first.weekday() + 1 + day) % WEEK]) for day in range(rest)
        )
        free = sum(length(self.spans[day.weekday()]) for day in self.holidays if first < day < last)
        edges = self.worked(first, minute_of(begins), DAY) + self.worked(last, 0, minute_of(ends))
        return edges + between - free

    def workday(self, day: date, *, back: bool = False) -> date:
        """This day if people work on it, else the next on which they do, or the last before it."""
        step = timedelta(days=-1 if back else 1)
        near = (day + step * n for n in range(FAR))
        return next((each for each in near if self.worked(each, 0, DAY)), day)

    def worked(self, day: date, start: int, end: int) -> int:
        """The minutes of work between two minutes of a day."""
        if day in self.holidays:
            return 0
        return sum(
            max(min(end, closes) - max(start, opens), 0) for opens, closes in self.spans[day.weekday()]
        )


def minutes_between(start: datetime, end: datetime, team: Team | TeamRow | None) -> int:
    """How long something took: in the working time of a team, where that is known, else by the clock."""
    working = WorkingTime.of(team)
    return working.minutes(start, end) if working is not None else max(end - start, timedelta()) // MINUTE


def workday(day: date, *, team_id: int | None, user_id: int | None, back: bool = False) -> date:
    """The day on which something can be done that falls on this one: by the calendar of a team, else of whoever
    does it, else of the organisation; any day where no hours are set."""
    teams = Configuration.current().teams
    theirs = (team for team in teams.values() if team.in_use and user_id in team.members)
    working = WorkingTime.of(teams.get(team_id or 0) or next(theirs, None))
    return working.workday(day, back=back) if working is not None else day


def length(spans: tuple[tuple[int, int], ...]) -> int:
    return sum(closes - opens for opens, closes in spans)


def minute_of(instant: datetime) -> int:
    return instant.hour * 60 + instant.minute


MINUTE = timedelta(minutes=1)
