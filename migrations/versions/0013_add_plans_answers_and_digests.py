"""Add plans of several steps, what follows a step by itself, who spoke last on a case, and the daily digest.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNANSWERED = sa.text("unanswered_since IS NOT NULL")
STILL_OPEN = {
    f"{database}_where": sa.text(
        f"{not_archived} AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"
    )
    for database, not_archived in (("sqlite", "archived = 0"), ("postgresql", "NOT archived"))
}
OF_DAYS = (
    "responsible_id deadline stage_id stage_changed_at created_at last_contact_at next_activity_on kind team_id"
    " state archived deleted_at"
).split()
# Of each case the first word that somebody of ours exchanged with the other side.
FIRST_ANSWERS = """
    UPDATE cases SET answered_at = (
        SELECT min(events.at) FROM events JOIN change_sets ON change_sets.id = events.change_set_id
        WHERE events.case_id = cases.id AND events.direction = 'out'
          AND change_sets.actor_kind = 'user' AND change_sets.undone_by_id IS NULL
    )
    WHERE last_contact_at IS NOT NULL
"""


def listed() -> list[sa.Column]:
    """What all entries of lists have."""
    return [
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    ]


def upgrade() -> None:
    # No batch: it would write long tables anew for columns that are empty at first.
    op.add_column(
        "activity_types", sa.Column("plans_next", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "activity_plans",
        *listed(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_plans")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plan_steps",
        *listed(),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("type_id", BigId, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=12), nullable=False),
        sa.CheckConstraint("who in ('responsible', 'leader', 'me')", name=op.f("ck_plan_steps_who")),
        sa.ForeignKeyConstraint(["plan_id"], ["activity_plans.id"], name=op.f("fk_plan_steps_plan_id")),
        sa.ForeignKeyConstraint(["type_id"], ["activity_types.id"], name=op.f("fk_plan_steps_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_steps")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_plan_steps_plan_id"), "plan_steps", ["plan_id"])
    op.create_index(op.f("ix_plan_steps_type_id"), "plan_steps", ["type_id"])
    op.add_column("users", sa.Column("digest_hour", sa.Integer(), nullable=True))
    op.create_table(
        "digests",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_digests_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_digests")),
    )
    op.add_column("events", sa.Column("direction", sa.String(length=3), nullable=True))
    for name in ("answered_at", "unanswered_since"):
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE events SET direction = 'out' WHERE action = 'communicated'")
    op.execute(FIRST_ANSWERS)
    op.create_index(
        "ix_cases_unanswered",
        "cases",
        ["responsible_id", "unanswered_since"],
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )
    op.create_index("ix_cases_day", "cases", OF_DAYS, **STILL_OPEN)


def downgrade() -> None:
    op.drop_index("ix_cases_day", "cases")
    op.drop_index("ix_cases_unanswered", "cases")
    for name in ("answered_at", "unanswered_since"):
        op.drop_column("cases", name)
    op.drop_column("events", "direction")
    op.drop_table("digests")
    op.drop_column("users", "digest_hour")
    op.drop_table("plan_steps")
    op.drop_table("activity_plans")
    op.drop_column("activity_types", "plans_next")
