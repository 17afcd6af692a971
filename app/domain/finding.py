"""Finding records by a part of their name, however it is written."""

import re
from typing import Any

import sqlalchemy as sa

from app.domain.text import clean, fold
from app.extensions import db

# Fewer letters stand inside of too many names, and make no trigram.
INSIDE_FROM = 3
BEFORE_WORDS = " -(/"
LAST = "\U0010ffff"
# Of names that hold a common word, the newest are looked at.
NEWEST = 100


def found_by_name(query: sa.Select[Any], cls: Any, typed: str, limit: int) -> list[Any]:
    """Those of the query whose names begin with what was typed, then those with a word that does, then any part.

    Beginnings are read from the index of names; only if they are too few is more looked at.
    """
    wanted, name = fold(typed), cls.name_folded
    if not wanted:
        return []
    found = list(db.session.scalars(beginning(query, cls, wanted, limit)))
    if len(found) < limit:
        word = sa.or_(*(holds(name, sign + wanted) for sign in BEFORE_WORDS))
        if len(wanted) >= INSIDE_FROM:
            rest = query.where(cls.id.in_(ids_of(holding(query, cls, wanted, NEWEST), cls)))
        else:
            rest = query.where(word)
        rest = rest.where(~begins(cls, wanted)).order_by(sa.case((word, 0), else_=1), name, cls.id)
        found += db.session.scalars(rest.limit(limit - len(found)))
    return found


def holds(folded: sa.SQLColumnExpression[str], wanted: str) -> sa.ColumnElement[bool]:
    """Does the folded text hold this anywhere?

    The pattern stands in the statement itself, which is therefore planned by its letters: a plan of
    PostgreSQL's for whatever pattern may come takes it for a common one and reads all there is. So an error in
    the log names what was looked for.
    """
    pattern = "%" + re.sub(r"([/%_])", r"/\1", clean(wanted)) + "%"
    return folded.like(sa.bindparam(None, pattern, literal_execute=True), escape="/")


def begins(cls: Any, wanted: str) -> sa.ColumnElement[bool]:
    """Does the name begin like this? Read from the index of names."""
    return sa.and_(cls.name_folded >= wanted, cls.name_folded < wanted + LAST)


def beginning(query: sa.Select[Any], cls: Any, wanted: str, limit: int) -> sa.Select[Any]:
    """Those whose names begin like this, by name."""
    return query.where(begins(cls, wanted)).order_by(cls.name_folded, cls.id).limit(limit)


def holding(query: sa.Select[Any], cls: Any, wanted: str, limit: int) -> sa.Select[Any]:
    """The newest of those whose names hold this, three letters or more: found by their trigrams."""
    if db.engine.dialect.name == "postgresql":
        return query.where(holds(cls.name_folded, wanted)).order_by(cls.id.desc()).limit(limit)
    index = sa.table(f"search_{cls.__tablename__}", sa.column("rowid"), sa.column("name_folded"))
    phrase = '"' + wanted.replace('"', '""') + '"'
    return (
        query.join(index, index.c.rowid == cls.id)
        .where(index.c.name_folded.op("match")(phrase))
        .order_by(index.c.rowid.desc())
        .limit(limit)
    )


def ids_of(query: sa.Select[Any], cls: Any) -> Any:
    """Only the ids, for a query around this one (and no more than it may have: its limit stays)."""
    return sa.select(query.with_only_columns(cls.id).subquery().c.id)
