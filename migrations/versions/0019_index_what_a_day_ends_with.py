"""Find somebody's open cases by what was done lately and their closed ones by when, instead of sorting them all.

Revision ID: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STILL_OPEN = {
    "sqlite_where": sa.text("archived = 0 AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"),
    "postgresql_where": sa.text("NOT archived AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"),
}
DECIDED = {
    "sqlite_where": sa.text("archived = 0 AND deleted_at IS NULL AND state IN ('done', 'cancelled')"),
    "postgresql_where": sa.text("NOT archived AND deleted_at IS NULL AND state IN ('done', 'cancelled')"),
}


def upgrade() -> None:
    lately = sa.text("coalesce(last_action_at, created_at)")
    op.create_index("ix_cases_lately", "cases", ["responsible_id", lately], **STILL_OPEN)
    op.create_index("ix_cases_decided", "cases", ["responsible_id", "closed_at"], **DECIDED)
    op.execute("ANALYZE")


def downgrade() -> None:
    op.drop_index("ix_cases_lately", table_name="cases", **STILL_OPEN)
    op.drop_index("ix_cases_decided", table_name="cases", **DECIDED)
