"""A form that makes something, sent twice: a double click, Back, a second try."""

import io
import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.file import Attachment
from app.domain.history import Event
from app.domain.housekeeping import tidy
from app.domain.lists import ActivityType
from app.domain.partner import Partner
from app.domain.sent_form import SentForm
from app.domain.user import User
from app.extensions import db
from tests.web.reading import words

SAID = "This form had been sent already. Nothing was made twice."


def notes():
    return sa.select(Event).where(Event.action == "noted")


# Each form: the page it stands on, where it goes, what is typed, and what it makes.
FORMS = {
    "case": (
        "/cases/new?kind=task",
        "/cases/new",
        {"kind": "task", "name": "Pumps"},
        lambda: sa.select(Case),
    ),
    "partner": (
        "/partners/new",
        "/partners/new",
        {"name": "Serra Water", "is_company": "1"},
        lambda: sa.select(Partner).where(Partner.name == "Serra Water"),
    ),
    "note": ("/cases/{case}", "/cases/{case}/notes", {"text": "Budget is approved."}, notes),
    "remark": ("/partners/{partner}", "/partners/{partner}/notes", {"text": "Moves in May."}, notes),
    "step": (
        "/cases/{case}/activities",
        "/cases/{case}/activities",
        {"type_id": "{type}", "what": "Ring"},
        lambda: sa.select(Activity),
    ),
    "files": ("/cases/{case}", "/cases/{case}/attachments", {}, lambda: sa.select(Attachment)),
    "invitation": (
        "/people/new",
        "/people/",
        {"name": "Zoe", "email": "zoe@holdfast.example", "role": "operator"},
        lambda: sa.select(User).where(User.name == "Zoe"),
    ),
}


@pytest.fixture
def filled(as_, ada, request, database):
    """A form as its page has it, filled in by Ada; each call sends it."""

    def fill(name, case, brewery):
        page, address, fields, made = FORMS[name]
        ids = {
            "case": case.id,
            "partner": brewery.id,
            "type": db.session.scalars(sa.select(ActivityType.id)).first(),
        }
        visitor, address = as_(ada), address.format(**ids)
        shown = visitor.get(page.format(**ids)).text
        form = re.search(rf'<form[^>]* action="{address}".*?</form>', shown, re.DOTALL)[0]
        key = re.search(r'name="once" value="([^"]+)"', form)[1]
        fields = {field: value.format(**ids) for field, value in fields.items()} | {"once": key}

        def send(**options):
            sent = fields | ({"file": (io.BytesIO(b"1"), "plan.txt")} if name == "files" else {})
            return visitor.post(address, **sent, **options)

        return send, lambda: len(db.session.scalars(made()).all()), visitor

    return fill


@pytest.mark.parametrize("name", FORMS)
def test_sent_twice_it_makes_one_and_leads_there(filled, case, brewery, name):
    db.session.execute(sa.delete(Event).where(Event.action == "noted"))
    send, count, visitor = filled(name, case, brewery)
    before = count()
    first, second, by_htmx = send(), send(), send(htmx=True)

    assert count() == before + 1
    assert (first.status_code, second.status_code, by_htmx.status_code) == (303, 303, 204)
    assert second.location == first.location == json.loads(by_htmx.headers["HX-Location"])["path"]
    assert SAID in words(visitor.get(second.location))


def test_a_form_that_was_refused_is_sent_again(filled, as_, ada, case, brewery):
    visitor = as_(ada)
    assert visitor.post("/cases/new", kind="task", name="", once="k").status_code == 422
    assert visitor.post("/cases/new", kind="task", name="Pumps", once="k").status_code == 303
    likely = {"name": "Hofmann Brewery Ltd", "is_company": "1", "once": "p"}
    assert visitor.post("/partners/new", **likely).status_code == 422
    assert visitor.post("/partners/new", **likely, anyway="1").status_code == 303


def test_anothers_form_is_another(as_, ada, nora, case):
    for who in (ada, nora):
        assert as_(who).post(f"/cases/{case.id}/notes", text="Hello", once="same").status_code == 303
    assert [event.action for event in case.events()[:2]] == ["noted", "noted"]


def test_each_page_has_keys_of_its_own_and_without_one_nothing_is_held_back(as_, nora, case):
    visitor = as_(nora)
    keys = {re.search(r'name="once" value="([^"]+)"', visitor.get("/cases/new").text)[1] for _ in range(3)}
    assert len(keys) == 3
    for _ in range(2):
        assert visitor.post(f"/cases/{case.id}/notes", text="Hello").status_code == 303
    assert [event.action for event in case.events()[:2]] == ["noted", "noted"]


def test_keys_are_forgotten_after_a_week(as_, nora, case):
    as_(nora).post(f"/cases/{case.id}/notes", text="Hello", once="key")
    db.session.commit()
    tidy()
    assert db.session.scalars(sa.select(SentForm)).one().address == f"/cases/{case.id}"
    with clock.stopped_at(clock.now() + timedelta(days=8)):
        tidy()
    assert db.session.scalars(sa.select(SentForm)).all() == []
