"""Undo and redo of whole change sets."""

from flask import Response
from flask_babel import gettext as _
from markupsafe import escape

from app.blueprints.history import bp
from app.blueprints.history.sentences import acts_in_words
from app.blueprints.history.words import FIELDS, field_word
from app.blueprints.places import changed_here
from app.domain.errors import Refused
from app.domain.history import ChangeSet, Undone
from app.domain.history import redo as do_again
from app.domain.history import undo as take_back
from app.extensions import db
from app.i18n import moment
from app.web import find, me


@bp.post("/<int:change_set_id>/undo")
def undo(change_set_id: int) -> Response:
    """Take back what an act changed, and say what could not be."""
    answer = take_back(find_change_set(change_set_id), by=me())
    return tell(answer, _("Taken back: %(acts)s.", acts=acts_in(answer)))


@bp.post("/<int:change_set_id>/redo")
def redo(change_set_id: int) -> Response:
    """Do again what was taken back."""
    answer = do_again(find_change_set(change_set_id), by=me())
    return tell(answer, _("Done again: %(acts)s.", acts=acts_in(answer)))


def find_change_set(change_set_id: int) -> ChangeSet:
    return find(ChangeSet.visible_to(me()).where(ChangeSet.id == change_set_id))


def tell(answer: Undone, done: str) -> Response:
    """What was done, what stays and by whose hand, and what had gone; refused if nothing was left to do."""
    rest = [*kept_in_words(answer), *(_("The mail to %(to)s has gone.", to=to) for to in answer.gone)]
    if answer.change_set is None:
        raise Refused(" ".join([*rest, _("Nothing was taken back.")]))
    if answer.is_planned:
        done = _("This is being taken back. So much of it takes a while; nobody needs to wait.")
    elif not answer.actions:
        done = _("The mail was recalled.")
    records = list({id(record): record for record in answer.records}.values())
    db.session.commit()
    return changed_here(records, " ".join([done, *rest]))


def acts_in(answer: Undone) -> str:
    return acts_in_words(answer.actions)


def kept_in_words(answer: Undone) -> list[str]:
    """Who changed what since, a sentence for each person; what they set stays."""
    by_whom: dict[str, list[str]] = {}
    when = {}
    for kept in answer.kept:
        name = kept.field.partition(":")[0]
        by_whom.setdefault(kept.who, []).extend([field_word(name)] if name in FIELDS else [])
        when[kept.who] = kept.at
    return [
        _(
            "%(who)s changed this since (%(when)s), so it stays: %(fields)s.",
            who=who,
            when=escape(moment(when[who])).striptags(),
            fields=", ".join(dict.fromkeys(fields)) or _("the rest"),
        )
        for who, fields in by_whom.items()
    ]
