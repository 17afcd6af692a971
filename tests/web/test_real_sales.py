"""The board and the page of a case over a real sales department, as three people of it see them."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.history import lock
from app.domain.importing.records import ExternalId
from app.domain.user import User
from app.extensions import db
from tests.conftest import HASH
from tests.sales import SALES
from tests.web.reading import words

pytestmark = pytest.mark.real_data
STAGES = {"Prospecting": "New", "Engaging": "Qualified"}
# The day after the last deal of the file was closed: those won in the month before still stand on the board.
NEW_YEAR = datetime(2018, 1, 1, 15, tzinfo=UTC)
MONTH = NEW_YEAR - timedelta(days=30)


@pytest.fixture
def department(sales):
    """Everything in, at work on New Year's Day."""
    with clock.stopped_at(NEW_YEAR):
        for kind in SALES:
            sales(kind)
        yield


@pytest.fixture
def deals(theirs):
    """The deals of the file, each with the manager of who sells it."""
    managers = {row["sales_agent"]: row["manager"] for row in theirs("users")}
    return [row | {"manager": managers[row["sales_agent"]]} for row in theirs("cases")]


def closed_within_a_month(row):
    closed = datetime.strptime(row["close_date"], "%m/%d/%Y")
    return closed.replace(hour=17, tzinfo=UTC) >= MONTH


def expected(deals, **whose):
    """Number and worth per stage of what a board shows of these deals."""
    number, worth = Counter(), Counter()
    for row in deals:
        stage = STAGES.get(row["deal_stage"])
        if row["deal_stage"] == "Won" and closed_within_a_month(row):
            stage = "Won"
        if stage and all(row[name] == value for name, value in whose.items()):
            number[stage] += 1
            worth[stage] += int(row["close_value"] or 0)
    return {stage: (number[stage], worth[stage]) for stage in number}


def shown(page):
    """Number and worth per stage as the page has them."""
    found = {}
    for head in re.findall(r'<header id="column-.*?</header>', page.text, re.DOTALL):
        name, count = re.search(r"<h2[^>]*>(.*?)</h2>", head)[1], int(re.search(r'class="n">(\d+)<', head)[1])
        worth = re.search(r'class="col-sum"><a[^>]*>US\$([\d,]+)', head)
        if count:
            found[unescape(name)] = (count, int(worth[1].replace(",", "")) if worth else 0)
    return found


def named(name):
    """Somebody of the file, who can sign in from now on."""
    user = db.session.scalars(sa.select(User).where(User.name == name)).one()
    lock(user)
    user.set_password(HASH, by=user)
    db.session.commit()
    return user


def a_deal(rows, **facts):
    """The case of the first deal of which this is so."""
    row = next(row for row in rows if all(row[name] == value for name, value in facts.items()))
    known = sa.select(ExternalId.record_id).where(ExternalId.external_id == row["opportunity_id"])
    return db.session.get_one(Case, db.session.scalar(known)), row


@pytest.mark.usefixtures("department")
def test_each_sees_their_own_part_of_a_real_department(as_, ada, deals):
    darcel, melvin = named("Darcel Schlecht"), named("Melvin Marxen")
    parts = {
        darcel: [
            ("/pipeline/", {"sales_agent": darcel.name}),
            ("/pipeline/?all=1", {"manager": melvin.name}),
        ],
        melvin: [("/pipeline/", {"manager": melvin.name}), ("/pipeline/?all=1", {"manager": melvin.name})],
        ada: [("/pipeline/", {})],
    }
    for user, boards in parts.items():
        for path, whose in boards:
            assert shown(as_(user).get(path)) == expected(deals, **whose), (user.name, path)


@pytest.mark.usefixtures("department")
def test_each_opens_the_real_cases_that_are_theirs_to_see(as_, ada, deals):
    darcel, melvin = named("Darcel Schlecht"), named("Melvin Marxen")
    own, of_own = a_deal(deals, sales_agent=darcel.name, deal_stage="Won")
    colleague, of_colleague = a_deal(deals, manager=melvin.name, deal_stage="Lost")
    other, of_other = a_deal(deals, manager="Celia Rouche", deal_stage="Won")
    may = {darcel: (200, 200, 404), melvin: (200, 200, 404), ada: (200, 200, 200)}
    for user, answers in may.items():
        visitor = as_(user)
        for case, row, answer in zip(
            (own, colleague, other), (of_own, of_colleague, of_other), answers, strict=True
        ):
            page = visitor.get(f"/cases/{case.id}")
            assert page.status_code == answer, (user.name, case.name)
            if answer == 200:
                text = words(page)
                assert row["sales_agent"] in text
                assert row["account"] in text
                assert f"${int(row['close_value']):,}" in text
