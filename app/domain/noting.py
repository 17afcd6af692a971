"""What people write into the history of a case or partner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.domain.actor import Acting
from app.domain.file import Attachment, File
from app.domain.history import ChangeSet, Event, act, written_down
from app.domain.mention import Mention, mentions_in
from app.domain.text import clean
from app.extensions import db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.partner import Partner


class Noting:
    """Notes are for colleagues; words exchanged are with the other side. Both may name colleagues and carry files."""

    if TYPE_CHECKING:
        last_contact_at: Any

    def note(self: Any, text: str, *, by: Acting, **told: Any) -> Event:
        """Write something down for colleagues."""
        return write(self, "noted", text, by=by, **told)

    def log(self: Any, text: str, *, by: Acting, awaits_answer: bool = False, **told: Any) -> Event:
        """Write down a word exchanged with the other side: a call, a letter, a talk at a fair …

        With `awaits_answer` it was theirs, and nobody has answered yet.
        """
        return write(
            self, "communicated", text, by=by, tell=self.hear if awaits_answer else self.answer, **told
        )

    def hear(self: Any, event: Event) -> None:
        """The other side said something."""
        event.direction = "in"
        self.last_contact_at = event.at

    def heard_from(self, *, by: Acting) -> None:
        """The other side has said something: on cases, what was to go only if they did not is called off."""

    def answer(self: Any, event: Event) -> None:
        """We said something to the other side."""
        event.direction = "out"
        self.last_contact_at = event.at

    def reconsider(self: Any, events: list[Event], *, forward: bool) -> None:
        """These words are taken back (or, forward, stand again): the last contact follows from those that are left."""
        ids = [event.id for event in events]
        stands = ChangeSet.undone_by_id.is_(None)
        self.last_contact_at = db.session.scalar(
            sa.select(sa.func.max(Event.at))
            .join(ChangeSet, Event.change_set_id == ChangeSet.id)
            .where(
                self.told_here,
                is_contact(),
                sa.or_(stands, Event.id.in_(ids)) if forward else sa.and_(stands, Event.id.not_in(ids)),
            )
        )


def is_contact() -> sa.ColumnElement[bool]:
    """Which lines are words exchanged; those that came in bulk do not say which way they went."""
    return sa.or_(Event.direction.is_not(None), Event.action == "communicated")


def write(
    about: Case | Partner,
    action: str,
    text: str,
    *,
    by: Acting,
    files: Iterable[tuple[str, File]] = (),
    tell: Callable[[Event], None] | None = None,
    **told: Any,
) -> Event:
    """One line with its words, its files and whom it names: these watch the case from now on, so that they see it."""
    body = clean(text)
    named = mentions_in(body, about)
    with act(action, about, by=by, body=body or None, **told) as event:
        if tell is not None:
            tell(event)
        if event.direction == "in":
            about.heard_from(by=by)
        attached = Attachment.told_by(event, files, by=by)
        mentions = {written: user.id for written, user in named.items()}
        beside = {"mentions": mentions, "files": [each.name for each in attached]}
        event.details = {name: what for name, what in beside.items() if what}
        if named:
            written_down()
            Mention.keep(event, named.values())
        for user in dict.fromkeys(named.values()):
            about.let_see(user, by=by)
    return event
