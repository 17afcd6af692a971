"""What people want to hear by mail at once: gathered for a few minutes, so that a busy moment is one letter."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.domain.job import Job, handles
from app.domain.message import Message
from app.domain.notification import Notification
from app.domain.notification.words import about, excerpt, headline
from app.domain.organisation import Organisation
from app.domain.user import User
from app.extensions import db
from app.mail.letters import language_of
from app.outside import reachable

GATHERED_FOR = timedelta(minutes=5)
MOST_TOLD = 50


def plan_letters() -> None:
    """Plan a letter to everybody for whom something has waited that long."""
    for user_id in Notification.waiting_for_mail(GATHERED_FOR):
        # Another worker may sweep at the same moment.
        with suppress(sa.exc.IntegrityError), db.session.begin_nested():
            Job.plan_once("notify", user_id)


@handles("notify")
def notify(job: Job) -> None:
    """Write one letter about all that somebody has neither read nor been sent, in the transaction that notes it."""
    user = db.session.get(User, job.record_id)
    found = Notification.for_letter(user) if user is not None else []
    if user is not None and user.is_active and user.is_staff and found:
        write(user, found)


def write(user: User, found: list[Notification]) -> Message:
    """The letter, in the language of who reads it."""
    organisation = Organisation.current()
    with language_of(user, organisation):
        parts = [
            _("Hello %(name)s,", name=user.name),
            *map(paragraph, found[:MOST_TOLD]),
            *([_("Everything: %(link)s", link=link)] if (link := reachable("notifications.index")) else ()),
            _("What is mailed to you, you choose in your settings."),
        ]
        return Message.send(
            [(user.name, user.email)],
            subject(found),
            "\n\n".join(parts) + "\n",
            sender=organisation.sender,
            sender_name=organisation.name,
            send_at=clock.now(),
            automatic="auto-generated",
        )


def subject(found: list[Notification]) -> str:
    """The one thing, or how many."""
    if len(found) > 1:
        return ngettext("%(num)d thing that concerns you", "%(num)d things that concern you", len(found))
    return titled(found[0])


def paragraph(told: Notification) -> str:
    """What happened to what, how it was put, and where it stands."""
    words = excerpt(told)
    return "\n".join(filter(None, [titled(told), f"  “{words}”" if words else "", page_of(told)]))


def titled(told: Notification) -> str:
    name = about(told)
    return f"{name}: {headline(told)}" if name else headline(told)


def page_of(told: Notification) -> str:
    """The page that says more, if anybody knows how we are reached."""
    event = told.event
    if told.record_kind == "message":
        return reachable("outbox.mail", message_id=told.record_id)
    if told.record_kind == "rule":
        return reachable("rules.log", rule_id=told.record_id)
    if event is None:
        return ""
    if event.case_id is not None:
        return reachable("cases.show", case_id=event.case_id)
    return reachable("partners.show", partner_id=event.partner_id)
