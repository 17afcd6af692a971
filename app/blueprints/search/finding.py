"""What a few typed letters may mean, among what a person may know of."""

import re
from functools import cached_property

import sqlalchemy as sa
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload

from app.domain.case import Case
from app.domain.finding import found_by_name
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
        known = Partner.visible_to(self.user).with_only_columns(Partner.id)
        theirs = known.where(Partner.name_folded.contains(self.folded, autoescape=True))
        query = query.where(
            sa.or_(Case.name_folded.contains(self.folded, autoescape=True), Case.partner_id.in_(theirs)),
            ~Case.archived,
        )
        nearest = sa.case(
            (Case.name_folded.startswith(self.folded, autoescape=True), 0),
            (Case.name_folded.contains(self.folded, autoescape=True), 1),
            else_=2,
        )
        return list(
            db.session.scalars(query.order_by(nearest, Case.is_closed, Case.id.desc()).limit(self.limit))
        )

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
