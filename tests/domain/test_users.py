"""People: let in, given roles, shut out."""

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import password
from app.domain.errors import Refused
from app.domain.history import lock, redo, undo
from app.domain.history.records import ChangeSet
from app.domain.sign_in import Pass, SignIn
from app.domain.user import User
from app.extensions import db


def last_change_set():
    return db.session.scalars(sa.select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def locked(*users):
    lock(*users)
    return users[0]


def administrators(user):
    return User.locked_with_administrators(user.id)


def test_an_invited_person_has_no_password_until_they_choose_one(ada):
    priya = User.invite("Priya Nair", " Priya@Holdfast.example ", "salesperson", by=ada)
    db.session.commit()

    assert priya.email == "priya@holdfast.example"
    assert not priya.has_joined
    assert priya.is_active
    assert last_change_set().events[-1].action == "invited"


def test_an_address_has_one_account(ada, nora):
    with pytest.raises(Refused, match="Nora Lindahl has this address already"):
        User.invite("Somebody else", nora.email.upper(), "operator", by=ada)


def test_taking_an_invitation_back_closes_the_account_and_its_link(ada):
    priya = User.invite("Priya Nair", "priya@holdfast.example", "salesperson", by=ada)
    token = Pass.issue("invitation", priya)
    db.session.commit()

    undo(last_change_set(), by=ada)
    db.session.commit()

    assert not priya.is_active
    assert Pass.valid(token) is None
    assert User.with_email("priya@holdfast.example") is None


def test_whoever_was_taken_back_can_be_invited_again(ada):
    priya = User.invite("Priya Nair", "priya@holdfast.example", "salesperson", by=ada)
    db.session.commit()
    undo(last_change_set(), by=ada)
    db.session.commit()

    again = User.invite("Priya N.", "priya@holdfast.example", "manager", by=ada)
    db.session.commit()

    assert again is priya
    assert (again.name, again.role, again.is_active) == ("Priya N.", "manager", True)


def test_deactivating_ends_every_sign_in_for_good(ada, nora):
    token = SignIn.begin(nora)
    link = Pass.issue("reset", nora)
    db.session.commit()

    administrators(nora).deactivate(by=ada)
    db.session.commit()
    assert SignIn.with_token(token) is None

    administrators(nora).reactivate(by=ada)
    db.session.commit()
    assert nora.is_active
    assert SignIn.with_token(token) is None
    assert Pass.valid(link) is None


def test_taking_a_deactivation_back_lets_them_in_but_not_their_old_cookies(ada, nora):
    token = SignIn.begin(nora)
    administrators(nora).deactivate(by=ada)
    db.session.commit()

    undo(last_change_set(), by=ada)
    db.session.commit()

    assert nora.is_active
    assert SignIn.with_token(token) is None


def test_doing_it_again_changes_nothing(ada, nora):
    administrators(nora).deactivate(by=ada)
    db.session.commit()
    made = last_change_set()

    administrators(nora).deactivate(by=ada)
    administrators(nora).give_role("salesperson", by=ada)
    db.session.commit()

    assert last_change_set() is made


def test_nobody_shuts_themselves_out(ada):
    administrators(ada)
    with pytest.raises(Refused, match="yourself"):
        ada.deactivate(by=ada)
    with pytest.raises(Refused, match="your own role"):
        ada.give_role("operator", by=ada)


def test_the_last_administrator_stays(ada, marc):
    """Two who shut each other out at once: the second finds that the first was quicker."""
    administrators(ada)
    with pytest.raises(Refused, match="Ada Admin is the last administrator"):
        ada.deactivate(by=marc)
    with pytest.raises(Refused, match="Ada Admin is the last administrator"):
        ada.give_role("operator", by=marc)


def test_undo_leaves_somebody_who_administers(ada, marc):
    administrators(marc).give_role("administrator", by=ada)
    db.session.commit()
    promotion = last_change_set()
    administrators(ada).deactivate(by=marc)
    db.session.commit()

    with pytest.raises(Refused, match="Nobody would be left"):
        undo(promotion, by=marc)
    db.session.rollback()

    assert marc.is_administrator


def test_redoing_a_deactivation_shuts_out_again(ada, nora):
    administrators(nora).deactivate(by=ada)
    db.session.commit()
    made = last_change_set()
    undo(made, by=ada)
    token = SignIn.begin(nora)
    db.session.commit()

    redo(made, by=ada)
    db.session.commit()

    assert not nora.is_active
    assert SignIn.with_token(token) is None


def test_a_hash_is_in_no_history(nora):
    locked(nora).set_password(password.hash_password("seven green bottles"), by=nora)
    db.session.commit()

    event = last_change_set().events[-1]
    assert event.action == "password set"
    assert "argon2" not in str(db.session.execute(sa.text("select * from changes")).all())
    assert password.matches(nora.password_hash, "seven green bottles")


@pytest.mark.parametrize("typed", ["short", "aaaaaaaaaaaa", "password1234567890", "Passwort12", "x" * 201])
def test_what_is_guessed_early_is_no_password(typed):
    with pytest.raises(Refused):
        password.hash_password(typed)


def test_a_password_is_the_same_however_its_letters_are_sent():
    kept = password.hash_password("Grüße aus Köln am Rhein")

    assert password.matches(kept, "Gru\u0308ße aus Ko\u0308ln am Rhein")
    assert not password.matches(kept, "Grusse aus Köln am Rhein")
    assert not password.matches("not a hash", "whatever it may be")


def test_nobodys_password_is_looked_at_as_long_as_anybodys(monkeypatch):
    asked = []

    class Watched:
        def verify(self, kept, typed):
            asked.append(typed)
            return hasher.verify(kept, typed)

        hash = property(lambda self: hasher.hash)

    hasher = password.hasher
    monkeypatch.setattr(password, "hasher", Watched())
    password.nobodys_hash.cache_clear()

    assert not password.matches(None, "nobody")
    assert asked == ["nobody"]


def test_a_colour_stays_with_its_person(nora):
    assert 1 <= nora.hue <= 8


def test_last_seen_is_no_line_of_history(nora):
    before = nora.version
    with clock.stopped_at(clock.now()):
        SignIn.begin(nora)
        db.session.commit()

        assert nora.last_seen_at == clock.now()
    assert nora.version == before
