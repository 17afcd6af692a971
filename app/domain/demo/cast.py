"""Who works at Lindqvist Instruments, in which teams, and with which lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa

from app import clock
from app.domain.activity_plan import ActivityPlan, PlanStep
from app.domain.actor import SYSTEM
from app.domain.call import CallList
from app.domain.demo import names
from app.domain.history import act, lock
from app.domain.lists import (
    ActivityType,
    Campaign,
    Category,
    Channel,
    Country,
    CurrencyRate,
    LostReason,
    PartnerTag,
    Product,
    Region,
    Source,
    StateOfMind,
    Tag,
)
from app.domain.mail_template import MailTemplate
from app.domain.organisation import Organisation
from app.domain.password import hasher
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db

PASSWORD = "demo"  # noqa: S105  (everybody may know it)
ACCOUNTS = {
    "admin@demo.example": ("Astrid Lindqvist", "administrator"),
    "manager@demo.example": ("Marc Devaux", "manager"),
    "sales@demo.example": ("Nora Lindahl", "salesperson"),
    "operator@demo.example": ("Olga Petrenko", "operator"),
    "portal@demo.example": ("Ines Carvalho", "portal"),
}
COLLEAGUES = {
    "Otto Brandt": "salesperson",
    "Priya Nair": "salesperson",
    "Tomasz Wrona": "salesperson",
    "Hanna Koskinen": "salesperson",
    "Ingrid Solberg": "manager",
    "Felix Arnold": "salesperson",
    "Birgit Sommer": "manager",
    "Jens Krogh": "salesperson",
    "Seraina Caflisch": "salesperson",
    "Rui Antunes": "salesperson",
    "Mika Aho": "operator",
}
# Team, its parent, leader, who answers, members, kinds of cases.
TEAMS = [
    (
        "Head office", None, "Marc Devaux", None, ["Marc Devaux"],
        ["opportunity", "lead", "call", "task", "request", "issue", "bug", "claim"],
    ),
    ("Sales", "Head office", "Marc Devaux", None, [], ["opportunity", "lead", "call", "task"]),
    (
        "Process sales", "Sales", "Marc Devaux", "Nora Lindahl",
        ["Nora Lindahl", "Otto Brandt", "Priya Nair", "Tomasz Wrona", "Hanna Koskinen"],
        ["opportunity", "lead", "call", "task"],
    ),
    (
        "Nordics", "Sales", "Ingrid Solberg", "Hanna Koskinen",
        ["Ingrid Solberg", "Hanna Koskinen", "Jens Krogh"], ["opportunity", "lead"],
    ),
    ("Resellers", "Sales", "Marc Devaux", "Rui Antunes", ["Rui Antunes", "Felix Arnold"], ["opportunity", "lead"]),
    (
        "Support", "Head office", "Birgit Sommer", "Otto Brandt",
        ["Otto Brandt", "Seraina Caflisch", "Jens Krogh"], ["request", "issue", "bug", "claim", "task"],
    ),
    ("Field service", "Support", "Birgit Sommer", "Jens Krogh", ["Jens Krogh"], ["request", "claim", "task"]),
]  # fmt: skip
CATEGORIES = {"New plant": 20, "Retrofit": 35, "Service contract": 60, "Spare parts": 70}
TAGS = ["Retrofit", "Tender", "Key account", "Framework", "Pilot", "Safety", "Greenhouse", "Aquaculture"]
TRADES = {
    "Water": ["Supply", "Waste water"],
    "Food": ["Brewery", "Dairy", "Bakery"],
    "Energy": ["District heat", "Steam"],
}
PRODUCTS = [
    ("MF-200", "Flow meter MF-200", 184_000),
    ("MF-300", "Flow meter MF-300, hygienic", 262_000),
    ("LR-80", "Level radar LR-80", 149_000),
    ("PH-12", "pH probe PH-12", 38_500),
    ("GD-4", "Gas detector GD-4", 97_000),
    ("CAL-1", "Calibration on site, a day", 39_000),
    ("SVC-Y", "Service agreement, a year", 420_000),
]
# Name, kind of case, subject, text.
TEMPLATES: list[tuple[str, str | None, str, str]] = [
    (
        "Thanks for the request",
        None,
        "We have your request: {{ case.name }}",
        """Hello {{ contact.name | there }},

thank you for writing to us. {{ responsible.name | One of us }} looks after it and will be in touch.

Kind regards
{{ user.name | Your team }}, {{ organisation.name }}""",
    ),
    (
        "Quotation follow-up",
        "opportunity",
        "Our quotation: {{ case.name }}",
        """Hello {{ contact.name | there }},

have you had time to look at our quotation of {{ case.expected_revenue }}? We hold the price until
{{ case.deadline }}, and I am glad to answer anything.

Kind regards
{{ user.name | Your team }}, {{ organisation.name }}""",
    ),
    (
        "Reminder",
        None,
        "{{ case.name }}",
        """Hello {{ contact.name | there }},

we have not heard from you about {{ case.name }} and would like to go on with it. Is there anything that
you still need from us?

Kind regards
{{ user.name | Your team }}, {{ organisation.name }}""",
    ),
]
RATES = {"USD": Decimal("0.92"), "GBP": Decimal("1.17"), "SEK": Decimal("0.088"), "DKK": Decimal("0.1341")}
STALE = {"New": 7, "Qualified": 14, "Site visit": 14, "Proposal": 10, "Negotiation": 10}
LISTS: tuple[Any, ...] = (
    ActivityType, Campaign, Category, Channel, Country, LostReason, Product, Source, Stage, StateOfMind, Tag,
)  # fmt: skip
SINCE = timedelta(days=730)
AFTER_A_FAIR = (
    ("Send what was promised", "Mail", 1, "responsible"),
    ("Ask what they think of it", "Call", 5, "responsible"),
    ("Look over what came of it", "To-do", 21, "leader"),
)


@dataclass
class Cast:
    """The people, teams and lists that the cases are told with."""

    users: dict[str, User]
    teams: dict[str, Team]
    lists: dict[Any, dict[str, Any]]
    call_list: CallList
    extras: list[User] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.of_list = {
            list_: [each.id for each in entries.values()] for list_, entries in self.lists.items()
        }
        self.seller_ids = [user.id for user in self.sellers]
        self.codes = {country.code: country.id for country in self.lists[Country].values()}

    @classmethod
    def gather(cls, luck: Random, *, colleagues: int) -> Cast:
        """Hire everybody, two years ago; in a large organisation `colleagues` more sell."""
        with clock.stopped_at(morning(clock.today() - SINCE)):
            found_organisation()
            users = hire()
            extras = hire_more(luck, colleagues)
            teams = build_teams(users, extras)
            make_lists(teams)
            call_list = CallList(
                name="Autumn service check",
                team_id=teams["Process sales"].id,
                operators=[users["Olga Petrenko"]],
            )
            add(call_list)
        lists: dict[Any, dict[str, Any]] = {
            list_: {each.name: each for each in db.session.scalars(sa.select(list_).order_by(list_.id))}
            for list_ in LISTS
        }
        return cls(users, teams, lists, call_list, extras)

    @property
    def staff(self) -> list[User]:
        return [*self.users.values(), *self.extras]

    @property
    def sellers(self) -> list[User]:
        return [user for user in self.staff if user.role == "salesperson"]

    @property
    def selling(self) -> list[Team]:
        return [self.teams[name] for name in ("Process sales", "Nordics", "Resellers")]

    @property
    def helping(self) -> list[Team]:
        return [self.teams[name] for name in ("Support", "Field service")]

    def ids(self, list_: type) -> list[int]:
        return self.of_list[list_]

    def one(self, list_: type, name: str) -> Any:
        """An entry of a list, by its name."""
        return self.lists[list_][name]


def add(*records: Any) -> None:
    with act("created", *records, by=SYSTEM):
        pass


def morning(day: date) -> datetime:
    return datetime.combine(day, time(7, 30), tzinfo=UTC)


def found_organisation() -> None:
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit(
        {
            "name": "Lindqvist Instruments",
            "country": "DE",
            "zone": "Europe/Berlin",
            "mail_from": "office@lindqvist.example",
            "is_demo": True,
        },
        by=SYSTEM,
    )


def hire() -> dict[str, User]:
    """Everybody has the same short password, so it is hashed once."""
    secret = hasher.hash(PASSWORD)
    people = [(name, email, role) for email, (name, role) in ACCOUNTS.items()]
    people += [(name, f"{name.split()[0].lower()}@demo.example", role) for name, role in COLLEAGUES.items()]
    users = [User(name=name, email=email, role=role, password_hash=secret) for name, email, role in people]
    add(*users)
    return {user.name: user for user in users}


def hire_more(luck: Random, number: int) -> list[User]:
    people = [luck.choice(names.LANDS).person(luck) for _ in range(number)]
    users = [
        User(name=name, email=f"{n}@demo.example", role="salesperson") for n, name in enumerate(people, 1)
    ]
    if users:
        add(*users)
    return users


def build_teams(users: dict[str, User], extras: list[User]) -> dict[str, Team]:
    teams: dict[str, Team] = {}
    for n, (name, parent, leader, answers, members, kinds) in enumerate(TEAMS, 1):
        teams[name] = Team(
            name=name,
            code="".join(word[0] for word in name.split()).upper() + str(n),
            sequence=n,
            parent=teams.get(parent or ""),
            leader=users[leader],
            default_responsible=users.get(answers or ""),
            members=[users[member] for member in members],
            kinds=kinds,
            shared_kinds=["request", "claim"] if "claim" in kinds else [],
            reply_to=f"{name.split(maxsplit=1)[0].lower()}@lindqvist.example",
            alias=name.lower().replace(" ", "-"),
            invoicing_target=18_000_000 if name == "Process sales" else None,
        )
        if name == "Process sales":
            teams[name].members += extras
        add(teams[name])
    return teams


def make_lists(teams: dict[str, Team]) -> None:
    make_room_for_site_visits()
    add(*(Tag(name=name, sequence=n) for n, name in enumerate(TAGS, 1)))
    add(*(Category(name=name, probability=value) for name, value in CATEGORIES.items()))
    add(*(Category(name=name, team_id=teams["Support"].id) for name in ("Warranty", "Question")))
    for trade, parts in TRADES.items():
        parent = PartnerTag(name=trade)
        add(parent, *(PartnerTag(name=part, parent=parent) for part in parts))
    add(*(Product(code=code, name=name, price=price, currency="EUR") for code, name, price in PRODUCTS))
    make_plans()
    add(
        *(
            MailTemplate(name=name, kind=kind, subject=subject, text=text, sequence=n)
            for n, (name, kind, subject, text) in enumerate(TEMPLATES, 1)
        )
    )
    today = clock.now().date()
    add(
        Campaign(name="Brew & Bottle", starts_on=today + SINCE - timedelta(days=120)),
        Campaign(name="Autumn service check", starts_on=today + SINCE - timedelta(days=30)),
        Region(name="Northern Germany"),
        Region(name="Benelux"),
        Region(name="Scandinavia"),
    )
    # A little dearer or cheaper each quarter, as currencies are.
    add(
        *(
            CurrencyRate(
                currency_code=code,
                valid_from=today - timedelta(days=1) + timedelta(days=91 * quarter),
                rate=(rate * (100 + (quarter * 7) % 5 - 2) / 100).quantize(Decimal("0.0001")),
            )
            for code, rate in RATES.items()
            for quarter in range(9)
        )
    )


def make_plans() -> None:
    """What commonly follows a step, and what follows a fair."""
    types = {each.name: each for each in db.session.scalars(sa.select(ActivityType))}
    lock(*types.values())
    types["Call"].edit({"next_type_id": types["Mail"].id}, by=SYSTEM)
    types["Meeting"].edit({"next_type_id": types["To-do"].id}, by=SYSTEM)
    plan = ActivityPlan.make(by=SYSTEM, name="After a fair")
    for name, kind, days, who in AFTER_A_FAIR:
        PlanStep.make(by=SYSTEM, name=name, plan_id=plan.id, type_id=types[kind].id, days=days, who=who)


def make_room_for_site_visits() -> None:
    """One more stage than Holdfast comes with, and after how many days each goes stale."""
    stages = list(
        db.session.scalars(sa.select(Stage).where(Stage.kind == "opportunity").order_by(Stage.sequence))
    )
    lock(*stages)
    for stage in stages:
        shift = 1 if stage.sequence >= 3 else 0
        stage.edit({"sequence": stage.sequence + shift, "stale_days": STALE.get(stage.name)}, by=SYSTEM)
    add(Stage(name="Site visit", kind="opportunity", sequence=3, probability=40, stale_days=14))
