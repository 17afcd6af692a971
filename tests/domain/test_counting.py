"""The totals of the boards: kept on write, folded later, and always what a recount says."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import counting, housekeeping, recounting
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.counting import CaseCount, CaseCountChange
from app.domain.history import act, lock, write_many
from app.domain.organisation import Organisation
from app.extensions import db


def agree():
    return db.session.execute(recounting.differences()).all() == []


def figures(*by):
    kept = counting.by_person()
    columns = [kept.c[name] for name in by]
    query = sa.select(
        *columns, sa.func.sum(kept.c.cases), sa.func.sum(kept.c.expected), sa.func.sum(kept.c.weighted)
    )
    rows = db.session.execute(
        query.group_by(*columns).having(sa.func.sum(kept.c.cases) != 0).order_by(*columns)
    )
    return [tuple(row[: len(by)]) + tuple(map(int, row[len(by) :])) for row in rows]


def rows_of(cls):
    return db.session.scalar(sa.select(sa.func.count()).select_from(cls))


def test_a_win_goes_from_its_stage_to_its_day(case, nora, stages):
    """The counter rows of the worked trace."""
    assert figures("stage_id", "won_on") == [(stages["Proposal"].id, "", 1, 4_820_000, 2_892_000)]

    lock(case)
    case.win(by=nora)
    db.session.commit()

    today = Organisation.current().today().isoformat()
    assert figures("stage_id", "won_on") == [(stages["Won"].id, today, 1, 4_820_000, 4_820_000)]
    assert agree()


@pytest.mark.parametrize("verb", ["archive", "cancel", "delete"])
def test_what_no_board_shows_is_not_counted(case, nora, front_desk, verb):
    front_desk.may_delete or lock(front_desk) or front_desk.edit({"may_delete": True}, by=SYSTEM)
    lock(case)
    getattr(case, verb)(by=nora)
    db.session.commit()

    assert figures("kind") == []
    assert agree()


def test_what_was_made_a_moment_ago_and_then_given_to_somebody_is_counted_there(nora, front_desk):
    call = Call(kind="call", name="Ring them", team=front_desk)
    with act("created", call, by=SYSTEM):
        call.take_up(SYSTEM)
    lock(call)
    call.assign(nora, by=nora)
    db.session.commit()

    assert db.session.execute(recounting.differences()).all() == []


def test_an_edit_of_something_else_adds_nothing(case, nora):
    before = rows_of(CaseCountChange)
    lock(case)
    case.edit({"referred_by": "A friend"}, by=nora)
    db.session.commit()

    assert rows_of(CaseCountChange) == before


def test_folding_keeps_the_figures_and_drops_the_rest(case, nora, stages):
    for _time in range(3):
        lock(case)
        case.move_to(stages["Qualified"], by=nora)
        case.move_to(stages["Proposal"], by=nora)
        db.session.commit()
    before = figures("stage_id", "responsible_id", "team_id")

    housekeeping.fold_counters()

    assert figures("stage_id", "responsible_id", "team_id") == before
    assert (rows_of(CaseCount), rows_of(CaseCountChange)) == (2, 0)  # by person, and for everybody
    assert agree()


def test_cases_by_the_thousand_are_counted_too(front_desk, nora, stages):
    many = write_many("import", by=nora)
    today = clock.now()
    rows = [
        {
            "kind": "opportunity", "name": f"Pump {n}", "team_id": front_desk.id, "responsible_id": nora.id,
            "stage_id": stages["Won" if n % 3 == 0 else "New"].id, "expected_revenue": n, "currency": "EUR",
            "created_at": today, "opened_at": today, "archived": n % 5 == 0,
            **({"state": "done", "outcome": "won", "closed_at": today} if n % 3 == 0 else {"state": "open"}),
        }
        for n in range(60)
    ]  # fmt: skip
    many.make(Case, rows)
    db.session.commit()

    assert sum(row[1] for row in figures("kind")) == 48
    assert agree()


def test_set_statements_say_whom_they_change(case, front_desk):
    with counting.changing([case.id]):
        db.session.execute(
            sa.update(Case).where(Case.id == case.id).values(weighted=1),
            execution_options={"history": True},
        )
    db.session.commit()

    assert figures("team_id") == [(front_desk.id, 1, 4_820_000, 1)]
    assert agree()


def test_the_day_of_a_win_is_that_of_the_organisation_and_stays(case, nora):
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"zone": "Pacific/Auckland"}, by=SYSTEM)
    lock(case)
    with clock.stopped_at(datetime(2026, 11, 26, 20, 0, tzinfo=UTC)):
        case.win(by=nora)
        db.session.commit()
    assert case.won_on.isoformat() == "2026-11-27"

    lock(organisation, case)
    organisation.edit({"zone": "Europe/Berlin"}, by=SYSTEM)
    case.edit({"priority": 2}, by=nora)
    db.session.commit()

    assert case.won_on.isoformat() == "2026-11-27"
    assert agree()


def test_the_nightly_recount_reports_and_mends(case, caplog):
    db.session.execute(sa.insert(CaseCountChange).values(
        kind="lead", team_id=0, won_on="", responsible_id=0, stage_id=0, currency="", next_on="",
        cases=2, valued=0, expected=0, weighted=0,
    ))  # fmt: skip
    db.session.commit()
    assert not agree()

    housekeeping.recount()

    assert agree()
    assert "Counters are short" in caplog.text
    caplog.clear()
    housekeeping.recount()
    assert caplog.text == ""


def test_a_planned_step_moves_a_case_to_its_day(case, nora):
    due = clock.today() + timedelta(days=3)
    from app.domain.activity import Activity
    from app.domain.lists import ActivityType

    lock(case)
    Activity.plan(case, db.session.scalars(sa.select(ActivityType)).first(), "Ring", by=nora, due_on=due)
    db.session.commit()

    assert [row[0] for row in figures("next_on")] == [due.isoformat()]
    assert agree()
