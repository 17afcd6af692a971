"""Many ids or texts handed in as one value find the same as a list of them would, by the index."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, PendingRollbackError

from app.domain.asking import Among, AmongUnseen, ask
from app.domain.history import ChangeSet
from app.domain.lists import Tag
from app.extensions import db
from tests.conftest import add

both = pytest.mark.parametrize("among", [Among, AmongUnseen])


def those_of(among):
    return sa.select(Tag.name).where(among(Tag.id, "ids")).order_by(Tag.id)


@both
def test_as_many_as_are_named_are_found_and_no_other(database, among):
    those = those_of(among)
    tags = [Tag(name=f"Tag {number}") for number in range(4)]
    add(*tags)

    assert [row.name for row in ask(those, ids=[tags[0].id, tags[2].id])] == ["Tag 0", "Tag 2"]
    assert [row.name for row in ask(those, ids=[tags[3].id])] == ["Tag 3"]
    assert ask(those, ids=[]) == []


@both
def test_texts_are_found_as_they_are_written(database, among):
    names = ["Größe", "It's 5%", 'Say "yes"', "{a,b}", "back\\slash", "NULL", "👍"]
    add(*(Tag(name=name) for name in names), Tag(name="größe"))
    those = sa.select(Tag.name).where(among(Tag.name, "names")).order_by(Tag.id)

    assert [row.name for row in ask(those, names=set(names))] == names


@both
def test_others_than_those_can_be_asked_for(database, among):
    tags = [Tag(name=f"Tag {number}") for number in range(3)]
    add(*tags)
    here = Tag.id.in_([tag.id for tag in tags])
    others = sa.select(Tag.name).where(here, ~among(Tag.id, "ids"))

    assert [row.name for row in ask(others, ids=[tags[0].id, tags[2].id])] == ["Tag 1"]


def test_after_a_flush_that_failed_nothing_is_asked_until_it_is_taken_back(database):
    assert ask(sa.select(sa.literal(1))) == [(1,)]
    db.session.add(ChangeSet(actor_kind="user", actor_name="Of no kind"))
    with pytest.raises(IntegrityError):
        db.session.flush()

    with pytest.raises(PendingRollbackError):
        ask(sa.select(sa.literal(1)))
    db.session.rollback()
    assert ask(sa.select(sa.literal(1))) == [(1,)]


@pytest.mark.parametrize(
    ("among", "handed_over"),
    [(Among, "tags.id = ANY (%(ids)s"), (AmongUnseen, "tags.id = ANY ((SELECT %(ids)s")],
)
def test_the_statement_is_one_that_an_index_answers(among, handed_over):
    assert "tags.id IN (SELECT value FROM json_each(?)) ORDER" in said(among, sqlite.dialect())
    assert handed_over in said(among, postgresql.dialect())


def said(among, dialect):
    return " ".join(str(those_of(among).compile(dialect=dialect)).split())
