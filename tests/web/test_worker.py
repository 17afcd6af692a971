"""The worker in the pages: is all well, and what to do if it is not."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock, webhooks
from app.domain.heartbeat import LOST_AFTER, Heartbeat
from app.domain.history import lock
from app.domain.job import HANDLERS, GiveUp, Job, handles
from app.domain.message import Message
from app.domain.periodic import PeriodicRun
from app.extensions import db
from tests.rules import rule_of


@pytest.fixture
def worker(database):
    Heartbeat.beat("shop:4711")
    db.session.commit()


@pytest.fixture
def given_up(database):
    @handles("bridge")
    def cross(_job):
        raise GiveUp("The bridge is <out>.")

    job = Job.plan("bridge", 7)
    db.session.commit()
    Job.run(job.id)
    yield job
    del HANDLERS["bridge"]


def sentences(page):
    """What stands on top."""
    box = re.search(r'id="worker">\s*<div class="note-box (\w+)">(.*?)</div>', page.text, re.DOTALL)
    return box[1], re.findall("<p>(.*?)</p>", box[2])


def write():
    return Message.send([("Clara", "clara@hofmann.example")], "Offer", "…", sender="a@b.example")


def test_all_is_well(as_, ada, worker):
    page = as_(ada).get("/worker/")

    assert sentences(page) == ("good", ["All is well: what is due is done, and nothing has failed."])
    assert "shop:4711" in page.text
    assert "worker-lost" not in page.text


def test_no_worker_is_said_on_every_page_of_administrators_after_a_minute(as_, ada, marc, worker):
    with clock.stopped_at(clock.now() + LOST_AFTER - timedelta(seconds=2)):
        assert "worker-lost" not in as_(ada).get("/partners/").text
    with clock.stopped_at(clock.now() + LOST_AFTER + timedelta(seconds=1)):
        assert "No worker is alive" in as_(ada).get("/partners/").text
        assert "No worker is alive" not in as_(marc).get("/partners/").text
        assert sentences(as_(ada).get("/worker/"))[0] == "bad"


def test_the_page_of_administrators_asks_for_it_along_with_the_bell(as_, ada, marc, worker, statements):
    assert statements(as_(ada), "/more")[0] == statements(as_(marc), "/more")[0]


def test_what_waits_too_long_is_late(as_, ada, worker):
    Job.plan("reweigh", run_at=clock.now() - timedelta(minutes=3))
    Job.plan("reweigh", run_at=clock.now() + timedelta(minutes=3))
    db.session.commit()
    state, (said,) = sentences(as_(ada).get("/worker/"))

    assert state == "warn"
    assert said.startswith("The oldest job has waited for 3:0")


def test_a_call_that_was_given_up_names_its_rule_and_its_case_in_the_readers_language(
    as_, ada, nora, case, worker, monkeypatch
):
    def nobody_there(_url, _body):
        raise webhooks.NotAllowed(webhooks.IN_THE_HOUSE)

    monkeypatch.setattr(webhooks, "post", nobody_there)
    call = [{"key": "webhook", "url": "https://hooks.example/x"}]
    rule = rule_of(ada, name="Tell the till", triggers=[{"key": "communicated"}], actions=call)
    lock(case)
    case.log("They called", by=nora)
    job = db.session.scalars(sa.select(Job).where(Job.kind == "webhook")).one()
    job.run_at = job.created_at
    db.session.commit()
    Job.run(job.id)

    page = as_(ada).get("/worker/")
    assert f'href="/rules/{rule.id}">Tell the till</a>' in page.text
    assert f'href="/cases/{case.id}">{case.name}</a>' in page.text
    assert "This address is in a network of our own, where rules call nobody" in page.text
    lock(ada)
    ada.edit({"language": "de"}, by=ada)
    db.session.commit()
    for path in ("/worker/", f"/rules/{rule.id}", f"/rules/{rule.id}/log", f"/cases/{case.id}"):
        assert (
            "Diese Adresse liegt in einem eigenen Netz, in dem Regeln niemanden aufrufen"
            in as_(ada).get(path).text
        ), path


def test_what_was_given_up_stands_with_its_error(as_, ada, worker, given_up):
    page = as_(ada).get("/worker/")

    assert sentences(page) == ("warn", ["1 job was given up."])
    assert "The bridge is &lt;out&gt;." in page.text


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("act", "state"), [("another-try", "waiting"), ("dropping", "cancelled")])
def test_it_is_tried_again_or_dropped(as_, ada, worker, given_up, act, state, htmx):
    visitor = as_(ada)
    answer = visitor.post(f"/worker/jobs/{given_up.id}/{act}", htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    assert given_up.state == state
    assert sentences(answer if htmx else visitor.get(answer.location))[0] == "good"
    assert visitor.post(f"/worker/jobs/{given_up.id}/{act}", htmx=htmx).status_code == 409
    assert visitor.post("/worker/jobs/999999/another-try", htmx=htmx).status_code == 404


def test_what_runs_by_the_clock_says_how_it_went(as_, ada, worker):
    PeriodicRun.note("tidy", clock.now() - timedelta(hours=2), 1200, None)
    PeriodicRun.note("tidy", clock.now() - timedelta(hours=1), 12, "The broom is broken.")
    PeriodicRun.note("sweep", clock.now(), 31, None)
    db.session.commit()
    page = as_(ada).get("/worker/")

    assert sentences(page) == ("warn", ["This failed the last time: Clear away what is over."])
    for words in ("The broom is broken.", "12 ms", "31 ms", "last went well"):
        assert words in page.text


def test_the_outbox_says_what_waits_what_failed_and_why(as_, ada, worker):
    write()
    write().give_up("550")
    db.session.commit()
    page = as_(ada).get("/worker/")

    assert sentences(page) == ("warn", ["1 mail failed.", "Mail is kept, because no mail server is set."])
    assert re.findall(r'href="/outbox/\?view=(\w+)">(\d)</a>', page.text) == [
        ("waiting", "1"),
        ("failed", "1"),
    ]


def test_the_page_asks_as_often_for_much_as_for_nothing(as_, ada, worker, given_up, statements):
    few, _page = statements(as_(ada), "/worker/")
    for number in range(5):
        Job.plan("bridge", number).state = "failed"
        PeriodicRun.note(f"run {number}", clock.now(), 1, None)
        write()
    db.session.commit()
    many, _page = statements(as_(ada), "/worker/")

    assert many == few
