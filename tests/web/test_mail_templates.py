"""Templates of mails where they are set up."""

import html

import pytest
import sqlalchemy as sa

from app.domain.mail_template import MailTemplate
from app.extensions import db
from tests.web.reading import words


def test_a_template_is_added_where_lists_are_set_up(as_, ada):
    visitor = as_(ada)
    answer = visitor.post(
        "/lists/mail-templates/",
        htmx=True,
        name="Hello",
        subject="{{ case.name }}",
        text="Hello {{ contact.name }}",
    )

    assert answer.status_code == 200
    assert "Hello" in words(visitor.get("/lists/mail-templates/"))
    page = visitor.get("/lists/mail-templates/")
    assert "{{ case.name }}" in page.text
    assert "What it is about" in words(page)


@pytest.mark.parametrize("text", ["{{ config }}", "{{ 7*7 }}", "{% for x in y %}", "{{ case.__class__ }}"])
def test_what_does_not_exist_is_refused_beside_its_field(as_, ada, thanks, text):
    visitor = as_(ada)
    new = visitor.post("/lists/mail-templates/", htmx=True, name="Bad", subject="", text=text)
    old = visitor.post(
        f"/lists/mail-templates/{thanks.id}/text", htmx=True, text=text, version=str(thanks.version)
    )

    for answer in (new, old):
        assert answer.status_code == 422
        assert "There is no field" in words(answer) or "stands alone here" in words(answer)
        assert html.escape(text, quote=False) in answer.text
    assert db.session.scalars(sa.select(MailTemplate).where(MailTemplate.name == "Bad")).first() is None


def test_a_template_of_one_kind_is_set_back_to_all(as_, ada, case, thanks):
    visitor = as_(ada)
    for kind, expected in (("claim", False), ("", True)):
        thanks = db.session.get(MailTemplate, thanks.id)
        visitor.post(f"/lists/mail-templates/{thanks.id}/kind", kind=kind, version=str(thanks.version))
        page = visitor.get(f"/cases/{case.id}/mails/new")
        assert (f'<option value="{thanks.id}">Thanks</option>' in page.text) is expected


def test_a_template_is_shown_on_a_real_case(as_, ada, case, thanks):
    visitor = as_(ada)
    page = visitor.get(f"/lists/mail-templates/{thanks.id}")
    assert f"About {case.name}" in words(page)
    assert "This case leaves open: ⟨case.deadline⟩" in words(page)
    assert "by {{ case.deadline }} you hear from us." in page.text

    named = visitor.get(f"/mail-templates/{thanks.id}/on-case?case=%23{case.id}", htmx=True)
    assert "Hello Hofmann Brewery" in words(named)
    nobody = visitor.get(f"/mail-templates/{thanks.id}/on-case?case=Nothing+such")
    assert "No case you know is called “Nothing such”." in words(nobody)
    assert "<html" in nobody.text


def test_where_there_is_no_case_a_template_says_so(as_, ada, thanks):
    page = as_(ada).get(f"/lists/mail-templates/{thanks.id}")
    assert "There is no case yet to show it on." in words(page)
