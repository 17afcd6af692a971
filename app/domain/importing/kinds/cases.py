"""Opportunities, leads, requests and the rest, wherever they stand."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property

import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.configuration import Configuration, StageRow, TeamRow
from app.domain.importing.fields import Day, Link, Moment, Money, Number, Text, Word, Wrong
from app.domain.importing.kinds.base import REACH, Kind, Row
from app.domain.lists import CurrencyRate
from app.domain.organisation import Organisation
from app.extensions import _, db

# Calls are worked through on lists and have a table of their own.
IMPORTED = ("lead", "opportunity", "meeting", "task", "request", "issue", "bug", "claim")
ENDED = ("done", "cancelled")


class Cases(Kind):
    cls = Case
    fields = {
        "name": Text(longest=300),
        "kind": Word(words=IMPORTED),
        "description": Text(longest=100_000),
        "state": Word(words=("draft", "open", "pending", *ENDED)),
        "outcome": Word(words=("none", "won", "lost")),
        "team": Link("team_id", target="team"),
        "stage": Link("stage_ids", target="stage"),
        "responsible": Link("responsible_id", target="user"),
        "partner": Link("partner_id", target="partner"),
        "contact": Link("contact_id", target="partner"),
        "parent": Link("parent_id", target="case"),
        "tags": Link("tags", target="tag", many=True),
        "category": Link("category_id", target="category"),
        "priority": Number(most=3),
        "company_name": Text(),
        "contact_name": Text(),
        "title": Text(longest=40),
        "function": Text(longest=120),
        "language": Text(longest=10),
        "expected_revenue": Money(),
        "planned_cost": Money(),
        "recurring_revenue": Money(),
        "recurring_plan": Link("recurring_plan_id", target="recurring plan"),
        "currency": Text(longest=3),
        "probability": Number("probability_typed", most=100),
        "lost_reason": Link("lost_reason_id", target="lost reason"),
        "lost_words": Text(longest=10_000),
        "created_at": Moment(),
        "opened_at": Moment(),
        "closed_at": Moment(),
        "scheduled_at": Moment(),
        "scheduled_end_at": Moment(),
        "deadline": Day(),
        "channel": Link("channel_id", target="channel"),
        "source": Link("source_id", target="source"),
        "medium": Link("medium_id", target="medium"),
        "campaign": Link("campaign_id", target="campaign"),
        "referred_by": Text(),
        "state_of_mind": Link("state_of_mind_id", target="state of mind"),
        **REACH,
    }

    def complete(self, row: Row, was: Row | None) -> None:
        """State, outcome, stage and dates that agree, as the verbs would have left them."""
        super().complete(row, was)
        row["kind"] = row.get("kind") or "opportunity"
        self.choose_team(row)
        self.choose_stage(row, was)
        self.settle_state(row, was)
        self.settle_dates(row, was)

    def choose_team(self, row: Row) -> None:
        """Where it says; else that of the person responsible."""
        if row.get("team_id") is None:
            theirs = self.teams_of[row.get("responsible_id")]
            row["team_id"] = next((team.id for team in theirs if row["kind"] in team.kinds), None)
        elif (team := self.teams.get(row["team_id"])) is not None and row["kind"] not in team.kinds:
            raise Wrong(_("its team does not take cases of this kind"))

    def choose_stage(self, row: Row, was: Row | None) -> None:
        """The one named, among those of its team; a won stage says that it is won."""
        named = row.pop("stage_ids", None)
        mine = self.stages_for(row.get("team_id"), row["kind"])
        if named is not None:
            stage = next((stage for stage in mine if stage.id in named), None)
            if stage is None:
                raise Wrong(_("its stage is none of its team's"))
            row["stage_id"] = stage.id
            if stage.is_won:
                row["outcome"] = "won"
            elif was is not None and row["outcome"] == was["outcome"] == "won":
                row["outcome"] = "none"  # out of a won stage it is taken up again
        row["outcome"] = row.get("outcome") or "none"
        at = next((stage for stage in mine if stage.id == row.get("stage_id")), None)
        is_won = row["outcome"] == "won"
        if at is not None and (at.is_won == is_won or (is_won and not any(each.is_won for each in mine))):
            return
        if row["outcome"] == "lost" and (at is not None or was is None):
            row["stage_id"] = at.id if at is not None and not at.is_won else None
            return
        fitting = (stage for stage in mine if stage.is_won == is_won and (is_won or not stage.is_folded))
        row["stage_id"] = next((stage.id for stage in fitting), None)

    def settle_state(self, row: Row, was: Row | None) -> None:
        """Won and lost are done; what has been taken up is open; what an import only hands in is a draft."""
        state, ended = row.get("state"), row["outcome"] != "none"
        if ended:
            state = "done"
        elif was is not None and was["outcome"] != "none" and state == "done":
            state = "open"  # it is neither won nor lost any more
        elif state is None or (was is not None and was["state"] == state == "draft"):
            state = "open" if row.get("opened_at") is not None else "draft"
        row["state"] = state
        if row["outcome"] != "lost":
            row["lost_reason_id"] = row["lost_words"] = None

    def settle_dates(self, row: Row, was: Row | None) -> None:
        now = self.now
        is_closed = row["state"] in ENDED
        if not is_closed and row.get("closed_at") is not None:
            if was is None or was["closed_at"] is None:
                raise Wrong(_("it has a date of closing, but is not closed: is that its deadline?"))
            row["closed_at"] = None
        if is_closed:
            row["closed_at"] = row.get("closed_at") or now
        if row["state"] == "open":
            row["opened_at"] = row.get("opened_at") or now
        if row.get("opened_at") and row.get("closed_at") and row["closed_at"] < row["opened_at"]:
            raise Wrong(_("it was closed before it was opened"))
        row["closing_rate"] = self.rate(row) if is_closed else None
        if was is None:
            row["created_at"] = row.get("created_at") or row.get("opened_at") or now
            begun = row.get("opened_at") or row["created_at"]
        else:
            begun = now
        if row.get("responsible_id") != (was or {}).get("responsible_id"):
            row["assigned_at"] = begun if row.get("responsible_id") is not None else None
        if row.get("stage_id") != (was or {}).get("stage_id"):
            row["stage_changed_at"] = row["closed_at"] if row["outcome"] == "won" else begun
        words = (row.get("date_only") or "").split()
        row["date_only"] = " ".join(name for name in words if row.get(name) is not None)

    def rate(self, row: Row) -> Decimal | None:
        """What one unit of its currency was worth in ours on the day it closed."""
        currency = row.get("currency") or self.currency
        if currency == self.currency:
            return Decimal(1)
        days, rates = self.rates[currency]
        place = bisect_right(days, self.organisation.day_of(row["closed_at"]))
        return rates[place - 1] if place else None

    @cached_property
    def stages_for(self) -> Callable[[int | None, str], list[StageRow]]:
        """Those in use that one team has for cases of one kind."""
        return cache(Configuration.current().stages_of)

    @cached_property
    def now(self) -> datetime:
        """One instant for all of the batch, which is written down once."""
        return clock.now()

    @cached_property
    def organisation(self) -> Organisation:
        return Organisation.current()

    @cached_property
    def teams(self) -> dict[int, TeamRow]:
        return Configuration.current().teams

    @cached_property
    def teams_of(self) -> defaultdict[int | None, list[TeamRow]]:
        """The teams that everybody is in; else those that they lead."""
        found: defaultdict[int | None, list[TeamRow]] = defaultdict(list)
        living = [team for team in self.teams.values() if team.in_use]
        for team in living:
            for user_id in team.members:
                found[user_id].append(team)
        for team in living:
            if team.leader_id is not None:
                found[team.leader_id].append(team)
        return found

    @cached_property
    def rates(self) -> defaultdict[str, tuple[list[date], list[Decimal]]]:
        found: defaultdict[str, tuple[list[date], list[Decimal]]] = defaultdict(lambda: ([], []))
        query = sa.select(CurrencyRate.currency_code, CurrencyRate.valid_from, CurrencyRate.rate)
        for code, day, rate in db.session.execute(query.order_by(CurrencyRate.valid_from)):
            found[code][0].append(day)
            found[code][1].append(rate)
        return found
