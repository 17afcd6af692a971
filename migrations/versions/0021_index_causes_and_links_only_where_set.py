"""Index causes of acts, and what mails, files, calls and partners name, only where they name something.

Where hardly anything is named, SQLite takes any one for half of the table, and reads all of it instead of the index:
to see whether an act woke others, the page of a case read every act there ever was.

Revision ID: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXES = {
    "change_sets": ("cause_id", "root_id"),
    "attachments": ("event_id", "message_id"),
    "messages": ("event_id",),
    "calls": ("about_id", "turn_of_id", "call_list_id", "number_e164"),
    "rule_runs": ("change_set_id",),
    "webhook_calls": ("change_set_id",),
    "partners": ("company_id", "code", "tax_id", "email_folded", "phone_e164"),
}


def upgrade() -> None:
    for table, column in named():
        is_set = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_{table}_{column}", table)
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=is_set, postgresql_where=is_set)
    op.execute("ANALYZE")


def downgrade() -> None:
    for table, column in named():
        op.drop_index(f"ix_{table}_{column}", table)
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.execute("ANALYZE")


def named() -> list[tuple[str, str]]:
    return [(table, column) for table, columns in INDEXES.items() for column in columns]
