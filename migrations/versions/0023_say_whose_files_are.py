"""Say of each file whose it is: that of the case its line of history is about, else of the partner.

Revision ID: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OWNERS = ("case_id", "partner_id")


def upgrade() -> None:
    line = "from events where events.id = attachments.event_id"
    op.execute(f"update attachments set case_id = (select case_id {line})")
    op.execute(f"update attachments set partner_id = (select partner_id {line}) where case_id is null")
    for owner in OWNERS:
        is_set = sa.text(f"{owner} IS NOT NULL")
        op.create_index(
            f"ix_attachments_{owner}", "attachments", [owner], sqlite_where=is_set, postgresql_where=is_set
        )
    # Or SQLite knows nothing of how few rows they hold.
    op.execute("ANALYZE attachments")


def downgrade() -> None:
    for owner in OWNERS:
        op.drop_index(f"ix_attachments_{owner}", "attachments")
