"""The address under which others reach this Holdfast: what stands in the links of its mail."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, request, url_for

from app.config import LOOPBACK, Settings
from app.domain.errors import Refused
from app.extensions import _


def outside(endpoint: str, **values: Any) -> str:
    """A whole address for a letter."""
    return origin() + url_for(endpoint, _external=False, **values)


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
