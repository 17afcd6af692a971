"""Who is told of what: once an act, never of what one did, and of nothing that one may not know."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import get_locale
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.domain import housekeeping, importing
from app.domain.activity import Activity
from app.domain.actor import SYSTEM, Actor
from app.domain.bin import empty_bin
from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.history import act, change_set, lock, reactions, redo, undo, write_many
from app.domain.history.acts import ears
from app.domain.job import GiveUp, Job
from app.domain.lists import ActivityType
from app.domain.message import Message
from app.domain.notification import TYPES, Notification, NotificationChoice
from app.domain.notification.choosing import Ways
from app.domain.notification.due import tell_due
from app.domain.notification.words import about, excerpt, headline
from app.domain.user import User
from app.extensions import db
from app.mail.notices import GATHERED_FOR, plan_letters
from tests.rules import rule_of


@pytest.fixture(autouse=True)
def _quiet_so_far(case, otto, support):
    """What the cast was told while the stage was set."""
    db.session.execute(sa.delete(Notification))
    db.session.commit()


def stored():
    """Who was told of what, as it is kept."""
    rows = sa.select(Notification).order_by(Notification.id)
    return [(each.user.name.split()[0], each.type) for each in db.session.scalars(rows)]


def shown(user):
    query = Notification.shown_to(user).options(*Notification.loaded()).order_by(Notification.id)
    return list(db.session.scalars(query))


def count(user):
    return db.session.execute(Notification.unread_by(user)).one()[0]


def do(case, verb):
    """One act on a locked case."""
    lock(case)
    made = verb(case)
    db.session.commit()
    return made


def plan(case, by, user, **facts):
    kind = db.session.scalars(sa.select(ActivityType)).first()
    return do(case, lambda case: Activity.plan(case, kind, "Ring Clara", by=by, user=user, **facts))


# What concerns whom


def test_a_note_tells_whom_it_names_and_says_how_it_begins(case, nora, otto):
    do(case, lambda case: case.note("@Otto Brandt can we confirm the flange?", by=nora))

    (told,) = shown(otto)
    assert (told.type, told.user) == ("mentioned", otto)
    assert headline(told) == "Nora Lindahl mentioned you."
    assert (about(told), excerpt(told)) == (case.name, "@Otto Brandt can we confirm the flange?")
    assert stored() == [("Otto", "mentioned")]


def test_a_note_about_a_partner_tells_whom_it_names(brewery, nora, otto):
    do(brewery, lambda partner: partner.note("@Otto they moved.", by=nora))

    assert [about(told) for told in shown(otto)] == ["Hofmann Brewery"]


def test_what_is_written_tells_the_responsible_and_the_watchers(case, nora, otto, marc, ada):
    for watcher in (otto, ada):
        do(case, lambda case, user=watcher: case.watch(user, by=user))
    do(case, lambda case: case.log("They called.", by=otto))

    assert sorted(stored()) == [("Ada", "said"), ("Nora", "said")]
    assert headline(shown(nora)[0]) == "Otto Brandt exchanged a word with the other side."


VERBS = {
    "won": (lambda case, by, _reason: case.win(by=by), "marked it won"),
    "lost": (lambda case, by, reason: case.lose(by=by, reason=reason), "marked it lost"),
    "closed": (lambda case, by, _reason: case.close(by=by), "closed it"),
    "cancelled": (lambda case, by, _reason: case.cancel(by=by), "cancelled it"),
    "waiting": (lambda case, by, _reason: case.wait(by=by), "set it to wait"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_the_responsible_hears_where_their_case_stands(verb, case, nora, marc, too_expensive):
    act_, words = VERBS[verb]
    do(case, lambda case: act_(case, marc, too_expensive))

    assert stored() == [("Nora", "changed")]
    assert words in headline(shown(nora)[0])


def test_moving_and_reopening_are_told_by_their_names(case, nora, marc, stages):
    do(case, lambda case: case.move_to(stages["Qualified"], by=marc))
    do(case, lambda case: case.win(by=nora))
    do(case, lambda case: case.reopen(by=marc))

    assert [headline(told) for told in shown(nora)] == [
        "Marc Manager moved it to Qualified.",
        "Marc Manager reopened it.",
    ]


def test_who_is_given_a_case_hears_of_it_and_the_leader_of_what_their_team_gets(
    case, nora, otto, marc, support
):
    lock(support)
    with act("edited", support, by=SYSTEM):
        support.default_responsible, support.leader = otto, marc
    do(case, lambda case: case.hand_to_team(support, by=nora))

    assert stored() == [("Otto", "assigned"), ("Marc", "handed over")]
    assert headline(shown(marc)[0]) == "Nora Lindahl handed it over to your team Support."


def test_whoever_answers_for_what_is_escalated_hears_that_it_is_theirs(case, nora, marc):
    do(case, lambda case: case.escalate(by=nora))

    assert stored() == [("Marc", "assigned")]


def test_whose_case_is_given_to_somebody_else_hears_of_it(case, nora, otto, marc):
    do(case, lambda case: case.assign(otto, by=marc))
    assert stored() == [("Otto", "assigned"), ("Nora", "taken")]
    assert headline(shown(nora)[0]) == "Marc Manager gave this case of yours to Otto Brandt."

    do(case, lambda case: case.assign(nora, by=marc))
    do(case, lambda case: case.assign(None, by=marc))
    assert headline(shown(nora)[-1]) == "Marc Manager took this case from you."


def test_who_may_no_longer_know_of_a_case_hears_nothing_of_it(case, otto, marc):
    do(case, lambda case: case.assign(otto, by=marc))
    do(case, lambda case: case.assign(None, by=marc))

    assert stored()[-1] == ("Otto", "taken")
    assert (shown(otto), count(otto)) == ([], 0)


def test_who_gives_their_case_away_knows_that(case, nora, otto):
    do(case, lambda case: case.assign(otto, by=nora))

    assert stored() == [("Otto", "assigned")]


def test_a_case_made_for_somebody_is_given_to_them(nora, otto, support):
    Case.make("task", "Calibrate", by=nora, team=support, responsible=otto)
    db.session.commit()

    assert stored() == [("Otto", "assigned")]


def test_a_step_tells_for_whom_it_is_planned_and_who_gets_it_later(case, nora, otto, marc):
    step = plan(case, nora, otto)
    lock(step)
    step.edit({"user_id": marc.id}, by=nora)
    db.session.commit()

    assert stored() == [("Otto", "planned"), ("Marc", "planned")]
    assert headline(shown(marc)[0]) == "Nora Lindahl planned a step for you: Ring Clara."


def test_a_mail_that_does_not_arrive_tells_who_wrote_it(case, nora):
    lock(case)
    with act("mail planned", case, by=nora) as line:
        mail = Message.send(
            [("Clara", "clara@hofmann.example")], "Offer", "…", sender="a@b.example", event=line
        )
    mail.give_up("550 no such user")
    db.session.commit()

    (told,) = shown(nora)
    assert headline(told) == "Your mail “Offer” did not reach clara@hofmann.example."
    assert (told.record_kind, told.record_id) == ("message", mail.id)


def test_whose_rule_is_paused_or_fails_hears_it_by_its_name(marc):
    for kind in ("rule failed", "rule paused"):
        Notification.tell(kind, [marc.id], about=("rule", 7), rule="Thank for the order")

    assert [headline(told) for told in shown(marc)] == [
        "Your rule “Thank for the order” failed.",
        "Your rule “Thank for the order” failed several times in a row and is paused.",
    ]


# Whom nothing concerns


def test_nobody_hears_of_what_they_did_themselves(case, nora, stages):
    do(case, lambda case: case.note("@Nora remember this", by=nora))
    do(case, lambda case: case.move_to(stages["Qualified"], by=nora))
    do(case, lambda case: case.assign(None, by=nora))
    do(case, lambda case: case.assign(nora, by=nora))
    plan(case, nora, nora)

    assert stored() == []


def test_one_act_is_told_once_and_by_what_tells_most(case, nora, marc, otto, stages):
    lock(case)
    with change_set("act", by=marc):
        case.note("@Otto it is yours", by=marc)
        case.assign(otto, by=marc)
        case.move_to(stages["Qualified"], by=marc)
    db.session.commit()

    assert stored() == [("Otto", "mentioned"), ("Nora", "taken")]


def test_many_cases_given_at_once_are_one_line_with_their_number(front_desk, marc, otto, nora):
    cases = [Case.make("task", f"Task {number}", by=nora, team=front_desk) for number in range(3)]
    db.session.commit()
    lock(*cases)
    with change_set("bulk", by=marc):
        for case in cases:
            case.assign(otto, by=marc)
    db.session.commit()

    (told,) = shown(otto)
    assert headline(told) == "Marc Manager gave you this case. (and 2 more cases)"


def test_what_comes_in_bulk_tells_nobody(nora, marc, front_desk):
    now = clock.now()
    rows = [
        {
            "name": "Pumps",
            "state": "open",
            "opened_at": now,
            "responsible_id": nora.id,
            "team_id": front_desk.id,
        }
    ]
    write_many("import", by=marc).make(Case, rows, action="imported")
    with change_set("demo", by=marc, wakes_rules=False):
        Case.make("task", "From the demo", by=marc, team=front_desk, responsible=nora)
    db.session.commit()

    assert stored() == []


class Rule:
    """Gives every case that is written on to somebody."""

    def __init__(self, user):
        self.user = user

    def as_actor(self):
        return Actor("rule", 1, "Round robin")

    def wants(self, event):
        return event.action == "noted"

    def follow(self, event):
        event.case.assign(self.user, by=self)


@pytest.fixture
def rule(otto):
    """Gives to Otto at first."""
    rule = Rule(otto)
    source = lambda: [rule]  # noqa: E731
    reactions.append(source)
    yield rule
    reactions.remove(source)


def test_a_rule_tells_others_and_not_who_set_it_going(case, nora, otto, rule):
    do(case, lambda case: case.note("Who takes this?", by=nora))

    assert stored() == [("Otto", "assigned")]
    assert headline(shown(otto)[0]) == "Round robin gave you this case."

    rule.user = nora
    do(case, lambda case: case.note("I do.", by=nora))
    assert stored() == [("Otto", "assigned"), ("Otto", "said"), ("Otto", "taken")]


def test_whom_a_rule_tells_hears_it_at_the_bell_by_the_ways_they_chose(case, nora, otto, ada):
    rule_of(
        ada,
        name="Look at this",
        triggers=[{"key": "changed", "fields": ["city"]}],
        actions=[{"key": "tell", "whom": ["owner"]}],
    )
    do(case, lambda case: case.edit({"city": "Bergen"}, by=otto))
    (told,) = shown(ada)
    assert (told.type, headline(told), about(told)) == (
        "said",
        "The rule Look at this tells you of it.",
        case.name,
    )

    NotificationChoice.keep(ada, NotificationChoice.of(ada) | {"said": Ways(in_page=False)})
    db.session.commit()
    do(case, lambda case: case.edit({"city": "Oslo"}, by=otto))
    assert len(shown(ada)) == 1


def test_two_colleagues_of_one_name_both_hear_what_a_rule_tells_them(case, otto, ada, marc):
    lock(marc, case.team)
    marc.edit({"name": ada.name}, by=ada)
    case.team.edit({"leader_id": marc.id}, by=ada)
    rule_of(
        ada,
        name="Look at this",
        triggers=[{"key": "changed", "fields": ["city"]}],
        actions=[{"key": "tell", "whom": ["owner", "leader"]}],
    )
    do(case, lambda case: case.edit({"city": "Bergen"}, by=otto))

    assert [[told.type for told in shown(user)] for user in (ada, marc)] == [["said"], ["said"]]


def test_what_was_taken_back_is_not_told_any_more(case, nora, otto):
    event = do(case, lambda case: case.note("@Otto look", by=nora))
    undo(event.change_set, by=nora)
    db.session.commit()
    assert (shown(otto), count(otto)) == ([], 0)

    redo(event.change_set, by=nora)
    db.session.commit()
    assert [told.type for told in shown(otto)] == ["mentioned"]
    assert len(stored()) == 1


def test_what_one_may_no_longer_see_is_neither_shown_nor_counted(case, nora, otto):
    do(case, lambda case: case.note("@Otto look", by=nora))
    assert count(otto) == 1
    do(case, lambda case: case.unwatch(otto, by=nora))

    assert (shown(otto), count(otto)) == ([], 0)


def test_who_left_is_told_nothing(case, nora, otto, ada):
    lock(otto)
    otto.deactivate(by=ada)
    db.session.commit()
    do(case, lambda case: case.note("@Otto look", by=nora))
    Notification.tell("due", [otto.id], day=clock.today(), overdue=1, today=0)

    assert stored() == []


def test_a_case_that_is_gone_for_good_takes_what_was_told_of_it_along(olga, otto, support):
    gone = Case.make("lead", "Wrong number", by=olga, team=support)
    do(gone, lambda case: case.note("@Otto ignore this", by=olga))
    with clock.stopped_at(clock.now() - timedelta(days=31)):
        do(gone, lambda case: case.delete(by=olga))
    assert empty_bin() == 1

    assert shown(otto) == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from(["note", "name", "take", "give", "wait", "open", "plan"])
        ),
        max_size=8,
    )
)
def test_whatever_people_do(case, nora, otto, marc, acts):
    people = [nora, otto, marc]
    for who, what in acts:
        by, other = people[who], people[(who + 1) % 3]
        verbs = {
            "note": lambda case, by=by, other=other: case.note("Well", by=by),
            "name": lambda case, by=by, other=other: case.note(f"@{other.name} and @{by.name}", by=by),
            "take": lambda case, by=by, other=other: case.assign(by, by=by),
            "give": lambda case, by=by, other=other: case.assign(other, by=by),
            "wait": lambda case, by=by, other=other: case.wait(by=by),
            "open": lambda case, by=by, other=other: case.open(by=by),
        }
        if what == "plan":
            plan(case, by, other)
        else:
            do(case, verbs[what])
    rows = list(db.session.scalars(sa.select(Notification)))
    assert all(told.event.change_set.actor_id != told.user_id for told in rows)
    assert len({(told.user_id, told.change_set_id) for told in rows}) == len(rows)
    for user in people:
        mine = shown(user)
        assert all(told.event.case.is_visible_to(user) for told in mine)
        assert count(user) == len(mine)


# What it costs


def cost(asked, case, verb, monkeypatch, *, deaf=False):
    """How many statements an act sends in a process that knows its configuration."""
    with monkeypatch.context() as patched:
        if deaf:
            patched.setattr("app.domain.history.acts.ears", [])
        db.session.expire_all()
        lock(case)
        # As a request has them at hand: from whoever is signed in, and for the page that answers.
        assert [*case.watchers, *Configuration.current().choices(User)]
        asked.clear()
        verb(case)
        db.session.flush()
        found = list(asked)
        db.session.rollback()
    return found


def test_an_act_costs_one_statement_more_if_somebody_is_told_and_none_if_nobody_is(
    case, nora, marc, asked, monkeypatch
):
    verbs = {
        "own": lambda case: case.assign(None, by=nora),
        "note": lambda case: case.note("For myself", by=nora),
        "other": lambda case: case.wait(by=marc),
        "other note": lambda case: case.note("For you", by=marc),
    }
    more = {}
    for name, verb in verbs.items():
        cost(asked, case, verb, monkeypatch)
        with_ears = cost(asked, case, verb, monkeypatch)
        without = cost(asked, case, verb, monkeypatch, deaf=True)
        more[name] = len(with_ears) - len(without)
        assert sum("INTO notifications" in each for each in with_ears) == more[name]

    assert more == {"own": 0, "note": 0, "other": 1, "other note": 1}
    assert ears


# By which ways


def test_who_wants_to_hear_of_nothing_gets_nothing(case, nora, otto):
    NotificationChoice.keep(otto, dict.fromkeys(TYPES, Ways(in_page=False)))
    do(case, lambda case: case.note("@Otto look", by=nora))
    assert stored() == []

    NotificationChoice.keep(otto, TYPES)
    do(case, lambda case: case.note("@Otto look", by=nora))
    assert stored() == [("Otto", "mentioned")]
    assert NotificationChoice.of(otto) == TYPES


def test_what_is_wanted_by_mail_only_does_not_ring(case, nora, otto):
    NotificationChoice.keep(otto, {"mentioned": Ways(in_page=False, by_mail=True)})
    do(case, lambda case: case.note("@Otto look", by=nora))

    assert (stored(), shown(otto)) == ([("Otto", "mentioned")], [])


def letters():
    return list(db.session.scalars(sa.select(Message).where(Message.event_id.is_(None)).order_by(Message.id)))


def write_letters():
    """What the sweep plans and the worker does about letters."""
    plan_letters()
    db.session.commit()
    for job_id in list(
        db.session.scalars(sa.select(Job.id).where(Job.kind == "notify", Job.state == "waiting"))
    ):
        Job.run(job_id)


def test_several_within_five_minutes_are_one_letter(case, nora, otto):
    began = clock.now()
    with clock.stopped_at(began):
        do(case, lambda case: case.note("@Otto the flange?", by=nora))
    with clock.stopped_at(began + GATHERED_FOR - timedelta(seconds=1)):
        do(case, lambda case: case.assign(otto, by=nora))
        write_letters()
        assert letters() == []
    with clock.stopped_at(began + GATHERED_FOR):
        write_letters()
        write_letters()

    (letter,) = letters()
    assert letter.to_line == "Otto Brandt"
    assert letter.subject == "2 things that concern you"
    for words in (
        f"{case.name}: Nora Lindahl mentioned you.",
        "“@Otto the flange?”",
        "gave you this case",
        f"/cases/{case.id}",
    ):
        assert words in letter.text


def test_one_thing_is_the_subject_of_its_letter(case, nora, otto):
    do(case, lambda case: case.note("@Otto look", by=nora))
    with clock.stopped_at(clock.now() + GATHERED_FOR):
        write_letters()

    assert [letter.subject for letter in letters()] == [f"{case.name}: Nora Lindahl mentioned you."]


def test_a_letter_is_in_the_language_of_who_reads_it(case, nora, otto, monkeypatch):
    lock(otto)
    otto.edit({"language": "de"}, by=otto)
    monkeypatch.setattr("app.mail.notices.titled", lambda _told: str(get_locale()))
    do(case, lambda case: case.note("@Otto look", by=nora))
    with clock.stopped_at(clock.now() + GATHERED_FOR):
        write_letters()

    assert [letter.subject for letter in letters()] == ["de"]


def test_what_was_read_taken_back_or_is_out_of_sight_is_not_mailed(case, nora, otto):
    do(case, lambda case: case.note("@Otto read", by=nora))
    shown(otto)[0].read()
    event = do(case, lambda case: case.note("@Otto taken back", by=nora))
    undo(event.change_set, by=nora)
    db.session.commit()
    with clock.stopped_at(clock.now() + GATHERED_FOR):
        write_letters()
        write_letters()

    assert letters() == []
    assert (
        db.session.scalar(sa.select(sa.func.count()).where(Job.kind == "notify", Job.state == "waiting")) == 0
    )


def test_a_digest_takes_what_it_tells_and_no_letter_says_it_again(case, nora, otto, marc):
    both = Ways(by_mail=True, in_digest=True)
    NotificationChoice.keep(otto, {"mentioned": both, "assigned": both})
    do(case, lambda case: case.note("@Otto look", by=nora))

    assert [told.type for told in Notification.for_digest(otto)] == ["mentioned"]
    assert Notification.for_digest(otto) == []
    with clock.stopped_at(clock.now() + GATHERED_FOR):
        do(case, lambda case: case.assign(otto, by=marc))
    with clock.stopped_at(clock.now() + 2 * GATHERED_FOR):
        write_letters()

    assert [letter.subject for letter in letters()] == [f"{case.name}: Marc Manager gave you this case."]
    assert Notification.for_digest(otto) == []


def test_a_digest_does_not_begin_with_what_is_long_past(case, nora, otto):
    NotificationChoice.keep(otto, {"mentioned": Ways(in_digest=True)})
    for days in (8, 6):
        with clock.stopped_at(clock.now() - timedelta(days=days)):
            do(case, lambda case, days=days: case.note(f"@Otto {days} days ago", by=nora))

    assert [excerpt(told) for told in Notification.for_digest(otto)] == ["@Otto 6 days ago"]


# What is due


MORNING = datetime(2026, 11, 26, 6, tzinfo=UTC)


def test_what_is_due_is_said_once_a_day_from_the_morning_on(case, nora, otto, support):
    today = MORNING.date()
    for due_on in (today - timedelta(days=2), today - timedelta(days=1), today, today + timedelta(days=1)):
        plan(case, nora, nora, due_on=due_on)
    hidden = Case.make("task", "Hidden", by=otto, team=support)
    plan(hidden, nora, nora, due_on=today)

    with clock.stopped_at(MORNING - timedelta(minutes=1)):
        tell_due()
    assert stored() == []
    for hours in (0, 1):
        with clock.stopped_at(MORNING + timedelta(hours=hours)):
            tell_due()
    assert [headline(told) for told in shown(nora)] == ["2 steps of yours are overdue, 1 is due today."]

    with clock.stopped_at(MORNING + timedelta(days=1)):
        tell_due()
    assert [told.day for told in shown(nora)] == [today, today + timedelta(days=1)]


def test_who_has_nothing_due_is_left_in_peace(case, nora):
    plan(case, nora, nora, due_on=MORNING.date() + timedelta(days=1))
    with clock.stopped_at(MORNING):
        tell_due()

    assert stored() == []


# Reading


def test_all_is_read_at_one_stroke_and_taken_back_at_one(case, nora, otto):
    for number in range(3):
        do(case, lambda case, number=number: case.note(f"@Otto {number}", by=nora))
    shown(otto)[0].read()
    db.session.commit()
    assert count(otto) == 2

    read_at = Notification.read_all(otto)
    assert count(otto) == 0
    assert Notification.read_all(otto) is None
    Notification.unread_since(otto, read_at)
    assert count(otto) == 2


def test_what_was_read_goes_after_90_days_and_what_was_not_stays(case, nora, otto):
    for number in range(3):
        do(case, lambda case, number=number: case.note(f"@Otto {number}", by=nora))
    old, young, unread = shown(otto)
    old.read_at, young.read_at = (clock.now() - timedelta(days=days) for days in (91, 89))
    unread.at = clock.now() - timedelta(days=91)
    db.session.commit()

    housekeeping.tidy()

    assert [excerpt(told) for told in shown(otto)] == ["@Otto 1", "@Otto 2"]


# Imports


@pytest.fixture
def bring(tmp_path):
    """A file of partners, and the job that brings it in."""

    def begin(by):
        file = tmp_path / "partners.csv"
        file.write_text("no;name\n1;Weber\n2;\n", encoding="utf-8")
        told = {"source": "old", "id": "no", "fields": {"name": "name"}, "delimiter": ";"}
        sheet, recipe = importing.prepare("partners", file, told)
        import_ = importing.begin("partners", sheet, recipe, told, by=by)
        (job_id,) = Job.alive("import", import_.id)
        return import_, job_id

    return begin


def test_an_import_tells_whoever_asked_for_it_how_it_ended(bring, marc):
    _import, job_id = bring(marc)
    Job.run(job_id)

    assert [headline(told) for told in shown(marc)] == [
        "The import of partners.csv is done: 1 made, 0 changed, 1 failed."
    ]


def test_an_import_that_was_given_up_says_so_and_goes_on_when_it_is_tried_again(
    bring, marc, ada, monkeypatch
):
    import_, job_id = bring(marc)
    with monkeypatch.context() as broken:
        broken.setattr("app.domain.importing.running.apply_rows", raising(GiveUp("The disk is full.")))
        Job.run(job_id)
    assert import_.state == "failed"
    assert [headline(told) for told in shown(marc)] == [
        "The import of partners.csv stopped: The disk is full."
    ]

    db.session.get_one(Job, job_id).retry(by=ada)
    assert import_.state == "running"
    db.session.commit()
    Job.run(job_id)
    assert (import_.state, import_.made) == ("done", 1)


def raising(error):
    def fail(*_given, **_named):
        raise error

    return fail
