"""What somebody finds when they come in."""

from datetime import date
from functools import cached_property
from itertools import groupby

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.user import User
from app.extensions import db
from app.i18n import local_today

MOST_STEPS, MOST_CASES, MOST_DECIDED = 100, 50, 8


class StartPage:
    """One person's steps, open cases and last decisions."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def today(self) -> date:
        return local_today()

    @cached_property
    def steps(self) -> list[Activity]:
        """What they planned to do, of what they may still know, the most pressing first."""
        about = (
            joinedload(Activity.type),
            joinedload(Activity.case).joinedload(Case.partner),
            joinedload(Activity.partner),
        )
        query = Activity.visible_to(self.user).where(
            Activity.user_id == self.user.id, Activity.state == "planned"
        )
        query = query.options(*about).order_by(Activity.due_on, Activity.id).limit(MOST_STEPS)
        return list(db.session.scalars(query))

    @property
    def buckets(self) -> list[tuple[str, str, list[Activity]]]:
        """Overdue, today, later: each with its heading."""
        words = {"overdue": _("Overdue"), "today": _("Today"), "later": _("Later")}
        found = groupby(self.steps, key=lambda step: step.bucket(self.today))
        return [(name, words[name], list(steps)) for name, steps in found]

    @cached_property
    def open_cases(self) -> list[Case]:
        query = self.cases().where(~Case.is_closed, ~Case.archived)
        newest = sa.func.coalesce(Case.last_action_at, Case.created_at).desc()
        return list(db.session.scalars(query.order_by(newest, Case.id.desc()).limit(MOST_CASES)))

    @cached_property
    def decided(self) -> list[Case]:
        """What ended last."""
        query = self.cases().where(Case.is_closed, ~Case.archived)
        return list(
            db.session.scalars(query.order_by(Case.closed_at.desc(), Case.id.desc()).limit(MOST_DECIDED))
        )

    def cases(self) -> sa.Select[Case]:
        loaded = (joinedload(Case.partner), joinedload(Case.stage), joinedload(Case.responsible))
        return Case.visible_to(self.user).where(Case.responsible_id == self.user.id).options(*loaded)
