"""What the page of a case shows beside the case itself; each thing is asked for once, and only if shown."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.blueprints.cases.forms import FIELDS_OF
from app.blueprints.notes.page import Talk
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.configuration import Configuration, StageRow
from app.domain.lists import (
    Campaign,
    Category,
    Channel,
    LostReason,
    Medium,
    RecurringPlan,
    Source,
    StateOfMind,
)
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db
from app.i18n import local_today


@dataclass(frozen=True)
class Verb:
    """An act on a case as a button: what is allowed, where it is sent, how it is said."""

    name: str
    endpoint: str
    label: LazyString
    icon: str
    look: str = ""
    key: str = ""
    asks: bool = False


LOST = Verb("lose", "cases.loss", _("Lost…"), "thumb-down", look="lost", key="L", asks=True)
# What is done most stands beside the name; the rest waits in the menu, what ends it last.
FOREMOST = (
    Verb("open", "cases.opening", _("Take up"), "player-play", look="primary"),
    Verb("win", "cases.win", _("Won"), "trophy", look="won", key="W"),
    LOST,
    Verb("close", "cases.closure", _("Close it"), "check"),
    Verb("reopen", "cases.reopening", _("Reopen"), "refresh"),
)
FURTHER = (
    Verb("wait", "cases.waiting", _("Wait"), "hourglass"),
    Verb("assign", "cases.assignment", _("Assign…"), "user", key="A", asks=True),
    Verb("hand_to_team", "cases.handover", _("Another team…"), "users", asks=True),
    Verb("escalate", "cases.escalation", _("Escalate"), "arrow-up"),
    Verb("convert", "cases.conversion", _("Make it an opportunity"), "arrow-up-right"),
    Verb("reset", "cases.reset", _("Make it a draft again"), "pencil"),
    Verb("archive", "cases.archive", _("Archive"), "archive", key="E"),
    Verb("unarchive", "cases.unarchive", _("Take out of the archive"), "archive"),
    Verb("cancel", "cases.cancellation", _("Cancel it"), "x"),
    Verb("delete", "cases.deletion", _("Delete"), "trash", look="lost"),
)
WHENCE: dict[str, tuple[LazyString, Any]] = {
    "category_id": (_("Category"), Category),
    "channel_id": (_("Channel"), Channel),
    "source_id": (_("Source"), Source),
    "medium_id": (_("Medium"), Medium),
    "campaign_id": (_("Campaign"), Campaign),
    "referred_by": (_("Referred by"), None),
    "state_of_mind_id": (_("State of mind"), StateOfMind),
}
ALWAYS_POSSIBLE = frozenset({"assign", "hand_to_team"})


class CasePage(Talk):
    """One case as one reader sees it."""

    def __init__(self, case: Case, reader: User, **talk: Any) -> None:
        self.case, self.about, self.reader = case, case, reader
        self.talks(**talk)

    @cached_property
    def may_edit(self) -> bool:
        return self.reader.may("edit", self.case)

    @cached_property
    def may_move(self) -> bool:
        return self.reader.may("move", self.case)

    @cached_property
    def may_assign(self) -> bool:
        return self.reader.may("assign", self.case)

    @cached_property
    def foremost(self) -> list[Verb]:
        return [verb for verb in FOREMOST if self.offers(verb)]

    @cached_property
    def further(self) -> list[Verb]:
        return [verb for verb in FURTHER if self.offers(verb)]

    def offers(self, verb: Verb) -> bool:
        """Possible now, and theirs to do."""
        is_possible = verb.name in ALWAYS_POSSIBLE or verb.name in self.case.possible
        if verb.name == "open" and self.case.state == "pending":
            return is_possible and self.reader.may("open", self.case)
        return is_possible and self.reader.may(verb.name, self.case)

    def asks(self, name: str) -> bool:
        """Do cases of this kind have such a fact, or does this one?"""
        return name in FIELDS_OF[self.case.kind] or getattr(self.case, name, None) is not None

    @cached_property
    def partner(self) -> Partner | None:
        return self.known(self.case.partner)

    @cached_property
    def contact(self) -> Partner | None:
        return self.known(self.case.contact)

    def known(self, partner: Partner | None) -> Partner | None:
        """The partner, if the reader may know of them."""
        return partner if partner is not None and partner.is_visible_to(self.reader) else None

    @cached_property
    def may_make_partner(self) -> bool:
        """Is whom it came with a stranger whom the reader may make a partner?"""
        may = self.reader.may("make_partner", self.case) and self.reader.may("make", Partner)
        return self.case.is_from_stranger and may

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Where they are called: what the case came with, else what is known of its contact and partner."""
        own = [
            (_("Number"), getattr(self.case, "number", None)),
            (_("Phone"), self.case.phone),
            (_("Mobile"), self.case.mobile),
        ]
        theirs = [
            (label, number)
            for person in (self.contact, self.partner)
            if person is not None
            for label, number in ((_("Phone"), person.phone), (_("Mobile"), person.mobile))
        ]
        given = [(str(label), number) for label, number in own if number]
        return given or [(str(label), number) for label, number in theirs if number][:2]

    @property
    def email(self) -> str | None:
        people = (self.case, self.contact, self.partner)
        return next((person.email for person in people if person is not None and person.email), None)

    @property
    def address(self) -> str:
        case = self.case
        town = " ".join(filter(None, (case.zip, case.city)))
        return ", ".join(
            filter(None, (case.street, case.street2, town, case.country.name if case.country else None))
        )

    @property
    def whence(self) -> list[tuple[str, str, str]]:
        """Where the case came from: field, label and name of each that is known."""
        ids = {field: getattr(self.case, field) for field in WHENCE if getattr(self.case, field) is not None}
        names = {
            field: ids[field] if cls is None else Configuration.current().names(cls)[ids[field]]
            for field, (_label, cls) in WHENCE.items()
            if field in ids
        }
        return [
            (field, str(label), str(names[field])) for field, (label, _cls) in WHENCE.items() if field in ids
        ]

    @property
    def plan(self) -> str | None:
        """How often the recurring revenue comes."""
        return Configuration.current().names(RecurringPlan).get(self.case.recurring_plan_id or 0)

    @property
    def lost_reason(self) -> str | None:
        return Configuration.current().names(LostReason).get(self.case.lost_reason_id or 0)

    @property
    def probability_words(self) -> str:
        """Where the probability comes from."""
        case = self.case
        if case.outcome != "none":
            return ""
        if case.probability_typed is not None:
            return str(_("typed"))
        return str(_("as the stage says")) if case.stage is not None else ""

    @property
    def place(self) -> int | None:
        """Where in its pipeline it stands."""
        return next((at for at, stage in enumerate(self.stages) if stage.id == self.case.stage_id), None)

    @cached_property
    def stages(self) -> list[StageRow]:
        """The stages of its pipeline; one that it stands in and that is no longer used stays shown."""
        stages = Stage.rows_of(self.case.team, self.case.kind)
        here = Configuration.current().stages.get(self.case.stage_id or 0)
        if here is not None and here not in stages:
            stages = sorted([*stages, here], key=lambda stage: (stage.sequence, stage.id))
        return stages

    @cached_property
    def stays(self) -> dict[int, int]:
        """Whole days spent in each stage."""
        return {stage_id: time.days for stage_id, time in self.case.stays().items()}

    @cached_property
    def activities(self) -> list[Activity]:
        query = (
            sa.select(Activity)
            .where(
                Activity.case_id == self.case.id, Activity.state == "planned", Activity.deleted_at.is_(None)
            )
            .options(joinedload(Activity.type), joinedload(Activity.user))
            .order_by(Activity.due_on, Activity.id)
        )
        return list(db.session.scalars(query))

    @property
    def today(self) -> Any:
        return local_today()
