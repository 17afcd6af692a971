"""Finding records by a part of their name, however it is written."""

from typing import Any

import sqlalchemy as sa

from app.domain.text import fold
from app.extensions import db

# Fewer letters stand inside of too many names.
INSIDE_FROM = 3
BEFORE_WORDS = " -(/"
LAST = "\U0010ffff"


def found_by_name(query: sa.Select[Any], cls: Any, typed: str, limit: int) -> list[Any]:
    """Those of the query whose names begin with what was typed, then those with a word that does, then any part.

    Beginnings are read from the index of names; only if they are too few is more looked at.
    """
    wanted, name = fold(typed), cls.name_folded
    if not wanted:
        return []
    begins = sa.and_(name >= wanted, name < wanted + LAST)
    by_name = query.order_by(name, cls.id)
    found = list(db.session.scalars(by_name.where(begins).limit(limit)))
    if len(found) < limit:
        word = sa.or_(*(name.contains(sign + wanted, autoescape=True) for sign in BEFORE_WORDS))
        inside = name.contains(wanted, autoescape=True) if len(wanted) >= INSIDE_FROM else word
        rest = query.where(inside, ~begins).order_by(sa.case((word, 0), else_=1), name, cls.id)
        found += db.session.scalars(rest.limit(limit - len(found)))
    return found
