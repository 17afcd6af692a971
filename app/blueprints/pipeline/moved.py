"""What the board answers when a card changed: where it now stands, what its columns are worth, and the way back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.blueprints.pipeline.showing import ShownBoard
from app.blueprints.pipeline.targets import FIELD, value_in
from app.blueprints.views.asked import Asked
from app.domain.case import Case
from app.domain.errors import EditConflict
from app.domain.history import ChangeSet, just_made
from app.extensions import db
from app.i18n import ago
from app.web import came_from, is_partial, me, swap


def is_card(record: Any) -> bool:
    """Was the act done on a board, on which this is a card?"""
    page = (came_from() or "").partition("?")[0]
    return isinstance(record, Case) and is_partial() and page == url_for("pipeline.index")


def board_of_page() -> ShownBoard:
    """The board that the address asks for, or that stands on the page from which it was asked."""
    if request.blueprint == "pipeline" and request.args:
        return ShownBoard(Asked.for_board(request.args, me()))
    _path, _mark, query = (came_from() or "").partition("?")
    return ShownBoard(Asked.for_board(MultiDict(parse_qsl(query)), me()))


def moved(
    case: Case,
    toast: str,
    undo: ChangeSet | None = None,
    joy: str | None = None,
    *,
    is_on_top: bool = False,
) -> Response:
    """The answer to an act on the board, when it is committed; with the way back if `undo` names one.

    `is_on_top` says that it was just put above all others.
    """
    board = board_of_page()
    if not is_partial():
        return swap(otherwise=board.address(), toast=toast, undo=undo, joy=joy)
    answer = swap(
        "pipeline/moved.swap.html",
        changed="case-changed",
        toast=toast,
        undo=undo,
        joy=joy,
        **context_of(case, board, just_made(), is_on_top=is_on_top),
    )
    return in_place(answer)


def conflict(case: Case, surprise: EditConflict) -> Response:
    """Somebody was quicker: who and when, and the card where it now stands."""
    (clash,) = surprise.clashes
    db.session.rollback()
    sentence = _(
        "%(who)s moved it %(when)s. It stays where they put it.", who=clash.who, when=plain(ago(clash.at))
    )
    if not is_partial():
        page = render_template("errors/page.html", status=409, title=_("Not possible now"), sentence=sentence)
        return make_response(page, 409)
    board = board_of_page()
    answer = render_template("pipeline/moved.swap.html", **context_of(case, board, None))
    return make_response(render_template("errors/_sentence.html", sentence=sentence) + answer, 409)


def context_of(
    case: Case, board: ShownBoard, made: ChangeSet | None, *, is_on_top: bool = False
) -> dict[str, Any]:
    """The card where it stands, if it is still on this board, and the heads of the columns that it touched."""
    spot = board.board.spot(case.id, is_on_top=is_on_top)
    here = value_in(board.by, getattr(case, FIELD[board.by]))
    return {
        "board": board,
        "case_id": case.id,
        "placed": board.card(spot[1]) if spot else None,
        "above": spot[2] if spot else None,
        "column_key": f"{board.by}-{spot[0] if spot else here}",
        "heads": board.heads(here, *columns_before(case, board.by, made)),
    }


def columns_before(case: Case, by: str, made: ChangeSet | None) -> set[str]:
    """The columns in which the case stood before and after a change set."""
    if made is None:
        return set()
    rows = [event.changed.get((*case.key, FIELD[by]), ()) for event in made.events]
    return {value_in(by, raw) for row in rows for raw in row}


def in_place(answer: Response) -> Response:
    """All of it are parts that know their places; what asked is answered by nothing."""
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#ask", "innerHTML"
    return answer


def plain(words: Any) -> str:
    return str(words.striptags()) if hasattr(words, "striptags") else str(words)
