"""A case with a long past: `python -m bench.history CASE LINES`, on the demo that the environment names."""

from __future__ import annotations

import sys

import sqlalchemy as sa

from app import clock, create_app
from app.domain.case import Case
from app.domain.history import ChangeSet, Event
from app.extensions import db


def write(case_id: int, lines: int) -> None:
    """So many notes of a few words each, written past the verbs: what counts is that they are there."""
    team_id = db.session.get_one(Case, case_id).team_id
    made = ChangeSet(kind="act", actor_kind="system", actor_name="Bench", at=clock.now())
    db.session.add(made)
    db.session.flush()
    row = {
        "change_set_id": made.id,
        "case_id": case_id,
        "team_id": team_id,
        "action": "noted",
        "at": clock.now(),
        "details": {},
    }
    db.session.execute(
        sa.insert(Event.__table__), [row | {"body": f"They rang about line {n}."} for n in range(lines)]
    )
    db.session.commit()


if __name__ == "__main__":
    with create_app().app_context():
        write(int(sys.argv[1]), int(sys.argv[2]))
