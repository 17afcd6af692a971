"""What somebody has to do today, and should have done: said once a day, in the morning."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.notification import Notification
from app.domain.organisation import Organisation
from app.domain.user import User
from app.extensions import db

MORNING = 6


def tell_due() -> None:
    """From the morning of the organisation on: who has steps that are due hears how many. Harmless to repeat."""
    here = clock.now().astimezone(ZoneInfo(Organisation.current().zone))
    if here.hour < MORNING:
        return
    day, rows = here.date(), []
    for user in those_with_steps(day):
        overdue, today = steps_of(user, day)
        if overdue or today:
            details = {"overdue": overdue, "today": today}
            rows.append({"user_id": user.id, "type": "due", "day": day, "details": details})
    Notification.write(rows)  # all at once: nobody waits for us while we count


def those_with_steps(today: date) -> list[User]:
    """Who has something to do by today and has not heard of it yet."""
    is_due = sa.exists().where(Activity.user_id == User.id, *due_by(today))
    has_heard = sa.exists().where(
        Notification.user_id == User.id, Notification.type == "due", Notification.day == today
    )
    return list(db.session.scalars(sa.select(User).where(User.is_offered(), is_due, ~has_heard)))


def steps_of(user: User, today: date) -> tuple[int, int]:
    """How many of the steps that they still know of are overdue, and how many are for today."""
    mine = Activity.visible_to(user).where(Activity.user_id == user.id, *due_by(today))
    late = sa.func.count(sa.case((Activity.due_on < today, 1)))
    counted = mine.with_only_columns(late, sa.func.count() - late)
    overdue, now = db.session.execute(counted).one()
    return overdue, now


def due_by(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    return Activity.state == "planned", Activity.due_on <= day, Activity.deleted_at.is_(None)
