"""The one door to time, so that tests and rehearsals can say what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


def now() -> datetime:
    """This instant, aware and in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """The date that a person in this zone reads on the wall."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def stopped_at(instant: datetime) -> Iterator[None]:
    """Let everything inside happen at one instant."""
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
