"""Keeping a view, changing it, opening the board with it, and dropping it."""

from urllib.parse import urlencode

from flask import Response, abort, request
from flask_babel import gettext as _

from app.blueprints.views import bp
from app.blueprints.views.asked import Asked, args_of
from app.blueprints.views.forms import ViewForm
from app.blueprints.views.shelf import PLACES, opens
from app.domain.history import just_made
from app.domain.saved_view import SavedView
from app.extensions import db
from app.web import find, me, show, swap


@bp.post("/")
def create() -> Response:
    """Keep what is shown under a name."""
    form = ViewForm()
    if not form.validate_on_submit():
        return ask(form, status=422)
    view = SavedView.keep(form.name.data, kept_query(), by=me(), is_shared=form.is_shared.data)
    db.session.commit()
    return done(view, _("The view is saved."))


@bp.get("/<int:view_id>/edit")
def edit(view_id: int) -> Response:
    """Its name, and whether others see it."""
    view = find_own(view_id, lock=False)
    return ask(ViewForm(formdata=None, name=view.name, is_shared=view.is_shared), view)


@bp.post("/<int:view_id>/edit")
def update(view_id: int) -> Response:
    """Another name, or what is shown now in place of what was kept."""
    view, form = find_own(view_id), ViewForm()
    values = {"query": kept_query()} if request.form.get("query") else {}
    if "name" in request.form:
        if not form.validate_on_submit():
            return ask(form, view, 422)
        values |= {"name": form.name.data, "is_shared": form.is_shared.data}
    view.edit(values, by=me())
    db.session.commit()
    return done(view, _("The view is saved."))


@bp.post("/<int:view_id>/deletion")
def deletion(view_id: int) -> Response:
    view = find_own(view_id)
    view.delete(by=me())
    db.session.commit()
    return swap(otherwise=PLACES[place()], toast=_("The view is deleted."), undo=just_made())


@bp.post("/<int:view_id>/default")
def default(view_id: int) -> Response:
    """Open the board with it from now on, or no longer."""
    view = find(SavedView.of(me().id).where(SavedView.id == view_id))
    is_wanted = request.form.get("wanted") != "0"
    view.open_with(me(), is_wanted=is_wanted)
    db.session.commit()
    said = _("Your board opens with it.") if is_wanted else _("Your board no longer opens with it.")
    return done(view, said)


def find_own(view_id: int, *, lock: bool = True) -> SavedView:
    """A view that is theirs to change: others' are 404, shared ones 403."""
    view = find(SavedView.of(me().id).where(SavedView.id == view_id), lock=lock)
    if not view.is_theirs(me()):
        abort(403, _("This view belongs to somebody else. Save one of your own."))
    return view


def kept_query() -> str:
    """What is asked for, as it is kept: only what means something; a state that was chosen holds in every place."""
    asked = Asked.from_args(args_of(request.form.get("query", "")), me(), "current")
    asks = asked.filter.full_args if "state" in asked.filter.given else asked.filter.args
    shown_as = [("as", "list")] if place() == "list" else []
    return urlencode([*shown_as, *asked.but(view=None).pairs_with(asks)])


def place() -> str:
    """Whether it was done on a board or on a list."""
    asked = request.values.get("place", "")
    return asked if asked in PLACES else "board"


def done(view: SavedView, toast: str) -> Response:
    """Back to where it was done, now with the view."""
    return swap(otherwise=opens(view, PLACES[place()]), toast=toast, undo=just_made())


def ask(form: ViewForm, view: SavedView | None = None, status: int = 200) -> Response:
    query = view.query if view else form.query.data
    return show(
        "views/edit.html", "views/_edit.html", status, form=form, query=query, view=view, place=place()
    )
