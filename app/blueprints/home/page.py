"""What somebody finds when they come in: their day, what is theirs, and what was decided."""

from datetime import date
from functools import cached_property, partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Response, get_template_attribute, request, url_for
from flask_babel import get_locale
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
from app.keeping import Drawn, drawn_for
from app.marks import icons
from app.reasons import reasons_of
from app.web import is_partial, me, stands_for, swap

MOST_COMING, MOST_CASES, MOST_DECIDED = 20, 50, 8
# What stands before a case that has no step due, by the first reason.
SIGNS = {"answer": "message", "call": "phone", "stale": "hourglass"}

# The rows that were read lately, with a place for the token of whoever reads them.
drawn_rows: Drawn[str] = Drawn()


@stands_for(Activity)
class Step(NamedTuple):
    """A step by what its forms ask of it."""

    id: int
    what: str


class Row(NamedTuple):
    """What a row says of something that waits; two that say the same are the same."""

    key: str
    about_kind: str
    about_id: int
    about_name: str
    step: Step | None
    icon: str
    whom: str
    reasons: tuple[str, ...]
    is_late: bool
    number: str | None
    may_plan: bool


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

    @property
    def rows(self) -> list[Markup]:
        """What waits as rows. Most were drawn a moment ago, and say what they said then."""
        look = self.look
        draw = get_template_attribute("home/_thing.html", "thing_row")
        return [drawn_for(drawn_rows, (look, row), partial(draw, row)) for row in map(self.row, self.things)]

    def row(self, thing: Thing) -> Row:
        step, about = thing.step, thing.about
        return Row(
            thing.key,
            thing.about_kind,
            about.id,
            about.name,
            Step(step.id, step.what) if step is not None else None,
            step.type.icon if step is not None else SIGNS.get(thing.reasons[0].kind, "calendar"),
            self.whom(thing),
            tuple(reasons_of(thing, self.day)),
            thing.reasons[0].kind in {"overdue", "late"},
            thing.number,
            self.user.may("plan", about),
        )

    @property
    def look(self) -> tuple[str, ...]:
        """What makes the same row look another way: its language, its icons, and where its links lead."""
        return str(get_locale()), icons(), request.script_root

    def whom(self, thing: Thing) -> str:
        """What a step is on, and whose the case is."""
        names = [thing.about.name] if thing.step else []
        if isinstance(thing.about, Case):
            names.append(thing.about.who_for(self.user))
        return " · ".join(filter(None, names))

    @cached_property
    def coming(self) -> list[Activity]:
        """What they planned for later days, of what they may still know."""

        def put() -> sa.Select[Activity]:
            about = (
                joinedload(Activity.type),
                joinedload(Activity.case).joinedload(Case.partner),
                joinedload(Activity.partner),
            )
            later = Activity.due_on > sa.bindparam("today", type_=sa.Date())
            theirs = Activity.user_id == self.user.id, Activity.state == "planned", later
            query = Activity.visible_to(self.user).where(*theirs).options(*about)
            return query.order_by(Activity.due_on, Activity.id).limit(MOST_COMING)

        query = self.user.question((StartPage, "coming"), put)
        return list(db.session.scalars(query, {"today": self.today}))

    @cached_property
    def open_cases(self) -> list[Markup]:
        """As lines of a list, ready to print."""

        def put() -> sa.Select[int]:
            query = self.cases().where(~Case.is_closed, ~Case.archived).with_only_columns(Case.id)
            newest = sa.func.coalesce(Case.last_action_at, Case.created_at).desc()
            return query.order_by(newest, Case.id.desc()).limit(MOST_CASES)

        return lines(rows_of(db.session.scalars(self.user.question((StartPage, "open"), put)).all()))

    @cached_property
    def decided(self) -> list[Case]:
        """What ended last."""

        def put() -> sa.Select[Case]:
            query = self.cases().where(Case.is_closed, ~Case.archived).options(joinedload(Case.partner))
            return query.order_by(Case.closed_at.desc(), Case.id.desc()).limit(MOST_DECIDED)

        return list(db.session.scalars(self.user.question((StartPage, "decided"), put)))

    def cases(self) -> sa.Select[Case]:
        return Case.visible_to(self.user).where(Case.responsible_id == self.user.id)


def day_as_it_is(**told: Any) -> Response:
    """The answer to an act that was done on one's day: the day without what is done."""
    answer = swap("home/_day.html", otherwise=url_for("home.start"), page=StartPage(me()), **told)
    if is_partial():
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#day", "outerMorph"
    return answer
