"""The way about: one line for each place, in the order in which they stand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.domain.user import User


@dataclass(frozen=True)
class Place:
    """Somewhere one can go from every page."""

    endpoint: str
    icon: str
    label: LazyString
    keys: str = ""
    is_tab: bool = False  # one of the few under the thumb on a phone
    is_below: bool = False  # at the foot of the side
    who: Callable[[User], bool] = lambda user: user.is_staff

    @property
    def href(self) -> str:
        return address(self.endpoint, request.script_root)

    @property
    def is_current(self) -> bool:
        """Is the page of this place, or one inside it, shown?"""
        return request.blueprint == self.endpoint.partition(".")[0]


@cache
def address(endpoint: str, _root: str) -> str:
    """Where this is; put together once, as every page leads to all of them."""
    return url_for(endpoint)


PLACES = (
    Place("home.start", "sun", _("My day"), keys="G M", is_tab=True),
    Place("pipeline.index", "layout-kanban", _("Pipeline"), keys="G P", is_tab=True),
    Place("cases.index", "layout-list", _("Cases"), keys="G L", is_tab=True),
    Place("partners.index", "building", _("Partners"), keys="G A", is_tab=True),
    Place("outbox.index", "send", _("Outbox"), keys="G O", is_tab=True),
    Place("rules.index", "bolt", _("Rules"), keys="G R", who=lambda user: user.configures),
    Place("people.index", "users", _("People"), is_below=True, who=lambda user: user.is_administrator),
    Place("lists.index", "adjustments", _("Lists"), is_below=True, who=lambda user: user.configures),
    Place(
        "organisation.show",
        "sitemap",
        _("Organisation"),
        is_below=True,
        who=lambda user: user.is_administrator,
    ),
    Place("worker.index", "activity", _("Worker"), is_below=True, who=lambda user: user.is_administrator),
    Place("settings.index", "settings", _("Settings"), keys="G S", is_below=True),
)


def navigation() -> list[Place]:
    """The places of the person who is signed in."""
    user: Any = current_user._get_current_object()
    return [place for place in PLACES if place.who(user)] if user.is_authenticated else []
