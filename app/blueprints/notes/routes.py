"""Writing something down, keeping what is being typed, and what one looks at first."""

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _

from app.blueprints.files.storing import still_stored, store, to_draft
from app.blueprints.notes import bp
from app.blueprints.notes.forms import NoteForm, named_in
from app.blueprints.places import address_of, changed, changed_here, context_of
from app.domain.case import Case
from app.domain.draft import FILES, Draft
from app.domain.history import Event
from app.domain.mention import colleagues_called
from app.domain.partner import Partner
from app.extensions import db
from app.once import sent_once, was_sent
from app.web import find, find_known, me, row_id, show

DRAFTED = frozenset(
    "note note-files plan loss mail mail-to mail-cc mail-subject mail-files reminder partner-reminder".split()
)
MOST_OFFERED = 6

# Notes and words exchanged


@bp.post("/cases/<int:case_id>/notes")
def on_case(case_id: int) -> Response:
    return write(Case, case_id)


@bp.post("/partners/<int:partner_id>/notes")
def on_partner(partner_id: int) -> Response:
    return write(Partner, partner_id)


def write(cls: type[Case | Partner], record_id: int) -> Response:
    """Write down something for colleagues, or a word exchanged with the other side."""
    about, form = find_known(cls, record_id, "note", lock=False), NoteForm()
    if not form.validate_on_submit():
        return ask(about, form)
    about = find_known(cls, record_id, "note")
    sent_once(address_of(about))
    tell = about.log if form.is_word else about.note
    event = tell(form.text.data or "", by=me(), files=[each.named for each in form.files], **form.told)
    for part in ("note", "note-files"):
        Draft.drop(me(), about, part)
    db.session.commit()
    named = len(event.details.get("mentions", ())) if isinstance(about, Case) else 0
    return changed(about, named_in(named) if named else _("Written down."), fresh="note")


def ask(about: Any, form: NoteForm) -> Response:
    """The form once more, as it was sent; on a page of its own if nobody can swap it."""
    context = context_of(about, note_form=form)
    kind = about.record_kind
    return show(f"{kind}s/show.html", "notes/_write.html", 422, about=about, **context)


@bp.post("/notes/files")
def files() -> Response:
    """Take in files while the note is still being written; each that cannot be kept is named."""
    stored, wrong = store([each for each in request.files.getlist("file") if each.filename])
    sent = render_template("notes/_files.html", files=stored, wrong=wrong)
    return make_response(sent, 422 if wrong else 200)


@bp.get("/notes/colleagues")
def colleagues() -> str:
    """Whom somebody may mean who has typed an @ and a beginning."""
    typed = request.args.get("typed", "")[:60]
    return render_template("notes/_colleagues.html", found=colleagues_called(typed, MOST_OFFERED))


# Drafts


@bp.post("/cases/<int:case_id>/drafts/<part>")
def draft_on_case(case_id: int, part: str) -> Response:
    return keep(Case, case_id, part)


@bp.post("/partners/<int:partner_id>/drafts/<part>")
def draft_on_partner(partner_id: int, part: str) -> Response:
    return keep(Partner, partner_id, part)


def keep(cls: type[Case | Partner], record_id: int, part: str) -> Response:
    """Keep what is being typed, for nobody else.

    What comes late is let go: words that were sent meanwhile, and those of somebody else who was signed out.
    """
    record = find_known(cls, record_id)
    if part not in DRAFTED:
        abort(404)
    is_theirs = request.form.get("user", type=row_id) in {None, me().id}
    if is_theirs and not was_sent(request.form.get("once", "")):
        text = request.form.get("text", "")
        if part.endswith(FILES):
            text = to_draft(still_stored(text.split()))  # nobody keeps what they did not send
        Draft.keep(me(), record, part, text)
        db.session.commit()
    return make_response("", 204)


# Pins


@bp.post("/notes/<int:event_id>/pin")
def pin(event_id: int) -> Response:
    """Keep a note on top of the history, for everybody who sees it."""
    event, about = find_line(event_id)
    event.pin()
    db.session.commit()
    return changed_here([about], _("Pinned on top."))


@bp.post("/notes/<int:event_id>/unpin")
def unpin(event_id: int) -> Response:
    event, about = find_line(event_id)
    event.unpin()
    db.session.commit()
    return changed_here([about], _("Not on top any more."))


def find_line(event_id: int) -> tuple[Event, Any]:
    """What somebody wrote, and what they wrote it on; who may write there may pin."""
    event = find(sa.select(Event).where(Event.id == event_id, Event.is_words))
    kind, record_id = event.about_key
    return event, find_known(Case if kind == "case" else Partner, record_id, "note")
