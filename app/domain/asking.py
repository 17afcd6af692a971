"""Asking the database for plain values: past the session, which keeps records and would only cost time here."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.extensions import db


def ask(statement: Any, **asked: Any) -> Sequence[sa.Row[Any]]:
    """The rows of a statement of columns. What was changed and is not yet flushed is not among them."""
    return db.session.connection().execute(statement, asked).all()


def ask_one(statement: Any, **asked: Any) -> Any:
    """The first value of the first row."""
    return db.session.connection().execute(statement, asked).scalar()
