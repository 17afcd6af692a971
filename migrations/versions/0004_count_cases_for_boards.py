"""Count cases for boards: totals that are kept on write, and the day of a win that they count by.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PLACE = ("kind", "team_id", "won_on", "responsible_id", "stage_id", "currency", "next_on")


def counted() -> list[sa.Column]:
    return [
        sa.Column("id", BigId, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("team_id", BigId, nullable=False),
        sa.Column("won_on", sa.String(10), nullable=False),
        sa.Column("responsible_id", BigId, nullable=False),
        sa.Column("stage_id", BigId, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("next_on", sa.String(10), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("valued", sa.Integer(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("weighted", sa.BigInteger(), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("cases", sa.Column("won_on", sa.Date(), nullable=True))
    op.execute("update cases set won_on = date(closed_at) where outcome = 'won'")
    op.create_table("case_counts", *counted(), sa.UniqueConstraint(*PLACE, name="uq_case_counts_place"))
    op.create_index("ix_case_counts_responsible", "case_counts", ["responsible_id", "kind", "won_on"])
    op.create_table("case_count_changes", *counted())
    # By person, and added up for everybody (-1).
    for whose in ("coalesce(responsible_id, 0)", "-1"):
        op.execute(
            f"""
            insert into case_counts ({", ".join(PLACE)}, cases, valued, expected, weighted)
            select kind, coalesce(team_id, 0), coalesce(cast(won_on as varchar), ''), {whose},
                   coalesce(stage_id, 0), coalesce(currency, ''),
                   case when won_on is not null then '' else coalesce(cast(next_activity_on as varchar), '') end,
                   count(*), count(expected_revenue), coalesce(sum(expected_revenue), 0), coalesce(sum(weighted), 0)
            from cases
            where not archived and deleted_at is null
                and (state not in ('done', 'cancelled') or outcome = 'won')
            group by 1, 2, 3, 4, 5, 6, 7
            """
        )


def downgrade() -> None:
    op.drop_table("case_count_changes")
    op.drop_table("case_counts")
    op.drop_column("cases", "won_on")
