"""The outbox by its pages: what went out, what it said, and trying again."""

import pytest
import sqlalchemy as sa

from app.domain.case import Case
from app.domain.history import act, lock
from app.domain.job import Job
from app.domain.message import Message
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add


def write(event=None, subject="Your flow meters", **facts):
    message = Message.send(
        [("Ines Carvalho", "ines@hofmann.example")],
        subject,
        "They left <today>.",
        sender="sales@holdfast.example",
        sender_name="Nora Lindahl",
        event=event,
        **facts,
    )
    if event is None:
        db.session.commit()
    return message


@pytest.fixture
def mail(case, nora):
    """What Nora wrote from her case."""
    lock(case)
    with act("mailed", case, by=nora) as event:
        message = write(event)
    db.session.commit()
    return message


def path(message, act_=""):
    return f"/outbox/{message.id}{act_}"


def test_an_empty_outbox_says_what_it_is_for(as_, ada):
    page = as_(ada).get("/outbox/")

    assert page.status_code == 200
    assert "No mail has left yet" in page.text


def test_the_newest_stands_on_top(as_, ada, mail):
    write(subject="Older no more")

    page = as_(ada).get("/outbox/")

    assert page.text.index("Older no more") < page.text.index("Your flow meters")
    assert "Ines Carvalho" in page.text
    assert "Kept" in page.text
    assert "No mail server is set" in page.text


def test_each_sees_what_is_theirs(as_, mail, nora, otto, marc):
    assert "Your flow meters" in as_(nora).get("/outbox/").text
    assert "Your flow meters" in as_(marc).get("/outbox/").text
    assert "Your flow meters" not in as_(otto).get("/outbox/").text


def test_anothers_mail_does_not_exist(as_, mail, otto, olga):
    for user in (otto, olga):
        for address in ("", "/body"):
            assert as_(user).get(path(mail, address)).status_code == 404
        for act_ in ("/cancellation", "/another-try"):
            assert as_(user).post(path(mail, act_)).status_code == 404
    assert mail.state == "waiting"


def test_a_portal_user_and_a_stranger_find_no_outbox(as_, ines):
    assert as_(ines).get("/outbox/").status_code == 404
    assert as_().get("/outbox/").status_code == 303


def test_one_mail_with_its_headers_and_its_text(as_, nora, mail, case):
    page = as_(nora).get(path(mail)).text

    assert "They left &lt;today&gt;." in page
    assert "sales@holdfast.example" in page
    assert f'href="/cases/{case.id}"' in page
    assert "iframe" not in page


def test_html_is_shown_in_a_frame_that_can_do_nothing(as_, ada):
    message = write(html="<p>They left.</p><script>alert(1)</script>")

    page = as_(ada).get(path(message))
    body = as_(ada).get(path(message, "/body"))

    assert f'<iframe class="mail-frame" sandbox src="/outbox/{message.id}/body"' in page.text
    assert "<script>alert(1)" not in page.text
    policy = body.headers["Content-Security-Policy"]
    assert policy == (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
    )
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_list_asks_as_often_for_the_mail_of_many_cases(as_, nora, otto, support, statements):
    lock(support)
    with act("edited", support, by=otto):
        support.is_open = False

    def watch_and_write(times):
        for number in range(times):
            watched = Case.make("task", f"Otto's {number}", by=otto, team=support)
            lock(watched)
            watched.watch(nora, by=otto)
            with act("mailed", watched, by=otto) as event:
                write(event)
        db.session.commit()

    watch_and_write(1)
    few, _page = statements(as_(nora), "/outbox/")
    watch_and_write(3)
    many, page = statements(as_(nora), "/outbox/")
    assert page.text.count('">#') == 4
    assert many == few


def test_the_number_of_a_case_that_one_may_not_know_is_not_told(as_, nora, ada, mail, case, headquarters):
    far_away = Team(name="Far away", code="FA", parent=headquarters)
    add(far_away)
    lock(case)
    case.hand_to_team(far_away, by=ada)
    db.session.commit()

    page = as_(nora).get("/outbox/")

    assert "Your flow meters" in page.text, "what one wrote oneself stays in one's outbox"
    assert f'href="/cases/{case.id}"' not in page.text


def test_a_mail_without_html_has_no_frame(as_, ada, mail):
    assert as_(ada).get(path(mail, "/body")).status_code == 404


def test_a_way_in_is_read_by_nobody_else(as_, ada, marc, monkeypatch):
    message = write(is_secret=True, html="<p>They left.</p>")

    assert "They left" in as_(ada).get(path(message)).text, "no mail leaves here: this is a laptop"
    assert "They left" not in as_(marc).get(path(message)).text
    assert as_(marc).get(path(message, "/body")).status_code == 404
    monkeypatch.setattr("app.mail.server.MailServer.current", lambda: "mail.example:25")
    assert "They left" not in as_(ada).get(path(message)).text
    assert as_(ada).get(path(message, "/body")).status_code == 404


def test_calling_off(as_, nora, mail, case):
    answer = as_(nora).post(path(mail, "/cancellation"), htmx=True)

    assert answer.status_code == 200
    assert "Called off" in answer.text
    assert ">called off</span>" in answer.text
    assert (mail.state, mail.job.state) == ("recalled", "cancelled")
    assert case.history[-1].action == "mail recalled"


def test_calling_off_by_a_plain_form_and_twice(as_, nora, mail):
    assert [as_(nora).post(path(mail, "/cancellation")).status_code for _ in range(2)] == [303, 303]


def test_calling_off_too_late(as_, nora, mail):
    db.session.execute(sa.update(Job).values(state="running"))
    db.session.commit()

    assert as_(nora).post(path(mail, "/cancellation")).status_code == 409
    assert mail.state == "waiting"


def test_seeing_is_not_handling(as_, front_desk, mail, otto, ada):
    lock(front_desk)
    with act("edited", front_desk, by=ada):
        front_desk.members.append(otto)
    db.session.commit()

    assert as_(otto).get(path(mail)).status_code == 200
    assert as_(otto).post(path(mail, "/cancellation")).status_code == 403
    assert as_(otto).post(path(mail, "/another-try")).status_code == 403
    assert mail.state == "waiting"


def test_trying_again_twice_sends_once(as_, nora, mail):
    mail.state = mail.recipients[0].state = "failed"
    mail.job.state = "failed"
    db.session.commit()

    for _ in range(2):
        as_(nora).post(path(mail, "/another-try"))

    jobs = db.session.scalars(sa.select(Job.state).where(Job.kind == "send").order_by(Job.id)).all()
    assert jobs == ["failed", "waiting"]
    assert (mail.state, mail.recipients[0].state) == ("waiting", "waiting")


def test_pages_lead_on_and_back(as_, ada):
    for number in range(120):
        write(subject=f"Mail {number:03}")
    visitor = as_(ada)

    def subjects(address):
        page = visitor.get(address).text
        return [number for number in range(120) if f"Mail {number:03}" in page], page

    first, page = subjects("/outbox/")
    assert first == list(range(70, 120))
    second, page = subjects(link(page, "next"))
    assert second == list(range(20, 70))
    last, page = subjects(link(page, "next"))
    assert last == list(range(20))
    assert 'rel="next"' not in page
    again, page = subjects(link(page, "prev"))
    assert again == second


def link(page, rel):
    before = page[: page.index(f'rel="{rel}"')]
    return before[before.rindex('href="') + 6 :].split('"')[0].replace("&amp;", "&")


@pytest.mark.parametrize(
    "args", ["before=x", "before=-1", "before=99999999999999999999", "view=nothing", "after="]
)
def test_an_address_that_makes_no_sense_shows_the_first_page(as_, ada, mail, args):
    assert "Your flow meters" in as_(ada).get(f"/outbox/?{args}").text


@pytest.mark.parametrize(("view", "shown"), [("waiting", True), ("sent", False), ("failed", False)])
def test_views(as_, ada, mail, view, shown):
    assert ("Your flow meters" in as_(ada).get(f"/outbox/?view={view}").text) is shown


@pytest.mark.parametrize("verb", ["cancellation", "another-try"])
def test_the_case_is_locked_before_the_mail_as_undo_does(as_, nora, mail, locks, verb):
    visitor = as_(nora)
    locks.clear()

    assert visitor.post(path(mail, f"/{verb}")).status_code == 303
    assert [name for name in locks if name in {"cases", "messages"}] == ["cases", "messages"]
