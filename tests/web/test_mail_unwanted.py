"""Who is not to be written to is named before a mail goes."""

import re
from datetime import UTC, datetime

import pytest

from app.domain.actor import SYSTEM
from app.domain.case.sparing import Unwanted
from app.domain.history import lock
from app.domain.partner import Partner
from app.extensions import db
from tests.web.mail_pages import TO, mails, value, write
from tests.web.reading import words


@pytest.fixture
def clara(brewery):
    """She wants no mail."""
    made = Partner.make("Clara Hofmann", by=SYSTEM, email="Clara@hofmann.example", do_not_mail=True)
    db.session.commit()
    return made


def beside(answer, field):
    """What stands below a line of the mail."""
    found = re.search(rf'<p class="wrong" id="[^"]*{field}-e">.*?</p>', answer.text, re.DOTALL)
    return re.sub("<[^>]*>", "", found[0]) if found else None


@pytest.mark.parametrize("field", ["to", "cc"])
def test_who_wants_no_mail_is_named_beside_the_line_and_all_that_was_typed_stays(
    as_, nora, case, clara, field
):
    typed = {"to": TO, "cc": "", field: f"{TO}, clara@hofmann.example", "subject": "Typed", "text": "Kept"}
    answer = write(as_(nora), case, **typed)

    assert answer.status_code == 422
    assert beside(answer, f"-{field}") == "“clara@hofmann.example” wants no mail."
    assert beside(answer, "-cc" if field == "to" else "-to") is None
    assert value(answer, field).endswith(", clara@hofmann.example")
    assert (value(answer, "subject"), ">Kept</textarea>" in answer.text) == ("Typed", True)
    assert "Write to them all the same" in answer.text
    assert mails() == []

    assert write(as_(nora), case, is_meant="y", **typed).status_code == 200
    assert [each.address for each in mails()[0].recipients] == [
        "ines@hofmann.example",
        "clara@hofmann.example",
    ]


def test_an_address_from_which_mail_came_back_is_named_with_the_day(as_, nora, case, brewery):
    lock(brewery)
    brewery.edit({"mail_bounced_at": datetime(2026, 11, 12, 9, tzinfo=UTC)}, by=SYSTEM)
    db.session.commit()
    visitor = as_(nora)
    assert (
        "Mail to “info@hofmann.example” came back on Nov 12, 2026."
        in visitor.get(f"/cases/{case.id}/mails/new").text
    )
    answer = write(visitor, case, to="info@hofmann.example")
    assert answer.status_code == 422
    assert beside(answer, "-to") == "Mail to “info@hofmann.example” came back on Nov 12, 2026."

    lock(brewery)
    brewery.edit({"email": "office@hofmann.example"}, by=SYSTEM)
    db.session.commit()
    assert brewery.mail_bounced_at is None
    assert write(visitor, case, to="office@hofmann.example").status_code == 200


def test_when_mail_came_back_is_told_only_to_who_may_know_of_the_partner(nora, olga, case, brewery):
    lock(case, brewery)
    brewery.edit({"mail_bounced_at": datetime(2026, 11, 12, 9, tzinfo=UTC)}, by=SYSTEM)
    db.session.commit()
    lock(case)
    for writer, sentence in [
        (nora, "Mail to “info@hofmann.example” came back on Nov 12, 2026."),
        (olga, "Mail to “info@hofmann.example” came back."),
    ]:
        with pytest.raises(Unwanted) as refusal:
            case.write_mail("Hello", by=writer, to=[("", "info@hofmann.example")])
        assert str(refusal.value) == sentence


def test_the_address_that_a_case_came_with_is_as_unwilling_as_its_contact(as_, nora, case, clara):
    lock(case)
    case.edit({"contact_id": clara.id, "email": "clara@home.example"}, by=nora)
    db.session.commit()

    answer = write(as_(nora), case, to="clara@home.example")
    assert (answer.status_code, beside(answer, "-to")) == (422, "“clara@home.example” wants no mail.")


def test_who_wants_no_mail_is_reminded_only_by_who_means_it(as_, nora, case, clara):
    lock(case)
    case.edit({"contact_id": clara.id}, by=nora)
    db.session.commit()
    visitor, url = as_(nora), f"/cases/{case.id}/partner-reminder"
    unwanted, all_the_same = "“Clara@hofmann.example” wants no mail.", "Write to them all the same"
    asked = visitor.get(url)
    assert unwanted in words(asked)
    assert all_the_same in words(asked)

    answer = visitor.post(url, htmx=True, text="Any news?")
    assert answer.status_code == 422
    assert unwanted in beside(answer, "is_meant")
    assert all_the_same in words(answer)
    assert "Any news?</textarea>" in answer.text
    assert mails() == []

    assert visitor.post(url, htmx=True, text="Any news?", is_meant="y").status_code == 200
    assert [each.address for each in mails()[0].recipients] == ["Clara@hofmann.example"]


def test_nobody_is_asked_whether_they_mean_a_reminder_that_is_welcome(as_, nora, case, clara):
    for url in (f"/cases/{case.id}/partner-reminder", f"/cases/{case.id}/reminder"):
        assert "Write to them all the same" not in words(as_(nora).get(url))
