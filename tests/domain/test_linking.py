"""What a case is tied to, read at once."""

import sqlalchemy as sa

from app.domain.case import Case
from app.domain.case.linking import LINKS
from app.domain.history import lock
from app.domain.lists import Tag
from app.extensions import db
from tests.conftest import add


def told(case):
    return (
        [tag.name for tag in case.tags],
        {user.name for user in case.watchers},
        {each.address for each in case.addresses},
        {each.link_key for each in case.references},
    )


def test_all_links_come_together_as_each_would_alone(case, nora, otto, marc, brewery, front_desk):
    urgent, big = Tag(name="Urgent", sequence=20), Tag(name="Big", sequence=10)
    add(urgent, big)
    other = Case.make("issue", "The pump is loud", by=nora, team=front_desk)
    lock(case, other)
    for user in (otto, marc):
        case.watch(user, by=nora)
    for tag in (urgent, big):
        case.tag(tag, by=nora)
    case.copy_to("clara@hofmann.example", by=nora)
    case.refer_to(brewery, by=nora)
    other.refer_to(case, by=nora)
    db.session.commit()

    case.load_links()

    assert not sa.inspect(case).unloaded & set(LINKS)
    together = told(case)
    assert together[0] == ["Big", "Urgent"]
    db.session.expire_all()
    assert told(case) == together


def test_a_case_that_is_tied_to_nothing_knows_it(case):
    db.session.expire_all()
    case.load_links()

    assert not sa.inspect(case).unloaded & set(LINKS)
    assert told(case) == ([], set(), set(), set())


def test_what_is_being_tied_stays(case, nora, otto):
    lock(case)
    case.watch(otto, by=nora)
    case.load_links()
    db.session.commit()

    assert otto in case.watchers
