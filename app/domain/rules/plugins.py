"""Actions that others bring: Python functions of installed packages, by their entry points."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from app.domain.errors import Refused
from app.extensions import _

GROUP = "holdfast.actions"


def choices() -> list[tuple[str, str]]:
    """The names of those that are installed."""
    return [(each.name, each.name) for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)]


def named(name: str) -> Callable[..., Any]:
    """The function of this name; it is called with the case, locked, and `by=` the rule."""
    for each in entry_points(group=GROUP):
        if each.name == name:
            function: Callable[..., Any] = each.load()
            return function
    raise Refused(_("The plug-in “%(name)s” is not installed.", name=name))
