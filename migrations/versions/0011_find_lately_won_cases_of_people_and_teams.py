"""Find the cases that somebody, or a team, has won lately without going through all they ever had.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WON = sa.text("outcome = 'won'")
INDEXES = {"ix_cases_won_responsible": "responsible_id", "ix_cases_won_team": "team_id"}


def upgrade() -> None:
    for name, column in INDEXES.items():
        op.create_index(name, "cases", [column, "won_on"], sqlite_where=WON, postgresql_where=WON)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "cases")
