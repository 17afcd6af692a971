"""Asking the database for plain values: past the session, which keeps records and would only cost time here."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.sql.functions import FunctionElement

from app.extensions import db


class Listed(sa.types.TypeDecorator[list[Any]]):
    """Many ids or texts as one value: an array, or a list in JSON where there are no arrays."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, each: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.each) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


IDS, TEXTS = Listed(sa.BigInteger()), Listed(sa.Text())


class Among(FunctionElement[Any]):
    """Is this one of the ids, or of the texts, that are handed in under a name, however many these are?

    `in_` writes a place into the statement for each: it is then another statement for another number of ids,
    put together and planned anew each time.
    """

    type = sa.types.NULLTYPE  # of a truth SQLite's dialect asks whether it is 1, and no index answers that
    inherit_cache = True

    def __init__(self, column: sa.SQLColumnExpression[Any], name: str) -> None:
        listed = TEXTS if isinstance(column.type, sa.String) else IDS  # type: ignore[attr-defined]
        super().__init__(column, sa.bindparam(name, type_=listed))


class AmongUnseen(Among):
    """The same, planned once for all on PostgreSQL.

    That one looks into the ids when it plans, and plans anew each time as long as it finds these cheaper than what
    it would expect of any: for a statement of many parts that takes ten times as long as running it.
    """

    inherit_cache = True


@compiles(Among)
def _in_list(element: Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  (names and a place of ours)


@compiles(Among, "postgresql")
def _in_array(element: Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(AmongUnseen, "postgresql")
def _in_array_asked_for(element: AmongUnseen, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    of_type = compiler.dialect.type_compiler_instance.process(element.clauses.clauses[1].type)
    # Without a type of its own the array in brackets would be a query for its values.
    return f"{column} = ANY ((SELECT {values})::{of_type})"


def ask(statement: Any, **asked: Any) -> Sequence[sa.Row[Any]]:
    """The rows of a statement of columns. What was changed and is not yet flushed is not among them."""
    return connection().execute(statement, asked).all()


def ask_one(statement: Any, **asked: Any) -> Any:
    """The first value of the first row."""
    return connection().execute(statement, asked).scalar()


def connection() -> sa.Connection:
    """The connection of the transaction that is open. The session would look for it anew, at a hundred calls.

    A savepoint begins only when the session is asked for its connection; and after a flush that failed only the
    session refuses, the connection itself would begin anew, without the locks.
    """
    session = db.session()
    found: sa.Connection | None = session.info.get("connection")
    if found is None or session.in_nested_transaction() or not session.is_active:
        return session.connection()
    return found


@event.listens_for(db.session, "after_begin")
def know(session: Session, _transaction: SessionTransaction, begun: sa.Connection) -> None:
    session.info["connection"] = begun


@event.listens_for(db.session, "after_transaction_end")
def forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("connection", None)
