"""The board, and what is moved and made on it."""

import json

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _

from app.blueprints.history.words import KINDS
from app.blueprints.notifications.bell import rung
from app.blueprints.pipeline import bp
from app.blueprints.pipeline.making import address_of_new, make, quick_form
from app.blueprints.pipeline.menu import CardMenu
from app.blueprints.pipeline.moved import conflict, moved
from app.blueprints.pipeline.requirements import missing_facts
from app.blueprints.pipeline.showing import ShownBoard
from app.blueprints.pipeline.targets import FIELD, MAY, named_target, refuse_surprise, value_in
from app.blueprints.places import joy_of
from app.blueprints.views.asked import Asked
from app.blueprints.views.bar import Bar
from app.blueprints.views.questions import Questions
from app.blueprints.views.words import column_word
from app.domain.board import A_LOAD, Column, is_settled
from app.domain.board.grouping import GROUPINGS
from app.domain.case import Case
from app.domain.errors import EditConflict
from app.domain.history import just_made, just_told
from app.extensions import db
from app.once import sent_once
from app.web import find_known, is_partial, me, row_id, see_other, show, swap, tell

MOST_SHOWN = 500


def asked_board() -> ShownBoard:
    """The board that the address asks for."""
    asked = Asked.for_board(request.args, me())
    shown = scrolled(asked.by)
    if opened := request.args.get("open"):
        shown[opened] = min(request.args.get("shown", type=row_id, default=A_LOAD), MOST_SHOWN)
    return ShownBoard(asked, is_exact=request.args.get("exact") == "1", shown=shown)


def scrolled(by: str) -> dict[str, int]:
    """How many cards stand in columns that were scrolled, as the page says: `cards=stage-3:60`."""
    told = (each.rpartition(":") for each in request.args.get("cards", "").split(","))
    return {
        key.removeprefix(f"{by}-"): min(int(number), MOST_SHOWN)
        for key, _colon, number in told
        if number.isascii() and number.isdigit() and len(number) < 6
    }


@bp.get("/")
def index() -> Response:
    """The board."""
    board = asked_board()
    bar = Bar(board.asked, is_board=True)
    return show("pipeline/board.html", "pipeline/_board.html", board=board, bar=bar)


@bp.get("/cards")
def more() -> Response:
    """The next cards of a column."""
    board = asked_board()
    found = board.board.after(
        request.args.get("column", ""), request.args.get("after", type=row_id, default=0)
    )
    if found is None:
        abort(404)
    if not is_partial():
        return see_other(board.address(open=found.value, shown=2 * A_LOAD))
    return make_response(render_template("pipeline/_more.html", board=board, column=board.column(found)))


@bp.get("/changes")
def changes() -> Response:
    """What looks different now: nothing, some columns, or all of the board; and the bell on top of it."""
    board, bell = asked_board(), rung()
    told = render_template("notifications/bell.swap.html", bell=bell) if bell else ""
    answer = changed_on(board) + told
    news = json.dumps({"board-marked": {"token": board.token}})
    return make_response(answer, 200 if answer else 204, {"HX-Trigger": news})


def changed_on(board: ShownBoard) -> str:
    """The parts of a board that look different from what the page that asks shows."""
    if board.token == request.args.get("since") and is_settled(board.token):
        return ""
    known = dict(each.rpartition(":")[::2] for each in request.args.get("marks", "").split(",") if each)
    columns = [column for column in board.columns if known.get(column.key) != column.mark]
    if not columns and len(known) == len(board.columns):
        return ""
    whole = known.keys() != {column.key for column in board.columns}
    return render_template("pipeline/changes.swap.html", board=board, columns=columns, whole=whole)


@bp.post("/cards/<int:case_id>/place")
def place(case_id: int) -> Response:
    """Put a card into a column, below another or on top: what dragging, keys, the menu and a plain form send."""
    by = request.form.get("by", "stage")
    if by not in GROUPINGS:
        abort(404)
    case, target = find_known(Case, case_id, MAY[by]), named_target(by, request.form.get("column", ""))
    above = request.form.get("above", type=row_id)
    below = find_known(Case, above) if above else None
    try:
        refuse_surprise(case, by, target, request.form.get("version", type=row_id))
    except EditConflict as surprise:
        return conflict(case, surprise)
    missing = missing_facts(case, by, target)
    if missing.are_wanted:
        return missing.ask()
    case.place(by, target, by=me(), below=below, facts=missing.facts)
    db.session.commit()
    made = just_made()
    where = column_word(by, value_in(by, getattr(case, FIELD[by])), getattr(target, "name", ""))
    toast = _("%(name)s moved to %(column)s.", name=case.name, column=where) if made else _("Moved.")
    is_alone = len(just_told()) <= 1  # what rules made besides may stand above it
    return moved(case, toast, made, joy_of(case), is_on_top=below is None and is_alone)


@bp.get("/cards/<int:case_id>/menu")
def menu(case_id: int) -> Response:
    """Everything that one can do to a card, without dragging."""
    menu = CardMenu(find_known(Case, case_id), asked_board())
    return show("pipeline/menu.html", "pipeline/_menu.html", **menu.context)


@bp.get("/new")
def new() -> Response:
    """The small form of a new case in a column."""
    board = asked_board()
    return ask_new(board, request.args.get("column", ""), quick_form(board.kind)(formdata=None))


@bp.post("/cards")
def create() -> Response:
    """Begin a case in a column, and be ready for the next."""
    board, column = asked_board(), request.form.get("column", "")
    refuse_to_add(board)
    form = quick_form(board.kind)()
    if not form.validate_on_submit():
        return ask_new(board, column, form, 422)
    found_column(board, column)
    sent_once(board.address())
    case = make(board, column, form)
    db.session.commit()
    board = board.anew()  # as it is with the new case in it
    stand = board.board.stand(case.id)
    done = _("%(kind)s created.") if stand else _("%(kind)s created. The filter of this board leaves it out.")
    tell(done % {"kind": KINDS[board.kind]}, undo=just_made())
    if not is_partial():
        return see_other(board.address())
    heads = board.heads(column)
    answer = swap(
        "pipeline/created.swap.html",
        changed="case-changed",
        board=board,
        column=heads[0],
        placed=board.card(stand.card) if stand else None,
        heads=heads,
    )
    answer.headers["HX-Reswap"] = "none"
    return answer


def ask_new(board: ShownBoard, column: str, form: object, status: int = 200) -> Response:
    refuse_to_add(board)
    return show(
        "pipeline/new.html",
        "pipeline/_quick.html",
        status,
        column=board.column(found_column(board, column)),
        form=form,
        href=address_of_new(board),
    )


def refuse_to_add(board: ShownBoard) -> None:
    if not board.may_make:
        abort(403, _("Cases of this kind are not yours to make."))
    if not board.may_add:
        abort(403, _("Its stage and whose it is are not yours to choose."))


def found_column(board: ShownBoard, value: str) -> Column:
    """The column of this value, without its figures; 404 if there is none, or none that takes more."""
    found = board.board.named(value) if value else None
    if found is None or not found.heading.is_used:
        abort(404)
    return found


@bp.get("/filter", endpoint="filter")
def ask_filter() -> Response:
    """Everything that cases can be asked for by, as a form."""
    is_board = request.args.get("place") != "list"
    asked = (Asked.for_board if is_board else Asked.for_list)(request.args, me())
    questions = Questions(asked, is_board=is_board)
    return show("pipeline/filter.html", "pipeline/_filter.html", questions=questions)
