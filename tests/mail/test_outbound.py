"""What leaves by mail: once, to those who take it, and as it was written."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM
from app.domain.errors import Refused
from app.domain.history import act, lock, undo
from app.domain.job import MOST_ATTEMPTS, Job
from app.domain.message import Message, Outcome, Recipient
from app.domain.organisation import Organisation
from app.extensions import db
from app.mail.outbound import KEPT, build, wake_kept
from app.mail.server import BadAddress, MailServer
from tests.mail.conftest import ADDRESS, SignsIn, Sink, start

INES = ("Ines Carvalho", "ines@hofmann.example")


def write(to=(INES,), subject="Your flow meters", text="They left today.", **facts):
    facts = {
        "sender": "sales@holdfast.example",
        "sender_name": "Nora Lindahl",
        "send_at": clock.now(),
    } | facts
    message = Message.send(to, subject, text, **facts)
    db.session.commit()
    return message


def write_from(case, by=SYSTEM, **facts):
    lock(case)
    with act("mailed", case, by=by) as event:
        message = Message.send(
            [INES],
            "Your flow meters",
            "They left today.",
            sender="sales@holdfast.example",
            event=event,
            **facts,
        )
    db.session.commit()
    return message


def later(run_jobs, **passed):
    with clock.stopped_at(clock.now() + timedelta(**passed)):
        return run_jobs()


def states(message):
    return [each.state for each in message.recipients]


def test_a_mail_is_sent_once(sink, database, run_jobs):
    message = write()

    assert [run_jobs(), run_jobs()] == [1, 0]

    assert (message.state, states(message)) == ("sent", ["sent"])
    assert message.sent_at is not None
    [mail] = sink.mails
    assert mail["From"] == "Nora Lindahl <sales@holdfast.example>"
    assert mail["To"] == "Ines Carvalho <ines@hofmann.example>"
    assert mail["Subject"] == "Your flow meters"
    assert mail["Message-ID"] == message.message_id
    assert sink.texts == ["They left today."]


def test_a_job_that_runs_again_sends_nothing(sink, database, run_jobs):
    message = write()
    run_jobs()
    Job.plan("send", message.id)
    db.session.commit()

    assert run_jobs() == 1
    assert len(sink.taken) == 1


def test_text_and_html_travel_together_with_styles_on_their_elements(sink, database, run_jobs):
    write(html="<style>p { color: red }</style><p>They left <b>today</b>.</p>")
    run_jobs()

    [mail] = sink.mails
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().strip() == "They left today."
    assert 'style="color: red;"' in mail.get_body(("html",)).get_content()


def test_names_and_words_of_every_alphabet_arrive(sink, database, run_jobs):
    write([("Zoë Müller-Łukasz 李", "zoe@bücher.example")], "Angebot für Größe 3 – 見積り", "Grüße,\nNöra 🦀")
    run_jobs()

    [mail] = sink.mails
    assert mail["To"].addresses[0].display_name == "Zoë Müller-Łukasz 李"
    assert mail["To"].addresses[0].domain == "xn--bcher-kva.example"
    assert mail["Subject"] == "Angebot für Größe 3 – 見積り"
    assert sink.texts == ["Grüße,\nNöra 🦀"]
    assert sink.recipients == ["zoe@xn--bcher-kva.example"]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_name_or_subject_cannot_bring_a_header_of_its_own(sink, database, run_jobs, end):
    message = write(
        [(f"Ines{end}Bcc: mallory@evil.example", "ines@hofmann.example")],
        f"Hello{end}Bcc: mallory@evil.example",
        sender_name=f"Nora{end}Bcc: mallory@evil.example",
    )
    run_jobs()

    [mail] = sink.mails
    assert message.state == "sent"
    assert mail["Bcc"] is None
    assert sink.recipients == ["ines@hofmann.example"]
    assert mail["Subject"] == "Hello Bcc: mallory@evil.example"


@pytest.mark.parametrize(
    "address", ["nobody", "a b@c.example", "<a@b.example>, c@d.example", "a@b.example\r\nRCPT TO:<m@e>"]
)
def test_what_is_no_address_is_refused_and_the_others_get_it(sink, database, run_jobs, address):
    message = write([INES, ("Broken", address)])
    run_jobs()

    assert (message.state, states(message)) == ("sent", ["sent", "refused"])
    assert sink.recipients == ["ines@hofmann.example"]


def test_a_line_with_a_single_dot_ends_nothing(sink, database, run_jobs):
    write(text="One\n.\n..two\n.three")
    run_jobs()

    assert sink.texts == ["One\n.\n..two\n.three"]


def test_a_refused_recipient_is_named_and_the_others_get_it(sink, database, run_jobs, case):
    sink.refuses["gone@hofmann.example"] = "550 No such user here"
    message = write_from(case)
    message.recipients.append(Recipient(name="Gone", address="gone@hofmann.example"))
    db.session.commit()

    later(run_jobs, minutes=1)

    assert (message.state, states(message)) == ("sent", ["sent", "refused"])
    assert sink.recipients == ["ines@hofmann.example"]
    told = case.history[-1]
    assert (told.action, told.who) == ("mail failed", "Holdfast")
    assert told.details["to"] == "gone@hofmann.example"
    assert "550 No such user here" in told.details["reason"]


def test_a_mail_that_nobody_takes_has_failed_and_its_case_says_so(sink, database, run_jobs, case):
    sink.refuses["ines@hofmann.example"] = "550 No such user here"
    message = write_from(case)

    later(run_jobs, minutes=1)

    assert (message.state, message.sent_at) == ("failed", None)
    assert message.error == "ines@hofmann.example: 550 No such user here"
    assert [event.action for event in case.history][-2:] == ["mailed", "mail failed"]
    later(run_jobs, days=3)
    assert (message.job.state, message.job.attempts) == ("done", 1)


def test_a_text_that_the_server_refuses_has_failed(sink, database, run_jobs):
    sink.to_text = ["554 Looks like spam"]
    message = write()
    run_jobs()

    assert (message.state, sink.taken) == ("failed", [])


def test_later_is_tried_again_and_then_sent(sink, database, run_jobs):
    sink.refuses["ines@hofmann.example"] = "450 Come back in a minute"
    message = write()
    run_jobs()
    assert (message.state, states(message)) == ("waiting", ["waiting"])
    assert message.job.error == "450 Come back in a minute"
    assert run_jobs() == 0, "not before its pause is over"

    sink.refuses.clear()
    later(run_jobs, minutes=1)

    assert message.state == "sent"
    assert len(sink.taken) == 1


def test_who_has_it_does_not_get_it_again_when_others_must_wait(sink, database, run_jobs):
    sink.refuses["slow@hofmann.example"] = "450 Greylisted"
    message = write([INES, ("Slow", "slow@hofmann.example")])
    run_jobs()
    assert (message.state, states(message)) == ("waiting", ["sent", "waiting"])

    sink.refuses.clear()
    later(run_jobs, minutes=1)

    assert (message.state, states(message)) == ("sent", ["sent", "sent"])
    assert [to for to, _mail in sink.taken] == [["ines@hofmann.example"], ["slow@hofmann.example"]]


def test_a_server_that_is_down_gets_it_when_it_is_up(database, run_jobs, port, name_server):
    name_server(f"smtp://{ADDRESS}:{port}")
    message = write()
    run_jobs()
    assert message.state == "waiting"
    assert "refused" in message.job.error.lower()

    sink = Sink()
    controller = start(sink, port)
    later(run_jobs, minutes=1)
    controller.stop()

    assert (message.state, len(sink.taken)) == ("sent", 1)


def test_a_server_that_stays_down_for_two_days_has_failed(database, run_jobs, port, name_server, case):
    name_server(f"smtp://{ADDRESS}:{port}")
    message = write_from(case)
    message.job.attempts = MOST_ATTEMPTS - 1
    db.session.commit()

    later(run_jobs, minutes=1)

    assert (message.state, states(message)) == ("failed", ["failed"])
    assert case.history[-1].action == "mail failed"


def test_what_the_server_took_is_sent_though_it_hangs_up_on_us(sink, database, run_jobs, monkeypatch):
    monkeypatch.setattr("smtplib.SMTP.quit", lambda client: client.sock.close() or client.docmd("QUIT"))
    message = write()
    run_jobs()

    assert (message.state, len(sink.taken)) == ("sent", 1)


def test_a_wrong_password_is_a_matter_of_time(
    database, run_jobs, port, name_server, tls, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sink = Sink()
    controller = start(sink, port, tls_context=tls, authenticator=SignsIn(), auth_required=True)
    message = write()
    name_server(f"smtp://holdfast:wrong@localhost:{port}?starttls=1")
    run_jobs()
    assert message.state == "waiting"
    assert message.job.error.startswith(f"localhost:{port}: 535")

    name_server(f"smtp://holdfast:hush%20hush@localhost:{port}?starttls=1")
    later(run_jobs, minutes=1)
    controller.stop()

    assert (message.state, len(sink.taken)) == ("sent", 1)


def test_a_certificate_that_nobody_knows_gets_no_password(database, run_jobs, port, name_server, tls):
    sink = Sink()
    controller = start(sink, port, tls_context=tls, authenticator=SignsIn(), auth_required=True)
    name_server(f"smtp://holdfast:hush%20hush@localhost:{port}?starttls=1")
    message = write()
    run_jobs()
    controller.stop()

    assert (message.state, sink.taken) == ("waiting", [])
    assert "certificate" in message.job.error.lower()


def test_tls_from_the_first_byte(database, run_jobs, port, name_server, tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sink = Sink()
    controller = start(sink, port, ssl_context=tls)
    name_server(f"smtps://localhost:{port}")
    message = write()
    run_jobs()
    controller.stop()

    assert message.state == "sent"


def test_without_a_mail_server_mail_is_kept_and_goes_when_there_is_one(database, run_jobs, port, name_server):
    message = write()
    run_jobs()
    assert (message.state, message.job.state, message.job.error) == ("waiting", "waiting", KEPT)

    sink = Sink()
    controller = start(sink, port)
    name_server(f"smtp://{ADDRESS}:{port}")
    wake_kept()
    db.session.commit()
    run_jobs()
    controller.stop()

    assert (message.state, len(sink.taken)) == ("sent", 1)


def test_kept_mail_can_be_recalled(database, run_jobs, case, nora):
    message = write_from(case, by=nora, send_at=clock.now())
    run_jobs()

    undo(message.event.change_set, by=nora)
    db.session.commit()

    assert (message.state, message.job.state) == ("recalled", "cancelled")


def test_a_mail_that_is_being_sent_cannot_be_recalled(sink, database, case, nora, monkeypatch):
    """Either its job is called off or it goes; one update decides."""
    message = write_from(case, by=nora, send_at=clock.now())
    answers = []

    def recalled_meanwhile(_server, _mail, _sender, recipients):
        answers.append(db.session.get(Message, message.id).recall())
        db.session.commit()
        return dict.fromkeys(recipients, Outcome("sent", "250 Taken"))

    monkeypatch.setattr("app.mail.outbound.hand_over", recalled_meanwhile)
    Job.run(message.job.id)

    assert answers == [False]
    assert message.state == "sent"


def test_who_calls_off_a_mail_is_named(database, case, nora):
    message = write_from(case, by=nora)

    message.cancel(by=nora)
    db.session.commit()

    assert (message.state, case.history[-1].action, case.history[-1].who) == (
        "recalled",
        "mail recalled",
        nora.name,
    )
    with pytest.raises(Refused):
        message.retry(by=nora)


def test_what_failed_can_be_tried_again(sink, case, nora, marc, run_jobs):
    sink.refuses["ines@hofmann.example"] = "550 Mailbox full"
    message = write_from(case, by=nora, send_at=clock.now())
    run_jobs()
    sink.refuses.clear()

    message.retry(by=marc)
    db.session.commit()
    run_jobs()

    assert (message.state, states(message), message.error) == ("sent", ["sent"], None)
    told = case.events()[0]
    assert (told.action, told.who, told.details["to"]) == (
        "mail tried again",
        "Marc Manager",
        "Ines Carvalho",
    )


def test_what_waits_can_be_hurried(sink, nora, run_jobs):
    message = write(send_at=clock.now() + timedelta(hours=5))
    assert run_jobs() == 0

    message.retry(by=nora)
    db.session.commit()

    assert run_jobs() == 1
    assert message.state == "sent"


def test_the_page_of_the_organisation_names_the_server(database, port, run_jobs):
    organisation = Organisation.row()
    lock(organisation)
    organisation.send_by(
        f"smtp://holdfast@{ADDRESS}:{port}?starttls=1",
        sender="us@holdfast.example",
        password="hush hush",
        by=SYSTEM,
    )
    db.session.commit()

    server = MailServer.current()

    assert (server.host, server.port, server.security) == (ADDRESS, port, "starttls")
    assert (server.user, server.password) == ("holdfast", "hush hush")
    assert "hush" not in organisation.smtp_password
    assert not any("hush" in str(row) for row in db.session.execute(sa.text("select * from changes")))


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.example", 25, "none"),
        ("smtp://mail.example?starttls=1", 587, "starttls"),
        ("smtps://me:p%40ss@mail.example", 465, "tls"),
        ("smtp://[::1]:2525", 2525, "none"),
    ],
)
def test_the_address_of_a_mail_server(url, port, security):
    server = MailServer.at(url)

    assert (server.port, server.security) == (port, security)
    assert MailServer.at(server.url) == MailServer(server.host, port, security, server.user)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://a:99999999"])
def test_what_is_no_address_of_a_mail_server(url):
    with pytest.raises(BadAddress):
        MailServer.at(url)


def test_answers_name_what_they_answer(database):
    message = write(in_reply_to="<second@hofmann.example>", thread="<first@hofmann.example>")
    mail = build(message)

    assert mail["In-Reply-To"] == "<second@hofmann.example>"
    assert mail["References"] == "<first@hofmann.example> <second@hofmann.example>"
