"""Everybody's day by mail, for those who wish it: each morning at their hour, and only if something waits."""

import logging

from flask_babel import gettext as _

from app import clock
from app.domain.day import Day, Thing
from app.domain.digest import Digest
from app.domain.message import Message
from app.domain.notification import Notification
from app.domain.organisation import Organisation
from app.domain.user import User
from app.extensions import db
from app.mail.letters import language_of
from app.mail.notices import MOST_TOLD, paragraph, subject
from app.outside import reachable
from app.reasons import reasons_of

log = logging.getLogger(__name__)


def send_digests() -> None:
    """See to everybody whose hour has come; each in a transaction of their own, so that none waits for another."""
    due = [(user.id, day) for user, day in Digest.due()]
    db.session.rollback()
    failed: Exception | None = None
    for user_id, day in due:
        try:
            user = db.session.get_one(User, user_id)
            if Digest.claim(user, day):
                send_digest(user)
            db.session.commit()
        except Exception as error:
            # One day that cannot be told keeps nobody else from theirs; the worker's page says so.
            db.session.rollback()
            log.exception("The day of user %s could not be sent", user_id)
            failed = error
    if failed is not None:
        raise failed


def send_digest(user: User) -> Message | None:
    """Write them what waits and what they have not been told yet; nothing, if there is nothing."""
    organisation, day = Organisation.current(), Day(user)
    told = Notification.for_digest(user)
    if not day.things and not told:
        return None
    with language_of(user, organisation):
        parts = [
            _("Good morning %(name)s,", name=user.name),
            _("this waits for you, the most pressing first:") if day.things else "",
            *(entry(thing, day) for thing in day.things),
            _("More waits below these.") if day.has_more else "",
            _("This happened meanwhile:") if told else "",
            *map(paragraph, told[:MOST_TOLD]),
            reachable("home.start"),
            _("You get this because your settings ask for it. %(link)s", link=reachable("settings.index")),
        ]
        return Message.send(
            [(user.name, user.email)],
            _("Your day: %(first)s", first=subject_of(day) if day.things else subject(told)),
            "\n\n".join(part.strip() for part in parts if part) + "\n",
            sender=organisation.sender,
            sender_name=organisation.name,
            send_at=clock.now(),
            automatic="auto-generated",
        )


def entry(thing: Thing, day: Day) -> str:
    """One thing: what it is, why it stands here and, where that is known, the way to it."""
    names = [thing.step.what] if thing.step is not None else []
    what = " · ".join([*names, thing.about.name])
    reasons = "; ".join(reasons_of(thing, day))
    kind = thing.about_kind
    link = reachable(f"{kind}s.show", **{f"{kind}_id": thing.about_id})
    return f"- {what} ({reasons})" + (f"\n  {link}" if link else "")


def subject_of(day: Day) -> str:
    """The first of it, and how many more there are."""
    first = day.things[0]
    what = first.step.what if first.step is not None else first.about.name
    others = len(day.things) - 1
    return _("%(what)s and %(others)s more", what=what, others=others) if others else str(what)
