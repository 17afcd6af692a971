"""Find the pinned lines of a history by when they were pinned.

By their ids, SQLite took the index of all lines instead and read ten thousand to find none that is pinned.

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PINNED = sa.text("pinned_at IS NOT NULL")
WHERE = {"sqlite_where": PINNED, "postgresql_where": PINNED}
OWNERS = ("case_id", "partner_id")


def upgrade() -> None:
    put("pinned_at")


def downgrade() -> None:
    put("id")


def put(order: str) -> None:
    for owner in OWNERS:
        op.drop_index(f"ix_events_pinned_{owner}", table_name="events", **WHERE)
        op.create_index(f"ix_events_pinned_{owner}", "events", [owner, order], **WHERE)
