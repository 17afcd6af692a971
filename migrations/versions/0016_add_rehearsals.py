"""Keep rehearsals of rules until somebody has looked at them.

Revision ID: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rule_rehearsals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("hits", Json, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_rule_rehearsals_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_rehearsals")),
    )
    op.create_index(op.f("ix_rule_rehearsals_rule_id"), "rule_rehearsals", ["rule_id"])
    op.create_index(op.f("ix_rule_rehearsals_asked_at"), "rule_rehearsals", ["asked_at"])


def downgrade() -> None:
    op.drop_table("rule_rehearsals")
