"""The filter as a form: everything that cases can be asked for by, with what is asked for now."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from app.blueprints.views.asked import Asked
from app.blueprints.views.words import FIELD_WORDS, VALUE_WORDS, value_word
from app.domain.case.filter_fields import FIELDS, Choice, Days, Ids, Partners, Whole
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db

FOREMOST = ("q", "responsible", "team", "stage", "state", "deadline", "activity", "tag", "priority")
GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (_("Often"), FOREMOST),
    (_("What"), ("kind", "category", "outcome", "lost_reason", "stale", "won", "archived", "watched")),
    (_("Worth"), ("revenue_from", "revenue_to", "plan")),
    (_("When"), ("deadline_from", "deadline_to", "created_from", "created_to", "closed_from", "closed_to")),
    (_("Whence"), ("channel", "source", "medium", "campaign", "country")),
)


@dataclass(frozen=True)
class Question:
    """One field: how it is written, what can be chosen, what is."""

    name: str
    word: str
    type: str  # choice, day, whole or text
    many: bool = False
    value: str = ""
    choices: list[tuple[str, str, bool]] = field(default_factory=list)


class Questions:
    """All of them, in groups, for a board or for a list."""

    def __init__(self, asked: Asked, *, is_board: bool) -> None:
        self.asked, self.is_board = asked, is_board

    @property
    def action(self) -> str:
        return url_for("pipeline.index" if self.is_board else "cases.index")

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form does not ask about."""
        hidden = {"view", "by", "sort", "partner", "month", "in_team", *(["kind"] if self.is_board else [])}
        return [(name, value) for name, value in self.asked.pairs if name in hidden] + [("all", "1")]

    @cached_property
    def groups(self) -> list[tuple[str, list[Question]]]:
        return [
            (str(title), [self.question(name) for name in names if name != "kind" or not self.is_board])
            for title, names in GROUPS
        ]

    def question(self, name: str) -> Question:
        kind, given = FIELDS[name], self.asked.filter.given.get(name, {})
        value = next(iter(given), "")
        word = str(FIELD_WORDS[name])
        match kind:
            case Days():
                return Question(name, word, "day", value=value)
            case Whole():
                return Question(name, word, "whole", value=value)
            case Choice():
                choices = [(each, value_word(name, each, ""), each in given) for each in kind.clauses]
            case Ids() if not isinstance(kind, Partners):
                words = [*VALUE_WORDS.get(name, ()), *(["none"] if "none" in kind.words else [])]
                choices = [(each, value_word(name, each, ""), each in given) for each in dict.fromkeys(words)]
                choices += [(str(id_), title, str(id_) in given) for id_, title in entries(kind.cls)]
                known = {choice[0] for choice in choices}
                choices += [(each, title, True) for each, title in given.items() if each not in known]
            case _:
                return Question(name, word, "text", value=value)
        return Question(name, word, "choice", kind.many, value, choices)


def entries(cls: Any) -> list[tuple[int, str]]:
    """What stands on a list, in its order."""
    query = sa.select(cls.id, cls.name).where(cls.deleted_at.is_(None))
    if cls is User:
        working = query.where(User.role != "portal", User.deactivated_at.is_(None))
        return [tuple(row) for row in db.session.execute(working.order_by(User.name_folded, User.id))]
    query = query.where(~cls.archived)
    if cls is Stage:
        query = query.order_by(Stage.kind)
    return [tuple(row) for row in db.session.execute(query.order_by(cls.sequence, cls.id))]
