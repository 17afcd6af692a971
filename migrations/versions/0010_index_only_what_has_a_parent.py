"""Index the cases that have a parent, and only them.

Most have none: counted among the rest, one parent looks like half the table, and SQLite reads all of it instead.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SET = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_cases_parent_id", "cases")
    op.create_index("ix_cases_parent_id", "cases", ["parent_id"], sqlite_where=SET, postgresql_where=SET)


def downgrade() -> None:
    op.drop_index("ix_cases_parent_id", "cases")
    op.create_index("ix_cases_parent_id", "cases", ["parent_id"])
