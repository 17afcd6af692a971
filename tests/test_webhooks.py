"""Calls of addresses outside: what is never called, what is tried again, and what is given up."""

import http.server
import json
import socket
import threading

import pytest
import sqlalchemy as sa

from app import webhooks
from app.domain import web_address
from app.domain.history import lock
from app.domain.job import MOST_ATTEMPTS, Job
from app.domain.notification import Notification
from app.domain.rules import Rule, RuleRun, WebhookCall
from app.extensions import db
from tests.rules import acted, rule_of


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_of_the_house_are_not_outside(address):
    assert not web_address.is_outside(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
)
def test_addresses_of_the_internet_are(address):
    assert web_address.is_outside(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost./",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://[::ffff:127.0.0.1]/",
        "ftp://files.example/",
        "file:///etc/passwd",
        "gopher://x/",
        "http://me@93.184.216.34/",
    ],
)
def test_what_is_in_the_house_or_no_web_is_not_called_however_it_is_written(url):
    with pytest.raises(webhooks.NotAllowed):
        webhooks.post(url, {"id": 1})


def test_one_address_in_the_house_among_several_is_enough_to_refuse(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)

    with pytest.raises(webhooks.NotAllowed):
        webhooks.reachable("hooks.example", 80)


class Peer(http.server.BaseHTTPRequestHandler):
    """Somebody outside: answers what the path asks for, and remembers what it was told."""

    told: list = []
    pause = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Peer.told.append((self.path, self.headers["Host"], json.loads(body)))
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "slow":
            Peer.pause.wait(5)
            return
        status = int(kind) if kind.isdigit() else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"/{rest}" if rest != "home" else "http://192.168.0.1/")
        self.end_headers()
        if kind == "endless":
            for _ in range(1000):
                self.wfile.write(b"x" * 8192)
        self.wfile.write(b"Thank you")

    def log_message(self, *_args):
        pass


@pytest.fixture
def peer(monkeypatch):
    """A server on this machine which, for this test, is outside; other addresses are what they are."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    really = web_address.is_outside
    monkeypatch.setattr(web_address, "is_outside", lambda address: address == "127.0.0.1" or really(address))
    Peer.told, Peer.pause = [], threading.Event()
    yield f"http://127.0.0.1:{server.server_port}"
    Peer.pause.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def planned(peer, ada, case, nora):
    """Let a rule plan a call of a path there."""

    def plan(path):
        rule_of(
            ada, triggers=[{"key": "communicated"}], actions=[{"key": "webhook", "url": f"{peer}/{path}"}]
        )
        lock(case)
        case.log("They called", by=nora)
        db.session.commit()
        job = db.session.scalars(sa.select(Job).where(Job.kind == "webhook")).one()
        job.run_at = job.created_at
        db.session.commit()
        return db.session.scalars(sa.select(WebhookCall)).one(), job

    return plan


def test_a_call_tells_of_the_case_and_is_noted(planned, case):
    call, job = planned("200")

    Job.run(job.id)

    ((path, host, body),) = Peer.told
    assert (path, host.partition(":")[0]) == ("/200", "127.0.0.1")
    assert (body["case"]["name"], body["case"]["team"], body["rule"]["name"]) == (
        case.name,
        "Front desk",
        "A rule",
    )
    assert (call.state, call.answer, job.state) == ("done", "200\nThank you", "done")


def test_a_redirect_is_followed_and_one_into_the_house_is_not(planned, case, ada):
    call, job = planned("307/202")
    Job.run(job.id)
    assert (call.state, [path for path, *_ in Peer.told]) == ("done", ["/307/202", "/202"])
    call.url, call.state, job.state = call.url.replace("/307/202", "/307/home"), "failed", "failed"
    db.session.commit()
    job.retry(by=ada)
    db.session.commit()

    again = db.session.scalars(sa.select(Job).where(Job.kind == "webhook", Job.state == "waiting")).one()
    Job.run(again.id)

    assert (call.state, again.state) == ("failed", "failed")
    assert acted(case, "Holdfast") == ["webhook failed"]
    assert case.history[-1].details["address"] == "127.0.0.1"


def test_who_sends_us_on_and_on_is_given_up(planned):
    call, job = planned("307/307/307/307/307/200")

    Job.run(job.id)

    assert (call.state, call.answer) == ("failed", "The address leads on and on")
    assert len(Peer.told) == 4


def test_who_fails_is_tried_again_later_and_given_up_in_the_end(planned, case):
    call, job = planned("500")
    Job.run(job.id)
    assert (call.state, job.state, job.error) == (
        "waiting",
        "waiting",
        "The address answered with an error (500)",
    )
    assert job.run_at > job.created_at

    job.attempts, job.run_at = MOST_ATTEMPTS - 1, job.created_at
    db.session.commit()
    Job.run(job.id)

    assert (call.state, job.state) == ("failed", "failed")
    assert acted(case, "Holdfast") == ["webhook failed"]


def test_who_says_that_it_is_wrong_is_not_asked_again(planned):
    call, job = planned("410")

    Job.run(job.id)

    assert (call.state, job.state) == ("failed", "failed")


def outcomes():
    db.session.expire_all()
    return [run.outcome for run in db.session.scalars(sa.select(RuleRun).order_by(RuleRun.id))]


def told(user):
    query = sa.select(Notification.type).where(Notification.user_id == user.id).order_by(Notification.id)
    return list(db.session.scalars(query))


def test_a_call_that_nobody_hears_is_a_failure_of_the_rule_and_its_owner_hears_of_it(planned, ada):
    _call, job = planned("410")
    assert outcomes() == ["done"]

    Job.run(job.id)

    assert outcomes() == ["failed"]
    assert db.session.scalars(sa.select(RuleRun)).one().error == "The address answered with an error (410)"
    assert told(ada) == ["rule failed"]

    job = db.session.get_one(Job, job.id)
    job.retry(by=ada)
    db.session.commit()
    assert outcomes() == ["done"]
    Job.run(job.id)
    assert outcomes() == ["failed"]


def test_five_calls_in_a_row_that_nobody_hears_pause_the_rule(planned, case, nora, ada):
    """Those that still wait for an answer count neither way."""
    planned("410")
    for number in range(5):
        lock(case)
        case.log(f"Again {number}", by=nora)
        db.session.commit()
    jobs = db.session.scalars(sa.select(Job).where(Job.kind == "webhook").order_by(Job.id)).all()
    for job in jobs[:4]:
        job.run_at = job.created_at
        db.session.commit()
        Job.run(job.id)
    rule = db.session.scalars(sa.select(Rule)).one()
    assert (outcomes(), rule.is_at_work) == (["failed"] * 4 + ["done"] * 2, True)

    jobs[4].run_at = jobs[4].created_at
    db.session.commit()
    Job.run(jobs[4].id)

    assert (rule.is_at_work, rule.pause_reason) == (False, "The address answered with an error (410)")
    assert told(ada) == ["rule failed"] * 4 + ["rule paused"]


def test_an_endless_answer_is_cut_short(planned):
    call, job = planned("endless")

    Job.run(job.id)

    assert call.state == "done"
    assert len(call.answer) <= 2000


def test_who_does_not_answer_in_time_is_left(planned, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 0.2)
    call, job = planned("slow")

    Job.run(job.id)

    assert (call.state, job.state) == ("waiting", "waiting")
    assert job.error.startswith("The address did not answer")


def test_a_call_of_an_act_that_was_rolled_back_is_never_made(planned, case, nora):
    planned("200")
    lock(case)
    case.log("Again", by=nora)
    db.session.rollback()

    assert db.session.scalar(sa.select(sa.func.count()).select_from(WebhookCall)) == 1
