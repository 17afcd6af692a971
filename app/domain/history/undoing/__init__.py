"""Taking acts back, and taking them up again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import sqlalchemy as sa

from app.domain.errors import Refused
from app.domain.history.acts import change_set
from app.domain.history.locking import lock, lock_ids
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.undoing import in_bulk
from app.domain.history.undoing.asking import (
    MOST_RECORDS,
    large_among,
    offers,
    refuse_unless_redoable,
    refuse_unless_standing,
    refuse_unless_undoable,
    with_all_it_caused,
)
from app.domain.history.undoing.conflicts import Kept, in_the_way, in_the_way_again
from app.domain.history.undoing.overtaken import FIELD_BY_FIELD, keys_by_set, standings
from app.domain.history.undoing.putting import put_back
from app.domain.history.undoing.rows import field_of, is_derived, rows_by_event, words_of
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.user import User

__all__ = ["Kept", "Undone", "offers", "redo", "undo"]


@dataclass
class Undone:
    """What an Undo did: what it took back, what it left, and which mail had already gone."""

    change_set: ChangeSet | None = None
    taken_back: list[Change] = field(default_factory=list)
    words: list[Event] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    recalled: int = 0
    records: list[Any] = field(default_factory=list)
    # Too much to be done at once: a job is at it.
    is_planned: bool = False

    @property
    def actions(self) -> list[str]:
        """What the acts were called of which something was taken back or done again."""
        return [*(row.event.action for row in self.taken_back), *(event.action for event in self.words)]

    @property
    def is_complete(self) -> bool:
        return not self.kept and not self.gone


def undo(original: ChangeSet, *, by: User) -> Undone:
    """Put back what a change set and all that it caused has changed, where nobody changed it since.

    Wakes no rule. Fields that one verb set together stand or fall together; only `edited` and `imported`
    go field by field. What changed very many records is taken back by a job. Raises Refused when there is
    nothing to undo, it is too late, or it is not theirs.
    """
    sets = [each for each in with_all_it_caused(original) if not each.is_undone]
    if sets and large_among([each.id for each in sets]):
        refuse_unless_standing(original)
        answer = Undone(change_set=in_bulk.plan(original, sets, by=by), is_planned=True)
        recall_mail(sets, answer)
        return answer
    refuse_unless_undoable(original, sets, by)
    records = lock_all(sets)
    answer = Undone(records=list(records.values()), words=words_of(sets))
    recalled, gone = recall_mail(sets, answer)
    answer.words += [event for event in recalled if event.about_key in records]
    for event, rows in reversed(rows_by_event(sets)):
        if event.id in gone:
            continue  # what went along with a mail stays where the mail stays
        live = [row for row in rows if row.undone_by_id is None and not is_derived(row)]
        kept = {
            field_of(row): each for row in live if (each := in_the_way(row, records, answer.taken_back, sets))
        }
        answer.kept += kept.values()
        if not kept or event.action in FIELD_BY_FIELD:
            answer.taken_back += [row for row in live if field_of(row) not in kept]
    with change_set("undo", by=by, wakes_rules=False) as made:
        put_back(answer.taken_back, answer.words, records, by=by, forward=False)
    if answer.taken_back or answer.words or answer.recalled:
        answer.change_set = made
        mark(sets, answer.taken_back, made)
    elif answer.is_complete:
        raise Refused(_("There is nothing to take back."))
    return answer


def redo(original: ChangeSet, *, by: User) -> Undone:
    """Take an undone change set up again, where nothing has changed since the Undo; mails stay recalled."""
    family = with_all_it_caused(original)
    undone_by = original.undone_by_id
    sets = [each for each in family if each.undone_by_id == undone_by]
    if large_among([each.id for each in sets]):
        refuse_as_too_large()
    refuse_unless_redoable(original, sets, by)
    records = lock_all(sets)
    answer = Undone(records=list(records.values()), words=words_of(sets))
    for _event, rows in rows_by_event(sets):
        undone = [row for row in rows if row.undone_by_id == undone_by and not is_derived(row)]
        kept = [each for row in undone if (each := in_the_way_again(row, records, answer.taken_back))]
        answer.kept += kept
        answer.taken_back += [] if kept else undone
    with change_set("redo", by=by, wakes_rules=False) as made:
        put_back(answer.taken_back, answer.words, records, by=by, forward=True)
    if answer.taken_back or answer.words:
        answer.change_set = made
        events = {row.event for row in answer.taken_back} | set(answer.words)
        of_these = Change.event_id.in_({event.id for event in events})
        set_undone_by(Change, sa.and_(of_these, Change.undone_by_id == undone_by), None)
        set_undone_by(ChangeSet, ChangeSet.id.in_({event.change_set_id for event in events}), None)
    return answer


def lock_all(sets: list[ChangeSet]) -> dict[tuple[str, int], Any]:
    """Every record that these acts changed, locked."""
    wanted: dict[str, set[int]] = {}
    for kind, record_id in set().union(*keys_by_set(standings([each.id for each in sets])).values()):
        wanted.setdefault(kind, set()).add(record_id)
    if sum(map(len, wanted.values())) > MOST_RECORDS:
        refuse_as_too_large()
    found = lock_ids(wanted)
    # What a record hangs on is told of it, though the act itself may not have changed it.
    lock(*(subject for record in found for subject in record.subjects()))
    return {record.key: record for record in found}


def refuse_as_too_large() -> NoReturn:
    raise Refused(_("This changed more than %(n)s records, too many to take back at once.", n=MOST_RECORDS))


def recall_mail(sets: list[ChangeSet], answer: Undone) -> tuple[list[Event], set[int]]:
    """Take back the mail and the calls that these acts planned, and name what has gone.

    Answers the lines of history of which all was recalled, and the ids of those of which some has gone.
    """
    from app.domain.message import Message  # messages belong to events, and so know us
    from app.domain.rules import WebhookCall

    recalled: dict[int, Event] = {}
    gone: set[int] = set()
    for message in Message.planned_by(sets):
        if message.recall():
            answer.recalled += 1
            if message.event is not None:
                recalled[message.event.id] = message.event
        if message.has_gone:
            answer.gone.append(message.to_line)
            if message.event_id is not None:
                gone.add(message.event_id)
    for call in WebhookCall.planned_by(sets):
        if call.recall():
            answer.recalled += 1
        elif call.state != "recalled":
            answer.gone.append(call.host)
    return [event for event_id, event in recalled.items() if event_id not in gone], gone


def mark(sets: list[ChangeSet], taken: list[Change], made: ChangeSet) -> None:
    """Note on the rows, and on the change sets of which nothing is left, that they have been undone."""
    events = {row.event_id for row in taken}
    rows = [row for _event, found in rows_by_event(sets) for row in found if row.undone_by_id is None]
    ids = {row.id for row in taken} | {row.id for row in rows if row.event_id in events and is_derived(row)}
    standing = {row.event.change_set_id for row in rows if row.id not in ids}
    set_undone_by(Change, Change.id.in_(ids), made.id)
    set_undone_by(ChangeSet, ChangeSet.id.in_({each.id for each in sets} - standing), made.id)


def set_undone_by(
    cls: type[Change | ChangeSet], which: sa.ColumnElement[bool], change_set_id: int | None
) -> None:
    db.session.execute(sa.update(cls).where(which).values(undone_by_id=change_set_id))
