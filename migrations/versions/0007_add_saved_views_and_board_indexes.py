"""Add saved views, and indexes along which boards and lists are read.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN = {
    "sqlite_where": sa.text("archived = 0 AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"),
    "postgresql_where": sa.text("NOT archived AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"),
}
WON = {"sqlite_where": sa.text("outcome = 'won'"), "postgresql_where": sa.text("outcome = 'won'")}
INDEXES = {
    "ix_cases_board": (["kind", "stage_id", "rank"], OPEN),
    "ix_cases_board_team": (["team_id", "kind", "stage_id", "rank"], OPEN),
    "ix_cases_board_responsible": (["responsible_id", "kind", "stage_id", "rank"], OPEN),
    "ix_cases_board_category": (["kind", "category_id", "rank"], OPEN),
    "ix_cases_board_priority": (["kind", "priority", "rank"], OPEN),
    "ix_cases_board_month": (["kind", "deadline", "rank"], OPEN),
    "ix_cases_figures": (
        "kind stage_id team_id responsible_id priority category_id deadline next_activity_on"
        " currency expected_revenue weighted state archived deleted_at".split(),
        OPEN,
    ),
    "ix_cases_won": (["won_on"], WON),
    "ix_cases_rank": (["rank"], {}),
    "ix_cases_updated_at": (["updated_at"], {}),
    "ix_cases_expected_revenue": (["expected_revenue"], {}),
    "ix_cases_deadline": (["deadline"], {}),
    "ix_cases_next_activity_on": (["next_activity_on"], {}),
}
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_views_user_id"), "saved_views", ["user_id"])
    op.create_table(
        "saved_view_defaults",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("saved_view_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_view_defaults_user_id")),
        sa.ForeignKeyConstraint(
            ["saved_view_id"], ["saved_views.id"], name=op.f("fk_saved_view_defaults_saved_view_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_saved_view_defaults")),
    )
    op.create_index(op.f("ix_saved_view_defaults_saved_view_id"), "saved_view_defaults", ["saved_view_id"])
    for name, (columns, options) in INDEXES.items():
        op.create_index(name, "cases", columns, **options)
    op.execute("ANALYZE")  # or SQLite thinks an index over some rows cheap to read whole


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "cases")
    op.drop_table("saved_view_defaults")
    op.drop_table("saved_views")
