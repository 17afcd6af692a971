"""Finding by name and by number."""

import re

import pytest

from app.blueprints.search.finding import marked
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.partner import Partner
from app.extensions import db


def hits(answer):
    return re.findall(r'role="option" id="hit-\d+" href="([^"]+)"', answer.text)


def test_a_name_finds_partners_and_their_cases(as_, nora, case, brewery):
    answer = as_(nora).get("/search?q=hofm", htmx=True)

    assert hits(answer)[:2] == [f"/partners/{brewery.id}", f"/cases/{case.id}"]
    assert "<mark>Hofm</mark>ann Brewery" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("typed", ["FLOW METERS", "flow  meters", "bottling", "METERS FÖR", "hófmann"])
def test_case_and_accents_do_not_matter(as_, nora, case, typed):
    assert f"/cases/{case.id}" in hits(as_(nora).get("/search", query_string={"q": typed}, htmx=True))


@pytest.mark.parametrize(
    "typed", ["%", "_", "100%", "\\", "'", '"; drop table cases; --', "x\x00", "a" * 5000]
)
def test_signs_of_other_languages_are_only_signs(as_, nora, case, typed):
    answer = as_(nora).get("/search", query_string={"q": typed}, htmx=True)

    assert answer.status_code == 200
    assert f"/cases/{case.id}" not in hits(answer)


def test_what_begins_with_it_comes_first(as_, nora, database):
    middle = Partner.make("Great North Brewing", by=SYSTEM)
    start = Partner.make("North Sea Pilots", by=SYSTEM)
    db.session.commit()

    assert hits(as_(nora).get("/search?q=north", htmx=True))[:2] == [
        f"/partners/{start.id}",
        f"/partners/{middle.id}",
    ]


def test_others_cases_are_not_found(as_, otto, case):
    visitor = as_(otto)

    assert f"/cases/{case.id}" not in visitor.get("/search?q=flow").text
    assert hits(visitor.get(f"/search?q=%23{case.id}", htmx=True)) == []


def test_a_partner_one_may_not_know_of_leads_to_no_case(as_, olga, nora, case):
    secret = Partner.make("Secret Springs", by=SYSTEM)
    lock(case)
    case.edit({"partner_id": secret.id}, by=nora)
    case.watch(olga, by=nora)
    db.session.commit()

    assert f"/cases/{case.id}" in hits(as_(olga).get("/search?q=flow", htmx=True))
    assert f"/cases/{case.id}" not in hits(as_(olga).get("/search?q=secret", htmx=True))


def test_a_number_leads_to_its_case(as_, nora, otto, case):
    assert as_(nora).get(f"/search?q=%23{case.id}").location == f"/cases/{case.id}"
    assert hits(as_(nora).get(f"/search?q=%23{case.id}", htmx=True)) == [f"/cases/{case.id}"]
    stranger = as_(otto).get(f"/search?q=%23{case.id}")
    nobody = as_(otto).get("/search?q=%23999999")
    assert stranger.status_code == nobody.status_code == 200
    assert "Nothing with" in stranger.text
    assert "Nothing with" in nobody.text


def test_a_number_beyond_all_numbers_finds_nothing(as_, nora):
    assert as_(nora).get("/search?q=%23999999999999999").status_code == 200


def test_before_one_types_stand_ones_own_cases(as_, nora, case):
    assert hits(as_(nora).get("/search", htmx=True)) == [f"/cases/{case.id}"]


def test_the_page_works_without_scripts(as_, nora, case):
    page = as_(nora).get("/search?q=flow")

    assert f'href="/cases/{case.id}"' in page.text
    assert 'value="flow"' in page.text
    assert "<mark>Flow</mark>" in page.text


def test_three_are_as_quick_to_find_as_one(as_, nora, front_desk, brewery, case, statements):
    visitor = as_(nora)
    one, _part = statements(visitor, "/search?q=flow", htmx=True)
    for n in range(2):
        Case.make("opportunity", f"Flow {n}", by=nora, team=front_desk, partner=brewery)
    db.session.commit()
    three, part = statements(visitor, "/search?q=flow", htmx=True)

    assert len([hit for hit in hits(part) if "/cases/" in hit and "new" not in hit]) == 3
    assert three == one


@pytest.mark.parametrize(
    ("text", "typed", "marked_text"),
    [
        ("Hofmann", "HOFM", "<mark>Hofm</mark>ann"),
        ("Müller & Söhne", "muller", "<mark>Müller</mark> &amp; Söhne"),
        ("Straße", "strasse", "<mark>Straße</mark>"),
        ("Straße", "stras", "<mark>Straß</mark>e"),
        ("<b>", "b", "&lt;<mark>b</mark>&gt;"),
        ("Two  spaces", "two spaces", "<mark>Two  spaces</mark>"),
        ("e\u0301t\u00e9", "ete", "<mark>e\u0301t\u00e9</mark>"),
        ("Nothing", "xyz", "Nothing"),
        ("Nothing", "", "Nothing"),
        (None, "x", ""),
    ],
)
def test_what_was_typed_is_marked(text, typed, marked_text):
    assert str(marked(text, typed)) == marked_text
