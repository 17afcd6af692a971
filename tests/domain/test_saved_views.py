"""The saved view that a board opens with: one a person, whoever chooses at once."""

import pytest
import sqlalchemy as sa

from app.domain.errors import Refused
from app.domain.history import lock
from app.domain.saved_view import SavedView, saved_view_defaults
from app.extensions import db


@pytest.fixture
def views(nora):
    made = [SavedView.keep(name, "q=flow", by=nora) for name in ("First", "Second")]
    db.session.commit()
    return made


def defaults():
    return db.session.execute(sa.select(saved_view_defaults)).all()


def test_the_person_is_locked_before_the_views(views, nora, locks):
    views[1].open_with(nora)
    db.session.commit()
    locks.clear()
    views[0].open_with(nora)

    assert locks == ["users", "saved_views"]
    assert defaults() == [(nora.id, views[0].id)]


def test_what_another_window_chose_meanwhile_gives_way(views, nora):
    assert views[0].default_for == views[1].default_for == []
    chosen = sa.insert(saved_view_defaults).values(user_id=nora.id, saved_view_id=views[1].id)
    db.session.connection().execute(chosen)

    views[0].open_with(nora)
    views[0].open_with(nora)

    assert defaults() == [(nora.id, views[0].id)]
    views[0].open_with(nora, is_wanted=False)
    assert defaults() == []


def test_a_view_in_the_bin_opens_nothing(views, nora):
    lock(views[0])
    views[0].delete(by=nora)
    with pytest.raises(Refused, match="“First” is deleted"):
        views[0].open_with(nora)
