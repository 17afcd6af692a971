"""What the page of a case shows beside the case itself; each thing is asked for once, and only if shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString, gettext
from sqlalchemy.orm import joinedload

from app.blueprints.cases.drawing import Drawing
from app.blueprints.cases.facts import Facts
from app.blueprints.cases.forms import FIELDS_OF
from app.blueprints.cases.ties import Near, Tied, near, ties_of
from app.blueprints.mail.writing import Writing
from app.blueprints.notes.page import Part, Talk, mail_part
from app.domain.activity import Activity
from app.domain.activity_plan import ActivityPlan
from app.domain.asking import ask_one
from app.domain.case import Case
from app.domain.configuration import Configuration, StageRow
from app.domain.history import ChangeSet, Event
from app.domain.lists import (
    Campaign,
    Category,
    Channel,
    Country,
    LostReason,
    Medium,
    RecurringPlan,
    Source,
    StateOfMind,
    Tag,
)
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.user import User
from app.domain.working_time import DAY, WorkingTime, minutes_between
from app.extensions import db
from app.i18n import local_today, number
from app.words import lazily as _


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
    Verb("follow_plan", "activities.ask_to_follow", _("Follow a plan…"), "checklist", asks=True),
    Verb("hand_to_team", "cases.handover", _("Another team…"), "users", asks=True),
    Verb("remind_responsible", "mail.ask_reminder", _("Remind the responsible…"), "bell", asks=True),
    Verb("remind_partner", "mail.ask_partner_reminder", _("Remind them…"), "bell", asks=True),
    Verb("escalate", "cases.escalation", _("Escalate"), "arrow-up"),
    Verb("convert", "cases.conversion", _("Make it an opportunity"), "arrow-up-right"),
    Verb("reset", "cases.reset", _("Make it a draft again"), "pencil"),
    Verb("cancel", "cases.cancellation", _("Cancel it"), "x"),
    Verb("watch", "cases.watching", _("Watch it"), "bell"),
    Verb("unwatch", "cases.unwatching", _("Watch it no more"), "bell"),
    Verb("archive", "cases.archive", _("Archive"), "archive", key="E"),
    Verb("unarchive", "cases.unarchive", _("Take out of the archive"), "archive"),
    Verb("delete", "cases.deletion", _("Delete"), "trash", look="lost"),
)
LISTED: dict[str, Any] = {
    "category_id": Category,
    "channel_id": Channel,
    "source_id": Source,
    "medium_id": Medium,
    "campaign_id": Campaign,
    "state_of_mind_id": StateOfMind,
}


# Kinds of cases that are a question themselves.
ASKING = frozenset({"request", "issue", "bug", "claim"})
# So many days are told in days, and no longer in hours.
LONG = 3
# What is measured, and where its end is kept.
MEASURED = {"to_open": "opened_at", "to_answer": "answered_at", "to_close": "closed_at"}
# Whom a case that is being worked on can remind: somebody with an address.
REMINDED: dict[str, Callable[[Case], Any]] = {
    "remind_responsible": lambda case: case.responsible,
    "remind_partner": lambda case: case.correspondent,
}


class CasePage(Drawing, Talk):
    """One case as one reader sees it."""

    def __init__(self, case: Case, reader: User, **talk: Any) -> None:
        self.case, self.about, self.reader = case, case, reader
        self.talks(**talk)

    @cached_property
    def may_mail(self) -> bool:  # type: ignore[override]
        return self.reader.may("write_mail", self.case)

    @property
    def fresh_mail(self) -> Writing:
        """The mail that the reader may begin, or has begun."""
        return Writing(self.case, self.reader, self.drafts)

    @property
    def mail_part(self) -> Part:
        """Where it is written."""
        return mail_part(self.case.id, is_kept=self.fresh_mail.is_kept)

    @cached_property
    def may_edit(self) -> bool:
        return self.reader.may("edit", self.case)

    @cached_property
    def may_move(self) -> bool:
        return self.reader.may("move", self.case)

    @cached_property
    def may_assign(self) -> bool:
        return self.reader.may("assign", self.case)

    @property
    def may_make_tags(self) -> bool:
        return self.reader.may("configure", Tag)

    @cached_property
    def offered(self) -> frozenset[str]:
        """The verbs that would change something now, and are theirs to do."""
        return self.case.offered_to(self.reader)

    @cached_property
    def foremost(self) -> list[Verb]:
        return [verb for verb in FOREMOST if self.offers(verb)]

    @cached_property
    def further(self) -> list[Verb]:
        return [self.called(verb) for verb in FURTHER if self.offers(verb)]

    def called(self, verb: Verb) -> Verb:
        """Who is responsible reminds themselves."""
        is_own = verb.name == "remind_responsible" and self.case.responsible_id == self.reader.id
        return replace(verb, label=_("Remind me…")) if is_own else verb

    def offers(self, verb: Verb) -> bool:
        """Possible now, and theirs to do."""
        if verb.name == "follow_plan" and not Configuration.current().choices(ActivityPlan):
            return False
        if verb.name in REMINDED:
            is_worked_on = self.case.state in {"open", "pending"}
            return (
                is_worked_on
                and bool(REMINDED[verb.name](self.case))
                and self.reader.may(verb.name, self.case)
            )
        return verb.name in self.offered

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

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.case, self.reader)

    def reached(self, name: str) -> str | None:
        """Where they are reached: what the case came with, else what is known of its contact and partner."""
        people = (self.case, self.contact, self.partner)
        return next((getattr(one, name) for one in people if one is not None and getattr(one, name)), None)

    def took(self, name: str) -> str:
        """How long it was until it was taken up, answered or closed; nothing if that was at once, or is to come."""
        until = getattr(self.case, MEASURED[name])
        if until is None:
            return ""
        since = self.asked_at if name == "to_answer" else self.case.created_at
        if since is None or until - since < timedelta(minutes=1):
            return ""
        minutes = minutes_between(since, until, self.case.team_row)
        if minutes < 60:
            return gettext("%(minutes)s min", minutes=number(minutes))
        working = WorkingTime.of(self.case.team_row)
        a_day = working.usual_day if working is not None else DAY
        if minutes < LONG * a_day:
            return gettext("%(hours)s h", hours=number(round(minutes / 60, 1)))
        return gettext("%(days)s days", days=number(round(minutes / a_day)))

    @cached_property
    def asked_at(self) -> datetime | None:
        """When the other side first said something that was answered; never, if we were the first to speak."""
        if self.case.kind in ASKING:
            return self.case.created_at
        return ask_one(first_heard(), case_id=self.case.id, until=self.case.answered_at)

    @property
    def by_which_clock(self) -> str:
        """What the time it took is counted in."""
        return gettext("of working time") if WorkingTime.of(self.case.team_row) is not None else ""

    @property
    def address(self) -> str:
        case = self.case
        town = " ".join(filter(None, (case.zip, case.city)))
        country = Configuration.current().names(Country).get(case.country_id or 0)
        return ", ".join(filter(None, (case.street, case.street2, town, country)))

    def echoes(self, name: str) -> bool:
        """Does the case name somebody just as its partner or contact is called? That need not be read twice."""
        known = {"company_name": self.partner, "contact_name": self.contact}.get(name)
        return known is not None and getattr(self.case, name) == known.name

    def listed(self, name: str) -> str | None:
        """The name of the entry of a list that a field of the case points to."""
        return Configuration.current().names(LISTED[name]).get(getattr(self.case, name) or 0)

    @cached_property
    def parent(self) -> Case | None:
        """What it is part of, if the reader may know of that."""
        if self.case.parent_id is None:
            return None
        return db.session.scalar(Case.visible_to(self.reader).where(Case.id == self.case.parent_id))

    @cached_property
    def near(self) -> list[Near]:
        return near(self.case, self.reader)

    @cached_property
    def ties(self) -> list[Tied]:
        return ties_of(self.case, self.reader, self.near, may_edit=self.may_edit)

    @property
    def parts(self) -> list[Near]:
        """The cases that are part of it."""
        return [each for each in self.near if each.is_part]

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
        return str(_("as the stage says")) if case.stage_id is not None else ""

    @property
    def place(self) -> int | None:
        """Where in its pipeline it stands."""
        return next((at for at, stage in enumerate(self.stages) if stage.id == self.case.stage_id), None)

    @cached_property
    def stages(self) -> list[StageRow]:
        """The stages of its pipeline; one that it stands in and that is no longer used stays shown."""
        stages = Stage.rows_of(self.case.team_row, self.case.kind)
        here = Configuration.current().stages.get(self.case.stage_id or 0)
        if here is not None and here not in stages:
            stages = sorted([*stages, here], key=lambda stage: (stage.sequence, stage.id))
        return stages

    @cached_property
    def stays(self) -> dict[int, int]:
        """Whole days spent in each stage; of one that it only passed through nothing is said."""
        stays = self.case.stays()
        return {id_: time.days for id_, time in stays.items() if time.days or id_ == self.case.stage_id}

    @property
    def newest(self) -> int:
        """The newest line of its history. Where others than the newest are looked at, these do not say."""
        if self.look.is_first:
            return max((event.id for event in self.telling.shown), default=0)
        return db.session.scalar(sa.select(sa.func.max(Event.id)).where(self.case.told_here)) or 0

    @cached_property
    def activities(self) -> list[Activity]:
        return list(db.session.scalars(planned_on_case(), {"case_id": self.case.id}))

    @property
    def today(self) -> Any:
        return local_today()


@cache
def first_heard() -> sa.Select[datetime]:
    """When the other side of a case was first heard, up to a moment."""
    return (
        sa.select(sa.func.min(Event.at))
        .join(ChangeSet, Event.change_set_id == ChangeSet.id)
        .where(
            Event.case_id == sa.bindparam("case_id"),
            Event.direction == "in",
            Event.at <= sa.bindparam("until"),
            ChangeSet.undone_by_id.is_(None),
        )
    )


@cache
def planned_on_case() -> sa.Select[Activity]:
    """The next steps of a case, what is due first on top."""
    is_planned = Activity.state == "planned", Activity.deleted_at.is_(None)
    return (
        sa.select(Activity)
        .where(Activity.case_id == sa.bindparam("case_id"), *is_planned)
        .options(joinedload(Activity.type), joinedload(Activity.user))
        .order_by(Activity.due_on, Activity.id)
    )
