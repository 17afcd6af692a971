"""The saved views at hand: asked for once a request, for the side, for the bar and for what the board opens with."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from flask import g

from app.domain.saved_view import Kept, SavedView
from app.web import me


def saved_views() -> list[Kept]:
    """Every view that the reader has: their own by name, then those that others share."""
    if "shelf" not in g:
        g.shelf = SavedView.shelf_of(me())
    return list(g.shelf)


def default_view() -> Kept | None:
    """The one that their board opens with."""
    return next((view for view in saved_views() if view.is_default), None)


def view_numbered(typed: str) -> Kept | None:
    """The view that an address names, if it is one of theirs."""
    return next((view for view in saved_views() if str(view.id) == typed), None) if typed else None


# Where cases are shown, as forms name it.
PLACES = {"board": "/pipeline/", "list": "/cases/"}


def opens(view: Kept | SavedView, place: str = "/pipeline/") -> str:
    """Where a saved view is shown: as a list, if it was kept from one, else in this place."""
    if "list" in parse_qs(view.query).get("as", ()):
        place = PLACES["list"]
    return f"{place}?{urlencode([('view', view.id)])}&{view.query}"
