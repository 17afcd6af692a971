"""A real sales department, brought in by the command; read beside it by nothing of ours."""

import csv
from pathlib import Path

import pytest

from app.domain.actor import SYSTEM
from app.domain.history import lock
from app.domain.organisation import Organisation
from app.extensions import db

MAPPINGS = Path(__file__).parent / "mappings"
# The files of a real sales department, in the order in which each needs those before it.
SALES = {
    "users": "sales_teams.csv",
    "partners": "accounts.csv",
    "products": "products.csv",
    "cases": "sales_pipeline.csv",
}


@pytest.fixture
def sales(app, database, real_data, tmp_path):
    """`sales("cases")` brings in a file of the real collection, in dollars."""
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"currency": "USD", "zone": "America/New_York"}, by=SYSTEM)
    db.session.commit()

    def run(kind, *words):
        file = tmp_path / SALES[kind]
        file.write_bytes((real_data / "sales" / SALES[kind]).read_bytes())
        told = str(MAPPINGS / f"{kind}.toml")
        answer = app.test_cli_runner().invoke(args=["import", kind, str(file), "--mapping", told, *words])
        assert answer.exit_code == 0, answer.output
        db.session.expire_all()
        return answer.output

    return run


@pytest.fixture
def theirs(real_data):
    """The rows of a real file, read by nothing of ours."""

    def rows(kind):
        with (real_data / "sales" / SALES[kind]).open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    return rows
