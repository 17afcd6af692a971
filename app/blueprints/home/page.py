"""What somebody finds when they come in: their day, what is theirs, and what was decided."""

from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import Response, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from app.blueprints.cases.rows import lines, rows_of
from app.blueprints.home.beginning import FirstStep, first_steps
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.day import MOST, Day, Thing
from app.domain.user import User
from app.extensions import db
from app.i18n import local_today, number
from app.reasons import reasons_of
from app.web import is_partial, me, swap

MOST_COMING, MOST_CASES, MOST_DECIDED = 20, 50, 8
# What stands before a case that has no step due, by the first reason.
SIGNS = {"answer": "message", "call": "phone", "stale": "hourglass"}


class StartPage:
    """One person's day, open cases and last decisions."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def today(self) -> date:
        return local_today()

    @cached_property
    def day(self) -> Day:
        return Day(self.user)

    @property
    def things(self) -> list[Thing]:
        return self.day.things

    @property
    def count(self) -> str:
        """How many wait."""
        return _("more than %(most)s", most=number(MOST)) if self.day.has_more else number(len(self.things))

    @cached_property
    def first_steps(self) -> list[FirstStep]:
        return first_steps(self.user)

    def reasons(self, thing: Thing) -> list[str]:
        return reasons_of(thing, self.day)

    def sign(self, thing: Thing) -> str:
        return SIGNS.get(thing.reasons[0].kind, "calendar")

    def whom(self, thing: Thing) -> str:
        """What a step is on, and whose the case is."""
        names = [thing.about.name] if thing.step else []
        if isinstance(thing.about, Case):
            names.append(thing.about.who_for(self.user))
        return " · ".join(filter(None, names))

    def may_plan(self, about: Any) -> bool:
        return self.user.may("plan", about)

    @cached_property
    def coming(self) -> list[Activity]:
        """What they planned for later days, of what they may still know."""
        about = (
            joinedload(Activity.type),
            joinedload(Activity.case).joinedload(Case.partner),
            joinedload(Activity.partner),
        )
        query = Activity.visible_to(self.user).where(
            Activity.user_id == self.user.id, Activity.state == "planned", Activity.due_on > self.today
        )
        query = query.options(*about).order_by(Activity.due_on, Activity.id).limit(MOST_COMING)
        return list(db.session.scalars(query))

    @cached_property
    def open_cases(self) -> list[Markup]:
        """As lines of a list, ready to print."""
        query = self.cases().where(~Case.is_closed, ~Case.archived).with_only_columns(Case.id)
        newest = sa.func.coalesce(Case.last_action_at, Case.created_at).desc()
        ids = db.session.scalars(query.order_by(newest, Case.id.desc()).limit(MOST_CASES)).all()
        return lines(rows_of(ids))

    @cached_property
    def decided(self) -> list[Case]:
        """What ended last."""
        query = self.cases().where(Case.is_closed, ~Case.archived).options(joinedload(Case.partner))
        return list(
            db.session.scalars(query.order_by(Case.closed_at.desc(), Case.id.desc()).limit(MOST_DECIDED))
        )

    def cases(self) -> sa.Select[Case]:
        return Case.visible_to(self.user).where(Case.responsible_id == self.user.id)


def day_as_it_is(**told: Any) -> Response:
    """The answer to an act that was done on one's day: the day without what is done."""
    answer = swap("home/_day.html", otherwise=url_for("home.start"), page=StartPage(me()), **told)
    if is_partial():
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#day", "outerMorph"
    return answer
