"""Commands from a shell, and where a server with demo accounts may listen."""

import re
from dataclasses import replace

import click
import pytest
import sqlalchemy as sa

from app import clock, listening
from app.config import SettingsError
from app.domain import demo
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.domain.user import User
from app.extensions import db


@pytest.fixture
def flask(app, database):
    """`flask("demo", "--cases", "3")`, as one would type it."""

    def run(*words):
        return app.test_cli_runner().invoke(args=list(words))

    return run


@pytest.fixture
def settle(app, monkeypatch):
    """Say how the process was started."""
    return lambda **facts: monkeypatch.setitem(
        app.config, "SETTINGS", replace(app.config["SETTINGS"], **facts)
    )


@pytest.fixture
def demonstrating(database):
    organisation = Organisation.row()
    lock(organisation)
    organisation.edit({"is_demo": True}, by=SYSTEM)
    db.session.commit()


def cases():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Case))


def test_the_demo_says_where_it_is_and_who_may_enter(flask, settle):
    settle(port=8123)
    answer = flask("demo", "--cases", "3")

    assert answer.exit_code == 0, answer.output
    assert cases() == 3
    assert "http://127.0.0.1:8123" in answer.output
    assert all(email in answer.output for email in demo.ACCOUNTS)
    assert "password demo" in answer.output


def test_it_does_not_touch_what_somebody_has_worked_with(flask, brewery):
    answer = flask("demo")

    assert answer.exit_code == 1
    assert "This database is in use." in answer.output
    assert cases() == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Partner)) == 1


def test_if_empty_is_silent_where_it_is_not(flask, brewery):
    answer = flask("demo", "--if-empty")

    assert (answer.exit_code, answer.output) == (0, "")
    assert cases() == 0


def test_another_day_another_seed(flask):
    assert flask("demo", "--cases", "2", "--seed", "5", "--if-empty").exit_code == 0
    newest = db.session.scalars(sa.select(Case.created_at)).first()
    assert (clock.now() - newest).days < 60


def test_the_first_administrator_chooses_a_password_by_a_link(flask, as_):
    answer = flask("administrator", "ada@lindqvist.example", "--name", "Ada Lindqvist")

    user = db.session.scalars(sa.select(User)).one()
    assert (user.name, user.role, user.has_joined) == ("Ada Lindqvist", "administrator", False)
    path = re.search(r"http://127.0.0.1:8000(/password/\S+)", answer.output)[1]

    assert as_().post(path, password="an unheard of word").status_code == 303
    assert user.has_joined


def test_without_a_name_they_are_called_as_their_address_says(flask):
    flask("administrator", "ada.lindqvist@lindqvist.example")

    assert db.session.scalars(sa.select(User.name)).all() == ["Ada Lindqvist"]


def test_nobody_is_made_an_administrator_twice(flask, ada):
    answer = flask("administrator", ada.email)

    assert answer.exit_code == 1
    assert "has this address already" in answer.output


def test_a_link_that_leads_nowhere_is_not_made(flask, settle):
    settle(host="0.0.0.0")
    answer = flask("administrator", "ada@lindqvist.example")

    assert answer.exit_code == 1
    assert "PUBLIC_URL" in answer.output


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_at_home_everybody_may_know_the_passwords(app, demonstrating, settle, serving, host):
    settle(host=host)
    listening.init_app(app)


def test_beyond_loopback_demo_accounts_are_refused(app, demonstrating, settle, serving):
    settle(host="0.0.0.0")
    with pytest.raises(SettingsError, match="demo accounts"):
        listening.init_app(app)


def test_unless_somebody_wants_it_so(app, demonstrating, settle, serving):
    settle(host="0.0.0.0", demo_anywhere=True)
    listening.init_app(app)


def test_without_them_the_server_listens_anywhere(app, database, settle, serving):
    settle(host="0.0.0.0")
    listening.init_app(app)


def test_a_database_that_cannot_be_asked_is_not_taken_for_a_harmless_one(
    app, demonstrating, settle, serving, monkeypatch
):
    settle(host="0.0.0.0")

    def away(_engine):
        raise sa.exc.OperationalError("select", {}, OSError("away"))

    monkeypatch.setattr(listening.sa, "inspect", away)
    with pytest.raises(sa.exc.OperationalError):
        listening.init_app(app)


def test_commands_still_put_things_right_there(app, demonstrating, settle, serving):
    settle(host="0.0.0.0")
    with click.Context(click.Command("db"), info_name="db"):
        listening.init_app(app)
    with click.Context(click.Command("run"), info_name="run"), pytest.raises(SettingsError):
        listening.init_app(app)


@pytest.fixture
def serving(app, monkeypatch):
    """As a server that starts, not as a test."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setattr(type(app), "testing", False)
    monkeypatch.setattr(db.engine, "dispose", lambda: None, raising=False)
