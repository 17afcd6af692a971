"""Mark changes of the configuration, so that processes know when what they keep of it is old.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "configuration_marks",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("token", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("configuration_marks")
