"""Facts of a case that say something of others too, ties to other records, and wins worth a word."""

import pytest

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.errors import EditConflict, Refused
from app.domain.history import lock
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import last_set


@pytest.fixture
def clara(brewery, case):
    made = Partner.make(
        "Clara Hofmann", by=SYSTEM, is_company=False, company=brewery, function="Plant engineer"
    )
    lock(case)
    case.edit({"contact_id": made.id}, by=SYSTEM)
    db.session.commit()
    return made


def test_a_name_that_nobody_has_becomes_a_partner_in_the_same_act(case, nora):
    lock(case)
    case.edit_whom({"partner_id": "Brand New Ltd"}, by=nora)
    db.session.commit()

    assert (case.partner.name, case.partner.is_company) == ("Brand New Ltd", True)
    assert {event.action for event in last_set(case).events} == {"created", "edited"}


def test_nobody_is_made_where_somebody_was_quicker(case, nora, marc):
    read_at = case.version
    lock(case)
    case.edit_whom({"partner_id": "Quick Ltd"}, by=marc)
    db.session.commit()
    lock(case)
    with pytest.raises(EditConflict):
        case.edit_whom({"partner_id": "Slow Ltd"}, by=nora, read_at=read_at)
    db.session.rollback()

    assert case.partner.name == "Quick Ltd"
    assert db.session.query(Partner).filter_by(name="Slow Ltd").count() == 0


def test_the_contact_follows_only_where_something_changed(case, nora, clara):
    lock(case)
    case.edit_with_speaker({"contact_name": "Clara Beck", "function": None}, by=nora)

    assert (case.contact_name, clara.name, clara.function) == ("Clara Beck", "Clara Beck", "Plant engineer")


def test_others_edits_beside_it_stay(case, nora, marc, clara):
    read_at = case.version
    lock(case)
    case.edit({"function": "Director"}, by=marc)
    case.edit_with_speaker({"contact_name": "Clara Beck", "function": None}, by=nora, read_at=read_at)

    assert (case.contact_name, case.function) == ("Clara Beck", "Director")


def test_a_tie_is_made_and_cut_once(case, nora, brewery):
    lock(case)
    for _time in range(2):
        case.refer_to(brewery, by=nora)
    assert [link.link_key for link in case.references] == [f"partner/{brewery.id}"]
    for _time in range(2):
        case.unrefer(f"partner/{brewery.id}", by=nora)

    assert case.references == []
    assert [event.action for event in case.events()[:2]] == ["unreferred", "referred"]
    with pytest.raises(Refused):
        case.refer_to(case, by=nora)


def test_what_a_stage_asks_for_goes_with_the_move_and_comes_back_with_it(case, nora, stages):
    lock(stages["Negotiation"])
    stages["Negotiation"].edit({"required_fields": ["phone"]}, by=SYSTEM)
    db.session.commit()
    lock(case)
    with pytest.raises(Refused):
        case.move_to(stages["Negotiation"], by=nora)
    db.session.rollback()
    lock(case)
    case.move_to(stages["Negotiation"], by=nora, facts={"phone": "+49 951 5550 1400"})

    assert (case.stage.name, case.phone) == ("Negotiation", "+49 951 5550 1400")
    assert [event.action for event in last_set(case).events] == ["edited", "moved"]


def test_the_best_of_the_month_is_the_largest_in_one_currency(case, nora, front_desk):
    other = Case.make("opportunity", "Larger", by=nora, team=front_desk, expected_revenue=5_000_000)
    lock(case)
    case.win(by=nora)
    assert (case.is_best_of_month, case.is_first_win) == (True, True)
    other.win(by=nora)

    assert (other.is_best_of_month, other.is_first_win) == (True, False)
    assert not case.is_best_of_month


def test_a_win_without_worth_or_without_a_rate_is_no_best_one(case, nora, front_desk):
    nothing = Case.make("opportunity", "For free", by=nora, team=front_desk)
    strange = Case.make(
        "opportunity", "In yen", by=nora, team=front_desk, expected_revenue=9_999, currency="JPY"
    )
    for won in (nothing, strange):
        won.win(by=nora)
    assert [won.is_best_of_month for won in (nothing, strange)] == [False, False]
