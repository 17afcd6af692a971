"""Being signed in, links that let in once, and how often something may be tried."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.history import lock
from app.domain.sign_in import Pass, SignIn
from app.domain.throttle import Limit, Throttle, key_of, network_of
from app.extensions import db

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
THREE = Limit("knocking", 3, timedelta(minutes=15))


def after(**passed):
    return clock.stopped_at(NOON + timedelta(**passed))


def sign_in_with(token):
    return db.session.get_one(SignIn, SignIn.with_token(token).sign_in_id)


def test_a_token_says_who_comes_with_it(nora, otto):
    hers, his = SignIn.begin(nora, address="192.0.2.1", agent="Firefox"), SignIn.begin(otto)
    db.session.commit()

    assert SignIn.with_token(hers).user is nora
    assert SignIn.with_token(his).user is otto
    assert SignIn.with_token(hers + "x") is None
    assert SignIn.with_token("") is None


def test_no_token_is_kept(nora):
    token = SignIn.begin(nora)
    db.session.commit()

    assert token not in str(db.session.execute(sa.select(SignIn.__table__)).all())


def test_whoever_stays_away_signs_in_again(nora):
    with after():
        token = SignIn.begin(nora)
        db.session.commit()
    with after(days=29):
        assert SignIn.with_token(token) is not None
        SignIn.note_seen(SignIn.with_token(token).sign_in_id)
        db.session.commit()
    db.session.expire_all()
    with after(days=58):
        assert SignIn.with_token(token) is not None
    with after(days=60):
        assert SignIn.with_token(token) is None


def test_an_ended_sign_in_stays_ended(nora):
    token = SignIn.begin(nora)
    entry = sign_in_with(token)
    entry.end()
    ended_at = entry.ended_at
    entry.end()
    SignIn.note_seen(entry.id)
    db.session.commit()

    assert SignIn.with_token(token) is None
    assert entry.ended_at == ended_at


def test_all_but_this_one_are_ended(nora, otto):
    here, there, his = SignIn.begin(nora), SignIn.begin(nora), SignIn.begin(otto)
    db.session.commit()

    assert SignIn.end_all(nora, but=sign_in_with(here)) == 1
    db.session.commit()

    assert SignIn.with_token(here)
    assert SignIn.with_token(his)
    assert SignIn.with_token(there) is None
    assert SignIn.of(nora) == [sign_in_with(here)]


def test_a_pass_lets_in_once(nora):
    token = Pass.issue("reset", nora)
    db.session.commit()

    assert Pass.valid(token).user is nora
    assert Pass.use(token) is nora
    db.session.commit()
    assert Pass.valid(token) is None
    assert Pass.use(token) is None


@pytest.mark.parametrize(
    ("purpose", "good_for"), [("reset", timedelta(hours=2)), ("invitation", timedelta(days=7))]
)
def test_a_pass_lets_in_for_a_while(nora, purpose, good_for):
    with clock.stopped_at(NOON):
        token = Pass.issue(purpose, nora)
        db.session.commit()
    with clock.stopped_at(NOON + good_for - timedelta(seconds=1)):
        assert Pass.valid(token) is not None
    with clock.stopped_at(NOON + good_for):
        assert Pass.valid(token) is None
        assert Pass.use(token) is None


def test_a_newer_pass_takes_the_place_of_an_older(nora):
    older, newer = Pass.issue("reset", nora), Pass.issue("reset", nora)
    db.session.commit()

    assert Pass.valid(older) is None
    assert Pass.valid(newer) is not None


def test_a_pass_is_bound_to_the_address_it_was_mailed_to(ada, nora):
    token = Pass.issue("reset", nora)
    lock(nora)
    nora.edit({"email": "nora@elsewhere.example"}, by=ada)
    db.session.commit()

    assert Pass.valid(token) is None
    assert Pass.use(token) is None


def test_choosing_a_password_uses_up_every_pass(nora):
    reset, invitation = Pass.issue("reset", nora), Pass.issue("invitation", nora)
    Pass.use(reset).set_password("hash", by=nora)
    db.session.commit()

    assert Pass.valid(invitation) is None


def test_tries_are_counted_until_their_window_ends(database):
    with after():
        assert [Throttle.count((THREE, "nora")) for _ in range(4)] == [
            None,
            None,
            None,
            NOON + timedelta(minutes=15),
        ]
        assert Throttle.count((THREE, "otto")) is None
    with after(minutes=14):
        assert Throttle.count((THREE, "nora")) == NOON + timedelta(minutes=15)
    with after(minutes=15):
        assert Throttle.count((THREE, "nora")) is None


def test_a_closed_limit_counts_nothing_behind_it(database):
    account = Limit("account", 10, timedelta(minutes=15))
    for _ in range(9):
        Throttle.count((THREE, "192.0.2.1"), (account, "nora"))

    counted = db.session.scalar(sa.select(Throttle.tries).where(Throttle.key == key_of(account, "nora")))
    assert counted == 3


def test_good_tries_do_not_count(database):
    for _ in range(9):
        assert Throttle.count((THREE, "nora")) is None
        Throttle.give_back(THREE, "nora")
    for _ in range(3):
        Throttle.count((THREE, "nora"))
    Throttle.forget(THREE, "nora")
    assert Throttle.count((THREE, "nora")) is None


def test_the_table_names_nobody(database):
    Throttle.count((THREE, "nora@holdfast.example"))

    assert "nora" not in str(db.session.execute(sa.select(Throttle.__table__)).all())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("a socket", "a socket"),
        (None, ""),
    ],
)
def test_an_address_is_a_network_where_addresses_are_cheap(address, network):
    assert network_of(address) == network
