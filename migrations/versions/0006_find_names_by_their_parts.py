"""Find names by any three letters in them: trigrams, by FTS5 on SQLite and pg_trgm on PostgreSQL.

On SQLite the index follows its table by triggers. Whoever rebuilds a table in batch mode makes them again.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = {"cases": "search_cases", "partners": "search_partners"}


def upgrade() -> None:
    for table, index in INDEXES.items():
        if op.get_bind().dialect.name == "postgresql":
            op.execute("create extension if not exists pg_trgm")
            op.execute(f"create index ix_{index} on {table} using gin (name_folded gin_trgm_ops)")
            continue
        op.execute(
            f"create virtual table {index} using fts5"
            f"(name_folded, content='{table}', content_rowid='id', tokenize='trigram')"
        )
        gone = (
            f"insert into {index} ({index}, rowid, name_folded) values ('delete', old.id, old.name_folded);"
        )
        come = f"insert into {index} (rowid, name_folded) values (new.id, new.name_folded);"
        for when, does in {"insert": come, "delete": gone, "update of name_folded": gone + come}.items():
            name = f"{index}_after_{when.split()[0]}"
            op.execute(f"create trigger {name} after {when} on {table} begin {does} end")
        op.execute(f"insert into {index} ({index}) values ('rebuild')")


def downgrade() -> None:
    for index in INDEXES.values():
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"drop index ix_{index}")
            continue
        for when in ("insert", "delete", "update"):
            op.execute(f"drop trigger {index}_after_{when}")
        op.execute(f"drop table {index}")
