"""Find what a record is called elsewhere by its id alone: its kind first was an index by kind as well.

Until PostgreSQL has counted the rows it takes a kind for one among hundreds. It then looked the ids of a batch up
among all records of the kind, and each batch of a first import took longer than the one before.

Revision ID: 0024
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_external_ids_record", "external_ids")
    op.create_index("ix_external_ids_record_id", "external_ids", ["record_id"])


def downgrade() -> None:
    op.drop_index("ix_external_ids_record_id", "external_ids")
    op.create_index("ix_external_ids_record", "external_ids", ["record_kind", "record_id"])
