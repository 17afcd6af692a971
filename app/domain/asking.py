"""Asking the database for plain values: past the session, which keeps records and would only cost time here."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.extensions import db


def ask(statement: Any, **asked: Any) -> Sequence[sa.Row[Any]]:
    """The rows of a statement of columns. What was changed and is not yet flushed is not among them."""
    return connection().execute(statement, asked).all()


def ask_one(statement: Any, **asked: Any) -> Any:
    """The first value of the first row."""
    return connection().execute(statement, asked).scalar()


def connection() -> sa.Connection:
    """The connection of the transaction that is open. The session would look for it anew, at a hundred calls.

    A savepoint begins only when the session is asked for its connection.
    """
    session = db.session()
    found: sa.Connection | None = session.info.get("connection")
    if found is None or session.in_nested_transaction():
        return session.connection()
    return found


@event.listens_for(db.session, "after_begin")
def know(session: Session, _transaction: SessionTransaction, begun: sa.Connection) -> None:
    session.info["connection"] = begun


@event.listens_for(db.session, "after_transaction_end")
def forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("connection", None)
