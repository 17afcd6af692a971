"""Mail that is written from cases, on its way: what travels, what fails and who hears of it."""

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.file import File
from app.domain.history import lock
from app.domain.job import LONGEST_PAUSE, MOST_ATTEMPTS, pause_after
from app.domain.message import Message
from app.domain.replying import ReplyTo
from app.extensions import db
from app.mail.outbound import KEPT, wake_kept
from tests.domain.test_writing import messages
from tests.mail.conftest import ADDRESS, Sink, start

INES, CLARA = ("Ines Carvalho", "ines@hofmann.example"), ("", "clara@hofmann.example")


@pytest.fixture
def write(case, nora):
    """`write("Hello", to=[…])`: from Nora's case, by her unless somebody else writes."""

    def write(text="They left today.", to=(INES,), by=nora, **more):
        lock(case)
        message = case.write_mail(text, by=by, to=to, **more)
        db.session.commit()
        return message

    return write


def go(run_jobs, **passed):
    """Some time later, do what is due."""
    with clock.stopped_at(clock.now() + timedelta(**(passed or {"seconds": 11}))):
        return run_jobs()


def notices():
    """What Holdfast itself wrote about mail that did not arrive."""
    about_mail = Message.automatic.is_not(None), Message.event_id.is_(None)
    query = sa.select(Message).where(*about_mail).order_by(Message.id)
    return list(db.session.scalars(query))


def test_each_gets_the_mail_that_is_theirs(sink, run_jobs, case, nora, otto, write):
    lock(case)
    case.watch(otto, by=nora)
    case.copy_to(CLARA[1], by=nora)
    write(files=[("offer.pdf", File.store(io.BytesIO(b"%PDF-1.4 An offer")))])
    go(run_jobs)

    by_address = {to[0]: mail for to, mail in sink.taken}
    assert sorted(by_address) == [CLARA[1], INES[1], otto.email]
    for mail in by_address.values():
        [file] = mail.iter_attachments()
        assert (file.get_filename(), file.get_content()) == ("offer.pdf", b"%PDF-1.4 An offer")
        assert "They left today." in mail.get_body(("plain",)).get_content()
        assert "<p>They left today.</p>" in mail.get_body(("html",)).get_content()
        assert mail["Cc"] is None
    assert ReplyTo.read(by_address[otto.email]["Reply-To"]).user is otto
    assert len({mail["Reply-To"] for mail in by_address.values()}) == 3
    assert len({mail["Message-ID"] for mail in by_address.values()}) == 3
    assert "/copies/" in by_address[CLARA[1]].get_body(("plain",)).get_content()
    assert "/copies/" not in by_address[INES[1]].get_body(("plain",)).get_content()


def test_nothing_leaves_before_its_time(sink, run_jobs, write):
    write(send_at=clock.now() + timedelta(days=2))

    assert go(run_jobs, days=1) == 0
    assert go(run_jobs, days=2, seconds=1) == 1
    assert len(sink.taken) == 1


def test_who_wrote_is_told_whom_it_does_not_reach(sink, run_jobs, case, nora, write):
    sink.refuses[INES[1]] = "550 No such user here"
    write(cc=[CLARA])
    go(run_jobs)

    [notice] = notices()
    assert [each.address for each in notice.recipients] == [nora.email]
    assert "550 No such user here" in notice.text
    assert "clara" not in notice.text
    assert f"/cases/{case.id}" in notice.text
    assert case.history[-1].action == "mail failed"
    go(run_jobs, minutes=1)
    told = sink.mails[-1]
    assert (told["To"], told["Auto-Submitted"]) == ("Nora Lindahl <nora@holdfast.example>", "auto-generated")
    assert told["Subject"] == f"Not delivered: [#{case.id}] Flow meters for bottling line 3"


def test_who_is_responsible_is_told_of_what_no_person_wrote(sink, run_jobs, nora, write):
    sink.refuses[INES[1]] = "550 No such user here"
    write(by=SYSTEM)
    go(run_jobs)

    assert [each.address for each in notices()[0].recipients] == [nora.email]


def test_nobody_is_told_that_they_could_not_be_told(sink, run_jobs, case, nora, write):
    sink.refuses |= {INES[1]: "550 No such user here", nora.email: "550 Not here either"}
    write()
    go(run_jobs)
    go(run_jobs, minutes=1)

    assert [notice.state for notice in notices()] == ["failed"]
    assert [event.action for event in case.history].count("mail failed") == 1


def test_nobody_is_told_at_the_address_that_fails(sink, run_jobs, nora, write):
    sink.refuses[nora.email] = "550 Not here"
    write(to=[(nora.name, nora.email)])
    go(run_jobs)

    assert notices() == []


def test_what_could_not_be_sent_in_two_days_has_failed_and_is_told(sink, run_jobs, case, nora, write):
    sink.refuses[INES[1]] = "450 Come back later"
    message = write()
    message.job.attempts = MOST_ATTEMPTS - 1
    db.session.commit()
    go(run_jobs)

    assert (message.state, message.recipients[0].state) == ("failed", "failed")
    assert "450 Come back later" in notices()[0].text


def test_trying_goes_on_for_two_days():
    pauses = [pause_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]

    assert pauses == sorted(pauses)
    assert max(pauses) == LONGEST_PAUSE
    assert timedelta(days=2) <= sum(pauses, timedelta()) < timedelta(days=2, hours=4)


@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_what_passes_is_waited_for(sink, run_jobs, write, code):
    sink.to_text = [f"{code} Not now"]
    message = write()
    go(run_jobs)
    assert (message.state, message.recipients[0].answer) == ("waiting", f"{code} Not now")

    go(run_jobs, minutes=2)
    assert (message.state, len(sink.taken)) == ("sent", 1)


def test_a_colleague_who_has_left_gets_nothing_any_more(sink, run_jobs, case, nora, otto, ada, write):
    lock(case)
    case.watch(otto, by=nora)
    write()
    lock(otto)
    otto.deactivate(by=ada)
    db.session.commit()
    go(run_jobs)

    assert sink.recipients == [INES[1]]
    assert [each.state for each in messages(case)] == ["sent", "recalled"]
    assert messages(case)[1].recipients[0].state == "recalled"
    assert notices() == []


def test_without_a_server_all_of_it_is_kept(run_jobs, case, nora, otto, write, port, name_server):
    lock(case)
    case.watch(otto, by=nora)
    write(files=[("offer.txt", File.store(io.BytesIO(b"An offer")))])
    write(send_at=clock.now() + timedelta(days=2))
    lock(case)
    case.remind_partner("Well?", by=nora)
    db.session.commit()
    go(run_jobs)

    assert [each.state for each in messages(case)] == ["waiting"] * 5
    assert [each.job.error for each in messages(case)] == [KEPT, KEPT, None, None, KEPT]

    sink = Sink()
    controller = start(sink, port)
    name_server(f"smtp://{ADDRESS}:{port}")
    wake_kept()
    db.session.commit()
    go(run_jobs)
    assert sink.recipients == [INES[1], "info@hofmann.example", otto.email]
    go(run_jobs, days=3)
    controller.stop()

    assert {each.state for each in messages(case)} == {"sent"}


def test_a_file_that_is_gone_is_no_reason_to_try_for_days(sink, run_jobs, write, case):
    message = write(files=[("offer.txt", File.store(io.BytesIO(b"An offer")))])
    db.session.execute(sa.text("delete from file_pieces"))
    db.session.commit()
    go(run_jobs)

    assert (message.state, sink.taken) == ("failed", [])
    assert "not whole" in notices()[0].text


def test_the_history_says_what_became_of_it(sink, run_jobs, case, nora, write, as_):
    def page():
        return " ".join(re.sub("<[^>]+>", " ", as_(nora).get(f"/cases/{case.id}").text).split())

    sink.refuses[INES[1]] = "550 No such user here"
    write(cc=[CLARA])
    assert "taken by the server" not in page()

    go(run_jobs)
    said = page()
    assert "refused 550 No such user here" in said
    assert "taken by the server" in said
    assert "called off" not in said

    write(send_at=clock.now() + timedelta(days=2)).cancel(by=nora)
    db.session.commit()
    assert "called off" in page()
