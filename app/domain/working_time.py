"""When people work, and how much of the time between two instants that was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.domain.configuration import Configuration
from app.domain.organisation import Organisation

if TYPE_CHECKING:
    from app.domain.team import Team

DAY = 24 * 60
WEEK = 7


@dataclass(frozen=True)
class WorkingTime:
    """The hours of a week by the clock of a zone, and the days on which nobody works."""

    zone: str
    spans: tuple[tuple[tuple[int, int], ...], ...]
    holidays: frozenset[date]

    @classmethod
    def of(cls, team: Team | None) -> WorkingTime | None:
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

    def worked(self, day: date, start: int, end: int) -> int:
        """The minutes of work between two minutes of a day."""
        if day in self.holidays:
            return 0
        return sum(
            max(min(end, closes) - max(start, opens), 0) for opens, closes in self.spans[day.weekday()]
        )


def minutes_between(start: datetime, end: datetime, team: Team | None) -> int:
    """How long something took: in the working time of a team, where that is known, else by the clock."""
    working = WorkingTime.of(team)
    return working.minutes(start, end) if working is not None else max(end - start, timedelta()) // MINUTE


def length(spans: tuple[tuple[int, int], ...]) -> int:
    return sum(closes - opens for opens, closes in spans)


def minute_of(instant: datetime) -> int:
    return instant.hour * 60 + instant.minute


MINUTE = timedelta(minutes=1)
