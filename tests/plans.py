"""How the database would look for something, for tests of what must not read everything."""

from typing import Any

import sqlalchemy as sa

from app.extensions import db


def plan_of(query: Any) -> str:
    """The plan as text; PostgreSQL would read tables as small as a test's whole, and is kept from it."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN"
    else:
        explain = "EXPLAIN QUERY PLAN"
    said = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    return str(db.session.execute(sa.text(f"{explain} {said}")).all())
