"""Find somebody's open cases by what they are worth, so that their list is not gathered and sorted each time.

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STILL_OPEN = {
    "sqlite_where": sa.text("archived = 0 AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"),
    "postgresql_where": sa.text("NOT archived AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"),
}


def upgrade() -> None:
    op.create_index("ix_cases_worth", "cases", ["responsible_id", "expected_revenue"], **STILL_OPEN)


def downgrade() -> None:
    op.drop_index("ix_cases_worth", table_name="cases", **STILL_OPEN)
