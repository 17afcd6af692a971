"""Add templates of mail, its files, and what tells copies, answers and machines apart.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail_templates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("team_id", BigId, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_mail_templates_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_templates")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_mail_templates_team_id"), "mail_templates", ["team_id"])
    op.create_table(
        "message_files",
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_files_message_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_message_files_file_id")),
        sa.PrimaryKeyConstraint("message_id", "place", name=op.f("pk_message_files")),
    )
    op.create_index(op.f("ix_message_files_file_id"), "message_files", ["file_id"])
    with op.batch_alter_table("messages") as batch:
        for name in ("until_answered", "is_copy"):
            batch.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("automatic", sa.String(length=14), nullable=True))
        batch.create_check_constraint("automatic", "automatic in ('auto-generated', 'auto-replied')")
    with op.batch_alter_table("messages") as batch:
        for name in ("until_answered", "is_copy"):
            batch.alter_column(name, server_default=None)
    with op.batch_alter_table("recipients") as batch:
        batch.add_column(sa.Column("user_id", BigId, nullable=True))
        batch.create_foreign_key(op.f("fk_recipients_user_id"), "users", ["user_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("recipients") as batch:
        batch.drop_constraint(op.f("fk_recipients_user_id"), type_="foreignkey")
        batch.drop_column("user_id")
    with op.batch_alter_table("messages") as batch:
        batch.drop_constraint(op.f("ck_messages_automatic"), type_="check")
        for name in ("automatic", "is_copy", "until_answered"):
            batch.drop_column(name)
    op.drop_table("message_files")
    op.drop_table("mail_templates")
