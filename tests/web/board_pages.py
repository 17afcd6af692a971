"""The board as htmx asks for it and as cards are put down on it."""

import re
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app import clock
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import write_many
from app.extensions import db

BOARD = {"HX-Current-URL": "http://holdfast.example/pipeline/?responsible=me"}


def address(path):
    """An address of the page as a browser follows it."""
    return path.replace("&amp;", "&")


def column_of(answer, stage):
    """The part of the page that is one column."""
    found = re.search(rf'<section[^>]*id="column-stage-{stage.id}".*?</section>', answer.text, re.DOTALL)
    return found[0]


def place(case, visitor, *, column, by="stage", above="", version=None, query="", htmx=True, **more):
    return visitor.post(
        f"/pipeline/cards/{case.id}/place{query}",
        htmx=htmx,
        headers=BOARD if htmx else {"Referer": "http://holdfast.example/pipeline/"},
        by=by,
        column=str(column),
        above=str(above),
        version=str(version or case.version),
        **more,
    )


def fill(number, team, stage, user):
    now = clock.now()
    rows = [
        {"name": f"Case {each}", "state": "open", "opened_at": now, "created_at": now - timedelta(seconds=each),
         "responsible_id": user.id, "team_id": team.id, "stage_id": stage.id, "expected_revenue": 100}
        for each in range(number)
    ]  # fmt: skip
    write_many("demo", by=SYSTEM).make(Case, rows)
    db.session.commit()


def statements(visitor, path):
    """How many statements a page takes, once the process knows its configuration."""
    return asked_by(lambda: visitor.get(path))


def asked_by(act):
    """How many statements an act reads with, when it is done for the third time."""
    act()
    act()
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith(("SELECT", "WITH")) and "INSERT" not in statement:
            asked.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        assert act().status_code == 200
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)
    return len(asked)
