"""What a board costs: as much for many cases and columns as for few."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.domain.actor import SYSTEM
from app.domain.board import Board
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.history import write_many
from app.domain.organisation import Organisation
from app.domain.stage import Stage
from app.domain.user import User
from app.extensions import db
from tests.conftest import add
from tests.domain.test_board import NOW, at_one_time, board_of

__all__ = ["at_one_time"]  # stops the clock here, too


def statements(board):
    """How many it takes, when it is known who asks and where."""
    known = board.reader.name, Organisation.current(), board.reader.scopes("see", Case), board.reader.reach
    configuration = Configuration.current()
    assert [configuration.stages, configuration.teams, configuration.listed(User)]
    assert configuration.permissions_of(board.reader.role)
    assert configuration.rates is not None
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        columns = board.columns
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)
    assert all(known)
    return len(asked), columns


@pytest.mark.parametrize("who", ["nora", "marc", "ada"])
def test_the_same_number_of_statements_for_any_number_of_cases_and_columns(
    request, who, nora, front_desk, stages
):
    reader = request.getfixturevalue(who)
    fill(10, front_desk, stages["New"], nora)
    few, columns = statements(board_of(reader))
    assert len(columns) < 10
    fill(1990, front_desk, stages["New"], nora)
    for number in range(40):
        add(Stage(name=f"Stage {number}", sequence=10 + number))
    many, columns = statements(board_of(reader))

    assert len(columns) > 40
    assert many == few <= 4


def fill(number, team, stage, user):
    rows = [
        {"name": f"{each}", "state": "open", "opened_at": NOW, "created_at": NOW - timedelta(seconds=each),
         "responsible_id": user.id, "team_id": team.id, "stage_id": stage.id, "expected_revenue": 100}
        for each in range(number)
    ]  # fmt: skip
    write_many("demo", by=SYSTEM).make(Case, rows)
    db.session.commit()


def test_too_many_to_count_are_said_to_be_more(monkeypatch, nora, front_desk, stages):
    monkeypatch.setattr("app.domain.board.COUNTED", 30)
    monkeypatch.setattr("app.domain.board.totals.COUNTED", 30)
    fill(40, front_desk, stages["New"], nora)
    fill(2, front_desk, stages["Proposal"], nora)
    board = board_of(nora, priority="0")  # of a priority no totals are kept
    new, proposal = (board.totals[str(stages[name].id)] for name in ("New", "Proposal"))

    assert new.is_more
    assert 0 < new.count < 40
    assert (proposal.count, proposal.is_more) == (2, False)
    assert board.total.is_more
    exact = Board(board.filter, "stage", nora, is_exact=True)
    assert (exact.total.count, exact.total.is_more) == (42, False)
