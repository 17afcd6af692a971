"""What is asked of somebody who writes something down."""

from typing import Any

from flask import request
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.blueprints.files.storing import MOST_AT_ONCE, Stored, still_stored, store
from app.blueprints.forms import BooleanField, Form, ListField, RadioField, SelectChoice, TextField
from app.domain.lists import Channel, StateOfMind


class WithFiles(Form):
    """A form that files come with, by themselves or kept from before."""

    # What came with it and is kept, and what is wrong with the rest, each by its name.
    files: tuple[Stored, ...] = ()
    wrong: tuple[str, ...] = ()

    def take_in(self) -> None:
        """Keep the files that come with it, beside those that came before it.

        They are stored piece by piece, and each piece commits: before anything is locked.
        """
        fresh = [each for each in request.files.getlist("file") if each.filename]
        before = still_stored(request.form.getlist("stored"))
        stored, wrong = store(fresh[:MOST_AT_ONCE]) if fresh else ([], [])
        self.files = tuple([*before, *stored][:MOST_AT_ONCE])
        self.wrong = (*wrong, *self.too_many(len(before) + len(fresh)))

    @staticmethod
    def too_many(count: int) -> list[str]:
        most = MOST_AT_ONCE
        return [gettext("Up to %(most)s files go at once.", most=most)] if count > most else []


class NoteForm(WithFiles):
    """A note for colleagues, or a word exchanged with the other side by some channel; with files, or of files only."""

    kind = RadioField(
        _("Write"),
        choices=[SelectChoice("note", _("Note")), SelectChoice("word", _("Word exchanged"))],
        default="note",
    )
    text = TextField(_("Note"))
    channel_id = ListField(_("By"), Channel, blank=_("By…"))
    state_of_mind_id = ListField(_("State of mind"), StateOfMind, blank=_("State of mind"))
    awaits_answer = BooleanField(_("They wait for an answer"))

    @property
    def is_word(self) -> bool:
        return bool(self.kind.data == "word")

    @property
    def told(self) -> dict[str, Any]:
        """What is kept beside the words; a note for colleagues reaches nobody by a channel."""
        beside = {"state_of_mind_id": self.state_of_mind_id.data}
        if not self.is_word:
            return beside
        return beside | {"channel_id": self.channel_id.data, "awaits_answer": self.awaits_answer.data}

    def validate(self, *args: Any, **options: Any) -> bool:
        is_valid = super().validate(*args, **options)
        self.take_in()
        if not self.text.data and not self.files:
            self.text.errors = [gettext("Write something down first.")]
            return False
        return is_valid and not self.wrong


def named_in(count: int) -> str:
    """What a note that names colleagues brought about."""
    return ngettext(
        "Written down. Whom it names watches this case now.",
        "Written down. The %(num)d whom it names watch this case now.",
        count,
    )
