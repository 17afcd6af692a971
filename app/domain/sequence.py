"""The order that people drag entries into, kept as whole numbers with room between them."""

from bisect import bisect_right
from itertools import pairwise

# What a new entry leaves free before itself, so that most moves write one row.
ROOM = 16


def renumbered(order: list[int]) -> dict[int, int]:
    """The fewest new numbers that make these rise, by their places in the list."""
    kept = standing(order)
    found: dict[int, int] = {}
    borders = [-1, *kept, len(order)]
    for left, right in pairwise(borders):
        gap = range(left + 1, right)
        if left < 0:
            before = order[right] - ROOM * (len(gap) + 1) if kept else 0
            step = ROOM
        else:
            before = order[left]
            step = (order[right] - before) // (len(gap) + 1) if right < len(order) else ROOM
        found |= {place: before + step * n for n, place in enumerate(gap, 1)}
    return found


def standing(order: list[int]) -> list[int]:
    """The most places whose numbers may stay: they rise, with room for what stands between them."""
    ends: list[int] = []  # the smallest end of a chain of each length, less the room that it needs
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for place, number in enumerate(order):
        length = bisect_right(ends, number - place)
        before[place] = tails[length - 1] if length else None
        ends[length:] = [number - place, *ends[length + 1 :]]
        tails[length:] = [place, *tails[length + 1 :]]
    chain: list[int] = []
    place_: int | None = tails[-1] if tails else None
    while place_ is not None:
        chain.append(place_)
        place_ = before[place_]
    return chain[::-1]
