"""Add rules, what they wait for and what they did.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
Instant = sa.DateTime(timezone=True)
TIMED = ("created_at", "opened_at", "last_action_at", "last_contact_at", "scheduled_at", "stage_changed_at")
STILL_OPEN = {
    f"{database}_where": sa.text(
        f"{not_archived} AND deleted_at IS NULL AND state NOT IN ('done', 'cancelled')"
    )
    for database, not_archived in (("sqlite", "archived = 0"), ("postgresql", "NOT archived"))
}
WAITING = {f"{database}_where": sa.text("done_at IS NULL") for database in ("sqlite", "postgresql")}


def upgrade() -> None:
    op.create_table(
        "rules",
        sa.Column("id", BigId, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("team_id", BigId, nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("on_since", Instant, nullable=True),
        sa.Column("triggers", Json, nullable=False),
        sa.Column("conditions", Json, nullable=False),
        sa.Column("actions", Json, nullable=False),
        sa.Column("stops", sa.Boolean(), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("ready_made", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("deleted_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_rules_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_rules_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sqlite_autoincrement=True,
    )
    for name in ("owner_id", "team_id"):
        op.create_index(op.f(f"ix_rules_{name}"), "rules", [name])
    op.create_table(
        "rule_states",
        sa.Column("rule_id", BigId, autoincrement=False, nullable=False),
        sa.Column("checked_until", Instant, nullable=True),
        sa.Column("hook_digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_rule_states_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rule_states")),
        sa.UniqueConstraint("hook_digest", name=op.f("uq_rule_states_hook_digest")),
    )
    op.create_table(
        "rule_firings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("done_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_rule_firings_rule_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_rule_firings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_firings")),
        sa.UniqueConstraint(
            "rule_id", "case_id", "due_at", name=op.f("uq_rule_firings_rule_id_case_id_due_at")
        ),
    )
    op.create_index(op.f("ix_rule_firings_case_id"), "rule_firings", ["case_id"])
    op.create_index("ix_rule_firings_waiting", "rule_firings", ["due_at", "sequence", "id"], **WAITING)
    op.create_table(
        "rule_runs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("change_set_id", BigId, nullable=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("inputs", Json, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome in ('done', 'nothing', 'failed')", name=op.f("ck_rule_runs_outcome")),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_rule_runs_rule_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_rule_runs_case_id")),
        sa.ForeignKeyConstraint(
            ["change_set_id"], ["change_sets.id"], name=op.f("fk_rule_runs_change_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_runs")),
    )
    for name in ("at", "case_id", "change_set_id"):
        op.create_index(op.f(f"ix_rule_runs_{name}"), "rule_runs", [name])
    op.create_index("ix_rule_runs_rule", "rule_runs", ["rule_id", "id"])
    op.create_table(
        "rule_turns",
        sa.Column("rule_id", BigId, autoincrement=False, nullable=False),
        sa.Column("team_id", BigId, autoincrement=False, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_rule_turns_rule_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_rule_turns_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_rule_turns_user_id")),
        sa.PrimaryKeyConstraint("rule_id", "team_id", name=op.f("pk_rule_turns")),
    )
    op.create_table(
        "webhook_calls",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("change_set_id", BigId, nullable=True),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'done', 'failed', 'recalled')", name=op.f("ck_webhook_calls_state")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_webhook_calls_rule_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_webhook_calls_case_id")),
        sa.ForeignKeyConstraint(
            ["change_set_id"], ["change_sets.id"], name=op.f("fk_webhook_calls_change_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_calls")),
    )
    for name in ("case_id", "change_set_id"):
        op.create_index(op.f(f"ix_webhook_calls_{name}"), "webhook_calls", [name])
    op.create_index("ix_webhook_calls_rule", "webhook_calls", ["rule_id", "id"])
    # No batch: it would write the table of cases anew for one empty column.
    op.add_column("cases", sa.Column("timed_from", Instant, nullable=True))
    for name in TIMED:
        op.create_index(f"ix_cases_timed_{name}", "cases", [name], **STILL_OPEN)


def downgrade() -> None:
    for name in TIMED:
        op.drop_index(f"ix_cases_timed_{name}", "cases")
    op.drop_column("cases", "timed_from")
    for table in ("webhook_calls", "rule_turns", "rule_runs", "rule_firings", "rule_states", "rules"):
        op.drop_table(table)
