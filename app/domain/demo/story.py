"""Cases that live: made, talked about, moved, won and lost by the verbs that people use, in order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from app import clock
from app.domain.activity import Activity
from app.domain.actor import SYSTEM, Acting
from app.domain.call import Call
from app.domain.case import Case
from app.domain.demo.cast import Cast
from app.domain.demo.partners import FAMILIAR, Partners
from app.domain.demo.script import DONE, NOTES, SCENES, STEPS, TALKS, Idea, invent
from app.domain.history import act, change_set, lock
from app.domain.lists import ActivityType, Campaign, Category, Channel, LostReason, Source, StateOfMind, Tag
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db

ASKED = "Can you make us an offer? We would need it within the month."
PIPELINE = ("New", "Qualified", "Site visit", "Proposal", "Negotiation")


@dataclass
class Life:
    """One case, from its idea on."""

    idea: Idea
    company: Partner
    contact: Partner
    owner: User
    case: Any = None
    activity: Activity | None = None
    steps: list[tuple[int, Callable[[Life], None]]] = field(default_factory=list)


class Story:
    """What happened at Lindqvist Instruments until yesterday evening."""

    def __init__(self, cast: Cast, luck: Random) -> None:
        self.cast, self.luck = cast, luck
        self.today = clock.today()
        self.told: dict[str, Case] = {}

    def tell(self, number: int) -> None:
        """Live this many cases, every step at its instant and in order of time over all of them."""
        ideas = [*SCENES[:number], *(invent(self.luck) for _ in range(number - len(SCENES)))]
        with clock.stopped_at(self.instant(700)):
            partners = Partners(self.cast, self.luck)
            partners.meet(max(len(FAMILIAR), number // 5))
        lives = [self.conceive(idea, partners) for idea in ideas]
        timeline = [
            (instant, n, step, life) for life in lives for n, (instant, step) in enumerate(self.paced(life))
        ]
        for instant, _n, step, life in sorted(timeline, key=lambda each: each[:2]):
            with clock.stopped_at(instant):
                step(life)
        db.session.flush()

    def conceive(self, idea: Idea, partners: Partners) -> Life:
        company, contact = partners.named(idea.company) if idea.company else partners.any()
        life = Life(idea, company, contact, owner=self.cast.users[idea.owner])
        getattr(self, f"plot_{idea.kind}", self.plot_request)(life)
        return life

    def paced(self, life: Life) -> list[tuple[datetime, Callable[[Life], None]]]:
        """The instants of its steps: the last is as many days ago as the idea says, the others lie before."""
        ago = life.idea.ago + sum(days for days, _ in life.steps)
        paced = []
        for days, step in life.steps:
            ago -= days
            paced.append((self.instant(max(ago, 1)), step))
        # Two steps may share a day, but never trade places.
        return list(zip(sorted(instant for instant, _ in paced), (step for _, step in paced), strict=True))

    def instant(self, days_ago: int) -> datetime:
        """Some minute of the working hours of that day, or of the Friday before it."""
        minute = self.luck.randrange(7 * 60, 16 * 60)
        day = self.today - timedelta(days=days_ago)
        day -= timedelta(days=max(day.weekday() - 4, 0))
        return datetime.combine(day, time(), tzinfo=UTC) + timedelta(
            minutes=minute, seconds=self.luck.randrange(60)
        )

    # -- what cases of each kind live through

    def plot_opportunity(self, life: Life) -> None:
        pace = self.luck.randint
        life.steps.append((0, self.make))
        reached = PIPELINE.index(life.idea.stage)
        for stage in PIPELINE[1 : reached + 1]:
            life.steps += [(pace(1, 3), self.talk), (pace(1, 6), self.move(stage))]
        if life.idea.ends is None:
            life.steps += [(0, self.plan)]
        else:
            life.steps += [(pace(1, 3), self.plan), (pace(1, 5), self.do), (pace(1, 8), self.end)]

    def plot_lead(self, life: Life) -> None:
        life.steps.append((0, self.arrive))
        if life.idea.ends == "converted":
            life.steps += [(1, self.take), (1, self.talk), (2, self.convert), (0, self.plan)]
        elif life.idea.ends:
            life.steps += [(1, self.take), (2, self.talk), (6, self.end)]

    def plot_request(self, life: Life) -> None:
        life.steps += [(0, self.make), (0, self.talk)]
        if life.idea.kind == "claim" and self.luck.random() < 0.4:
            life.steps.append((1, self.escalate))
        if life.idea.ends == "waiting":
            life.steps += [(1, self.plan), (0, self.wait)]
        elif life.idea.ends:
            life.steps += [(1, self.note), (self.luck.randint(0, 3), self.end)]
        else:
            life.steps.append((0, self.plan))

    def plot_call(self, life: Life) -> None:
        life.steps.append((0, self.list_call))
        if life.idea.ends:
            life.steps.append((1, self.hold if life.idea.ends == "held" else self.miss))

    # -- steps

    def make(self, life: Life) -> None:
        idea, luck = life.idea, self.luck
        facts: dict[str, Any] = {}
        tags = idea.tags or luck.sample(sorted(self.cast.lists[Tag]), luck.choice((0, 0, 1, 1, 2)))
        if idea.kind == "opportunity":
            facts = {
                "expected_revenue": idea.worth * 100,
                "currency": life.company.currency or "EUR",
                "stage": self.cast.one(Stage, "New"),
                "category": self.cast.one(
                    Category, luck.choice(("New plant", "Retrofit", "Service contract"))
                ),
                "deadline": self.today
                + timedelta(days=luck.randint(-12, 110) - (idea.ago if idea.ends else 0)),
            }
        with self.signed(life.owner):
            life.case = Case.make(
                idea.kind,
                idea.name,
                by=life.owner,
                team=self.cast.teams[idea.team],
                priority=luck.choice((0, 0, 0, 1, 1, 2, 3)),
                tags=[self.cast.one(Tag, tag) for tag in tags],
                description=luck.choice(NOTES),
                **self.origin(life),
                **facts,
            )
        self.told[idea.name] = life.case

    def arrive(self, life: Life) -> None:
        """Somebody filled in the form on our site."""
        with self.signed(SYSTEM):
            life.case = Case.make(
                "lead", life.idea.name, by=SYSTEM, team=self.cast.teams[life.idea.team], **self.origin(life)
            )
            form = self.cast.one(Channel, "Web form").id
            life.case.log(ASKED, by=SYSTEM, awaits_answer=True, channel_id=form)
            if life.idea.ends is None and self.luck.random() < 0.4:
                life.case.assign(None, by=SYSTEM)

    def origin(self, life: Life) -> dict[str, Any]:
        """Who it came from, and how."""
        contact, luck = life.contact, self.luck
        return {
            "partner": life.company,
            "contact": contact,
            "company_name": life.company.name,
            "contact_name": contact.name,
            "function": contact.function,
            "email": contact.email,
            "phone": contact.phone,
            "city": life.company.city,
            "country": life.company.country,
            "language": contact.language,
            "channel_id": self.cast.one(Channel, luck.choice(("Mail", "Phone", "Web form", "In person"))).id,
            "source_id": luck.choice(self.cast.ids(Source)),
            "campaign_id": self.cast.one(Campaign, "Brew & Bottle").id if luck.random() < 0.15 else None,
        }

    def take(self, life: Life) -> None:
        self.act(life, lambda case, by: (case.assign(life.owner, by=by), case.open(by=by)))

    def talk(self, life: Life) -> None:
        mood = self.cast.one(
            StateOfMind, self.luck.choice(("Unhappy", "Neutral", "Happy", "Happy", "Delighted"))
        )
        channel = self.cast.one(Channel, self.luck.choice(("Phone", "Mail", "In person")))
        text = self.luck.choice(TALKS).format(name=life.contact.name.split()[0])
        told = {"state_of_mind_id": mood.id, "channel_id": channel.id}
        self.act(life, lambda case, by: case.log(text, by=by, **told))
        if self.luck.random() < 0.3:
            self.note(life)

    def note(self, life: Life) -> None:
        text = self.luck.choice(NOTES)
        self.act(life, lambda case, by: case.note(text, by=by))

    def move(self, stage: str) -> Callable[[Life], None]:
        return lambda life: self.act(life, lambda case, by: case.move_to(self.cast.one(Stage, stage), by=by))

    def plan(self, life: Life) -> None:
        """Something to do next: late already, today or later; and now and then forgotten."""
        idea = life.idea
        if self.luck.random() < 0.1 and not idea.ends and idea.due is None:
            return
        kind = self.cast.one(ActivityType, self.luck.choice(("Call", "Call", "Mail", "Meeting", "To-do")))
        days = self.luck.choice((-9, -4, -2, -1, 0, 0, 0, 0, 1, 2, 3, 5, 8, 13, 21))
        due = max(self.today + timedelta(days=days if idea.due is None else idea.due), clock.today())
        if idea.ends and idea.due is None:
            due = clock.today() + timedelta(days=self.luck.randint(1, 5))
        what = self.luck.choice(STEPS[kind.name]).format(name=life.contact.name.split()[0])

        def plan(case: Case, by: User) -> None:
            life.activity = Activity.plan(case, kind, what, by=by, due_on=due, user=by)

        self.act(life, plan)

    def do(self, life: Life) -> None:
        if life.activity is not None:
            lock(life.activity)
            activity, said = life.activity, self.luck.choice(DONE)
            self.act(life, lambda _case, by: activity.done(by=by, said=said))

    def convert(self, life: Life) -> None:
        self.act(life, lambda case, by: case.convert(by=by))

    def escalate(self, life: Life) -> None:
        if life.case.team.parent is not None:
            self.act(life, lambda case, by: case.escalate(by=by))

    def wait(self, life: Life) -> None:
        self.act(life, lambda case, by: case.wait(by=by))

    def end(self, life: Life) -> None:
        reason = self.luck.choice(list(self.cast.lists[LostReason].values()))
        match life.idea.ends:
            case "won":
                self.act(life, lambda case, by: case.win(by=by))
            case "lost":
                self.act(life, lambda case, by: case.lose(by=by, reason=reason))
            case "cancelled":
                self.act(life, lambda case, by: case.cancel(by=by))
            case _:
                self.act(life, lambda case, by: case.close(by=by))

    def list_call(self, life: Life) -> None:
        """A call for whichever operator is free."""
        call = Call(
            kind="call",
            name=life.idea.name,
            team=self.cast.teams[life.idea.team],
            call_list=self.cast.call_list,
            number=life.contact.phone,
            **self.origin(life),
        )
        with self.signed(SYSTEM), act("created", call, by=SYSTEM):
            call.take_up(SYSTEM)
        life.case = call

    def hold(self, life: Life) -> None:
        call = life.case
        life.owner = self.cast.users["Olga Petrenko"]
        held = {"responsible": life.owner, "call_outcome": "held", "attempts": self.luck.randint(1, 3)}
        talk = self.luck.choice(TALKS).format(name=life.contact.name.split()[0])
        spoken = {"started_at": clock.now(), "duration": self.luck.randint(40, 600)}
        with self.signed(life.owner):
            lock(call)
            call.edit(held | spoken, by=life.owner)
            call.log(talk, by=life.owner)
            call.close(by=life.owner)

    def miss(self, life: Life) -> None:
        """Nobody answered: the operator calls back, and promises what the call is about to be told of it."""
        call, due = life.case, self.today + timedelta(days=life.idea.due or 0)
        about = self.told.get(life.idea.about)
        at = datetime.combine(due, time(9), tzinfo=UTC)
        missed = {"responsible": life.owner, "call_outcome": "not held", "attempts": 1, "scheduled_at": at}
        with self.signed(life.owner):
            lock(call)
            call.edit(missed | {"about_id": about and about.id}, by=life.owner)
            if about is not None:
                lock(about)
                kind, what = self.cast.one(ActivityType, "Mail"), f"Tell {life.contact.name} what comes of it"
                Activity.plan(about, kind, what, by=life.owner, due_on=due, user=life.owner)

    def act(self, life: Life, verb: Callable[[Any, User], Any]) -> None:
        """Let whoever has the case do something with it."""
        by = life.case.responsible or life.owner
        with self.signed(by):
            lock(life.case)
            verb(life.case, by)

    def signed(self, by: Acting) -> Any:
        """One change set, that wakes no rule: it is all long past."""
        return change_set("demo", by=by, wakes_rules=False)
