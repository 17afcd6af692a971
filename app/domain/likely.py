"""Entries with a percentage that the cases which name them start from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.domain.job import Job


class Likely:
    """When its percentage changes, by an edit or an Undo, a job brings its cases there."""

    record_kind: Any
    id: Any

    def derive(self) -> None:
        super().derive()
        state: Any = sa.inspect(self)
        if state.persistent and state.attrs.probability.history.has_changes():
            Job.plan_once(f"reweigh {self.record_kind}", self.id)
