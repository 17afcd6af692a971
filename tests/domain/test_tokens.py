"""Tokens that come back: only as they were given, only for what they were given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import Case
from app.domain.case.leaving import PURPOSE as LEAVE
from app.domain.case.leaving import leaving_by
from app.domain.history import lock
from app.domain.replying import PURPOSE, ReplyTo
from app.domain.token import LONGEST, is_signed, short, signature
from app.extensions import db

IDS = st.integers(1, 2**63 - 1)
DOMAIN = "lindqvist.example"


@given(case_id=IDS, user_id=st.none() | IDS, recipient_id=IDS)
def test_an_address_comes_back_as_it_was_given(app, case_id, user_id, recipient_id):
    with app.app_context():
        given = ReplyTo(case_id, user_id, None if user_id else recipient_id)
        address = given.address(DOMAIN)

        assert ReplyTo.read(address) == ReplyTo.read(address.upper()) == given
        assert len(address.partition("@")[0]) <= 64


@given(data=st.data(), case_id=IDS, user_id=IDS)
def test_an_address_of_which_a_letter_was_changed_is_nobodys(app, data, case_id, user_id):
    with app.app_context():
        local = ReplyTo(case_id, user_id).address(DOMAIN).partition("@")[0]
        place = data.draw(st.integers(0, len(local) - 1))
        letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-+ "))
        edited = local[:place] + letter + local[place + 1 :]

        assert edited == local or ReplyTo.read(f"{edited}@{DOMAIN}") is None


@given(text=st.text(max_size=100) | st.from_regex(r"reply\+[0-9a-z-]{0,80}@x", fullmatch=True))
def test_what_is_made_up_is_nobodys(app, text):
    with app.app_context():
        assert ReplyTo.read(text) is None


def test_tokens_are_not_swapped_between_recipients_or_cases(app):
    with app.app_context():
        mine, theirs, other = (ReplyTo(12, 5), ReplyTo(12, 6), ReplyTo(13, 5))
        for one, another in ((mine, theirs), (mine, other), (mine, ReplyTo(12, recipient_id=5))):
            head = one.address(DOMAIN).partition("@")[0][:-LONGEST]
            tail = another.address(DOMAIN).partition("@")[0][-LONGEST:]
            assert ReplyTo.read(f"{head}{tail}@{DOMAIN}") is None


def test_a_token_opens_nothing_but_what_it_is_for(app):
    with app.app_context():
        said = f"{short(12)}-u{short(5)}"
        assert is_signed(signature(PURPOSE, said), PURPOSE, said)
        assert not is_signed(signature(LEAVE, said), PURPOSE, said)
        assert ReplyTo.read(f"reply+{said}-{signature(LEAVE, said)}@{DOMAIN}") is None


def test_words_do_not_run_into_each_other(app):
    with app.app_context():
        assert signature("reply", "1", "23") != signature("reply", "12", "3")


def test_another_key_signs_otherwise(app, monkeypatch):
    with app.app_context():
        address = ReplyTo(12, 5).address(DOMAIN)
        monkeypatch.setitem(app.config, "SECRET_KEY", "another key 0123456789abcdefghij")
        assert ReplyTo.read(address) is None


def test_a_token_of_one_of_ours_dies_with_their_account(otto, ada):
    reply_to = ReplyTo(1, otto.id)
    assert reply_to.user is otto
    lock(otto)
    otto.deactivate(by=ada)
    db.session.commit()
    assert reply_to.user is None


# Leaving


@pytest.fixture
def watched(case, nora):
    """Nora's case, of which two people outside get copies."""
    lock(case)
    for name in ("clara", "dora"):
        case.copy_to(f"{name}@hofmann.example", by=nora)
    db.session.commit()
    return case


def token_of(case, name, purpose=LEAVE):
    return f"{short(case.id)}-{signature(purpose, case.id, f'{name}@hofmann.example')}"


def test_a_link_takes_off_whom_it_was_sent_to(watched):
    case, watcher = leaving_by(token_of(watched, "clara"))

    assert (case, watcher.address) == (watched, "clara@hofmann.example")


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: "x" + token,
        lambda token: token[1:],
        lambda token: token + "a",
        lambda token: "",
        lambda token: "-" * 27,
        lambda token: "é-" + token[-LONGEST:],
        lambda token: "z" * 40 + token,
    ],
)
def test_a_link_that_was_changed_takes_nobody_off(watched, change):
    assert leaving_by(change(token_of(watched, "clara"))) is None


def test_links_are_not_swapped_between_cases_people_or_purposes(watched, nora, front_desk):
    other = Case.make("opportunity", "Spare parts", by=nora, team=front_desk)
    other.copy_to("clara@hofmann.example", by=nora)
    db.session.commit()

    assert leaving_by(f"{short(other.id)}-{token_of(watched, 'clara')[-LONGEST:]}") is None
    assert leaving_by(token_of(watched, "emil")) is None
    assert leaving_by(token_of(watched, "clara", PURPOSE)) is None
