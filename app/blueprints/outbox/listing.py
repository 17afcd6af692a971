"""The outbox as a list: newest first, a page at a time, each page an address that can be kept."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.datastructures import MultiDict

from app import clock
from app.domain.case import Case
from app.domain.message import BEFORE_SENDING, Message
from app.domain.user import User
from app.extensions import db
from app.web import row_id

A_PAGE = 50
VIEWS: dict[str, tuple[Any, Any]] = {
    "all": (_("All"), sa.true()),
    "waiting": (_("Waiting"), Message.state == "waiting"),
    "sent": (_("Sent"), Message.state == "sent"),
    "failed": (_("Failed"), Message.state == "failed"),
}


@dataclass
class Outbox:
    """The mail of one view that one reader may know of, before or after a certain one."""

    reader: User
    view: str = "all"
    before: int | None = None
    after: int | None = None

    @classmethod
    def from_args(cls, args: "MultiDict[str, str]", reader: User) -> "Outbox":
        view = args.get("view", "")
        return cls(
            reader,
            view if view in VIEWS else "all",
            args.get("before", type=row_id),
            args.get("after", type=row_id),
        )

    @cached_property
    def rows(self) -> list[Message]:
        """One more than a page holds, so that one knows whether there is another page."""
        query = Message.in_outbox_of(self.reader).where(VIEWS[self.view][1])
        if self.after is not None:
            query = query.where(Message.id > self.after).order_by(Message.id)
        elif self.before is not None:
            query = query.where(Message.id < self.before).order_by(Message.id.desc())
        else:
            query = query.order_by(Message.id.desc())
        shown = selectinload(Message.recipients), selectinload(Message.files), joinedload(Message.event)
        return list(db.session.scalars(query.options(*shown).limit(A_PAGE + 1)))

    @property
    def messages(self) -> list[Message]:
        page = self.rows[:A_PAGE]
        return page[::-1] if self.after is not None else page

    @cached_property
    def seen_cases(self) -> set[int]:
        """The cases among them that the reader may know of, asked for all at once."""
        ids = {message.event.case_id for message in self.messages if message.event}
        visible = Case.visible_to(self.reader).where(Case.id.in_(ids - {None}))
        return set(db.session.scalars(visible.with_only_columns(Case.id)))

    @staticmethod
    def is_later(message: Message) -> bool:
        """Does it wait for a time to come, and not just to be taken back?"""
        soon = clock.now() + BEFORE_SENDING
        return message.state == "waiting" and message.send_at is not None and message.send_at > soon

    @property
    def has_more(self) -> bool:
        return len(self.rows) > A_PAGE

    @property
    def newer(self) -> str | None:
        """The way towards newer mail."""
        is_there = self.has_more if self.after is not None else self.before is not None
        return self.address(after=self.messages[0].id) if is_there and self.messages else None

    @property
    def older(self) -> str | None:
        """The way towards older mail."""
        is_there = True if self.after is not None else self.has_more
        return self.address(before=self.messages[-1].id) if is_there and self.messages else None

    def address(self, **place: Any) -> str:
        return url_for("outbox.index", view=self.view if self.view != "all" else None, **place)
