"""Which entry of which list is meant, what is asked about it, and whether the business agrees."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import abort
from flask_babel import gettext as _

from app.blueprints.lists.forms import EntryForm
from app.blueprints.lists.kinds import GROUPS, KINDS, Kind
from app.domain.errors import Refused
from app.domain.listed import Listed
from app.extensions import db
from app.web import find, me


def groups_of_mine() -> list[tuple[Any, list[Kind]]]:
    """The lists that this person may set up, in their groups."""
    groups = [(title, [kind for kind in kinds if kind.is_for(me())]) for title, kinds in GROUPS]
    return [(title, kinds) for title, kinds in groups if kinds]


def find_kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        abort(404)
    if not kind.is_for(me()):
        abort(403)
    return kind


def find_entry(kind: Kind, entry_id: int, *, theirs: bool = False, lock: bool = False) -> Any:
    """An entry of a list, else 404; for a change it has to be theirs to set up (403)."""
    cls: Any = kind.cls
    found: Any = find(sa.select(cls).where(cls.id == entry_id, cls.deleted_at.is_(None)), lock=lock)
    if theirs and not me().may("configure", found):
        abort(403, _("Only who leads this team sets this up."))
    return found


def find_listed(name: str, entry_id: int) -> tuple[Kind, Any]:
    """The same for what can be archived."""
    kind = find_kind(name)
    if not issubclass(kind.cls, Listed):
        abort(404)
    return kind, find_entry(kind, entry_id, theirs=True, lock=True)


def form_of(kind: Kind, field: str) -> type[EntryForm]:
    """The form of one field, if it is one that can be edited."""
    if field not in kind.fields or field in kind.fixed:
        abort(404)
    return kind.form_of(field)


def is_kept(form: EntryForm, kind: Kind, change: Callable[[], Any]) -> bool:
    """Make a change; what the business says no to stands beside the field that asked for it."""
    if is_of_others(form, kind):
        form[kind.owner].errors = [_("Choose among the teams that you lead.")]
        return False
    try:
        change()
    except (Refused, sa.exc.IntegrityError) as refusal:
        # Two who give the same code at once: one of them was quicker.
        db.session.rollback()
        sentence = str(refusal) if isinstance(refusal, Refused) else _("Somebody has just taken this.")
        asked = {field.name: field for field in form if field.type != "CSRFTokenField"}
        asked.get(getattr(refusal, "field", ""), next(iter(asked.values()))).errors = [sentence]
        return False
    return True


def is_of_others(form: EntryForm, kind: Kind) -> bool:
    """Would the entry belong to teams that somebody else sets up?"""
    owners = {name: value for name, value in form.facts.items() if name == kind.owner}
    return bool(owners) and not me().may("configure", kind.cls(**owners))


def new_form(kind: Kind, /, **options: Any) -> EntryForm:
    """What is asked about one more."""
    return kind.form_of(*kind.asked)(**options).known_as("new")


def kept_for_the_next(kind: Kind, form: EntryForm) -> dict[str, Any]:
    """What the next entry probably has in common with the one before it."""
    return {
        name: form[name].data
        for name in (kind.cls.within, "currency", "calendar_id", "plan_id")
        if name and name in form
    }
