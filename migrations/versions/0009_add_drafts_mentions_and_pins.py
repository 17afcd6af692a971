"""Add drafts, mentions and pins.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PINNED = sa.text("pinned_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("user_id", "place", name=op.f("uq_drafts_user_id_place")),
    )
    op.create_index(op.f("ix_drafts_updated_at"), "drafts", ["updated_at"])
    op.create_table(
        "mentions",
        sa.Column("event_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_mentions_event_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mentions_user_id")),
        sa.PrimaryKeyConstraint("event_id", "user_id", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_user_id"), "mentions", ["user_id"])
    # No batch: it would write the longest of all tables anew for one empty column.
    op.add_column("events", sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
    for owner in ("case_id", "partner_id"):
        op.create_index(
            f"ix_events_pinned_{owner}",
            "events",
            [owner, "id"],
            sqlite_where=PINNED,
            postgresql_where=PINNED,
        )


def downgrade() -> None:
    for owner in ("case_id", "partner_id"):
        op.drop_index(f"ix_events_pinned_{owner}", "events")
    op.drop_column("events", "pinned_at")
    op.drop_table("mentions")
    op.drop_table("drafts")
