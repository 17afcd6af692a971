"""Add notifications, how people choose to be told, and how periodic work went.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TYPES = (
    "mentioned",
    "assigned",
    "planned",
    "handed over",
    "mail failed",
    "rule paused",
    "rule failed",
    "changed",
    "said",
    "imported",
    "due",
)


def only_where(sqlite: str, postgres: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(sqlite), "postgresql_where": sa.text(postgres)}


UNREAD = only_where("read_at IS NULL AND in_page = 1", "read_at IS NULL AND in_page")
UNSENT = only_where(
    "sent_at IS NULL AND read_at IS NULL AND by_mail = 1", "sent_at IS NULL AND read_at IS NULL AND by_mail"
)
UNDONE = only_where("state IN ('waiting', 'failed')", "state IN ('waiting', 'failed')")


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("change_set_id", BigId, nullable=True),
        sa.Column("event_id", BigId, nullable=True),
        sa.Column("record_kind", sa.String(length=30), nullable=True),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("details", Json, nullable=False),
        sa.Column("in_page", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("in_digest", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"type in {TYPES}", name=op.f("ck_notifications_type")),
        sa.ForeignKeyConstraint(
            ["change_set_id"], ["change_sets.id"], name=op.f("fk_notifications_change_set_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_notifications_event_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("user_id", "change_set_id", name=op.f("uq_notifications_user_id_change_set_id")),
        sa.UniqueConstraint("user_id", "type", "day", name=op.f("uq_notifications_user_id_type_day")),
    )
    op.create_index(op.f("ix_notifications_read_at"), "notifications", ["read_at"])
    op.create_index("ix_notifications_user_id", "notifications", ["user_id", "id"])
    op.create_index("ix_notifications_unread", "notifications", ["user_id", "id"], **UNREAD)
    op.create_index("ix_notifications_unsent", "notifications", ["user_id", "at"], **UNSENT)
    op.create_table(
        "notification_choices",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("in_page", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("in_digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "type", name=op.f("pk_notification_choices")),
    )
    op.create_table(
        "periodic_runs",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("went_well_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_runs")),
    )
    op.create_index("ix_messages_undone", "messages", ["direction", "state", "created_at"], **UNDONE)


def downgrade() -> None:
    op.drop_index("ix_messages_undone", "messages")
    op.drop_table("periodic_runs")
    op.drop_table("notification_choices")
    op.drop_table("notifications")
