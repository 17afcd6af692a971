"""Places of cards in a column of the stage board."""

from datetime import datetime

from app import clock

END_OF_TIME = 2**53


def rank_on_top(at: datetime | None = None) -> str:
    """A rank above all that existed then: counted down with the microseconds, so new cards come on top."""
    return f"{END_OF_TIME - int((at or clock.now()).timestamp() * 1_000_000):014x}"
