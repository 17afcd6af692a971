"""One history: every change happens inside an act, and can be told, compared and taken back."""

from app.domain.history.acts import (
    CommitInsideAct,
    NotLocked,
    OutsideAct,
    act,
    change_set,
    just_made,
    just_told,
    line_begun,
    written_down,
)
from app.domain.history.bulk import Many, write_many
from app.domain.history.editing import Editable, LastChange, changed_since
from app.domain.history.locking import lock, locked
from app.domain.history.reactions import Reaction, reactions
from app.domain.history.reading import EventRow
from app.domain.history.records import Change, ChangeSet, Event
from app.domain.history.rewriting import Tie, change_many, differences, plain_rows
from app.domain.history.together import Edit, store
from app.domain.history.tracking import Tracked, has_changed, named
from app.domain.history.undoing import Undone, offers, redo, undo

__all__ = [
    "Change",
    "ChangeSet",
    "CommitInsideAct",
    "Edit",
    "Editable",
    "Event",
    "EventRow",
    "LastChange",
    "Many",
    "NotLocked",
    "OutsideAct",
    "Reaction",
    "Tie",
    "Tracked",
    "Undone",
    "act",
    "change_many",
    "change_set",
    "changed_since",
    "differences",
    "has_changed",
    "just_made",
    "just_told",
    "line_begun",
    "lock",
    "locked",
    "named",
    "offers",
    "plain_rows",
    "reactions",
    "redo",
    "store",
    "undo",
    "write_many",
    "written_down",
]
