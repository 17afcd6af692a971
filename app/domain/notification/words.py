"""How a notification is said: the same words in the page, by mail and in the digest, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import ngettext

from app.extensions import _

if TYPE_CHECKING:
    from app.domain.history import Event
    from app.domain.notification import Notification

LONGEST = 160


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
    event, details = told.event, told.details
    match told.type:
        case "mail failed":
            return _("Your mail “%(what)s” did not reach %(to)s.", what=details["what"], to=details["to"])
        case "rule failed":
            return _("Your rule “%(rule)s” failed.", rule=details["rule"])
        case "rule paused":
            return _("Your rule “%(rule)s” failed several times in a row and is paused.", rule=details["rule"])
        case "imported":
            return import_sentence(details)
        case "due":
            return due_sentence(details["overdue"], details["today"])
        case "planned" if event is not None:
            return _("%(who)s planned a step for you: %(what)s.", who=event.who, what=details["what"])
    return event_sentence(told.type, event) if event is not None else ""


def event_sentence(kind: str, event: Event) -> str:
    who, details = event.who, event.details
    match kind, event.action:
        case "mentioned", _action:
            return _("%(who)s mentioned you.", who=who)
        case "assigned", _action:
            return _("%(who)s gave you this case.", who=who)
        case "handed over", "escalated":
            return _("%(who)s escalated it to your team %(team)s.", who=who, team=details["target"])
        case "handed over", _action:
            return _("%(who)s handed it over to your team %(team)s.", who=who, team=details["target"])
        case "said", "noted":
            return _("%(who)s wrote a note.", who=who)
        case "said", _action:
            return _("%(who)s exchanged a word with the other side.", who=who)
        case _kind, "moved":
            return _("%(who)s moved it to %(stage)s.", who=who, stage=details["to"])
        case _kind, "won":
            return _("%(who)s marked it won.", who=who)
        case _kind, "lost":
            return _("%(who)s marked it lost.", who=who)
        case _kind, "closed":
            return _("%(who)s closed it.", who=who)
        case _kind, "cancelled":
            return _("%(who)s cancelled it.", who=who)
        case _kind, "reopened":
            return _("%(who)s reopened it.", who=who)
        case _kind, "waiting":
            return _("%(who)s set it to wait.", who=who)
    return _("%(who)s changed where it stands.", who=who)


def import_sentence(details: dict[str, object]) -> str:
    if details.get("error"):
        return _("The import of %(name)s stopped: %(error)s", name=details["name"], error=details["error"])
    return _(
        "The import of %(name)s is done: %(made)s made, %(changed)s changed, %(failed)s failed.",
        name=details["name"],
        made=details["made"],
        changed=details["changed"],
        failed=details["failed"],
    )


def due_sentence(overdue: int, today: int) -> str:
    late = ngettext("%(num)d step of yours is overdue", "%(num)d steps of yours are overdue", overdue)
    now = ngettext("%(num)d is due today", "%(num)d are due today", today)
    if not today:
        return f"{late}."
    if not overdue:
        return ngettext("%(num)d step of yours is due today.", "%(num)d steps of yours are due today.", today)
    return f"{late}, {now}."
