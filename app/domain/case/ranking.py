"""Places of cards in a column of the stage board."""

from app import clock

END_OF_TIME = 2**53


def rank_on_top() -> str:
    """A rank above all that exist: counted down with the microseconds, so new cards come on top."""
    return f"{END_OF_TIME - int(clock.now().timestamp() * 1_000_000):014x}"
