"""Letters that are written again and again: texts with fields, offered where they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.domain import wording
from app.domain.base import Base, Id, link_to
from app.domain.configuration import Configuration, MailTemplateRow
from app.domain.listed import Listed

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.team import Team
    from app.domain.user import User


@dataclass(frozen=True)
class FilledMail:
    """A template told of a case, and the names of the fields that had nothing to say."""

    subject: str
    text: str
    gaps: tuple[str, ...]


class MailTemplate(Listed, Base):
    """A mail to begin from, for cases of one kind and team, or of all."""

    __tablename__ = "mail_templates"
    record_kind = "mail template"

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(sa.String(300), default="")
    text: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str | None] = mapped_column(sa.String(20))
    team_id: Mapped[int | None] = link_to("teams.id")

    team: Mapped[Team | None] = relationship()

    @validates("subject", "text")
    def check_fields(self, _key: str, value: str | None) -> str:
        """What no case can fill is refused when it is saved, and not when it is sent."""
        wording.check(value or "")
        return value or ""

    @classmethod
    def offered_for(cls, case: Case) -> list[MailTemplateRow]:
        """Those that fit this case: its kind, and its team or one above it."""
        teams = case.team.lineage if case.team is not None else []
        return [each for each in Configuration.current().mail_templates if each.fits(case.kind, teams)]

    def filled(self, case: Case, user: User | None = None) -> FilledMail:
        """What it says about this case, in the words of who writes."""
        language = case.language or None
        subject = wording.fill(self.subject, case, user=user, language=language)
        text = wording.fill(self.text, case, user=user, language=language)
        return FilledMail(subject.text, text.text, tuple(dict.fromkeys((*subject.gaps, *text.gaps))))
