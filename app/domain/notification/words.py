"""How a notification is said: the same words in the page, by mail and in the digest, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import LazyString, ngettext
from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from app.domain.notification import Notification

LONGEST = 160
# By the type, or by the type and what was done; %(…)s are `who` did it and the details of that day.
SENTENCES: dict[str | tuple[str, str], LazyString] = {
    "mentioned": _l("%(who)s mentioned you."),
    "assigned": _l("%(who)s gave you this case."),
    "planned": _l("%(who)s planned a step for you: %(what)s."),
    ("handed over", "escalated"): _l("%(who)s escalated it to your team %(target)s."),
    "handed over": _l("%(who)s handed it over to your team %(target)s."),
    ("taken", "assigned"): _l("%(who)s gave this case of yours to %(to)s."),
    ("taken", "handed over"): _l("%(who)s handed this case of yours over to the team %(target)s."),
    ("taken", "escalated"): _l("%(who)s escalated this case of yours to the team %(target)s."),
    "taken": _l("%(who)s took this case from you."),
    "mail failed": _l("Your mail “%(what)s” did not reach %(to)s."),
    "rule paused": _l("Your rule “%(rule)s” failed several times in a row and is paused."),
    "rule failed": _l("Your rule “%(rule)s” failed."),
    ("changed", "moved"): _l("%(who)s moved it to %(to)s."),
    ("changed", "won"): _l("%(who)s marked it won."),
    ("changed", "lost"): _l("%(who)s marked it lost."),
    ("changed", "closed"): _l("%(who)s closed it."),
    ("changed", "cancelled"): _l("%(who)s cancelled it."),
    ("changed", "reopened"): _l("%(who)s reopened it."),
    ("changed", "waiting"): _l("%(who)s set it to wait."),
    "changed": _l("%(who)s changed where it stands."),
    ("said", "noted"): _l("%(who)s wrote a note."),
    ("said", "told"): _l("The rule %(who)s tells you of it."),
    "said": _l("%(who)s exchanged a word with the other side."),
    "imported": _l("The import of %(name)s is done: %(made)s made, %(changed)s changed, %(failed)s failed."),
}
STOPPED = _l("The import of %(name)s stopped: %(error)s")


def headline(told: Notification) -> str:
    """Who did what, in a sentence."""
    said = sentence(told)
    more = told.details.get("more")
    if not more:
        return said
    return " ".join([said, ngettext("(and %(num)d more case)", "(and %(num)d more cases)", more)])


def about(told: Notification) -> str:
    """The case or partner that it is about."""
    event = told.event
    record = (event.case or event.partner) if event is not None else None
    return record.name if record is not None else ""


def excerpt(told: Notification) -> str:
    """How what was written begins."""
    event = told.event
    words = " ".join((event.body or "").split()) if event is not None and event.is_words else ""
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def sentence(told: Notification) -> str:
    if told.type == "due":
        return due_sentence(**told.details)
    known: dict[str, Any] = dict(told.details)
    action = ""
    if told.event is not None:
        action, known = told.event.action, {"who": told.event.who, **told.event.details, **known}
    if told.type == "taken" and action == "assigned" and not known.get("to"):
        action = ""  # it is nobody's now
    words = SENTENCES.get((told.type, action)) or SENTENCES[told.type]
    return str(STOPPED if known.get("error") else words) % known


def due_sentence(overdue: int, today: int) -> str:
    if not overdue:
        return ngettext("%(num)d step of yours is due today.", "%(num)d steps of yours are due today.", today)
    late = ngettext("%(num)d step of yours is overdue", "%(num)d steps of yours are overdue", overdue)
    now = ngettext("%(num)d is due today", "%(num)d are due today", today)
    return f"{late}, {now}." if today else f"{late}."
