"""What timed rules only set is done for many cases at once, and nobody could tell that from one by one."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app import clock
from app.domain.actor import SYSTEM
from app.domain.base import Base
from app.domain.case import Case
from app.domain.counting import Amounts, Place
from app.domain.history import act, lock, together, undo
from app.domain.lists import Category, Tag
from app.domain.rules import RuleRun, acting, timing
from app.extensions import db
from tests.conftest import add, last_set
from tests.rules import acted, rule_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HIGH = {"key": "priority", "priority": 3}
REACHED = {"key": "field", "field": "function", "value": "Reached"}


@pytest.fixture
def lists(database):
    """A category that makes its cases likely, one that is no more, and a tag."""
    found = {"likely": Category(name="Likely", probability=70), "gone": Category(name="Gone")}
    found["vip"] = Tag(name="vip")
    add(*found.values())
    return found


def after(hours):
    return [{"key": "since_created", "number": hours, "unit": "hours", "direction": "after"}]


def made_at(instants, by, team):
    """A case made at each of these instants, of one kind after the other, some of them worth something."""
    cases = []
    for number, instant in enumerate(instants):
        with clock.stopped_at(instant):
            facts = {"phone": "+46 8 123 456", "expected_revenue": 100_050} if number % 2 else {}
            kind = ("opportunity", "task", "call")[number % 3]
            cases.append(Case.make(kind, f"Case {number}", by=by, team=team, priority=number % 2, **facts))
            db.session.commit()
    return cases


def rule_before(by, **facts):
    with clock.stopped_at(NOON - 30 * DAY):
        return rule_of(by, **facts)


def look(instant):
    with clock.stopped_at(instant):
        return timing.evaluate()


# -- one by one and together


# Random, or of no interest to anybody who looks at cases.
LEFT_OUT = frozenset({"configuration_marks", "jobs", "messages", "recipients", "case_count_changes"})


def tables():
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def ids():
    """The ids that are taken in each table."""
    return {
        table.name: set(db.session.scalars(sa.select(table.c.id))) for table in tables() if "id" in table.c
    }


def picture(known):
    """All that is stored, with the ids of what is not `known` as places in the order in which it was written."""
    new = {
        name: {id_: f"new {place}" for place, id_ in enumerate(sorted(found - known[name]))}
        for name, found in ids().items()
    }

    def told(column, value):
        if isinstance(value, dict) and "event" in value:
            return value | {"event": new["events"].get(value["event"], value["event"])}
        named = (
            {column.table.name}
            if column.name == "id"
            else {key.column.table.name for key in column.foreign_keys}
        )
        return next((new[name][value] for name in named if value in new.get(name, ())), value)

    return {
        table.name: [
            {column.name: told(column, value) for column, value in zip(table.c, row, strict=True)}
            for row in db.session.execute(sa.select(table).order_by(*table.primary_key.columns))
        ]
        for table in tables()
    } | {"totals": totals()}


def totals():
    """What writers added to the totals, by place."""
    changes = Base.metadata.tables["case_count_changes"]
    sums = [sa.func.sum(changes.c[name]) for name in Amounts._fields]
    places = [changes.c[name] for name in Place._fields]
    rows = db.session.execute(sa.select(*places, *sums).group_by(*places).order_by(*places))
    return [tuple(row) for row in rows if any(row[len(places) :])]


def seen_and_taken_back(work, known):
    """What there is when this work is done; then it has never been."""
    db.session.remove()
    point = db.engine.begin_nested()
    work()
    found = picture(known)
    db.session.remove()
    point.rollback()
    return found


ACTIONS = st.sampled_from(
    [
        HIGH,
        {"key": "priority", "priority": 1},
        REACHED,
        {"key": "field", "field": "function"},
        {
            "key": "field",
            "field": "name",
            "value": "{{ case.name }} of {{ case.number }}\N{COMBINING ACUTE ACCENT}",
        },
        {"key": "field", "field": "phone", "value": "+49 30 901820"},
        {"key": "field", "field": "email", "value": " Ines@Example.com"},
        {"key": "field", "field": "probability_typed", "value": "35"},
        {"key": "deadline", "day": "+3"},
        {"key": "deadline", "day": "none"},
        {"key": "category", "id": "likely"},
        {"key": "category", "id": "gone"},
        {"key": "note", "text": "{{ case.name }}"},
        {"key": "tag", "ids": ["vip"]},
        {"key": "to_leader"},
        {"key": "state", "state": "pending"},
        {"key": "stop"},
    ]
)
CONDITIONS = st.sampled_from(
    [
        {},
        {"all": [{"key": "priority", "most": 1}]},
        {"all": [{"key": "probability", "least": 50}]},
        {"all": [{"key": "category", "ids": ["likely"]}]},
        {"all": [{"key": "field", "field": "function", "operator": "empty"}]},
        {"any": [{"key": "tag", "ids": ["vip"]}, {"key": "name", "pattern": "case ?"}]},
    ]
)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "hours": st.integers(1, 3),
            "conditions": CONDITIONS,
            "actions": st.lists(ACTIONS, min_size=1, max_size=3),
            "stops": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)
WOKEN = st.sampled_from(
    [
        None,
        [{"key": "changed", "fields": ["priority"]}],
        [{"key": "changed", "fields": ["probability", "function"]}],
        [{"key": "changed"}],
    ]
)


def plain_rule(actions, *, hours=1, stops=False):
    return {"hours": hours, "conditions": {}, "actions": actions, "stops": stops}


def with_ids(said, lists):
    """The same with the ids of what is named."""
    if isinstance(said, dict):
        return {key: with_ids(value, lists) for key, value in said.items()}
    if isinstance(said, list):
        return [with_ids(each, lists) for each in said]
    return lists[said].id if said in lists else said


def read_again(record):
    """The same record in the session of now."""
    return db.session.get_one(type(record), sa.inspect(record).identity[0])


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@example(
    rules=[plain_rule([HIGH, REACHED]), plain_rule([{"key": "category", "id": "likely"}], stops=True)],
    woken=None,
    hours=[0, 0, 1],
)
@example(
    rules=[
        plain_rule([REACHED]),
        plain_rule([HIGH]),
        plain_rule([{"key": "category", "id": "gone"}], hours=2),
    ],
    woken=[{"key": "changed", "fields": ["priority"]}],
    hours=[0] * 7,
)
@given(rules=RULES, woken=WOKEN, hours=st.lists(st.integers(0, 2), min_size=1, max_size=6))
def test_together_leaves_what_one_by_one_leaves(
    rules, woken, hours, lists, ada, nora, front_desk, monkeypatch
):
    """Whatever rules do, fail at, stop and wake: every row of every table, and the totals."""
    db.session.remove()
    example = db.engine.begin_nested()
    ada, nora, front_desk = map(read_again, (ada, nora, front_desk))
    lists = {name: read_again(record) for name, record in lists.items()}
    for number, rule in enumerate(rules):
        facts = with_ids({key: rule[key] for key in ("conditions", "actions", "stops")}, lists)
        rule_before(ada, name=f"Rule {number}", triggers=after(rule["hours"]), **facts)
    if woken:
        city = {"key": "field", "field": "city", "value": "Lund"}
        rule_before(ada, name="Woken", triggers=woken, actions=[city])
    made_at([NOON + hour * HOUR for hour in hours], nora, front_desk)
    lock(lists["gone"])
    with act("deleted", lists["gone"], by=SYSTEM):
        lists["gone"].deleted_at = NOON
    db.session.commit()
    known = ids()

    def work():
        look(NOON + 2 * HOUR)
        look(NOON + DAY)

    together = seen_and_taken_back(work, known)
    with monkeypatch.context() as patch:
        patch.setattr(acting.Work, "together", lambda _work, _firings: 0)
        one_by_one = seen_and_taken_back(work, known)
        patch.setattr(acting, "TAKEN_AT_ONCE", 1)
        in_batches = seen_and_taken_back(work, known)
    example.rollback()

    for name, rows in one_by_one.items():
        assert together[name] == rows, name
        assert in_batches[name] == rows, name


# -- what follows from that


def test_thirty_cases_take_as_many_statements_as_three(ada, nora, front_desk, asked):
    rule_before(ada, name="Raises", triggers=after(1), actions=[HIGH, REACHED])
    counts = []
    for day, number in ((0, 3), (10, 30)):
        made_at([NOON + day * DAY] * number, nora, front_desk)
        with clock.stopped_at(NOON + (day + 1) * DAY):
            timing.find()
            before = len(asked)
            assert acting.act_on_due() == number
            counts.append(len(asked) - before)

    assert counts[0] == counts[1]


def test_each_case_is_taken_back_alone(ada, nora, front_desk):
    rule_before(ada, name="Raises", triggers=after(1), actions=[HIGH, REACHED])
    one, other = made_at([NOON, NOON], nora, front_desk)
    look(NOON + DAY)

    with clock.stopped_at(NOON + DAY + HOUR):
        undo(last_set(one), by=ada)
        db.session.commit()

    assert (one.priority, one.function, one.version) == (0, None, 3)
    assert (other.priority, other.function, other.version) == (3, "Reached", 2)


@pytest.mark.parametrize("where", [(together, "write_history"), (RuleRun, "note_many")])
@pytest.mark.parametrize("most", [50, 2])
def test_what_the_database_refuses_together_is_done_one_by_one(
    ada, nora, front_desk, monkeypatch, where, most
):
    """The edits or their log; and where they are more than are done one by one, the rest in a batch after that."""
    rule_before(ada, name="Raises", triggers=after(1), actions=[HIGH])

    def refused(*_what):
        raise sa.exc.OperationalError("INSERT", {}, Exception("the disk is full"))

    monkeypatch.setattr(*where, refused)
    monkeypatch.setattr(acting, "DONE_AT_ONCE", most)
    cases = made_at([NOON] * 3, nora, front_desk)
    look(NOON + DAY)

    assert [(acted(case, "Raises"), case.priority, case.version) for case in cases] == [
        (["edited"], 3, 2)
    ] * 3
    runs = db.session.execute(sa.select(RuleRun.case_id, RuleRun.outcome).order_by(RuleRun.id)).all()
    assert [tuple(run) for run in runs] == [(case.id, "done") for case in cases]
