"""One evaluation of 50 timed rules: `python -m bench.rules PAIRS`, on the demo that the environment names.

Each rule has two moments and three conditions; of the cases, `PAIRS` come due, the same number for each rule. The
report is a line of JSON: seconds until all were found, until all were acted on, of these on the processor of this
process, how many cases there were, and how much memory was taken beyond what the process had before.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

import sqlalchemy as sa

from app import clock, create_app
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.rules import Rule, timing
from app.extensions import db
from bench.memory import peak

RULES = 50
BASES = ("since_created", "since_opened", "since_action", "since_contact", "since_stage", "deadline")


def main(pairs: int) -> dict[str, Any]:
    app = create_app()
    with app.app_context():
        start = clock.now()
        with clock.stopped_at(start - timedelta(minutes=2)):
            make_rules()
        make_due(pairs, start)
        before, since, worked = peak(), time.perf_counter(), time.process_time()
        with clock.stopped_at(start + timedelta(minutes=2)):
            timing.find()
            found = time.perf_counter() - since
            acted = timing.act_on_due()
        return {
            "cases": db.session.scalar(sa.select(sa.func.count()).select_from(Case)),
            "acted": acted,
            "found_in": found,
            "seconds": time.perf_counter() - since,
            "processor": time.process_time() - worked,
            "memory": peak() - before,
        }


def make_rules() -> None:
    """As managers make them: so long after this or that, for some of the cases."""
    for number, base in enumerate(islice(cycle(BASES), RULES)):
        rule = Rule.make(
            by=SYSTEM,
            name=f"Timed {number}",
            triggers=[
                {"key": "scheduled", "number": 1, "unit": "minutes", "direction": "after"},
                {"key": base, "number": 10, "unit": "months", "direction": "after"},
            ],
            conditions={
                "all": [
                    {"key": "state", "values": ["draft", "open", "pending"]},
                    {"key": "field", "field": "referred_by", "operator": "is", "value": f"Bench {number}"},
                    {"any": [{"key": "priority", "most": 3}, {"key": "tag"}]},
                ]
            },
            actions=[{"key": "field", "field": "function", "value": "Reached by a rule"}],
        )
        lock(rule)
        rule.switch_on(by=SYSTEM)
    db.session.commit()


def make_due(pairs: int, at: Any) -> None:
    """So many open cases are scheduled for now, and shared out among the rules."""
    cases = Case.__table__
    open_ones = sa.select(cases.c.id).where(
        cases.c.state.in_(("draft", "open", "pending")), ~cases.c.archived, cases.c.deleted_at.is_(None)
    )
    ids = list(db.session.scalars(open_ones.order_by(cases.c.id).limit(pairs)))
    for number in range(RULES):
        db.session.connection().execute(
            sa.update(cases)
            .where(cases.c.id == sa.bindparam("its_id"))
            .values(scheduled_at=at, referred_by=f"Bench {number}", function=None),
            [{"its_id": id_} for id_ in ids[number::RULES]],
        )
    db.session.commit()
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
