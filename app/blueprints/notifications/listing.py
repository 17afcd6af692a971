"""What somebody was told, newest first, a page at a time; each page is an address that can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.domain.notification import Notification, words
from app.domain.user import User
from app.extensions import db
from app.web import dom_id, row_id

A_PAGE = 30


@dataclass(frozen=True)
class Told:
    """One notification in words."""

    notification: Notification

    @property
    def headline(self) -> str:
        return words.headline(self.notification)

    @property
    def beside(self) -> str:
        """What it is about, and how what was written begins."""
        return " · ".join(filter(None, (words.about(self.notification), words.excerpt(self.notification))))

    @property
    def actor(self) -> Any:
        """The person who did it, if a person did."""
        made = self.notification.event.change_set if self.notification.event is not None else None
        return made if made is not None and made.actor_kind == "user" else None

    @property
    def href(self) -> str | None:
        """Where it leads: to its line of history, if it has one."""
        told = self.notification
        event = told.event
        if told.type == "due":
            return url_for("home.start")
        if told.record_kind == "message":
            return url_for("outbox.mail", message_id=told.record_id)
        if told.record_kind == "rule":
            return url_for("rules.log", rule_id=told.record_id)
        if event is None:
            return None
        if event.case_id is not None:
            return url_for("cases.show", case_id=event.case_id, _anchor=dom_id(event))
        return url_for("partners.show", partner_id=event.partner_id, _anchor=dom_id(event))


@dataclass
class ToldList:
    """The notifications of one reader, all or only those that they have not read; before or after a certain one."""

    reader: User
    is_unread: bool = False
    before: int | None = None
    after: int | None = None
    # When the reader read all that was unread at one stroke, just now.
    read_at: datetime | None = None

    @classmethod
    def from_args(cls, args: MultiDict[str, str], reader: User) -> ToldList:
        return cls(
            reader,
            args.get("unread") == "1",
            args.get("before", type=row_id),
            args.get("after", type=row_id),
            args.get("read", type=instant),
        )

    @cached_property
    def rows(self) -> list[Notification]:
        """One more than a page holds, so that one knows whether there is another page."""
        query = Notification.shown_to(self.reader).options(*Notification.loaded())
        if self.is_unread:
            query = query.where(Notification.read_at.is_(None))
        if self.after is not None:
            query = query.where(Notification.id > self.after).order_by(Notification.id)
        else:
            query = query.order_by(Notification.id.desc())
            if self.before is not None:
                query = query.where(Notification.id < self.before)
        return list(db.session.scalars(query.limit(A_PAGE + 1)))

    @property
    def told(self) -> list[Told]:
        page = self.rows[:A_PAGE]
        return [Told(each) for each in (page[::-1] if self.after is not None else page)]

    @property
    def newer(self) -> str | None:
        """The way towards what is newer."""
        has_more = len(self.rows) > A_PAGE
        is_there = has_more if self.after is not None else self.before is not None
        return self.address(after=self.told[0].notification.id) if is_there and self.rows else None

    @property
    def older(self) -> str | None:
        """The way towards what is older."""
        is_there = self.after is not None or len(self.rows) > A_PAGE
        return self.address(before=self.told[-1].notification.id) if is_there and self.rows else None

    def address(self, **place: Any) -> str:
        return url_for("notifications.index", unread=1 if self.is_unread else None, **place)


def instant(typed: str) -> datetime:
    """An instant as our pages write it; ValueError for anything else."""
    found = datetime.fromisoformat(typed)
    if found.tzinfo is None:
        raise ValueError(typed)
    return found
