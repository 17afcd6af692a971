"""A form that makes something makes it once: a double click, Back or a second try leads to what it made.

Each carries a key that only it has (`once()` in shared/forms.html); the route asks `sent_once()` before it makes.
"""

import secrets
from collections.abc import Callable, Hashable

from flask import Flask, Response, request
from flask_babel import gettext as _
from markupsafe import Markup

from app.domain.sent_form import SentBefore, SentForm
from app.extensions import db
from app.keeping import KEY, Drawn, for_all, form_token, with_places
from app.web import go_to, is_partial, me, see_other, tell

LONGEST = 60


def init_app(app: Flask) -> None:
    """Give templates keys, and answer whatever is sent twice."""
    app.jinja_env.globals.update(once_key=once_key)
    app.register_error_handler(SentBefore, lead_there)


def once_key() -> str:
    """What only this one form carries; while it is drawn for all, what stands for that."""
    return KEY if for_all.get() else secrets.token_urlsafe(16)


def drawn_with_key(
    kept: Drawn[str], said: Hashable, draw: Callable[[], str], **places: tuple[str, object]
) -> Markup:
    """A form that makes something, drawn once for all: with the token of each reader and a key of its own.

    `places` are what else is put in: what stands for each while it is drawn, and what it is now.
    """

    marks = {name: mark for name, (mark, _now) in places.items()}
    put = {name: now for name, (_mark, now) in places.items()}
    drawn = kept.get(said, lambda: with_places(draw, **marks))
    return Markup(drawn % {"token": form_token(), "once": once_key(), **put})  # noqa: S704  (drawn escaped)


def sent_once(address: str | None = None) -> SentForm:
    """Note that this form is sent; `address` is where what it makes is shown, set later if not yet known.

    Raises SentBefore if it was. One that carries no key may be sent as often as one likes.
    """
    key = request.form.get("once", "")
    if not key or len(key) > LONGEST:
        return SentForm(address=address or "")
    return SentForm.claim(f"{me().id}:{key}", address or "")


def was_sent(key: str) -> bool:
    """Has the form that carries this key been sent, and kept?"""
    return db.session.get(SentForm, f"{me().id}:{key[:LONGEST]}") is not None


def lead_there(sent: SentBefore) -> Response:
    """The answer that the first sending got."""
    db.session.rollback()
    tell(_("This form had been sent already. Nothing was made twice."))
    return go_to(sent.address) if is_partial() else see_other(sent.address)
