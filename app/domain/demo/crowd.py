"""The mass of cases behind the lively ones, for those who want to see Holdfast with a million.

Each has its making and on average one more line of history; four in five are open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from app import clock
from app.domain.activity import Activity
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.demo import names
from app.domain.demo.cast import SINCE, Cast
from app.domain.demo.partners import company, person
from app.domain.demo.script import STEPS, TALKS, worth
from app.domain.history import Change, Event, write_many
from app.domain.history.bulk import unindexed
from app.domain.lists import ActivityType, Category, Channel, LostReason, Source, Tag
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.extensions import db

BATCH = 10_000
OPEN = 0.8
# Each as often as it is to come up.
KINDS = ("opportunity",) * 42 + ("lead",) * 4 + ("request",) * 2 + ("claim", "task")
WORKING_HOURS = range(7 * 60, 16 * 60)
STAGES = ("New",) * 4 + ("Qualified",) * 4 + ("Site visit",) * 3 + ("Proposal",) * 3 + ("Negotiation",) * 2
Row = dict[str, Any]


class Crowd:
    """Cases by the batch, the oldest first."""

    def __init__(self, cast: Cast, luck: Random) -> None:
        self.cast, self.luck = cast, luck
        self.today = clock.today()
        self.stages = {stage.name: stage.id for stage in cast.lists[Stage].values()}
        self.midnight = datetime.combine(self.today, time(), tzinfo=UTC)
        self.sellers = [
            (user.id, team.id) for team in cast.selling for user in team.members if user in cast.sellers
        ]
        self.helpers = [(user.id, team.id) for team in cast.helping for user in team.members]

    def work(self, number: int) -> None:
        """Make so many cases, with their companies and people, and commit each batch."""
        self.made = write_many("demo", by=SYSTEM)
        self.told = {user.id: write_many("demo", by=user) for user in self.cast.staff}
        db.session.commit()
        with unindexed(Case, Partner, Activity, Event, Change) if number >= BATCH else nullcontext():
            for first in range(0, number, BATCH):
                self.batch(first, min(BATCH, number - first), number)
                db.session.commit()

    def batch(self, first: int, size: int, number: int) -> None:
        contacts = self.meet(max(size // 16, 1), self.instant(first / number))
        rows = [
            self.case(self.instant(n / number), n / number, self.pick(contacts))
            for n in range(first, first + size)
        ]
        self.made.make(Case, rows, when="created_at")
        self.made.make(Activity, list(self.activities(rows)), action="planned", when="created_at")
        self.talk(rows)

    def pick(self, among: Sequence[Any]) -> Any:
        """One of these: `Random.choice` without its scruples, which cost a million cases half a minute."""
        return among[int(self.luck.random() * len(among))]

    def instant(self, share: float) -> datetime:
        """When so much of our time had gone by, in working hours."""
        days = int(SINCE.days * share)
        minute = self.pick(WORKING_HOURS)
        return self.midnight - SINCE + timedelta(days=days, minutes=minute)

    def meet(self, number: int, at: datetime) -> list[tuple[Row, Row]]:
        """New companies, each with somebody to talk to."""
        lands = [self.pick(names.LANDS) for _ in range(number)]
        towns = [" ".join(self.pick(land.towns)) for land in lands]
        companies = [
            company(self.cast, self.luck, land, town, land.company(self.luck)) | {"created_at": at}
            for land, town in zip(lands, towns, strict=True)
        ]
        self.made.make(Partner, companies, when="created_at")
        people = [
            person(self.luck, land, town, land.person(self.luck), row) | {"created_at": at}
            for land, town, row in zip(lands, towns, companies, strict=True)
        ]
        self.made.make(Partner, people, when="created_at")
        return list(zip(companies, people, strict=True))

    def case(self, at: datetime, share: float, who: tuple[Row, Row]) -> Row:
        luck, (company_, contact) = self.luck, who
        kind = self.pick(KINDS)
        user_id, team_id = self.pick(self.helpers if kind in {"request", "claim"} else self.sellers)
        row = {
            "kind": kind,
            "name": names.trouble(luck) if kind in {"request", "claim"} else names.matter(luck),
            "team_id": team_id,
            "responsible_id": user_id if luck.random() > 0.04 else None,
            "partner_id": company_["id"],
            "contact_id": contact["id"],
            "company_name": company_["name"],
            "contact_name": contact["name"],
            "email": contact["email"],
            "phone": contact["phone"],
            "city": company_["city"],
            "country_id": company_["country_id"],
            "priority": self.pick((0, 0, 0, 0, 1, 1, 2, 3)),
            "channel_id": self.pick(self.cast.ids(Channel)),
            "source_id": self.pick(self.cast.ids(Source)),
            "state": "open",
            "created_at": at,
            "opened_at": at,
            "stage_changed_at": at,
            "assigned_at": at,
            "deadline": self.today + timedelta(days=self.pick(range(-20, 181))),
        }
        if luck.random() < 0.3:
            row["tags"] = [self.pick(self.cast.ids(Tag))]
        if kind == "opportunity":
            self.price(row)
        # The longer ago, the more of them have ended.
        closed_at = at + timedelta(days=self.pick(range(3, 61)))
        if luck.random() > 2 * OPEN - 1 + (2 - 2 * OPEN) * share and closed_at < self.midnight:
            self.end(row, closed_at)
        elif luck.random() < 0.3:
            row["next_activity_on"] = self.today + timedelta(days=self.pick(range(-10, 31)))
        row["last_contact_at"] = (
            at + timedelta(minutes=self.pick(range(5, 51))) if luck.random() < 0.7 else None
        )
        return row

    def price(self, row: Row) -> None:
        row["expected_revenue"], row["currency"] = worth(self.luck) * 100, "EUR"
        row["stage_id"] = self.stages[self.pick(STAGES)]
        row["category_id"] = self.pick(self.cast.ids(Category)[:4])

    def end(self, row: Row, closed_at: datetime) -> None:
        """Won, lost or simply done."""
        row |= {"state": "done", "closed_at": closed_at, "deadline": closed_at.date()}
        if row["kind"] != "opportunity":
            return
        row["closing_rate"] = Decimal(1)
        if self.luck.random() < 0.6:
            row |= {"outcome": "won", "stage_id": self.stages["Won"], "stage_changed_at": closed_at}
        else:
            row |= {"outcome": "lost", "lost_reason_id": self.pick(self.cast.ids(LostReason))}

    def activities(self, rows: list[Row]) -> Iterator[Row]:
        kinds = [(self.cast.one(ActivityType, name).id, whats) for name, whats in STEPS.items()]
        for row in rows:
            if "next_activity_on" in row:
                type_id, whats = self.pick(kinds)
                yield {
                    "type_id": type_id,
                    "what": self.pick(whats).format(name=row["contact_name"].split()[0]),
                    "due_on": row["next_activity_on"],
                    "user_id": row["responsible_id"],
                    "case_id": row["id"],
                    "created_at": row["created_at"],
                }

    def talk(self, rows: list[Row]) -> None:
        """A word was exchanged on seven in ten, by whoever is responsible."""
        lines: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            if row["last_contact_at"] is not None and row["responsible_id"] is not None:
                lines[row["responsible_id"]].append(
                    {
                        "case_id": row["id"],
                        "team_id": row["team_id"],
                        "action": "communicated",
                        "at": row["last_contact_at"],
                        "body": self.pick(TALKS).format(name=row["contact_name"].split()[0]),
                    }
                )
        for user_id, told in lines.items():
            self.told[user_id].tell(told)
