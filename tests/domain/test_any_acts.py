"""Whatever people do to a case, in whatever order: the invariants hold, the history agrees, Undo takes it back."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from app import clock
from app.domain import recounting
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.history import Change, ChangeSet, Event, lock, redo, undo
from app.domain.history.tracking import business_columns, link_key
from app.domain.lists import ActivityType, Category, LostReason, Tag
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from tests.conftest import add

VERBS = (
    "open",
    "wait",
    "close",
    "win",
    "cancel",
    "reopen",
    "reset",
    "escalate",
    "convert",
    "archive",
    "unarchive",
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40),
        "expected_revenue": st.none() | st.integers(-(10**15), 10**15),
        "probability_typed": st.none() | st.integers(0, 100),
        "priority": st.integers(0, 3),
        "deadline": st.none() | st.dates(date(1900, 1, 1), date(9999, 12, 31)),
        "phone": st.none() | st.from_regex(r"\+49 30 [0-9]{5,9}", fullmatch=True),
        "email": st.none() | st.emails(),
    },
)
ACTS = st.one_of(
    st.tuples(st.sampled_from(VERBS)),
    st.tuples(st.just("lose"), st.booleans()),
    st.tuples(st.just("move"), st.integers(0, 4)),
    st.tuples(st.just("assign"), st.integers(0, 3)),
    st.tuples(st.just("hand"), st.integers(0, 2)),
    st.tuples(st.sampled_from(("tag", "untag", "watch", "unwatch")), st.integers(0, 1)),
    st.tuples(st.just("copy"), st.sampled_from(("a@x.example", "B@x.example"))),
    st.tuples(st.just("edit"), FIELDS),
    st.tuples(st.just("plan"), st.integers(-3, 30)),
    st.tuples(st.sampled_from(("done", "drop"))),
    st.tuples(st.just("note"), st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)),
)


@pytest.fixture
def stage_set(front_desk, support, headquarters, stages, otto, nora, ada, marc):
    """Everything that random acts can reach for."""
    signed = Stage(name="Signed", sequence=9, is_won=True, probability=100)
    tags = [Tag(name="Retrofit"), Tag(name="Tender")]
    add(signed, *tags, Category(name="Small", probability=15))
    return {
        "stages": list(db.session.scalars(sa.select(Stage).order_by(Stage.id))),
        "people": [nora, otto, marc, None],
        "teams": [front_desk, support, headquarters],
        "tags": tags,
        "reason": db.session.scalars(sa.select(LostReason)).first(),
        "activity_type": db.session.scalars(sa.select(ActivityType)).first(),
    }


def perform(case: Case, act: tuple, world: dict, by: User) -> None:
    """Do one act to a case, as a route would: locked first."""
    lock(case)
    match act:
        case ("lose", with_words):
            case.lose(by=by, reason=world["reason"], words="Too far away" if with_words else None)
        case ("move", n):
            case.move_to(world["stages"][n], by=by)
        case ("assign", n):
            case.assign(world["people"][n], by=by)
        case ("hand", n):
            case.hand_to_team(world["teams"][n], by=by)
        case ("tag" | "untag" as verb, n):
            getattr(case, verb)(world["tags"][n], by=by)
        case ("watch" | "unwatch" as verb, n):
            getattr(case, verb)(world["people"][n], by=by)
        case ("copy", address):
            case.copy_to(address, by=by)
        case ("edit", values):
            case.edit(values, by=by)
        case ("plan", days):
            Activity.plan(
                case, world["activity_type"], "Ring", by=by, due_on=clock.today() + timedelta(days=days)
            )
        case ("done" | "drop" as verb,):
            activity = next(iter(case.activities), None)
            if activity is not None:
                lock(activity)
                activity.done(by=by) if verb == "done" else activity.cancel(by=by)
        case ("note", text):
            case.note(text, by=by)
        case (verb,):
            getattr(case, verb)(by=by)


def attempt(case: Case, act: tuple, world: dict, by: User) -> ChangeSet | None:
    """Do it, if it is possible now; answers the change set that it made, if any."""
    before = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    try:
        perform(case, act, world, by)
        db.session.commit()
    except Refused:
        db.session.rollback()
    made = db.session.scalars(sa.select(ChangeSet).where(ChangeSet.id > before).order_by(ChangeSet.id)).all()
    assert len(made) <= 1
    return made[0] if made else None


def business(case: Case) -> dict:
    """Every business column, and every link."""
    db.session.refresh(case)
    columns = {name: getattr(case, name) for name in business_columns(type(case))}
    links = {name: {link_key(target) for target in getattr(case, name)} for name in case.links}
    planned = db.session.scalars(
        sa.select(Activity.id).where(
            Activity.case_id == case.id, Activity.state == "planned", Activity.deleted_at.is_(None)
        )
    )
    return columns | links | {"planned": set(planned)}


def assert_sound(case: Case) -> None:
    """The invariants of the model."""
    assert (case.outcome == "none") or case.state == "done"
    assert case.is_closed == (case.closed_at is not None)
    assert not case.is_won or (case.probability == 100 and case.stage.is_won)
    assert not case.is_lost or (case.probability == 0 and case.lost_reason_id is not None)
    assert case.state != "open" or case.opened_at is not None
    assert case.stage is None or case.stage.takes(case)
    worth = (case.expected_revenue or 0) * case.probability
    assert case.weighted == (worth + 50) // 100
    next_day = Activity.next_day(Activity.case_id == case.id)
    assert case.next_activity_on == next_day


def assert_totals_agree() -> None:
    """The totals of the boards are what a recount says."""
    assert db.session.execute(recounting.differences()).all() == []


def assert_history_agrees(case: Case) -> None:
    """The last new value of every noted field is what the record holds; its version is the last one noted."""
    rows = db.session.scalars(
        sa.select(Change).where(Change.record_kind == "case", Change.record_id == case.id).order_by(Change.id)
    )
    last = {row.field: row for row in rows if row.field not in "+-" and ":" not in row.field}
    for name, row in last.items():
        value = getattr(case, name)
        assert (value.isoformat() if hasattr(value, "isoformat") else str(value)) == str(row.new), name
        assert row.version <= case.version


@given(acts=st.lists(ACTS, max_size=12), won_by_hand=st.booleans())
def test_invariants_hold_and_undo_takes_everything_back(acts, won_by_hand, stage_set, ada):
    db.session.rollback()  # an example that failed leaves its act open
    case = Case.make(
        "opportunity",
        "Pumps",
        by=ada,
        team=stage_set["teams"][0],
        expected_revenue=1_234_567 if won_by_hand else None,
        currency="EUR",
    )
    db.session.commit()
    done: list[tuple[ChangeSet, dict, dict]] = []
    for each in acts:
        before = business(case)
        made = attempt(case, each, stage_set, ada)
        after = business(case)
        assert_sound(case)
        assert_totals_agree()
        assert_history_agrees(case)
        if made is None:
            assert after == before, each
        else:
            done.append((made, before, after))

    for made, before, _after in reversed(done):
        if any(event.changes for event in made.events):
            answer = undo(made, by=ada)
            db.session.commit()
            assert answer.kept == []
        assert business(case) == before
        assert_sound(case)
        assert_totals_agree()

    for made, _before, after in done:
        if any(event.changes for event in made.events):
            answer = redo(made, by=ada)
            db.session.commit()
            assert answer.kept == []
        assert business(case) == after
        assert_sound(case)


@example(acts=[("edit", {"name": "\uf900"})])  # stored as U+8C48, which looks the same
@given(acts=st.lists(ACTS, min_size=1, max_size=8))
def test_doing_a_thing_twice_changes_nothing(acts, stage_set, ada):
    case = Case.make("opportunity", "Valves", by=ada, team=stage_set["teams"][0])
    db.session.commit()
    for each in acts:
        attempt(case, each, stage_set, ada)
        if each[0] in {"plan", "done", "drop", "note", "escalate"}:
            continue  # each of these is another one when it is said again
        before = business(case), case.version
        assert attempt(case, each, stage_set, ada) is None
        assert (business(case), case.version) == before


@given(seen=st.data())
def test_both_ways_to_ask_who_sees_a_case_agree(seen, stage_set, nora, otto, marc, ada, olga, ines):
    teams = [*stage_set["teams"], None]
    case = Case.make(
        "opportunity",
        "Sensors",
        by=ada,
        team=seen.draw(st.sampled_from(teams)),
        responsible=seen.draw(st.sampled_from([nora, otto, marc, ada])),
    )
    lock(case)
    case.assign(seen.draw(st.sampled_from([nora, otto, None])), by=ada)
    if seen.draw(st.booleans()):
        case.watch(seen.draw(st.sampled_from([nora, otto, olga])), by=ada)
    db.session.commit()
    for user in (nora, otto, marc, ada, olga, ines):
        found = db.session.scalar(Case.visible_to(user).where(Case.id == case.id)) is not None
        assert found == case.is_visible_to(user), user.name
        if user.may("edit", case):
            assert found


def test_events_are_one_a_line_and_in_order(case, nora, stages):
    lock(case)
    case.move_to(stages["Won"], by=nora)
    case.move_to(stages["New"], by=nora)
    db.session.commit()

    said = db.session.scalars(
        sa.select(Event.action).where(Event.case_id == case.id).order_by(Event.id)
    ).all()
    assert said == ["created", "won", "reopened", "moved"]


def test_a_team_that_is_handed_a_case_below_another_leader_is_seen_from_above(case, marc, support, ada):
    lock(case)
    case.hand_to_team(support, by=ada)
    db.session.commit()

    assert list(db.session.scalars(Case.visible_to(marc))) == [case]
    assert isinstance(support, Team)
