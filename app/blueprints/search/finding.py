"""What a few typed letters may mean, among what a person may know of."""

import re
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload

from app.domain.case import Case
from app.domain.finding import INSIDE_FROM, NEWEST, beginning, begins, found_by_name, holding, holds, ids_of
from app.domain.partner import Partner
from app.domain.text import clean, fold
from app.domain.user import User
from app.extensions import db

LONGEST = 100


class Finding:
    """Partners and cases whose names hold what was typed, those that begin with it first."""

    def __init__(self, typed: str, user: User, limit: int) -> None:
        self.typed = clean(typed).strip()[:LONGEST]
        self.user, self.limit = user, limit

    @property
    def number(self) -> int | None:
        """The case that was asked for by its number: #4182."""
        match = re.fullmatch(r"#(\d{1,15})", self.typed)
        return int(match[1]) if match else None

    @cached_property
    def cases(self) -> list[Case]:
        query = Case.visible_to(self.user).options(joinedload(Case.partner), joinedload(Case.stage))
        if self.number is not None:
            return list(db.session.scalars(query.where(Case.id == self.number)))
        if not self.folded:
            recent = query.where(Case.responsible_id == self.user.id, ~Case.is_closed, ~Case.archived)
            return list(
                db.session.scalars(recent.order_by(Case.updated_at.desc(), Case.id.desc()).limit(self.limit))
            )
        return list(
            db.session.scalars(
                query.where(Case.id.in_(self.likely)).order_by(*self.nearest).limit(self.limit)
            )
        )

    @property
    def likely(self) -> Any:
        """The ids of cases whose names begin with it or hold it, and of those of such partners; of many, the newest."""
        seen = Case.visible_to(self.user).where(~Case.archived)
        known = Partner.visible_to(self.user)
        queries = [beginning(seen, Case, self.folded, NEWEST)]
        theirs = [beginning(known, Partner, self.folded, NEWEST)]
        if len(self.folded) >= INSIDE_FROM:
            queries.append(holding(seen, Case, self.folded, NEWEST))
            theirs.append(holding(known, Partner, self.folded, NEWEST))
        of_them = seen.where(Case.partner_id.in_(sa.union(*(ids_of(query, Partner) for query in theirs))))
        # Put so that no index gives the order: PostgreSQL would read all cases from the newest on.
        queries.append(of_them.order_by((Case.id + 0).desc()).limit(NEWEST))
        return sa.union_all(*(ids_of(query, Case) for query in queries))

    @property
    def nearest(self) -> tuple[Any, ...]:
        """Names that begin with it first, then those that hold it; open ones first, then the newest."""
        inside = holds(Case.name_folded, self.folded)
        near = sa.case((begins(Case, self.folded), 0), (inside, 1), else_=2)
        return near, Case.is_closed, Case.id.desc()

    @cached_property
    def partners(self) -> list[Partner]:
        if not self.folded or self.number is not None:
            return []
        query = Partner.visible_to(self.user).where(~Partner.archived).options(joinedload(Partner.company))
        return found_by_name(query, Partner, self.typed, self.limit)

    @property
    def folded(self) -> str:
        return fold(self.typed)

    @property
    def is_empty(self) -> bool:
        return not self.cases and not self.partners


def marked(text: str | None, typed: str) -> Markup:
    """The text with what was typed marked in it, whatever its case and accents."""
    text, wanted = text or "", fold(typed)
    if not wanted:
        return escape(text)
    folded, origins = "", []
    for place, sign in enumerate(text):
        plain = " " if sign.isspace() else fold(sign)
        if plain == " " and folded.endswith(" "):
            continue
        folded += plain
        origins += [place] * len(plain)
    start = folded.find(wanted)
    if start < 0:
        return escape(text)
    begin, end = origins[start], origins[start + len(wanted) - 1] + 1
    return Markup("{}<mark>{}</mark>{}").format(text[:begin], text[begin:end], text[end:])
