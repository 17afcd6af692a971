"""Lines of history, made ready to be read: names for ids, a sentence for each, and what may be taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload, selectinload

from app.blueprints.history import bp
from app.blueprints.history.sentences import sentence, why_of, written
from app.blueprints.history.words import (
    FIELDS,
    MONEY,
    NAMED_BY,
    field_word,
    reason_words,
    value_words,
)
from app.domain.asking import Among, ask
from app.domain.case import Case
from app.domain.configuration import Configuration, Configured
from app.domain.file import Attachment
from app.domain.history import Change, Event, EventRow, just_told, offers
from app.domain.lists import Channel, PartnerTag, StateOfMind
from app.domain.message import Message, MessageFile
from app.domain.partner import Partner
from app.domain.rules import RuleRun
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from app.i18n import calendar_day, full_day, hour_of, local_today, stamp, writing, zone
from app.keeping import Drawn, drawn_for
from app.mail.server import MailServer
from app.marks import icons
from app.web import stands_for

PAGE = 25
# What is longer than some twenty lines is folded.
LONG, MOST_LINES = 2000, 20
MAILED = frozenset({"mail planned", "mail reminder"})
TELLS_CHANGES = frozenset({"edited", "undone", "redone", "imported"})
TELLS_PROBABILITY = frozenset({"moved", "won", "reopened", "converted"})


# On a page a row of the history is its line.
stands_for(Event)(EventRow)
# The lines that were read lately, with a place for the token of whoever reads them.
drawn_lines: Drawn[str] = Drawn()


class Row(NamedTuple):
    """One field that an event changed, as the history keeps it."""

    record_kind: str
    field: str
    old: Any
    new: Any


@cache
def changes_of_events() -> sa.Select[Any]:
    among = Among(Change.event_id, "events")
    rows = sa.select(Change.event_id, Change.record_kind, Change.field, Change.old, Change.new)
    return rows.where(among).order_by(Change.id)


@cache
def changes_of_currency() -> sa.Select[Any]:
    of_these = Change.record_kind == sa.bindparam("kind"), Among(Change.record_id, "records")
    rows = sa.select(Change.record_id, Change.event_id, Change.old, Change.new)
    return rows.where(*of_these, Change.field == "currency").order_by(Change.id)


@dataclass
class Line:
    """One line of history as it is read."""

    event: EventRow
    changes: list[Told] = field(default_factory=list)
    because: Markup | None = None
    offer: str | None = None
    marks: tuple[str, ...] = ()
    files: list[Attachment] = field(default_factory=list)
    mails: list[Message] = field(default_factory=list)
    may_pin: bool = False
    # Is it about what it stands beside? Other lines name what they are about.
    is_here: bool = True

    @property
    def sentence(self) -> Markup:
        return sentence(self.event)

    @property
    def is_kept(self) -> bool:
        """Can it be drawn once and read again and again, for as long as it `says` the same?

        Mail goes on to its people, and files are looked at and taken away, neither of which `says` tells; a long text
        would take the room of many lines.
        """
        return not (self.files or self.mails or self.is_long)

    @property
    def says(self) -> tuple[Any, ...]:
        """All that it says, beside where and by whom it is read."""
        hashable = self.event._replace(details=repr(self.event.details))  # type: ignore[arg-type]
        told = tuple(self.changes), self.because, self.offer, self.marks, self.may_pin, self.is_here
        return (*hashable, *told)

    @property
    def is_called_off(self) -> bool:
        """Was all that it says taken back before anybody got it?"""
        return bool(self.mails) and all(mail.state == "recalled" for mail in self.mails)

    @property
    def waits(self) -> bool:
        """Is any of its mail still to go?"""
        return any(mail.state == "waiting" for mail in self.mails)

    @property
    def paragraphs(self) -> list[Markup]:
        """What was written, with the colleagues whom it names in their own colour, and addresses as the ways there."""
        named = self.event.details.get("mentions", ())
        return [written(part, named) for part in (self.event.body or "").split("\n\n") if part.strip()]

    @property
    def is_long(self) -> bool:
        """Would it push all that is below it out of sight?"""
        body = self.event.body or ""
        return len(body) > LONG or body.count("\n") > MOST_LINES

    @property
    def template(self) -> str:
        """The template named after the action, else the plain one."""
        return template_for(self.event.action.replace(" ", "_"))

    @property
    def due(self) -> str:
        """By when what was planned is to be done: the date, as the line is read on any day after."""
        due = self.event.details.get("due")
        return calendar_day(date.fromisoformat(due)) if due else ""

    @property
    def time(self) -> Markup:
        """When on its day, which stands above; the whole of it in the title."""
        hour = hour_of(self.event.at.astimezone(zone()))
        return stamp(self.event.at, hour, f"{full_day(self.event.at)}, {hour}")

    @property
    def is_by_person(self) -> bool:
        return self.event.change_set.actor_kind == "user"


@dataclass(frozen=True)
class Told:
    """What a field was and is, in words."""

    field: str
    old: str
    new: str


@dataclass
class Telling:
    """A page of history for one reader: a constant number of queries, however long it is.

    `around` is the record whose page it stands on: lines about something else name it.
    """

    events: list[EventRow]
    reader: User
    around: Any = None
    limit: int = PAGE
    pinned: list[EventRow] = field(default_factory=list)
    may_pin: bool = False
    may_write: bool = False
    # Whatever was changed, also what the sentence of a line says already.
    tells_all: bool = False
    # Was it done by the reader just now? Then Z takes it back.
    is_fresh: bool = False

    @property
    def days(self) -> list[tuple[str, str, list[Line]]]:
        """The lines by the day on the reader's wall: its date, its heading, its lines."""
        here = zone()
        days = groupby(self.lines, key=lambda line: line.event.at.astimezone(here).date())
        return [(each.isoformat(), heading(each), list(lines)) for each, lines in days]

    @property
    def older(self) -> int | None:
        """Where the next page begins, if there may be one."""
        return self.events[self.limit - 1].id if len(self.events) > self.limit else None

    @cached_property
    def shown(self) -> list[EventRow]:
        """All that is told: what is pinned on top, then the page."""
        return [*self.pinned, *self.events[: self.limit]]

    def drawn(self, line: Line) -> Markup:
        """A line as it stands in the page. Most were drawn a moment ago, and what happened does not change."""

        def draw() -> str:
            return render_template(line.template, line=line, telling=self)

        return drawn_for(drawn_lines, (self.look, line.says), draw)

    @cached_property
    def look(self) -> tuple[Any, ...]:
        """What makes the same line look another way: who reads it where and when, and where its links lead."""
        reading = str(get_locale()), str(writing()), str(zone()), local_today()
        links = request.script_root, icons()
        return (*reading, *links, self.may_write, self.is_fresh, self.here)

    @cached_property
    def here(self) -> Any:
        """The record that it stands beside, by its kind and id."""
        return getattr(self.around, "key", None)

    def about(self, event: EventRow) -> Any:
        """What a line is about, as it is today."""
        return self.around if event.about_key == self.here else event.about

    @property
    def lines(self) -> list[Line]:
        return self.all_lines[len(self.pinned) :]

    @property
    def pinned_lines(self) -> list[Line]:
        return self.all_lines[: len(self.pinned)]

    @cached_property
    def all_lines(self) -> list[Line]:
        offered = dict(self.offered)
        return [
            Line(
                event,
                self.told(event),
                self.because(event),
                # One Undo a change set, on its newest line.
                offered.pop(event.change_set_id, None),
                self.marks(event),
                self.files[event.id],
                self.mails[event.id],
                self.may_pin and event.is_words and event.about_key == self.here,
                event.about_key == self.here,
            )
            for event in self.shown
        ]

    @cached_property
    def files(self) -> defaultdict[int, list[Attachment]]:
        """What hangs on each line; asked for only if anything may."""
        ids = [event.id for event in self.shown if event.action == "attached" or "files" in event.details]
        found: defaultdict[int, list[Attachment]] = defaultdict(list)
        if not ids:
            return found
        query = sa.select(Attachment).where(Attachment.event_id.in_(ids), Attachment.deleted_at.is_(None))
        for each in db.session.scalars(query.options(joinedload(Attachment.file)).order_by(Attachment.id)):
            found[each.event_id or 0].append(each)
        return found

    @cached_property
    def mails(self) -> defaultdict[int, list[Message]]:
        """What was mailed by each line, with what became of it; asked for only if anything was."""
        ids = [event.id for event in self.shown if event.action in MAILED]
        found: defaultdict[int, list[Message]] = defaultdict(list)
        if not ids:
            return found
        shown = selectinload(Message.recipients), selectinload(Message.files).joinedload(MessageFile.file)
        query = sa.select(Message).where(Message.event_id.in_(ids)).order_by(Message.id)
        for each in db.session.scalars(query.options(*shown)):
            found[each.event_id or 0].append(each)
        return found

    @property
    def server(self) -> MailServer | None:
        """What mail leaves by, if there is anything."""
        return MailServer.current()

    @cached_property
    def offered(self) -> dict[int, str]:
        """What may be undone or redone; what a rule did comes back with its cause."""
        made = offers([event.change_set for event in self.shown], self.reader)
        with_cause = {event.change_set_id for event in self.shown if event.is_cause_undone}
        return {
            set_id: offer for set_id, offer in made.items() if offer == "undo" or set_id not in with_cause
        }

    @cached_property
    def changes(self) -> dict[int, list[Row]]:
        """What each of them changed, as plain rows: a page may show hundreds. Asked for only if any tells of it."""
        found: defaultdict[int, list[Row]] = defaultdict(list)
        just_noted = {event.id: event.noted for event in just_told()}
        ids = []
        for event in self.shown:
            if (noted := just_noted.get(event.id)) is not None:
                found[event.id] = [Row(kind, name, *was) for (kind, _, name), was in noted.items()]
            elif self.tells_all or event.action in TELLS_CHANGES | TELLS_PROBABILITY:
                ids.append(event.id)
        if ids:
            for row in ask(changes_of_events(), events=ids):
                found[row[0]].append(Row._make(row[1:]))
        return found

    def told(self, event: EventRow) -> list[Told]:
        """The changes worth telling: all of an edit; of a move only what its sentence leaves out."""
        rows = self.changes.get(event.id, [])
        if event.action in TELLS_PROBABILITY:
            rows = [row for row in rows if row.field == "probability"]
        elif event.action not in TELLS_CHANGES:
            rows = []
        return [self.in_words(row, event) for row in rows if is_told(row, rows)]

    def in_words(self, row: Row, event: EventRow) -> Told:
        name = row.field.partition(":")[0]
        if name == "deleted_at":
            places = _("there"), _("in the bin")
            return Told(_("the record"), *(places if row.new else reversed(places)))
        currencies = self.currencies_of(event) if name in MONEY else (None, None)
        cls = named_by(row)
        old, new = (
            value_words(
                name, value, currency=currency, names=lambda id_: self.names.get((cls, id_)) or hidden(cls)
            )
            for value, currency in zip((row.old, row.new), currencies, strict=True)
        )
        return Told(field_word(name), old, new)

    def currencies_of(self, event: EventRow) -> tuple[str | None, str | None]:
        """What amounts were stated in before a line and after it, which may be another currency than today's."""
        later = [change for change in self.restated[event.about_key] if change[0] >= event.id]
        if not later:
            now = getattr(self.about(event), "currency", None)
            return now, now
        event_id, old, new = later[0]
        return old, new if event_id == event.id else old

    @cached_property
    def restated(self) -> defaultdict[tuple[str, int], list[tuple[int, str | None, str | None]]]:
        """Each change of the currency of a record among these: its line, and from which to which; the oldest first.

        Asked for only if an amount is told of.
        """
        records = {event.about_key for event in self.shown}
        found: defaultdict[tuple[str, int], list[tuple[int, str | None, str | None]]] = defaultdict(list)
        for kind in {kind for kind, _id in records}:
            ids = [record_id for one, record_id in records if one == kind]
            rows = ask(changes_of_currency(), kind=kind, records=ids)
            for record_id, event_id, old, new in rows:
                found[kind, record_id].append((event_id, old, new))
        return found

    def marks(self, event: EventRow) -> tuple[str, ...]:
        """How it reached us and in which mood, if the writer said so; and whose it was then, if not the same now."""
        is_elsewhere = event.case_id is not None and event.team_id != self.about(event).team_id
        then = event.team_id if is_elsewhere else None
        ids = ((Team, then), (Channel, event.channel_id), (StateOfMind, event.state_of_mind_id))
        theirs = (_("from them"),) if event.is_words and event.direction == "in" else ()
        return (*theirs, *(self.names[key] for key in ids if key in self.names))

    @cached_property
    def names(self) -> dict[tuple[type, Any], str]:
        """The names that the ids in these changes stand for: one query for each kind of record among them."""
        wanted: defaultdict[type, set[Any]] = defaultdict(set)
        for rows in self.changes.values():
            for row in rows:
                if (cls := named_by(row)) is not None:
                    wanted[cls] |= {row.old, row.new} - {None}
        for event in self.shown:
            wanted[Team] |= {event.team_id} - {None}
            wanted[Channel] |= {event.channel_id} - {None}
            wanted[StateOfMind] |= {event.state_of_mind_id} - {None}
        return {
            (cls, id_): name
            for cls, ids in wanted.items()
            if ids
            for id_, name in (
                Configuration.current().names(cls).items()
                if issubclass(cls, Configured)
                else db.session.execute(self.names_query(cls).where(cls.id.in_(ids)))  # type: ignore[attr-defined]
            )
            if id_ in ids
        }

    def names_query(self, cls: Any) -> sa.Select[Any]:
        """Partners and cases that the reader may not know of have no name here either."""
        named = sa.select(cls.id, cls.name)
        if cls not in {Case, Partner}:
            return named
        return named.where(cls.id.in_(cls.visible_to(self.reader).with_only_columns(cls.id)))

    def because(self, event: EventRow) -> Markup | None:
        """Why it happened, if nobody did it in person: what its rule waited for, else the act that set it going."""
        told = event.details.get("because")
        if told:
            return escape(_("Because %(what)s.", what=told))
        cause = self.causes.get(event.change_set.cause_id or 0)
        why = escape(_("Because %(what)s.")) % {"what": sentence(cause)} if cause is not None else None
        run = self.runs.get(event.change_set_id)
        return why_of(run, why, self.reader) if run is not None else why

    @cached_property
    def runs(self) -> dict[int, RuleRun]:
        """What rules noted of the change sets that are theirs."""
        ids = {event.change_set_id for event in self.shown if event.change_set.actor_kind == "rule"}
        if not ids:
            return {}
        found = db.session.scalars(sa.select(RuleRun).where(RuleRun.change_set_id.in_(ids)))
        return {run.change_set_id or 0: run for run in found}

    @cached_property
    def causes(self) -> dict[int, EventRow]:
        """The first line of each change set that woke one of these."""
        ids = {event.change_set.cause_id for event in self.shown} - {None}
        if not ids:
            return {}
        first = (
            sa.select(sa.func.min(Event.id)).where(Event.change_set_id.in_(ids)).group_by(Event.change_set_id)
        )
        rows = EventRow.newest(Event.id.in_(first), limit=len(ids), with_about=False)
        return {event.change_set_id: event for event in rows}


def is_told(row: Row, rows: Iterable[Row]) -> bool:
    """Is this a change that people made, and not one that follows from another?"""
    name = row.field.partition(":")[0]
    if row.record_kind == "attachment":
        return False  # files come and go with what they came with
    if name == "probability":
        return not any(each.field == "probability_typed" for each in rows)
    return name in FIELDS or name == "deleted_at"


def named_by(row: Row) -> Any:
    """What the ids in this change are ids of, if they are ids."""
    name = row.field.partition(":")[0]
    return PartnerTag if name == "tags" and row.record_kind == "partner" else NAMED_BY.get(name)


def hidden(cls: Any) -> str:
    """What stands for a name that was deleted or is not the reader's to know."""
    return (
        _("another partner")
        if cls is Partner
        else _("another case")
        if cls is Case
        else _("something deleted")
    )


def heading(each: date) -> str:
    """A day as the heading of its lines: 'Today, Thursday 19 November 2026'."""
    apart = (local_today() - each).days
    near = {0: _("Today"), 1: _("Yesterday")}.get(apart)
    return f"{near}, {full_day(each)}" if near else full_day(each)


def template_for(name: str) -> str:
    known: dict[str, str] = current_app.extensions.setdefault("history_templates", {})
    if name not in known:
        plain = "history/_event.html"
        known[name] = current_app.jinja_env.select_template([f"history/_{name}.html", plain]).name or plain
    return known[name]


bp.add_app_template_filter(reason_words)
bp.add_app_template_filter(field_word)
