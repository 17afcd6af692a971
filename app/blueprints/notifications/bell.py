"""The bell on top of every page: one question to the database, asked again every few seconds while somebody looks."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.asking import ask
from app.domain.heartbeat import is_lost, last_sign
from app.domain.notification import MOST_COUNTED, Notification, Unread
from app.domain.user import User
from app.i18n import number
from app.web import me


@dataclass(frozen=True)
class Bell:
    """What the bell shows; to administrators the page also says when no worker is alive."""

    unread: Unread
    is_worker_lost: bool = False

    @property
    def mark(self) -> str:
        return self.unread.mark

    @property
    def count(self) -> int:
        return self.unread.count

    @property
    def figure(self) -> str:
        """What stands at the bell."""
        return number(min(self.count, MOST_COUNTED)) + ("+" if self.count > MOST_COUNTED else "")

    @property
    def label(self) -> str:
        if not self.count:
            return _("Notifications")
        if self.count > MOST_COUNTED:
            return _("Notifications, more than %(number)s unread", number=number(MOST_COUNTED))
        return str(ngettext("Notifications, %(num)d unread", "Notifications, %(num)d unread", self.count))


def bell() -> Bell:
    """The bell of the person who asks, as it is now."""
    count, newest, *signs = ask(question_of(me()))[0]
    return Bell(Unread(count, newest), me().is_administrator and is_lost(signs))


def question_of(user: User) -> sa.Select[Any]:
    """What the bell asks for somebody."""

    def put() -> sa.Select[Any]:
        unread = Notification.unread_by(user)
        return unread.add_columns(*last_sign()) if user.is_administrator else unread

    return user.question(question_of, put)


def rung() -> Bell | None:
    """The bell, if it shows something else than on the page that asks; None if it need not be drawn."""
    known = request.args.get("bell")
    if known is None:
        return None
    now = bell()
    return now if now.mark != known else None
