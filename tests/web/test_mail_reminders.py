"""Reminders by mail: of oneself, of colleagues, of the other side."""

import pytest

from app.domain.history import lock
from app.extensions import db
from tests.web.mail_pages import mails
from tests.web.reading import words


def test_remind_me_at_a_time_in_ones_own_words(as_, nora, case, server):
    visitor = as_(nora)
    assert "Remind me…" in words(visitor.get(f"/cases/{case.id}"))
    assert "Remind me" in words(visitor.get(f"/cases/{case.id}/reminder"))

    answer = visitor.post(f"/cases/{case.id}/reminder", htmx=True, at="2199-01-31T10:00", text="Ring Clara")

    (mail,) = mails()
    assert (mail.recipients[0].address, mail.send_at.year) == (nora.email, 2199)
    assert "Ring Clara" in mail.text
    assert "The reminder goes out 31 Jan 2199 10:00." in words(answer)
    assert "reminds Nora Lindahl" in words(answer)


def test_somebody_else_reminds_the_responsible(as_, marc, case):
    assert "Remind the responsible…" in words(as_(marc).get(f"/cases/{case.id}"))
    assert "Remind Nora Lindahl" in words(as_(marc).get(f"/cases/{case.id}/reminder"))

    as_(marc).post(f"/cases/{case.id}/reminder", text="Please look")

    assert mails()[0].recipients[0].address == "nora@holdfast.example"


def test_a_reminder_without_a_mail_server_is_kept(as_, nora, case):
    answer = as_(nora).post(f"/cases/{case.id}/reminder", htmx=True, text="Ring Clara")

    assert "The reminder is kept, and goes out once there is a mail server." in words(answer)


def test_a_reminder_says_what_the_case_says(as_, nora, case):
    url = f"/cases/{case.id}/partner-reminder"
    as_(nora).post(url, text="About {{ case.name }}: any news?")

    assert mails()[0].text.startswith(f"About {case.name}: any news?")
    for text, sentence in [
        ("By {{ case.deadline }}?", "There is nothing to say yet in these places: Its deadline."),
        ("Dear {{ case.friend }}", "There is no field “case.friend”."),
    ]:
        answer = as_(nora).post(url, htmx=True, text=text)
        assert (answer.status_code, sentence in words(answer), text in answer.text) == (422, True, True)
    assert len(mails()) == 1


def test_remind_them_with_what_was_said_last(as_, nora, case, server):
    lock(case)
    case.log("We will decide in March.", by=nora)
    db.session.commit()

    answer = as_(nora).post(
        f"/cases/{case.id}/partner-reminder", htmx=True, text="Any news?", forward_last="y"
    )

    (mail,) = mails()
    assert mail.recipients[0].address == "info@hofmann.example"
    assert mail.text.startswith("Any news?")
    assert "> We will decide in March." in mail.text
    assert "The reminder goes out in ten seconds." in words(answer)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({}, "Write something first."), ({"text": "Any news?", "at": "2020-01-01T10:00"}, "This has passed.")],
)
def test_a_reminder_that_needs_another_look(as_, nora, case, fields, sentence):
    for htmx in (True, False):
        answer = as_(nora).post(f"/cases/{case.id}/partner-reminder", htmx=htmx, **fields)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert fields.get("text", "") in answer.text
    assert mails() == []


def test_a_case_that_is_closed_reminds_nobody(as_, nora, case):
    lock(case)
    case.win(by=nora)
    db.session.commit()

    assert "Remind" not in words(as_(nora).get(f"/cases/{case.id}"))
