"""Let a file know the case or partner that it is on, instead of finding it among all lines of its history.

A busy case has ten thousand lines; each time its page was drawn, all were read to see which of them have a file.

Revision ID: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OWNERS = {"case_id": "cases", "partner_id": "partners"}
# Indexes of some rows only, which SQLite would make of all when it writes the table anew.
EARLIER = ("event_id", "message_id")


def upgrade() -> None:
    drop_indexes(*EARLIER)
    with op.batch_alter_table("attachments") as batch:
        for owner, table in OWNERS.items():
            batch.add_column(sa.Column(owner, BigId, nullable=True))
            batch.create_foreign_key(op.f(f"fk_attachments_{owner}"), table, [owner], ["id"])
    lines = "from events where events.id = attachments.event_id"
    op.execute(f"update attachments set case_id = (select case_id {lines})")
    op.execute(f"update attachments set partner_id = (select partner_id {lines}) where case_id is null")
    create_indexes(*EARLIER, *OWNERS)


def downgrade() -> None:
    drop_indexes(*EARLIER, *OWNERS)
    with op.batch_alter_table("attachments") as batch:
        for owner in OWNERS:
            batch.drop_constraint(op.f(f"fk_attachments_{owner}"), type_="foreignkey")
            batch.drop_column(owner)
    create_indexes(*EARLIER)


def create_indexes(*columns: str) -> None:
    for column in columns:
        is_set = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_attachments_{column}", "attachments", [column], sqlite_where=is_set, postgresql_where=is_set
        )


def drop_indexes(*columns: str) -> None:
    for column in columns:
        op.drop_index(f"ix_attachments_{column}", "attachments")
