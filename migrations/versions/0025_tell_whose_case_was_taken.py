"""Tell somebody that a case of theirs was given to somebody else.

Revision ID: 0025
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BEFORE = (
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
SINCE = (*BEFORE[:4], "taken", *BEFORE[4:])


def upgrade() -> None:
    allow(SINCE)


def downgrade() -> None:
    op.execute("DELETE FROM notifications WHERE type = 'taken'")
    op.execute("DELETE FROM notification_choices WHERE type = 'taken'")
    allow(BEFORE)


def allow(types: tuple[str, ...]) -> None:
    """These types, and no other."""
    name = op.f("ck_notifications_type")
    with op.batch_alter_table("notifications") as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, f"type in {types}")
