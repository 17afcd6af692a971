"""Undo and Call off of one mail at one instant: who comes second waits for the first, and neither is turned away."""

import threading

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import ChangeSet, act, lock, undo
from app.domain.message import Message
from app.domain.user import User
from app.extensions import db
from app.turns import Line
from tests.conftest import HASH, Visitor

pytestmark = [pytest.mark.fault, pytest.mark.database]


@pytest.fixture
def mail(application):
    """A mail that Nora has just written from her case, and Nora at her browser."""
    application.config["WTF_CSRF_ENABLED"] = False
    with application.app_context():
        nora = User(name="Nora", email="nora@holdfast.example", role="salesperson", password_hash=HASH)
        with act("created", nora, by=SYSTEM):
            pass
        case = Case.make("task", "Flow meters", by=nora)
        written = case.write_mail("They left today.", by=nora, to=[("", "ines@hofmann.example")])
        db.session.commit()
        ids = nora.id, case.id, written.id
        visitor = Visitor(application, nora)
        db.session.remove()
    return *ids, visitor


def is_anybody_waiting():
    """Does another transaction wait by now: for a row, or on SQLite for its turn to write?"""
    if db.engine.dialect.name == "sqlite":
        return any(line.threads.waiting for line in Line._lines.values())
    waiting = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with db.engine.connect() as connection:
        return bool(connection.scalar(sa.text(f"SELECT count(*) {waiting}")))


def test_calling_off_waits_for_undo_and_finds_it_done(application, mail):
    nora_id, case_id, mail_id, visitor = mail
    answers = []

    def call_off():
        answers.append(visitor.client.post(f"/outbox/{mail_id}/cancellation").status_code)

    other = threading.Thread(target=call_off)
    with application.app_context():
        nora, message = db.session.get_one(User, nora_id), db.session.get_one(Message, mail_id)
        lock(db.session.get_one(Case, case_id))
        other.start()
        while not is_anybody_waiting():
            assert other.is_alive()  # or it did not wait at all
        undo(message.event.change_set, by=nora)
        db.session.commit()
        other.join(60)

        assert answers == [303]
        db.session.expire_all()
        assert message.state == "recalled"
        undone = sa.select(ChangeSet.kind).order_by(ChangeSet.id.desc()).limit(1)
        assert db.session.scalar(undone) == "undo"
        db.session.remove()
