"""What is configured is kept by each process, and never older than what a transaction can see."""

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.configuration import MOST_MARKS, Configuration, ConfigurationMark, touch
from app.domain.history import act, lock
from app.domain.housekeeping import tidy
from app.domain.lists import Channel
from app.domain.organisation import Organisation
from app.domain.permission import Permission
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add


@pytest.fixture
def asked(database):
    """The statements that were sent since one looked last."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    def look():
        found = list(seen)
        seen.clear()
        return found

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield look
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def reads(statements):
    return [each for each in statements if each.startswith("SELECT") and "configuration_marks" not in each]


def test_what_has_not_changed_is_not_read_again(nora, asked):
    Configuration.current().choices(Channel)
    db.session.rollback()
    asked()

    assert "Phone" in dict(Configuration.current().choices(Channel)).values()

    assert reads(asked()) == []


def test_a_change_is_seen_at_once_and_by_the_next_transaction(nora):
    Configuration.current().choices(Channel)
    carrier = Channel(name="Carrier pigeon")
    with act("created", carrier, by=SYSTEM):
        db.session.flush()
        assert Configuration.current().names(Channel)[carrier.id] == "Carrier pigeon"
    db.session.commit()

    assert Configuration.current().names(Channel)[carrier.id] == "Carrier pigeon"


def test_a_change_that_was_taken_back_leaves_no_trace(nora):
    before = Configuration.current().choices(Channel)
    with db.session.begin_nested() as savepoint:
        add_in_place(Channel(name="Carrier pigeon"))
        assert len(Configuration.current().choices(Channel)) == len(before) + 1
        savepoint.rollback()

    assert Configuration.current().choices(Channel) == before


def add_in_place(record):
    with act("created", record, by=SYSTEM):
        pass


def test_set_statements_count_too(nora):
    assert not nora.may("delete", Team)
    db.session.execute(
        sa.insert(Permission).values(role="salesperson", kind="team", act="delete", scope="all")
    )
    db.session.commit()
    del nora.permissions

    assert nora.may("delete", Team)


def test_very_many_changes_become_one(nora, asked):
    count = sa.select(sa.func.count()).select_from(ConfigurationMark)
    for _change in range(MOST_MARKS + 1):
        touch(Channel.__table__)
    db.session.commit()
    Configuration.current().choices(Channel)
    db.session.commit()
    tidy()
    assert db.session.scalar(count) == 1
    asked()

    Configuration.current().choices(Channel)
    assert len(reads(asked())) == 1  # known under another mark, so read once more
    db.session.commit()
    mark = db.session.scalars(sa.select(ConfigurationMark.token)).all()
    tidy()
    assert db.session.scalars(sa.select(ConfigurationMark.token)).all() == mark


def test_who_was_here_last_is_no_matter_of_configuration(as_, nora):
    as_(nora).get("/")
    marks = sa.select(sa.func.count()).select_from(ConfigurationMark)
    before = db.session.scalar(marks)
    as_(nora).get("/")

    assert db.session.scalar(marks) == before


def test_teams_are_known_with_their_members_and_who_leads_above(nora, marc, front_desk, headquarters):
    assert nora.reach.member == {front_desk.id}
    assert marc.reach.led == {front_desk.id, headquarters.id}

    lock(front_desk)
    with act("edited", front_desk, by=SYSTEM):
        front_desk.members.remove(nora)
    db.session.commit()
    del nora.reach

    assert nora.reach.member == frozenset()


def test_a_question_is_put_together_once_until_what_one_may_know_changes(nora, otto, front_desk):
    def ask(user):
        return user.question("cases", lambda: Case.visible_to(user))

    asked = ask(nora)
    db.session.rollback()
    assert ask(nora) is asked
    assert ask(otto) is not asked

    lock(front_desk)
    with act("edited", front_desk, by=SYSTEM):
        front_desk.members.remove(nora)
    db.session.commit()

    assert ask(nora) is not asked


def test_a_question_of_who_was_read_before_a_change_is_kept_for_nobody(nora):
    assert nora.permissions
    db.session.add(Permission(role="salesperson", act="configure", kind="list", scope="all"))
    db.session.commit()

    nora.question("cases", lambda: Case.visible_to(nora))

    assert Configuration.current().questions == {}


def test_stages_of_a_team_are_its_own_and_the_shared_ones(front_desk, support, stages):
    add(Stage(name="Site visit", sequence=25, teams=[support]))

    assert "Site visit" in [row.name for row in Configuration.current().stages_of(support.id, "opportunity")]
    assert "Site visit" not in [
        row.name for row in Configuration.current().stages_of(front_desk.id, "opportunity")
    ]


def test_the_organisation_is_read_without_a_session_and_edited_with_one(nora):
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"name": "Lindqvist"}, by=SYSTEM)
    db.session.commit()

    assert Organisation.current().name == "Lindqvist"
    assert Organisation.current() not in db.session
