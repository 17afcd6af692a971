"""Making partners of those whom a case came with."""

import pytest

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.errors import Refused
from app.domain.history import lock, redo, undo
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import last_set

CAME_WITH = {
    "company_name": "Serra Water",
    "contact_name": "Rita Serra",
    "function": "Buyer",
    "email": "rita@serra.example",
    "phone": "+351 21 555 0140",
    "street": "Rua do Ouro 12",
    "city": "Lisbon",
    "website": "serra.example",
}


@pytest.fixture
def from_stranger(front_desk, nora):
    def make(**facts):
        case = Case.make("lead", "Pumps", by=nora, team=front_desk, **facts)
        db.session.commit()
        lock(case)
        return case

    return make


def test_the_company_and_its_contact_become_partners(from_stranger, nora):
    case = from_stranger(**CAME_WITH)
    case.make_partner(by=nora)

    company, person = case.partner, case.contact
    assert (company.name, company.is_company, company.city, company.email) == (
        "Serra Water",
        True,
        "Lisbon",
        None,
    )
    assert (person.name, person.is_company, person.company) == ("Rita Serra", False, company)
    assert (person.function, person.email, person.phone) == (
        "Buyer",
        "rita@serra.example",
        "+351 21 555 0140",
    )
    assert person.street is None, "the address is the company's"


def test_a_company_alone_and_a_person_alone(from_stranger, nora):
    case = from_stranger(company_name="Serra Water", email="info@serra.example")
    case.make_partner(by=nora)
    assert (case.partner.email, case.contact) == ("info@serra.example", None)

    case = from_stranger(contact_name="Rita Serra", city="Lisbon", email="rita@serra.example")
    case.make_partner(by=nora)
    assert (case.partner.is_company, case.partner.city, case.contact) == (False, "Lisbon", None)


def test_who_is_known_is_taken_and_their_people_are_not_doubled(from_stranger, nora, brewery):
    clara = Partner.make(
        "Clara Hofmann", by=SYSTEM, is_company=False, company=brewery, email="c@hofmann.example"
    )
    db.session.commit()
    case = from_stranger(company_name="Hofmann", contact_name="Frau Hofmann", email="C@hofmann.example")
    case.make_partner(by=nora, known=brewery)
    assert (case.partner, case.contact) == (brewery, clara)

    case = from_stranger(company_name="Hofmann", contact_name="Clara")
    case.make_partner(by=nora, known=clara)
    assert (case.partner, case.contact) == (brewery, clara)


def test_one_undo_takes_all_of_it_back_and_redo_does_it_again(from_stranger, nora):
    case = from_stranger(**CAME_WITH)
    case.make_partner(by=nora)
    db.session.commit()
    company, person, made = case.partner, case.contact, last_set(case)

    assert undo(made, by=nora).is_complete
    db.session.commit()
    assert (case.partner, case.contact, company.is_binned, person.is_binned) == (None, None, True, True)
    assert redo(made, by=nora).is_complete
    db.session.commit()
    assert (case.partner, case.contact, company.is_binned, person.is_binned) == (
        company,
        person,
        False,
        False,
    )


def test_a_case_with_a_partner_or_from_nobody_makes_none(from_stranger, nora, brewery):
    for case in (from_stranger(), from_stranger(partner=brewery, company_name="Serra Water")):
        with pytest.raises(Refused, match="names nobody who could become one"):
            case.make_partner(by=nora)
        db.session.rollback()


def test_a_case_keeps_the_address_it_came_with_and_writes_to_whom_it_is_about(nora, case, brewery):
    clara = Partner.make("Clara Hofmann", by=SYSTEM, company=brewery, email="clara@hofmann.example")
    other = Partner.make("Kelterei", by=SYSTEM, is_company=True, email="office@kelterei.example")
    db.session.commit()
    lock(case)
    case.edit({"contact_id": clara.id, "email": clara.email, "contact_name": "Clara Hofmann"}, by=nora)
    assert case.correspondent == ("Clara Hofmann", "clara@hofmann.example")

    case.edit({"partner_id": other.id}, by=nora)
    db.session.commit()
    assert (case.contact, case.email) == (None, "clara@hofmann.example")
    assert case.correspondent == ("Kelterei", "office@kelterei.example")

    undo(last_set(case), by=nora)
    assert (case.contact, case.correspondent) == (clara, ("Clara Hofmann", "clara@hofmann.example"))


@pytest.mark.parametrize(
    ("has_contact", "address", "written_to"),
    [
        (True, "someone@else.example", ("Jonas Reuter", "someone@else.example")),
        (True, "clara@hofmann.example", ("Jonas Reuter", "jonas@hofmann.example")),
        (False, "clara@hofmann.example", ("Hofmann Brewery", "clara@hofmann.example")),
        (False, "office@kelterei.example", ("Hofmann Brewery", "info@hofmann.example")),
    ],
)
def test_whose_address_it_came_from_decides_whether_one_writes_there(
    nora, case, brewery, has_contact, address, written_to
):
    jonas = Partner.make("Jonas Reuter", by=SYSTEM, company=brewery, email="jonas@hofmann.example")
    Partner.make("Clara Hofmann", by=SYSTEM, company=brewery, email="clara@hofmann.example")
    Partner.make("Kelterei", by=SYSTEM, is_company=True, email="office@kelterei.example")
    db.session.commit()
    lock(case)
    case.edit({"contact_id": jonas.id if has_contact else None, "email": address}, by=nora)

    assert case.correspondent == written_to


def test_without_any_partner_the_contact_goes_on_to_speak(nora, case, brewery):
    clara = Partner.make("Clara Hofmann", by=SYSTEM, company=brewery, email="clara@hofmann.example")
    db.session.commit()
    lock(case)
    case.edit({"contact_id": clara.id, "email": clara.email}, by=nora)

    case.edit({"partner_id": None}, by=nora)
    assert (case.contact, case.email) == (clara, clara.email)
