"""How things that cannot be done are said: a sentence in place for htmx, a page for everyone else."""

import secrets
import sqlite3

from flask import Flask, Response, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException, TooManyRequests

from app import clock
from app.domain.errors import EditConflict, Incomplete, NotTheirs, Refused, TooOften
from app.extensions import db, login
from app.web import came_from, fresh_token, is_htmx, own_path, see_other

# PostgreSQL says these to one of two who wanted the same at the same time; the next try gets through.
BUSY_STATES = frozenset({"40001", "40P01", "55P03", "57014", "53300"})
RETRY_AFTER = 2
LONGEST_SHOWN = 4000


def init_app(app: Flask) -> None:
    """Answer what goes wrong anywhere, once and in the same way (the Answers of the model)."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(TooOften, tried_too_often)
    app.register_error_handler(CSRFError, stale_token)
    app.register_error_handler(HTTPException, said_no)
    app.register_error_handler(exc.TimeoutError, busy)
    app.register_error_handler(exc.DBAPIError, database_failed)
    app.register_error_handler(Exception, failed)
    login.unauthorized_handler(not_signed_in)


def refused(refusal: Refused) -> Response:
    """What the business forbids, in its own sentence."""
    db.session.rollback()
    sentence = refusal_sentence(refusal)
    if isinstance(refusal, NotTheirs):
        return answer(403, _("Not yours to do"), sentence)
    return answer(409, _("Not possible now"), sentence)


def tried_too_often(refusal: TooOften) -> Response:
    """Welcome again later, and told when."""
    return said_no(TooManyRequests(retry_after=refusal.until))


def refusal_sentence(refusal: Refused) -> str:
    """The business says it itself, but for what takes the words of pages."""
    match refusal:
        case EditConflict():
            return conflict_sentence(refusal)
        case Incomplete():
            from app.blueprints.history.words import (
                field_word,  # pages know how to fail, so this knows them late
            )

            fields = ", ".join(field_word(name) for name in refusal.fields)
            return _(
                "%(stage)s asks for more than is known yet: %(fields)s.", stage=refusal.stage, fields=fields
            )
    return str(refusal)


def conflict_sentence(conflict: EditConflict) -> str:
    """Who was quicker, for the places that cannot offer both values."""
    names = ", ".join(dict.fromkeys(clash.who for clash in conflict.clashes))
    return _("%(names)s changed this in the meantime. Nothing of theirs was overwritten.", names=names)


def not_signed_in() -> Response:
    """A page asks to sign in and comes back; htmx gets the dialog and sends its request again."""
    db.session.rollback()
    if is_htmx():
        return fresh_token(make_response(render_template("shared/sign_in.dialog.html"), 401))
    page = request.full_path.rstrip("?") if request.method == "GET" else came_from()
    wanted = own_path(page)
    return see_other(url_for("auth.sign_in", next=None if wanted == "/" else wanted))


def stale_token(error: CSRFError) -> Response:
    """The page is older than the session: its form again, filled, or the same request with a fresh token."""
    db.session.rollback()
    if not current_user.is_authenticated and request.blueprint != "auth":
        return not_signed_in()
    if is_htmx():
        sentence = _("This page was open for a long time. Send it once more.")
        return fresh_token(sentence_only(400, sentence))
    if current_user.is_authenticated and is_from_own_page():
        fields = [(name, value) for name, value in request.form.items(multi=True) if not is_token(name)]
        return make_response(
            render_template(
                "errors/again.html",
                kept=[(name, value) for name, value in fields if not is_password(name)],
                passwords=dict.fromkeys(name for name, _value in fields if is_password(name)),
                files=[name for name, file in request.files.items(multi=True) if file.filename],
                longest=LONGEST_SHOWN,
            ),
            400,
        )
    return answer(
        400,
        _("This form is no longer valid"),
        _(
            "It was not sent by a page of ours, or that page is from an earlier visit. "
            "Open the page again and send it from there."
        ),
    )


def is_from_own_page() -> bool:
    """Was the form on a page of ours? What another site sends must not come back filled and fresh."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == request.host_url.rstrip("/")
    return came_from() is not None


def is_token(name: str) -> bool:
    return name.endswith("csrf_token")


def is_password(name: str) -> bool:
    return "password" in name.lower()


def said_no(error: HTTPException) -> Response:
    """What the web has a number for."""
    if error.response is not None:
        return make_response(error.response)
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    if code == 401:
        return not_signed_in()
    if code >= 500:
        return busy(error) if code == 503 else failed(error)
    db.session.rollback()
    title, sentence = words_for(code)
    own = error.description if error.description != type(error).description else None
    if code == 429:
        sentence = too_often(getattr(error, "retry_after", None))
    # What a route says itself (`abort(403, _("…"))`) stands, but a 404 never tells what was not found.
    response = answer(code, title, own if own and code != 404 else sentence)
    for name, value in error.get_headers(request.environ):
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def words_for(code: int) -> tuple[str, str]:
    """The heading and the sentence for a refusal that brought none."""
    known = {
        403: (_("Not yours to do"), _("You can see this, but this act belongs to somebody else.")),
        404: (_("Nothing is here"), _("It may have been moved or deleted, or it is not yours to see.")),
        405: (_("This address does not take that"), _("Go back and try it from the page.")),
        409: (
            _("Not possible now"),
            _("It has changed in the meantime. Load the page again to see how it stands."),
        ),
        413: (_("That is too large"), _("A file can have up to 25 MB.")),
        422: (_("This needs another look"), _("Something in it could not be read.")),
        429: (_("Too many tries"), ""),
    }
    return known.get(
        code, (_("That did not work"), _("The browser asked for something that could not be read."))
    )


def too_often(retry_after: object) -> str:
    """When the next try is welcome."""
    if hasattr(retry_after, "timestamp"):
        seconds = int(retry_after.timestamp() - clock.now().timestamp())
    else:
        seconds = int(retry_after) if isinstance(retry_after, (int, float)) else 60
    if seconds < 90:
        return str(ngettext("Try again in %(num)d second.", "Try again in %(num)d seconds.", max(seconds, 1)))
    minutes = -(-seconds // 60)
    return str(ngettext("Try again in %(num)d minute.", "Try again in %(num)d minutes.", minutes))


def database_failed(error: exc.DBAPIError) -> Response:
    """Somebody else held what was wanted, or the database is away: later is a good answer to the first."""
    return busy(error) if is_busy(error) else failed(error)


def is_busy(error: exc.DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return "locked" in str(cause) or "busy" in str(cause)
    if cause is not None and hasattr(cause, "sqlstate"):  # psycopg is not imported where SQLite is used
        return cause.sqlstate in BUSY_STATES or error.connection_invalidated or cause.sqlstate is None
    return False


def busy(error: Exception) -> Response:
    """Nothing was stored, and the next try will probably get through."""
    db.session.rollback()
    current_app.logger.warning("busy: %s %s: %s", request.method, request.path, error)
    response = answer(
        503,
        _("Busy for a moment"),
        _("Too many people wanted the same at once. Nothing was changed; try again in a few seconds."),
        again=True,
    )
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def failed(error: Exception) -> Response:
    """Our fault: a number to quote, and the whole story under that number in the log."""
    if current_app.config["PROPAGATE_EXCEPTIONS"] or (
        current_app.testing and not isinstance(error, HTTPException)
    ):
        raise error
    number = secrets.token_hex(4).upper()
    number = f"{number[:4]}-{number[4:]}"
    current_app.logger.error("%s: %s %s", number, request.method, request.path, exc_info=error)
    code = error.code if isinstance(error, HTTPException) and error.code else 500
    try:
        db.session.rollback()
        return answer(
            code,
            _("Something went wrong"),
            _(
                "Nothing you saved is lost. We kept a note of what happened as %(number)s; "
                "your administrator finds it under that number.",
                number=number,
            ),
            number=number,
            again=True,
        )
    except Exception:
        # Not even the page around it can be made, as when the database is gone.
        current_app.logger.exception("%s: its error page failed as well", number)
        return make_response(render_template("errors/bare.html", number=number), code)


def answer(
    status: int, title: str, sentence: str, number: str | None = None, again: bool = False
) -> Response:
    """The sentence for htmx, which puts it into the flash; a page around it for everyone else."""
    if is_htmx():
        return sentence_only(status, sentence)
    page = render_template(
        "errors/page.html", status=status, title=title, sentence=sentence, number=number, again=again
    )
    return make_response(page, status)


def sentence_only(status: int, sentence: str) -> Response:
    return make_response(render_template("errors/_sentence.html", sentence=sentence), status)
