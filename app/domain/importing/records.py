"""What is kept of an import: itself, its rows until they are done, and what a record is called elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.actor import Actor
from app.domain.base import Base, Id, Json, link_to
from app.domain.history import ChangeSet

UNFINISHED = "state in ('reading', 'running')"
LONGEST_KEY = 200


class Import(Base):
    """A file that becomes records: read into rows first, then applied by a job, a batch at a time.

    All that it makes and changes is one change set. `done_to` is the last row that has been dealt with.
    """

    __tablename__ = "imports"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(255))
    # Of the file and its mapping together: the same again goes on where it was interrupted.
    digest: Mapped[str] = mapped_column(sa.String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)
    header: Mapped[list[Any]] = mapped_column(Json)
    # How dates and numbers are written in each field, found from the whole column.
    writing: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    actor_kind: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor_name: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(10), default="reading")
    total: Mapped[int] = mapped_column(default=0)
    done_to: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    # Records that rows name and that were not there: how many of each kind.
    along: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    error: Mapped[str | None] = mapped_column(sa.Text)
    change_set_id: Mapped[int | None] = link_to("change_sets.id")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    change_set: Mapped[ChangeSet | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("state in ('reading', 'running', 'done', 'failed')", name="state"),
        # Two who start the same import at once work at one.
        sa.Index(
            "uq_imports_unfinished",
            "digest",
            unique=True,
            sqlite_where=sa.text(UNFINISHED),
            postgresql_where=sa.text(UNFINISHED),
        ),
    )

    def as_actor(self) -> Actor:
        """Whoever asked for it signs what it does."""
        return Actor(self.actor_kind, self.actor_id, self.actor_name)


class ImportRow(Base):
    """One row of a file, as read. Those that failed stay, with the reason; the others go when all is done."""

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str | None] = mapped_column(sa.String(LONGEST_KEY))
    cells: Mapped[list[Any]] = mapped_column(Json)
    # Put aside until those that it names have come, or failed.
    state: Mapped[str | None] = mapped_column(sa.String(8))
    reason: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint("state in ('aside', 'failed')", name="state"),
        sa.Index("ix_import_rows_key", "import_id", "key"),
        sa.Index(
            "ix_import_rows_state",
            "import_id",
            "state",
            "number",
            sqlite_where=sa.text("state is not null"),
            postgresql_where=sa.text("state is not null"),
        ),
    )


class ExternalId(Base):
    """What a record is called in the system that it came from, and what that system last said of it."""

    __tablename__ = "external_ids"

    id: Mapped[Id]
    source: Mapped[str] = mapped_column(sa.String(80))
    record_kind: Mapped[str] = mapped_column(sa.String(30))
    external_id: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    record_id: Mapped[int] = mapped_column(sa.BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    import_id: Mapped[int] = link_to("imports.id")

    __table_args__ = (
        sa.UniqueConstraint("source", "record_kind", "external_id"),
        # Without the kind: a planner that knows no figures would look ids up among all of a kind.
        sa.Index("ix_external_ids_record_id", "record_id"),
    )
