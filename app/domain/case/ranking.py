"""Places of cards in the columns of boards: texts that sort, with room for another between any two."""

from datetime import datetime

from app import clock

END_OF_TIME = 2**53
DIGITS = 14  # what the microseconds of two centuries take


def rank_on_top(at: datetime | None = None) -> str:
    """A rank above all that existed then: counted down with the microseconds, so new cases come on top."""
    return written(END_OF_TIME - int((at or clock.now()).timestamp() * 1_000_000))


def above(first: str | None) -> str:
    """A rank above the first of a column, and below those of all cases to come."""
    newest = rank_on_top()
    if not first or newest < first:
        return newest
    return written(max(int(first[:DIGITS], 16) - 1, 0))


def between(upper: str, lower: str | None, number: int = 1) -> list[str]:
    """Ranks below one and above another, in order; below the last one, if there is no other.

    Two that differ always leave room: ranks have 14 digits at least, and longer ones do not end in 0.
    """
    lower = lower or written(int(upper[:DIGITS] or "0", 16) + 1)
    digits = max(len(upper), len(lower), DIGITS) + 1
    low, high = (int(rank.ljust(digits, "0"), 16) for rank in (upper, lower))
    if not low < high:
        raise ValueError("Between two equal ranks there is none.")
    while high - low <= number:
        low, high, digits = low * 16, high * 16, digits + 1
    places = (low + (high - low) * place // (number + 1) for place in range(1, number + 1))
    return [f"{place:0{digits}x}".rstrip("0").ljust(DIGITS, "0") for place in places]


def written(number: int) -> str:
    return f"{number:0{DIGITS}x}"
