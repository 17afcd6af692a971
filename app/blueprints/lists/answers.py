"""How the pages of lists answer: whole, or with the part that changed."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from app.blueprints.editing import Edit
from app.blueprints.lists.asking import groups_of_mine, new_form
from app.blueprints.lists.kinds import Kind
from app.blueprints.lists.page import Listing, name_of, words
from app.blueprints.lists.uses import uses_of
from app.domain.history import just_made
from app.domain.listed import Listed
from app.extensions import db
from app.web import came_from, dom_id, me, show, swap


def listing_of(kind: Kind) -> Listing:
    """The page of the list that is asked for, or that the act was done on."""
    args = request.args if request.method == "GET" else request.form
    page = min(max(args.get("page", 1, type=int), 1), 10**6)
    is_archived = args.get("view") == "archived" and issubclass(kind.cls, Listed)
    return Listing(kind, is_archived, page)


def shown(kind: Kind, **more: Any) -> dict[str, Any]:
    """What the page of a list needs."""
    facts = {"kind": kind, "groups": groups_of_mine(), "edit": None, "held": None, "way": None, **more}
    facts["listing"] = facts.get("listing") or listing_of(kind)
    return facts


def page(kind: Kind, status: int = 200, fragment: str = "lists/_entries.html", **more: Any) -> Response:
    """The list, or the part of it that needs another look."""
    form = more.pop("form", None) or new_form(kind, formdata=None)
    if status >= 400:
        db.session.rollback()
    return show("lists/page.html", fragment, status, form=form, **shown(kind, **more))


def entry_page(
    kind: Kind, found: Any, status: int = 200, fragment: str = "lists/_entry.html", **more: Any
) -> Response:
    facts = {"edit": None, "field": None, **more}
    uses = uses_of(kind.cls, [found])[found.id]
    return show(
        "lists/entry.html",
        fragment,
        status,
        kind=kind,
        groups=groups_of_mine(),
        entry=found,
        uses=uses,
        is_theirs=me().may("configure", found),
        words=lambda name: words(found, name, name_of),
        **facts,
    )


def ask(kind: Kind, field: str, edit: Edit, status: int = 200) -> Response:
    """One field as a form, in its place on the page it stands on."""
    edit.form.known_as(f"in-{dom_id(edit.record)}")
    if status >= 400:
        db.session.rollback()
    if field in kind.further:
        return entry_page(kind, edit.record, status, "lists/_asked.html", edit=edit, field=field)
    return page(kind, status, "lists/_asked.html", edit=edit, field=field, entry=edit.record)


def rest(kind: Kind, found: Any, field: str) -> Response:
    """One field as it stands."""
    value = words(found, field, name_of)
    home = home_of(kind, found, field)
    return swap(
        "lists/_cell.html", otherwise=home, kind=kind, entry=found, field=field, value=value, held=True
    )


def told(kind: Kind, found: Any, field: str) -> Response:
    """The field as it stands now; where more has changed with it, all of the page."""
    home = home_of(kind, found, field)
    toast, undo = (_("Saved."), just_made()) if just_made() else (None, None)
    is_on_own_page = came_from() == url_for(".entry", name=kind.name, entry_id=found.id)
    if field in kind.moving or (field == "name" and is_on_own_page):
        return swap(otherwise=home, toast=toast, undo=undo)
    return swap(
        "lists/_cell.html",
        otherwise=home,
        toast=toast,
        undo=undo,
        kind=kind,
        entry=found,
        field=field,
        value=words(found, field, name_of),
        held=True,
    )


def home_of(kind: Kind, found: Any, field: str) -> str:
    """The page on which a field stands."""
    own = url_for(".entry", name=kind.name, entry_id=found.id)
    if field in kind.further or came_from() == own:
        return own
    return url_for(".entries", name=kind.name)


def put_away(kind: Kind, toast: str) -> Response:
    """The list without it, or with it again."""
    db.session.commit()
    return changed(kind, toast)


def changed(kind: Kind, toast: str, **more: Any) -> Response:
    """The list as it is now, with the way back."""
    facts = shown(kind, **more)
    return swap(
        "lists/_entries.html",
        otherwise=facts["listing"].address(page=facts["listing"].page),
        toast=toast if just_made() else _("Nothing was different."),
        undo=just_made(),
        **facts,
    )
