"""How much of the time between two instants people worked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.domain.history import lock
from app.domain.lists import Holiday, WorkingCalendar
from app.domain.organisation import Organisation
from app.domain.working_time import MINUTE, WorkingTime, minutes_between
from app.extensions import db

WEEKDAYS = (((540, 720), (780, 1020)),) * 5 + ((),) * 2
OFFICE = WorkingTime("Europe/Berlin", WEEKDAYS, frozenset({date(2026, 12, 25)}))


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-26T09:30", "2026-11-26T11:00", 1.5),
        ("2026-11-26T11:00", "2026-11-26T14:00", 2),  # lunch is no work
        ("2026-11-26T16:00", "2026-11-27T10:00", 2),
        ("2026-11-27T16:00", "2026-11-30T10:00", 2),  # over a weekend
        ("2026-11-28T08:00", "2026-11-29T20:00", 0),
        ("2026-12-24T16:00", "2026-12-28T10:00", 2),  # and a holiday before it
        ("2026-12-25T09:00", "2026-12-25T17:00", 0),
        ("2026-11-02T09:00", "2026-11-30T09:00", 4 * 5 * 7),
        ("2026-11-26T11:00", "2026-11-26T11:00", 0),
        ("2026-11-27T11:00", "2026-11-26T11:00", 0),
    ],
)
def test_only_hours_of_work_count(start, end, hours):
    assert OFFICE.minutes(berlin(start), berlin(end)) == hours * 60


MINUTES = st.integers(0, 60 * 24 * 40)
SPANS = st.lists(st.integers(0, 1440), unique=True, max_size=4).map(
    lambda cuts: tuple(zip(*[iter(sorted(cuts))] * 2, strict=False))
)


@given(
    begins=MINUTES,
    length=MINUTES,
    week=st.tuples(*[SPANS] * 7),
    free=st.sets(st.integers(0, 80).map(lambda day: date(2026, 6, 1) + timedelta(days=day)), max_size=5),
)
def test_it_is_what_counting_every_minute_gives(begins, length, week, free):
    start = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=begins)
    end = start + timedelta(minutes=length % (60 * 24 * 16))
    minutes = [start + MINUTE * number for number in range((end - start) // MINUTE)]
    counted = sum(
        any(opens <= each.hour * 60 + each.minute < closes for opens, closes in week[each.weekday()])
        for each in minutes
        if each.date() not in free
    )
    assert WorkingTime("UTC", week, frozenset(free)).minutes(start, end) == counted


def test_a_team_works_by_its_own_calendar_and_else_by_that_of_the_house(front_desk, ada):
    week = {str(day): [[540, 1020]] for day in range(5)}
    own = WorkingCalendar.make(by=ada, name="Shifts", zone="UTC", hours={**week, "5": [[540, 720]]})
    db.session.commit()
    friday, monday = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (27, 30))

    house = db.session.scalars(sa.select(WorkingCalendar).where(WorkingCalendar.name == "Office hours")).one()
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"calendar_id": house.id}, by=ada)
    db.session.commit()
    assert minutes_between(friday, monday, front_desk) == 8 * 60
    lock(front_desk)
    front_desk.edit({"calendar_id": own.id}, by=ada)
    db.session.commit()
    assert minutes_between(friday, monday, front_desk) == (8 + 3) * 60
    assert minutes_between(friday, monday, None) == 8 * 60
    Holiday.make(by=ada, name="Closed", day=friday.date(), calendar_id=own.id)
    db.session.commit()
    assert minutes_between(friday, monday, front_desk) == 3 * 60

    for each in (own, house):
        lock(each)
        each.edit({"hours": {}}, by=ada)
    db.session.commit()
    assert minutes_between(friday, monday, front_desk) == 3 * 24 * 60, "by the clock, where no hours are set"
