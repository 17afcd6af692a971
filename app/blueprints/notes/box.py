"""The box for writing while nothing waits in it: drawn once for all pages, and the record that it is on put in."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import render_template, request
from flask_babel import get_locale
from markupsafe import Markup

from app.blueprints.forms import Entries, entries_of
from app.blueprints.notes.page import Part, Talk, mail_part
from app.domain.lists import Channel, StateOfMind
from app.keeping import Drawn
from app.marks import icons
from app.once import drawn_with_key
from app.web import LARGEST_ID

# Empty boxes, with places for the record, the token of the reader and the key of the form.
drawn_boxes: Drawn[str] = Drawn()


class BoxLook(NamedTuple):
    """What makes an empty box look as it does."""

    record_class: type
    may_mail: bool
    channels: Entries
    states_of_mind: Entries
    root: str
    language: str
    icons: str


class Blank(Talk):
    """The page of a record on which nobody has begun to write anything."""

    may_note = True
    drafts: dict[str, str] = {}
    note_form_sent = mailing = None

    def __init__(self, about: Any, may_mail: bool) -> None:
        self.about, self.may_mail = about, may_mail

    @property
    def mail_part(self) -> Part:
        return mail_part(self.about.id, is_kept=False)


def box_of(page: Talk) -> Markup:
    """The box for writing on a page: as it stands with all that waits in it, else the empty one."""
    if page.note_form_sent is not None or page.mailing is not None or page.drafts:
        return Markup(render_template("notes/_compose.html", about=page.about, page=page))  # noqa: S704
    offered = entries_of(Channel), entries_of(StateOfMind)
    reading = request.script_root, str(get_locale()), icons()
    look = BoxLook(type(page.about), page.may_mail, *offered, *reading)
    return drawn_with_key(drawn_boxes, look, lambda: blank(look), id=(str(LARGEST_ID), page.about.id))


def blank(look: BoxLook) -> str:
    about = look.record_class(id=LARGEST_ID)
    return render_template("notes/_compose.html", about=about, page=Blank(about, look.may_mail))
