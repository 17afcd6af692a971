"""Rules about partners: reaching them, finding them, and when they may go."""

import pytest

from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.history import lock
from app.domain.partner import Partner
from app.extensions import db


def test_numbers_are_kept_as_typed_and_found_however_they_are_written(brewery, nora):
    lock(brewery)
    brewery.edit({"phone": "+49 (951) 5550-1400", "email": "Info@Hofmann.Example"}, by=nora)
    assert (brewery.phone, brewery.phone_e164, brewery.phone_digits) == (
        "+49 (951) 5550-1400",
        "+4995155501400",
        "4995155501400",
    )
    assert brewery.email_folded == "info@hofmann.example"


def test_archiving_and_back_changes_nothing_else(brewery, nora):
    lock(brewery)
    lines = len(brewery.stream(nora))
    brewery.archive(by=nora)
    brewery.archive(by=nora)
    assert brewery.archived
    brewery.unarchive(by=nora)
    brewery.unarchive(by=nora)
    assert not brewery.archived
    assert [event.action for event in brewery.stream(nora)][: -lines or None] == ["unarchived", "archived"]


def test_who_is_referred_to_is_archived_not_deleted(case, brewery, marc, database):
    lock(brewery)
    with pytest.raises(Refused, match=r"Hofmann Brewery has people or cases[.] Archive instead"):
        brewery.delete(by=marc)
    db.session.rollback()
    person = Partner.make("Clara", by=SYSTEM, is_company=False)
    company = Partner.make("Springs", by=SYSTEM)
    person.edit({"company_id": company.id}, by=SYSTEM)
    with pytest.raises(Refused, match="Springs has people or cases"):
        company.delete(by=marc)
    db.session.rollback()


def test_who_stands_alone_is_deleted_once(database, marc):
    lonely = Partner.make("Lonely", by=SYSTEM)
    lonely.delete(by=marc)
    lonely.delete(by=marc)
    assert lonely.is_binned
    assert [event.action for event in lonely.stream(marc)] == ["deleted", "created"]


@pytest.mark.parametrize(
    ("name", "email", "found"),
    [
        ("Hofman Brewery", None, ["Hofmann Brewery"]),
        ("HOFMANN", None, ["Hofmann Brewery"]),
        ("Hofmann Brewery Ltd", None, ["Hofmann Brewery"]),
        ("Somebody else", "INFO@hofmann.example ", ["Hofmann Brewery"]),
        ("Hofgut Süd", None, []),
        ("Ho", None, []),
        ("", None, []),
    ],
)
def test_who_may_be_meant(brewery, nora, name, email, found):
    Partner.make("Zebra", by=SYSTEM)
    assert [partner.name for partner in Partner.resembling(name, email, user=nora)] == found


def test_who_is_out_of_sight_is_not_offered(brewery, olga):
    assert Partner.resembling("Hofmann Brewery", None, user=olga) == []


def test_a_companys_stream_has_its_peoples_and_their_cases_lines(case, brewery, nora, front_desk):
    clara = Partner.make("Clara", by=SYSTEM, is_company=False, company_id=brewery.id)
    clara.note("Decides.", by=nora)
    theirs = Case.make("task", "Send the data sheet", by=nora, team=front_desk, contact=clara)
    db.session.commit()

    told = [(event.action, event.about_key, event.about.name) for event in brewery.stream(nora)]
    assert told[:3] == [
        ("created", theirs.key, "Send the data sheet"),
        ("noted", clara.key, "Clara"),
        ("created", clara.key, "Clara"),
    ]
    assert theirs in brewery.open_cases(nora)


def test_a_stream_leaves_out_what_its_reader_may_not_know_of(case, brewery, otto, support, olga, nora):
    clara = Partner.make("Clara", by=SYSTEM, is_company=False, company_id=brewery.id)
    call = Call.make("call", "Ring", by=nora, responsible=olga, partner=brewery)
    db.session.commit()

    assert {event.about_key for event in brewery.stream(otto)} == {brewery.key, clara.key}
    assert case not in brewery.open_cases(otto)
    seen = brewery.stream(olga)
    assert {event.about_key for event in seen} == {brewery.key, call.key}


def test_a_stream_comes_a_page_at_a_time(brewery, nora):
    lock(brewery)
    for number in range(5):
        brewery.note(f"Note {number}", by=nora)
    first = brewery.stream(nora, limit=2)
    rest = brewery.stream(nora, before=first[-1].id)
    assert [event.body for event in first] == ["Note 4", "Note 3"]
    assert [event.body for event in rest] == ["Note 2", "Note 1", "Note 0", None]
