"""The page of a case is drawn as far as it is looked at, and from what was drawn before for as long as that holds."""

import re

import pytest

from app.domain.draft import Draft
from app.domain.history import lock
from app.extensions import db
from tests.web.reading import words


def part(answer, name):
    """How a part of the box for writing stands on a page: the way to it alone."""
    (found,) = re.findall(rf'<div class="(?:mailing|plan) later" id="case-\d+-{name}".*?</div>', answer.text)
    return found


def test_mail_and_plan_are_drawn_when_they_are_opened(as_, nora, case):
    visitor = as_(nora)
    page = visitor.get(f"/cases/{case.id}")
    assert 'name="subject"' not in page.text
    assert 'name="due_on"' not in page.text
    for name, path, field in (("mail", "mails/new", "subject"), ("plan", "activities?alone=", "due_on")):
        assert f'hx-get="/cases/{case.id}/{path}"' in part(page, name)
        alone = visitor.get(f"/cases/{case.id}/{path}", htmx=True).text
        assert f'id="case-{case.id}-{name}"' in alone
        assert f'name="{field}"' in alone
        assert "<h1" not in alone


@pytest.mark.parametrize(("name", "path"), [("mail", "mails/new"), ("plan", "activities")])
def test_without_scripts_a_link_opens_them(as_, nora, case, name, path):
    visitor = as_(nora)
    (href,) = re.findall(r'<a class="link" href="([^"]+)"', part(visitor.get(f"/cases/{case.id}"), name))
    assert href == f"/cases/{case.id}/{path}"
    page = visitor.get(href)
    assert "<h1" in page.text
    assert re.search(rf'<(?:form|div) class="(?:words mailing|plan)" id="case-{case.id}-{name}"', page.text)


def test_who_may_not_write_mail_has_no_box_for_it(as_, olga, case):
    page = as_(olga).get(f"/cases/{case.id}")
    assert 'value="mail"' not in page.text
    assert f'id="case-{case.id}-mail"' not in page.text


@pytest.mark.parametrize(("draft", "name"), [("mail", "mail"), ("mail-cc", "mail"), ("plan", "plan")])
def test_a_part_that_was_not_opened_says_that_something_waits_in_it(as_, nora, case, draft, name):
    visitor = as_(nora)
    assert "Draft kept" not in part(visitor.get(f"/cases/{case.id}"), name)
    visitor.post(f"/cases/{case.id}/drafts/{draft}", text="Half a word")
    page = visitor.get(f"/cases/{case.id}")
    assert "Draft kept" in part(page, name)
    assert "Draft kept" not in part(page, {"mail": "plan", "plan": "mail"}[name])


def test_a_reply_opens_the_mail_with_what_was_typed_before(as_, nora, case):
    lock(case)
    said = case.log("Can you send six?", by=nora)
    db.session.commit()
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/drafts/mail", text="Yes.")

    answer = visitor.post(f"/cases/{case.id}/mails/filled", htmx=True, reply=said.id)

    assert answer.headers["HX-Retarget"] == f"#case-{case.id}-mail"
    (text,) = re.findall(r'<textarea id="mail-text"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    assert text.startswith("Yes.")
    assert text.endswith("&gt; Can you send six?")
    assert Draft.of(nora, case)["mail"].endswith("> Can you send six?")
    assert "Reply" in words(visitor.get(f"/cases/{case.id}"))


def test_a_planned_step_begins_anew_when_it_is_opened_again(as_, nora, case):
    visitor = as_(nora)
    kind = re.findall(r'<option value="(\d+)"', visitor.get(f"/cases/{case.id}/activities").text)[0]
    answer = visitor.post(f"/cases/{case.id}/activities", htmx=True, type_id=kind, what="Ring Clara")
    assert f'hx-target="#case-{case.id}-plan"' in answer.text
    assert answer.text.count(f'hx-get="/cases/{case.id}/activities?alone="') == 2
