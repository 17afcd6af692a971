"""What rules did to cases, shortly: which fields became what, and whom they told."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.blueprints.history.telling import MAILED, Telling, is_told
from app.domain.history import Event, EventRow
from app.domain.rules import RuleRun, WebhookCall
from app.extensions import db
from app.web import me

MOST_LINES = 500
# What is no change of a field, by the line that it left on the history.
DEEDS: dict[str, Any] = {
    "told": _l("told %(to)s"),
    "noted": _l("wrote a note"),
    "planned": _l("planned %(what)s"),
    "rules run": _l("ran %(rules)s"),
}
CALLS: dict[str, Any] = {
    "waiting": _l("calls %(address)s, which has not answered yet"),
    "done": _l("called %(address)s"),
    "failed": _l("could not call %(address)s"),
    "recalled": _l("did not call %(address)s, as it was taken back"),
}
Key = tuple[int | None, int | None]


class Deeds:
    """What a page of a rule's log has to tell of each turn, read at once."""

    def __init__(self, runs: list[RuleRun]) -> None:
        self.runs = runs

    def of(self, run: RuleRun) -> list[Markup]:
        """In the order in which they were done."""
        said = [word for event in self.events[run.change_set_id, run.case_id] for word in self.said(event)]
        calls = [
            escape(str(CALLS[call.state]) % {"address": call.host})
            for call in self.calls[run.change_set_id, run.case_id]
        ]
        return list(dict.fromkeys(said + calls))

    def said(self, event: EventRow) -> list[Markup]:
        if event.action in MAILED:
            to = [
                each.name or each.address for mail in self.telling.mails[event.id] for each in mail.recipients
            ]
            return [escape(_("mail to %(whom)s", whom=", ".join(dict.fromkeys(to))))]
        if event.action in DEEDS:
            return [escape(str(DEEDS[event.action]) % event.details)]
        rows = self.telling.changes.get(event.id, [])
        changed = [self.telling.in_words(row, event) for row in rows if is_told(row, rows)]
        arrow = Markup("{} <s>{}</s> → <b>{}</b>")
        return [arrow.format(each.field, each.old, each.new) for each in changed]

    @property
    def sets(self) -> set[int]:
        return {run.change_set_id for run in self.runs if run.change_set_id is not None}

    @cached_property
    def telling(self) -> Telling:
        theirs = Event.change_set_id.in_(self.sets), Event.case_id.in_({run.case_id for run in self.runs})
        lines = EventRow.newest(*theirs, limit=MOST_LINES)
        return Telling(lines, me(), limit=MOST_LINES, tells_all=True)

    @cached_property
    def events(self) -> defaultdict[Key, list[EventRow]]:
        found: defaultdict[Key, list[EventRow]] = defaultdict(list)
        for event in reversed(self.telling.shown):
            found[event.change_set_id, event.case_id].append(event)
        return found

    @cached_property
    def calls(self) -> defaultdict[Key, list[WebhookCall]]:
        found: defaultdict[Key, list[WebhookCall]] = defaultdict(list)
        query = sa.select(WebhookCall).where(WebhookCall.change_set_id.in_(self.sets))
        for call in db.session.scalars(query.order_by(WebhookCall.id)):
            found[call.change_set_id, call.case_id].append(call)
        return found
