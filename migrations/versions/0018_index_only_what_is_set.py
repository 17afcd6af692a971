"""Index what cases name, and whose line an event is, only where it says something.

Most cases have no campaign, category or telephone, and an event of a case is no partner's. A new row had to be told
to fifteen indexes that had nothing to say of it, and the few that name something looked like many among the others.

Revision ID: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CASES = (
    "partner_id contact_id category_id recurring_plan_id lost_reason_id channel_id source_id medium_id campaign_id"
    " state_of_mind_id region_id country_id email_folded phone_e164"
).split()
INDEXES = [("cases", name, [name]) for name in CASES] + [
    ("events", name, [name, "id"]) for name in ("case_id", "partner_id")
]


def upgrade() -> None:
    for table, name, columns in INDEXES:
        is_set = sa.text(f"{name} IS NOT NULL")
        op.drop_index(f"ix_{table}_{name}", table)
        op.create_index(f"ix_{table}_{name}", table, columns, sqlite_where=is_set, postgresql_where=is_set)
    op.execute("ANALYZE")  # or SQLite knows nothing of how few rows they hold


def downgrade() -> None:
    for table, name, columns in INDEXES:
        op.drop_index(f"ix_{table}_{name}", table)
        op.create_index(f"ix_{table}_{name}", table, columns)
    op.execute("ANALYZE")
