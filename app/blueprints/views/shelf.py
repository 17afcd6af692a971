"""The saved views at hand: asked for once a request, for the side, for the bar and for what the board opens with."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import g

from app.domain.saved_view import SavedView
from app.web import me


def shelf() -> list[tuple[SavedView, bool]]:
    """Every view that the reader has, each with whether their board opens with it."""
    if "shelf" not in g:
        g.shelf = SavedView.shelf_of(me())
    return list(g.shelf)


def saved_views() -> list[SavedView]:
    """Their own by name, then those that others share."""
    return [view for view, _is_default in shelf()]


def default_view() -> SavedView | None:
    """The one that their board opens with."""
    return next((view for view, is_default in shelf() if is_default), None)


def view_numbered(typed: str) -> SavedView | None:
    """The view that an address names, if it is one of theirs."""
    return next((view for view in saved_views() if str(view.id) == typed), None)


def opens(view: SavedView, place: str = "/pipeline/") -> str:
    """Where a saved view is shown: as a board, or as a list."""
    return f"{place}?{urlencode([('view', view.id)])}&{view.query}"
