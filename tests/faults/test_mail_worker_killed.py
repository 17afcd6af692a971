"""A worker that is killed at any moment loses no mail, and sends again only what it was just handing over."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from email import message_from_bytes

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from app import clock
from app.domain.job import Job
from app.domain.message import Message
from app.extensions import db
from tests.mail.conftest import ADDRESS, free_port
from tests.real_data import ROOT

KILLS, MAILS = (50, 2000) if os.environ.get("SOAK") else (5, 200)
SENDING_THREADS = 2
# Every so many mails go to somebody who is not there.
GONE_EVERY = 20

pytestmark = [pytest.mark.fault, pytest.mark.database]


class Moody:
    """A mail server on a bad day: busy, slow, out of order, or gone in the middle of a conversation."""

    def __init__(self):
        self.chance = random.Random(11)
        self.taken = Counter()
        self.said = Counter()
        self.more = threading.Condition()

    def mood(self, *moods):
        """One of these, now and then."""
        return self.chance.choices([None, *moods], [17, *[1] * len(moods)])[0]

    async def handle_MAIL(self, server, session, envelope, address, options):
        mood = self.mood("421 Too busy", "451 Try again", "hang up")
        if mood is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
            return "250 OK"
        return self.answer(server, mood)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return self.answer(server, "550 No such user here")
        mood = self.mood("421 Too busy", "451 Greylisted", "hang up")
        if mood is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return self.answer(server, mood)

    async def handle_DATA(self, server, session, envelope):
        mood = self.mood("421 Too busy", "451 Disk full", "hang up", "late", "late before it takes")
        if mood == "late before it takes":
            await asyncio.sleep(self.chance.uniform(0, 0.1))
        elif mood not in {None, "late"}:
            return self.answer(server, mood)
        with self.more:
            self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
            self.more.notify_all()
        if mood == "late":
            await asyncio.sleep(self.chance.uniform(0, 0.1))
        return "250 Taken"

    def answer(self, server, mood):
        self.said[mood.partition(" ")[0]] += 1
        if mood == "hang up":
            server.transport.abort()
        return mood if mood[0].isdigit() else "421 Gone"

    def wait_for(self, number):
        """Until it has taken so many."""
        with self.more:
            assert self.more.wait_for(lambda: self.taken.total() >= number, timeout=60), "no more mail came"


@pytest.fixture
def server():
    moody = Moody()
    controller = Controller(moody, hostname=ADDRESS, port=free_port())
    controller.start()
    moody.url = f"smtp://{ADDRESS}:{controller.port}"
    yield moody
    controller.stop()


@pytest.fixture
def workers(environ, application, server):
    """Start workers, one after the other; each comes as its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.mailer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environ | {"SMTP_URL": server.url},
        cwd=ROOT,
    )

    def start():
        process.stdin.write("\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    def end(pid, number):
        os.kill(pid, number)
        assert process.stdout.readline() == "ended\n"

    yield start, end
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def test_every_mail_arrives_or_has_failed_and_only_what_was_in_flight_arrives_twice(
    application, workers, server
):
    start, end = workers
    chance = random.Random(7)
    in_flight = Counter()
    seen = set()

    with application.app_context():
        write_mails()
        for kill in range(KILLS):
            pid = start()
            server.wait_for(server.taken.total() + chance.randint(1, MAILS // KILLS // 2))
            end(pid, signal.SIGKILL)
            now = set(running()) - seen
            assert len(now) <= SENDING_THREADS, f"kill {kill} found more in flight than threads"
            seen |= now
            in_flight.update(message_id for message_id, _job, _attempt in now)
        pid = start()
        wait_until_done(server)
        end(pid, signal.SIGTERM)
        states = dict(db.session.execute(sa.select(Message.message_id, Message.state)).all())

    assert len(states) == MAILS
    assert set(states.values()) == {"sent", "failed"}
    assert list(states.values()).count("failed") == MAILS // GONE_EVERY
    assert {id_ for id_, state in states.items() if state == "sent"} == set(server.taken)
    again = {id_: number - 1 for id_, number in server.taken.items() if number > 1}
    assert all(number <= in_flight[id_] for id_, number in again.items())
    assert {"421", "451", "550", "hang"} <= set(server.said), (
        "the server was in no bad mood: this proved little"
    )
    assert in_flight, "no worker died in the middle of a mail: this proved nothing"


def write_mails():
    for number in range(MAILS):
        whom = "gone" if number % GONE_EVERY == 0 else "ines"
        Message.send(
            [("", f"{whom}{number}@hofmann.example")],
            "Your flow meters",
            "They left today.",
            sender="desk@lindqvist.example",
            send_at=clock.now(),
        )
    db.session.commit()


def running():
    """What is being handed over, by attempt."""
    query = sa.select(Message.message_id, Job.id, Job.attempts).join(
        Job, sa.and_(Job.kind == "send", Job.record_id == Message.id)
    )
    rows = db.session.execute(query.where(Job.state == "running")).all()
    db.session.rollback()
    return rows


def wait_until_done(server):
    """Sweep as the worker does every minute, only more often, until nothing is left to do."""
    until = time.monotonic() + 120 + MAILS / 10
    while are_left():
        assert time.monotonic() < until, "some mail was neither sent nor given up"
        Job.sweep()
        with server.more:
            server.more.wait(timeout=0.5)  # what is refused for good comes to no server's notice


def are_left():
    left = db.session.scalar(sa.select(sa.exists().where(Job.state.in_(("waiting", "running")))))
    db.session.rollback()
    return left
