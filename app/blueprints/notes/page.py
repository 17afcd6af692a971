"""The half of a page on which people write and read: the same for cases and partners."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _

from app.blueprints.activities.forms import PlanForm
from app.blueprints.files.storing import from_draft
from app.blueprints.history.looking import Look
from app.blueprints.history.telling import PAGE, Telling
from app.blueprints.notes.forms import NoteForm
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.history import Event, EventRow
from app.domain.user import User

if TYPE_CHECKING:
    from app.blueprints.mail.writing import Writing
    from app.domain.partner import Partner


class Part(NamedTuple):
    """A part of the box for writing that is drawn when somebody opens it, and the way to it."""

    name: str
    look: str
    word: str
    # A page on which it is open, and where it is found alone.
    href: str
    address: str
    # Does something that was typed wait in it?
    is_kept: bool


def mail_part(case_id: int, *, is_kept: bool) -> Part:
    """Where a mail from a case is written."""
    address = url_for("mail.new", case_id=case_id)
    return Part("mail", "mailing", _("Open the box for a mail"), address, address, is_kept)


class Talk:
    """What was said and done on a case or about a partner, and what is being written there."""

    about: Any
    reader: User
    if TYPE_CHECKING:

        @property
        def partner(self) -> Partner | None: ...

    # Is it theirs to write mail from here? From cases one does.
    may_mail = False

    def talks(self, *, note_form: NoteForm | None = None, mailing: Writing | None = None) -> None:
        self.note_form_sent, self.mailing = note_form, mailing
        self.look = Look.at(self.about)

    @cached_property
    def note_form(self) -> NoteForm:
        if self.note_form_sent is not None:
            return self.note_form_sent
        form = NoteForm(formdata=None, text=self.drafts.get("note"))
        form.files = from_draft(self.drafts.get("note-files"))
        return form

    @property
    def is_note_kept(self) -> bool:
        """Does what stands there wait since another time?"""
        kept = (self.drafts.get("note") and self.note_form.text.data, self.drafts.get("note-files"))
        return any(kept)

    @cached_property
    def may_note(self) -> bool:
        return self.reader.may("note", self.about)

    @cached_property
    def drafts(self) -> dict[str, str]:
        return Draft.of(self.reader, self.about)

    @cached_property
    def plan_form(self) -> PlanForm:
        return PlanForm(formdata=None, user_id=self.reader.id, what=self.drafts.get("plan"))

    @property
    def plan_part(self) -> Part:
        """Where a step is planned."""
        kind = self.about.record_kind
        address = url_for(f"activities.ask_on_{kind}", **{f"{kind}_id": self.about.id})
        word = _("Open the form for a step")
        return Part("plan", "plan", word, address, f"{address}?alone=", "plan" in self.drafts)

    @property
    def tab(self) -> str:
        """What the box for writing is open for."""
        return "mail" if self.mailing is not None else str(self.note_form.kind.data or "note")

    @cached_property
    def telling(self) -> Telling:
        pinned, events = self.lines
        return self.told(events, pinned)

    def told(self, events: list[EventRow], pinned: list[EventRow] | None = None) -> Telling:
        """These lines as they are told on this page, with all that its reader may do to them."""
        may = {"may_pin": self.may_note, "may_write": self.may_mail}
        return Telling(events, self.reader, self.about, pinned=pinned or [], **may)

    @property
    def lines(self) -> tuple[list[EventRow], list[EventRow]]:
        """What is kept on top, then the lines below; further down the former have been shown already."""
        look = self.look
        if look.is_first and isinstance(self.about, Case):
            found = EventRow.opening(self.about.id, PAGE + 1)
            return [one for one in found if one.pinned_at], [one for one in found if not one.pinned_at]
        first = look.before is None and look.shows_pinned
        # Of a partner's line it is unknown whether it is this case's: that is no reason to leave it out.
        where = [*look.narrows, self.is_on_top.is_not(sa.true())] if look.shows_pinned else look.narrows
        return (
            EventRow.pinned_among(sa.and_(self.about.told_here, *look.narrows)) if first else [],
            self.events(*where, before=look.before, limit=PAGE + 1),
        )

    @property
    def is_on_top(self) -> Any:
        return Event.pinned_at.is_not(None) & self.about.told_here

    def events(self, *where: Any, **page: Any) -> list[EventRow]:
        """The lines of the record alone, or the partner's whole stream."""
        if self.partner is not None and (self.partner is self.about or self.look.with_partner):
            return self.partner.stream(self.reader, *where, **page)
        return EventRow.newest(self.about.told_here, *where, with_about=False, **page)
