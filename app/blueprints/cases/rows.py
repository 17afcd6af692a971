"""Cases as lines of a list: read as plain values, and drawn once for as long as they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import get_template_attribute, request
from flask_babel import get_locale
from markupsafe import Markup

from app.domain.asking import Among, ask
from app.domain.board.cards import Named, known_partners
from app.domain.case import Case
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.user import User
from app.i18n import local_today, writing
from app.web import me


class Row(NamedTuple):
    """What a line says of its case; two that say the same are the same."""

    id: int
    kind: str
    name: str
    who: str
    expected_revenue: int | None
    currency: str | None
    state: str
    outcome: str
    stage: str | None
    deadline: date | None
    next_activity_on: date | None
    user_id: int | None
    user: str

    @property
    def is_closed(self) -> bool:
        return self.state in {"done", "cancelled"}

    @property
    def responsible(self) -> Named | None:
        return Named(self.user_id, self.user) if self.user_id else None


@dataclass(frozen=True)
class Look:
    """What makes the same line look another way: who reads it where and when, and where its links lead."""

    language: str
    writing: str
    today: date
    root: str


@lru_cache(maxsize=4096)
def drawn(row: Row, look: Look) -> Markup:
    """A case as it stands in its list. Most were drawn a moment ago and say what they said then."""
    line: Markup = get_template_attribute("cases/_row.html", "case_row")(row, look.today)
    return line


def lines(rows: Sequence[Row]) -> list[Markup]:
    """These cases, ready to print."""
    look = Look(str(get_locale()), str(writing()), local_today(), request.script_root)
    return [drawn(row, look) for row in rows]


def rows_of(ids: Sequence[int]) -> list[Row]:
    """These cases as lines, in their order, in one statement; those that are gone are left out."""
    reader = me()
    question = reader.question("rows", lambda: written_in_rows(reader))
    found = {row[0]: Row._make(row) for row in ask(question, ids=ids)}
    return [found[case_id] for case_id in ids if case_id in found]


def written_in_rows(reader: User) -> sa.Select[*tuple[Any, ...]]:
    """What is written in a line; partners that the reader may not know of have no name."""
    names = (Partner.name, Case.company_name, Case.contact_name, Case.email)
    who = sa.func.coalesce(*(sa.func.nullif(name, "") for name in names), "")
    return (
        sa.select(
            Case.id, Case.kind, Case.name, who, Case.expected_revenue, Case.currency, Case.state, Case.outcome,
            Stage.name, Case.deadline, Case.next_activity_on, User.id, User.name,
        )
        .select_from(Case)
        .outerjoin(Partner, sa.and_(Partner.id == Case.partner_id, *known_partners(reader)))
        .outerjoin(Stage, Stage.id == Case.stage_id)
        .outerjoin(User, User.id == Case.responsible_id)
        .where(Among(Case.id, "ids"))
    )  # fmt: skip
