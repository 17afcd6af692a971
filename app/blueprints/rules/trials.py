"""What a rule would do, in words; a few cases at a time, so that nobody waits long for their locks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.blueprints.history.words import FIELDS, field_word, value_words
from app.blueprints.rules.saying import names_in
from app.domain.case import Case
from app.domain.rules import Working
from app.domain.rules.sending import Letter
from app.domain.rules.trying import Trial, try_on
from app.domain.rules.words import PRIORITY_WORDS
from app.extensions import db
from app.web import me

MOST_TRIED = 50
AT_ONCE = 10


@dataclass
class Tried:
    """What would become of one case."""

    trial: Trial
    currency: str | None

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Fields that people know, with what they are and would be."""
        return [
            (field_word(name.partition(":")[0]), self.words(name, old), self.words(name, new))
            for name, old, new in self.trial.changes
            if name.partition(":")[0] in FIELDS
        ]

    def words(self, name: str, value: Any) -> str:
        if name == "priority":
            return str(PRIORITY_WORDS[value])
        known = names_in(name.partition(":")[0])
        return value_words(
            name.partition(":")[0],
            value,
            currency=self.currency,
            names=lambda id_: known.get(id_) or f"#{id_}",
        )

    @property
    def letters(self) -> list[Letter]:
        return self.trial.letters

    @property
    def does_nothing(self) -> bool:
        return not (self.trial.lines or self.trial.calls or self.trial.error) and self.trial.is_for


def tried(rule: Working, ids: list[int]) -> list[Tried]:
    """Try it on these cases, of which the reader may know; nothing is kept."""
    found: list[Tried] = []
    for start in range(0, len(ids), AT_ONCE):
        query = Case.visible_to(me()).where(Case.id.in_(ids[start : start + AT_ONCE])).order_by(Case.id)
        found += [Tried(try_on(rule, case), case.currency) for case in db.session.scalars(query)]
        db.session.rollback()
    return found
