"""The page of a case is drawn as far as it is looked at, and from what was drawn before for as long as that holds."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.history import lock
from app.domain.lists import Channel
from app.domain.organisation import Organisation
from app.domain.permission import Permission
from app.extensions import db
from tests.web.editing import change
from tests.web.reading import words, words_of


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


# What was drawn before says what is so now


def line(answer, number=0):
    """A line of the history on a page, the newest first."""
    return re.findall(r'<article class="ev.*?</article>', answer.text, re.DOTALL)[number]


def fact(answer, name):
    (found,) = re.findall(
        rf'<div class="fact[^"]*" id="case-\d+-fact-{name}".*?</dd></div>', answer.text, re.DOTALL
    )
    return found


def test_a_line_says_that_it_was_taken_back_and_taken_up_again(as_, nora, case):
    change(case, nora, name="Flow meters for both lines")
    visitor = as_(nora)
    page = visitor.get(f"/cases/{case.id}")
    assert words_of(line(page)).startswith("NL Nora Lindahl changed name")
    (undo,) = re.findall(r'action="(/history/\d+/undo)"', line(page))

    visitor.post(undo)
    old = line(visitor.get(f"/cases/{case.id}"), 1)
    assert "Taken back" in old
    assert undo not in old
    assert undo.replace("undo", "redo") in old

    visitor.post(undo.replace("undo", "redo"))
    assert "Taken back" not in line(visitor.get(f"/cases/{case.id}"), 2)


def test_undo_is_offered_to_whom_it_is_and_with_their_own_token(as_, nora, otto, case, support):
    change(case, nora, name="Flow meters for both lines")
    hers, other, again = (as_(who).get(f"/cases/{case.id}").text for who in (nora, otto, nora))

    def tokens(page):
        return set(re.findall(r'name="csrf_token" value="([^"]+)"', page))

    assert "/undo" in hers
    assert "/undo" not in other
    assert len(tokens(hers)) == len(tokens(again)) == 1
    assert tokens(hers) != tokens(again)


def test_a_day_that_was_changed_is_told_as_that_day_is_called_now(as_, nora, case):
    change(case, nora, deadline=Organisation.current().today())
    visitor, now = as_(nora), clock.now()
    assert "deadline nothing → Today" in words_of(line(visitor.get(f"/cases/{case.id}")))
    with clock.stopped_at(now + timedelta(days=1)):
        page = visitor.get(f"/cases/{case.id}")
        assert "deadline nothing → Yesterday" in words_of(line(page))
        assert "Yesterday" in words_of(fact(page, "deadline"))


def test_a_line_follows_the_names_of_lists(as_, ada, nora, case):
    channel = db.session.scalars(sa.select(Channel).where(Channel.name == "Phone")).one()
    lock(case)
    case.log("They rang.", by=nora, channel_id=channel.id)
    case.edit({"channel_id": channel.id}, by=nora)
    db.session.commit()
    visitor = as_(nora)
    page = visitor.get(f"/cases/{case.id}")
    assert "channel nothing → Phone" in words_of(line(page))
    assert "Phone" in words_of(line(page, 1))

    change(channel, ada, name="Telephone")
    page = visitor.get(f"/cases/{case.id}")
    assert "channel nothing → Telephone" in words_of(line(page))
    assert "Telephone" in words_of(line(page, 1))
    assert "Telephone" in words_of(fact(page, "channel_id"))
    assert f'<option value="{channel.id}">Telephone</option>' in page.text


def test_a_pin_stands_on_its_line(as_, nora, case):
    lock(case)
    note = case.note("The budget is 50k.", by=nora)
    db.session.commit()
    visitor = as_(nora)
    for way, back in (("pin", "unpin"), ("unpin", "pin")):
        assert f"/notes/{note.id}/{way}" in visitor.get(f"/cases/{case.id}").text
        visitor.post(f"/notes/{note.id}/{way}")
        page = visitor.get(f"/cases/{case.id}").text
        assert f'action="/notes/{note.id}/{back}"' in page
        assert f'action="/notes/{note.id}/{way}"' not in page


def test_another_language_another_page(as_, nora, case):
    change(case, nora, name="Six meters")
    visitor = as_(nora)
    assert "Nora Lindahl changed name" in words_of(line(visitor.get(f"/cases/{case.id}")))
    change(nora, nora, language="de")
    page = visitor.get(f"/cases/{case.id}")
    assert "Nora Lindahl hat geändert Name" in words_of(line(page))
    assert "Umsatz" in fact(page, "expected_revenue")
    assert "Gewonnen" in words(page)


@pytest.mark.parametrize(
    "text", ["100 % <b>sure</b> %(token)s", "\ue000value\ue001 %s", '"><script>', str(2**63 - 1)]
)
def test_what_is_typed_is_shown_as_it_was_typed(as_, nora, case, text):
    lock(case)
    case.edit({"referred_by": text, "email": "a@b.example", "phone": text}, by=nora)
    case.note(text, by=nora)
    db.session.commit()
    for _again in range(2):
        page = as_(nora).get(f"/cases/{case.id}")
        shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
        assert f"<p>{shown}</p>" in line(page)
        assert f'<span class="clip">{shown}</span>' in fact(page, "referred_by")
        assert f">{shown}</a>" in fact(page, "phone")
        assert f'aria-label="Edit Phone: {shown}"' in fact(page, "phone")


def test_two_cases_that_look_alike_are_not_each_other(as_, nora, front_desk, case, brewery):
    other = Case.make("opportunity", "Another", by=nora, team=front_desk, partner=brewery)
    db.session.commit()
    visitor = as_(nora)
    for one, no in ((case, other), (other, case), (case, other)):
        page = visitor.get(f"/cases/{one.id}").text
        assert f'action="/cases/{one.id}/win"' in page
        assert f'id="case-{one.id}-fact-team_id"' in page
        assert not re.search(
            rf"/cases/{no.id}[/\"]|case-{no.id}\b", page.partition('<div class="history"')[0]
        )
        assert str(2**63 - 1) not in page


def test_who_may_no_longer_edit_sees_facts_without_a_way_to_it(as_, nora, case):
    visitor = as_(nora)
    assert f'href="/cases/{case.id}/fields/expected_revenue"' in visitor.get(f"/cases/{case.id}").text
    for each in db.session.scalars(sa.select(Permission).where(Permission.role == nora.role)):
        if each.act in {"edit", "*"}:
            db.session.delete(each)
    db.session.commit()
    page = visitor.get(f"/cases/{case.id}")
    assert "€48,200" in fact(page, "expected_revenue")
    assert f"/cases/{case.id}/fields/expected_revenue" not in page.text


def test_a_word_for_a_picture_is_no_picture(as_, nora, case):
    change(case, nora, referred_by="Her avatar")

    assert '<span class="clip">Her avatar</span>' in as_(nora).get(f"/cases/{case.id}").text
