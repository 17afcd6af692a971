"""The address under which others reach this Holdfast: what stands in the links of its mail."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, request

from app.config import LOOPBACK, Settings
from app.domain.errors import Refused
from app.extensions import _


def outside(endpoint: str, **values: Any) -> str:
    """A whole address for a letter."""
    # Letters are written by the worker too, which answers no request.
    return origin() + current_app.url_map.bind("").build(endpoint, values)


def reachable(endpoint: str, **values: Any) -> str:
    """The same for a letter that can do without; nothing where nobody has said how we are reached."""
    try:
        return outside(endpoint, **values)
    except Refused:
        return ""


def origin() -> str:
    """What PUBLIC_URL says; on a laptop, where we listen.

    Never what a request says about it: a stranger could have links of theirs mailed to our people.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if settings.public_url:
        return settings.public_url
    if not settings.is_loopback:
        raise Refused(_("No link can be mailed before PUBLIC_URL says under which address this is reached."))
    if has_request_context() and urlsplit(f"//{request.host}").hostname in LOOPBACK:
        return f"http://{request.host}"
    return f"http://{settings.host}:{settings.port}"
