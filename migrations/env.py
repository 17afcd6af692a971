"""Migrations run on an engine of their own.

Batch mode rebuilds a table by dropping it; with SQLite's foreign keys on, that would empty its children.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from app.extensions import db

config = context.config
# Tables that are not ours to compare: the queue's, and those that search makes.
OTHERS = ("huey_", "search_", "kv", "schedule", "task", "counter")


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name or "").startswith(OTHERS)


def render_item(kind: str, item: object, context: Any) -> str | bool:
    """Migrations stand on plain types: ours may change under them."""
    if kind == "type" and isinstance(item, sa.JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def migrate() -> None:
    """Bring the database to the wanted revision, and check that no row has lost what it refers to."""
    url = current_app.extensions["migrate"].db.engine.url
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            include_name=include_name,
            render_item=render_item,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if connection.dialect.name == "sqlite":
                lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if lost:
                    raise SystemExit(f"The migration would leave rows that refer to nothing: {lost[:5]}")
        if connection.in_transaction():
            connection.commit()


migrate()
