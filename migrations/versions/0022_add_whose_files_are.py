"""Make room for the case or partner that a file is on.

A busy case has ten thousand lines of history; each time its page was drawn, all were read to see which have a file.

Revision ID: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CASE, PARTNER = "fk_attachments_case_id", "fk_attachments_partner_id"
ON_ONE_THING = "case_id is null or partner_id is null"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # By hand: written anew by a batch, the table would give the ids of deleted files out again.
        add = "ALTER TABLE attachments ADD COLUMN"
        op.execute(f"{add} case_id INTEGER CONSTRAINT {CASE} REFERENCES cases (id)")
        op.execute(
            f"{add} partner_id INTEGER CONSTRAINT {PARTNER} REFERENCES partners (id)"
            f" CONSTRAINT ck_attachments_on_one_thing CHECK ({ON_ONE_THING})"
        )
    else:
        op.add_column("attachments", sa.Column("case_id", sa.BigInteger(), nullable=True))
        op.add_column("attachments", sa.Column("partner_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(CASE, "attachments", "cases", ["case_id"], ["id"])
        op.create_foreign_key(PARTNER, "attachments", "partners", ["partner_id"], ["id"])
        op.create_check_constraint(op.f("ck_attachments_on_one_thing"), "attachments", ON_ONE_THING)


def downgrade() -> None:
    op.drop_column("attachments", "partner_id")
    op.drop_column("attachments", "case_id")
