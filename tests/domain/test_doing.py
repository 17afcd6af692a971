"""Every verb by its name: what is offered is possible, and what is not is not."""

import pytest

from app.domain.case import KINDS, Case
from app.domain.case.doing import VERBS
from app.domain.errors import Refused
from app.domain.history import lock
from app.domain.permission import ACT_FOR
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add

WAYS = ("open", "wait", "close", "lose", "cancel", "reset", "archive")


@pytest.fixture
def world(headquarters, front_desk, otto, too_expensive):
    """A team for every kind, with one above it, and what verbs ask for."""
    everything = Team(name="Everything", parent=headquarters, kinds=list(KINDS))
    add(everything, Stage(name="Won for good", kind="lead", is_won=True, probability=100))
    return {
        "team": everything,
        "assign": {"user": otto},
        "hand_to_team": {"team": front_desk},
        "lose": {"reason": too_expensive},
    }


def standing(case):
    watchers = {user.id for user in case.watchers}
    who = case.responsible_id, case.team_id, watchers
    return case.state, case.outcome, case.kind, case.archived, case.deleted_at, *who


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_offered_is_done_and_changes_something(kind, way, world, ada):
    case = Case.make(kind, "Pumps", by=ada, team=world["team"])
    lock(case)
    if way in case.possible:
        case.do(way, by=ada, **world.get(way, {}))
    db.session.commit()
    before = standing(case)
    for verb in sorted(VERBS):
        if verb == "hand_to_team" and kind not in world["hand_to_team"]["team"].kinds:
            continue
        lock(case)
        is_offered = case.offers(verb, ada)
        try:
            case.do(verb, by=ada, **world.get(verb, {}))
        except Refused:
            assert not is_offered, verb
        else:
            db.session.flush()  # nothing was changed outside its act
            db.session.refresh(case)
            if is_offered:
                assert standing(case) != before, verb
            elif verb not in {"close", "win", "lose"}:  # which of these ends a case is a question of its page
                assert standing(case) == before, verb
        db.session.rollback()  # the next is done to the case as it was


def test_who_watches_may_stop_and_nobody_else_is_asked(case, nora, otto, ada):
    assert case.offers("watch", nora)
    assert not case.offers("unwatch", nora)
    lock(case)
    case.do("watch", by=nora)
    assert (case.watchers, case.offers("watch", nora), case.offers("unwatch", nora)) == ([nora], False, True)
    assert not case.offers("watch", otto), "who may not know of it"
    case.do("unwatch", by=nora)
    assert case.watchers == []


def test_what_is_no_verb_is_not_done(case, nora):
    lock(case)
    for name in ("derive", "edit", "delete_everything"):
        with pytest.raises(ValueError, match=name):
            case.do(name, by=nora)
    assert ACT_FOR.keys() >= VERBS
