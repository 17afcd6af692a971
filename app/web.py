"""What every blueprint shares: a page or its fragment, the answer to a change, the one record or 404."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import (
    Flask,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.routing import IntegerConverter

from app.domain.case import Case
from app.domain.history.locking import locked, locking, taken
from app.domain.history.records import ChangeSet
from app.domain.user import User
from app.domain.visibility import Visible
from app.extensions import db
from app.keeping import form_token

Row = TypeVar("Row")
Value = TypeVar("Value")
Known = TypeVar("Known", bound=Visible)
LARGEST_ID = 2**63 - 1
UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")


def init_app(app: Flask) -> None:
    """Give templates what routes have, and tell caches that one address has two sizes."""
    app.url_map.converters["int"] = RowIdConverter
    app.jinja_env.globals.update(dom_id=dom_id, pop_toast=pop_toast, form_token=form_token)

    @app.before_request
    def keep_what_was_written() -> None:
        """After its commit an answer tells what was just written, which is at hand, and reads nothing of it again."""
        db.session().expire_on_commit = False

    @app.after_request
    def keep_what_was_not_said(response: Response) -> Response:
        """What this answer did not say, the next one does; only then the cookie is written anew."""
        if (toast := g.pop("toast", None)) is not None:
            session["toast"] = toast
        return response

    @app.after_request
    def vary(response: Response) -> Response:
        if request.endpoint != "static":
            response.vary.update(("HX-Request", "HX-Request-Type"))
        return response


class RowIdConverter(IntegerConverter):
    """A number in a path; none that is too large for either database names anything (404)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": LARGEST_ID, **options})


def row_id(typed: str) -> int:
    """The same in a query or a form; ValueError for anything else, which `type=row_id` takes as nothing."""
    found = int(typed)
    if not 0 <= found <= LARGEST_ID:
        raise ValueError(typed)
    return found


def me() -> User:
    """The person who asks, as the business knows them."""
    user: User = current_user._get_current_object()
    return user


def is_partial() -> bool:
    """Does htmx want a part? Boosted links, HX-Location and Back want the page."""
    return request.headers.get("HX-Request-Type") == "partial"


def is_htmx() -> bool:
    """Did htmx ask, for a part or for a page?"""
    return request.headers.get("HX-Request") == "true"


def show(page: str, fragment: str, /, status: int = 200, **context: Any) -> Response:
    """One context in two sizes: the fragment for htmx, the page for everyone else."""
    if status >= 400:
        db.session.rollback()  # nothing is kept, and nobody waits while the form is written anew
    return make_response(render_template(fragment if is_partial() else page, **context), status)


def swap(
    fragment: str | None = None,
    changed: str | dict[str, Any] | None = None,
    otherwise: str | None = None,
    toast: str | None = None,
    undo: ChangeSet | None = None,
    *,
    joy: str | None = None,
    **context: Any,
) -> Response:
    """The answer to a change: fresh fragments and what happened for htmx, 303 for a plain form.

    `changed` is the fact that other parts of the page listen for. Without a fragment htmx goes where the
    plain form goes. `toast` says what was done, with Undo of the change set `undo` beside it,
    and `joy` a sentence more, for what is worth one.
    """
    if toast is not None:
        tell(toast, undo=undo, joy=joy)
    if not is_partial():
        return see_other(otherwise or back())
    if fragment is None:
        return go_to(otherwise or back())
    response = make_response(render_template(fragment, **context) + render_template("shared/toast.swap.html"))
    if changed is not None:
        facts = {changed: None} if isinstance(changed, str) else changed
        response.headers["HX-Trigger"] = json.dumps(facts)
    return response


def see_other(address: str) -> Response:
    """Done: the browser fetches what to look at now."""
    return make_response(redirect(address, 303))


def go_to(address: str) -> Response:
    """Done: htmx loads this page in place. (It would put a 303's whole page into the target.)"""
    return make_response("", 204, {"HX-Location": json.dumps({"path": address, "swap": "outerSync"})})


def back(otherwise: str | None = None) -> str:
    """Where to go after this: the `next` that came along, else where one was, else the start."""
    asked = own_path(request.values.get("next"))
    return asked or otherwise or came_from() or url_for("home.start")


def came_from() -> str | None:
    """The page of ours on which the act was done, if the browser says so."""
    page = request.headers.get("HX-Current-URL") or request.referrer
    if not page:
        return None
    try:
        parts = urlsplit(page)
    except ValueError:
        return None
    if (parts.scheme, parts.netloc) != (request.scheme, request.host):
        return None
    return own_path(parts._replace(scheme="", netloc="", fragment="").geturl())


def own_path(address: str | None) -> str | None:
    """The address, if it is a path on this server and cannot be read as anything else; else None.

    Browsers take a backslash for a slash and drop tabs and line ends, so neither may be in it.
    """
    if not address or not address.startswith("/") or address.startswith("//") or UNSAFE.search(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else address


def find(select: sa.Select[Row], lock: bool = False) -> Row:
    """The one record a query finds, else 404; locked, for those who will change it."""
    if lock:
        rows = locked(select)  # type: ignore[type-var]
        record = rows[0] if rows else None
    else:
        record = db.session.scalars(select.limit(1)).unique().first()
    if record is None:
        raise NotFound
    return record


def find_known(
    cls: type[Known],
    record_id: int,
    to: str | None = None,
    *,
    lock: bool = True,
    beside: Callable[[], tuple[Any, ...]] = tuple,
) -> Known:
    """A record that one may know of, else 404; for an act it is locked, and who may not do it is told so (403).

    `beside` says what is loaded along with it.
    """
    is_locked = lock and to is not None

    def put() -> sa.Select[Known]:
        query = cls.visible_to(me()).where(cls.id == sa.bindparam("record_id")).options(*beside())
        return locking(query) if is_locked else query  # type: ignore[type-var]

    query = me().question((find_known, cls, beside, is_locked), put)
    record: Known | None
    if is_locked:
        record = next(iter(taken(query, record_id=record_id)), None)  # type: ignore[type-var]
    else:
        record = db.session.scalars(query, {"record_id": record_id}).unique().one_or_none()
    if record is None:
        raise NotFound
    if to is not None and not me().may(to, record):
        raise Forbidden
    return record


def dom_id(record: Any, part: str | None = None) -> str:
    """The id of a record's element, or of a part of it: case-12, case-12-history."""
    cls: Any = type(record)
    here = f"{word_for(cls)}-{record.id}"
    return f"{here}-{part}" if part else here


# Classes of records by those of the values that stand for them.
stood_for: dict[type, type] = {}


def stands_for(record_class: type) -> Callable[[type[Value]], type[Value]]:
    """Mark a class of values that stand for such a record while it is drawn: their elements are called as its are."""

    def mark(cls: type[Value]) -> type[Value]:
        stood_for[cls] = record_class
        return cls

    return mark


@cache
def word_for(cls: Any) -> str:
    """What records of a class are called in ids; a call is one record with its case, and so is its place."""
    cls = stood_for.get(cls, cls)
    return "case" if issubclass(cls, Case) else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


def tell(message: str, undo: ChangeSet | None = None, joy: str | None = None) -> None:
    """Say what happened, with the way back beside it, in this answer or on the next page."""
    more = {"joy": joy} if joy else {}
    g.toast = {"message": message, "undo": undo.id if undo is not None else None, **more}


def pop_toast() -> dict[str, Any] | None:
    """What is to be said and was not yet. One at a time: the newest wins."""
    kept = session.pop("toast", None)
    return g.pop("toast", kept)


def fresh_token(response: Response) -> Response:
    """Send a token along that holds now, for the script that sends the request again."""
    response.headers["X-CSRFToken"] = generate_csrf()
    return response


def signed_in_again(user_id: int) -> Response:
    """The answer to the sign-in dialog: the page stays, gets a new token and sends its request again."""
    facts = {"signed-in": {"user": user_id}}
    return fresh_token(make_response("", 204, {"HX-Trigger": json.dumps(facts)}))
