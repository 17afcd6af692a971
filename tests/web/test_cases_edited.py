"""Cases are edited, by one and by two at once."""

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.history import lock
from app.domain.lists import RecurringPlan
from app.domain.partner import Partner
from app.extensions import db
from tests.web.reading import words


def facts(**changes):
    """What the browser sends for the case of the tests: every field, edited or not."""
    return {
        "name": "Flow meters for bottling line 3", "description": "", "category_id": "", "priority": "0",
        "expected_revenue": "48,200", "currency": "EUR", "planned_cost": "", "probability_typed": "",
        "recurring_revenue": "", "recurring_plan_id": "", "deadline": "", "partner_id": "Hofmann Brewery",
        "contact_id": "", "company_name": "", "contact_name": "", "function": "", "email": "", "phone": "",
        "mobile": "", "website": "", "street": "", "zip": "", "city": "", "country_id": "", "channel_id": "",
        "source_id": "", "medium_id": "", "campaign_id": "", "referred_by": "", "state_of_mind_id": "",
    } | changes  # fmt: skip


def test_an_edit_changes_what_was_edited_and_nothing_else(as_, nora, case):
    plan = db.session.scalars(sa.select(RecurringPlan)).first()
    visitor = as_(nora)
    answer = visitor.post(f"/cases/{case.id}/edit", version=case.version,
                          **facts(deadline="2026-12-18", recurring_revenue="18,600",
                                  recurring_plan_id=plan.id))  # fmt: skip

    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert case.deadline.isoformat() == "2026-12-18"
    changed = {row.field for row in case.history[-1].changes}
    assert changed == {"deadline", "recurring_revenue", "recurring_plan_id"}
    assert "Nora Lindahl changed" in words(visitor.get(answer.location))
    assert "deadline nothing → 18 Dec" in words(visitor.get(answer.location))


def test_another_partner_in_the_form_speaks_anew_unless_a_contact_is_named(as_, nora, case, brewery):
    person = Partner.make("Clara Hofmann", by=SYSTEM, company=brewery)
    other = Partner.make("Kelterei", by=SYSTEM, is_company=True)
    lock(case)
    case.edit({"contact_id": person.id}, by=nora)
    db.session.commit()
    visitor = as_(nora)
    sent = facts(partner_id="Kelterei", contact_id="Clara Hofmann")
    assert visitor.post(f"/cases/{case.id}/edit", version=case.version, **sent).status_code == 303
    assert (case.partner, case.contact) == (other, None)

    sent = facts(partner_id="Hofmann Brewery", contact_id="Clara Hofmann")
    assert visitor.post(f"/cases/{case.id}/edit", version=case.version, **sent).status_code == 303
    assert (case.partner, case.contact) == (brewery, person)


def test_an_edit_of_nothing_leaves_no_line(as_, nora, case):
    version = case.version
    assert as_(nora).post(f"/cases/{case.id}/edit", version=version, **facts()).status_code == 303
    assert case.version == version


def test_others_fields_are_no_conflict_and_stay_theirs(as_, nora, marc, case):
    read_at = case.version
    as_(marc).post(f"/cases/{case.id}/edit", version=read_at, **facts(deadline="2026-12-11"))

    answer = as_(nora).post(f"/cases/{case.id}/edit", version=read_at, **facts(planned_cost="900"))

    assert answer.status_code == 303
    assert (case.deadline.isoformat(), case.planned_cost) == ("2026-12-11", 90_000)


@pytest.fixture
def conflict(as_, nora, marc, case):
    """Marc set the deadline and the source of it all while Nora was typing."""
    read_at = case.version
    as_(marc).post(
        f"/cases/{case.id}/edit", version=read_at, **facts(deadline="2026-12-11", referred_by="Georg")
    )
    mine = facts(deadline="2026-12-18", planned_cost="900")
    answer = as_(nora).post(f"/cases/{case.id}/edit", version=read_at, htmx=True, **mine)
    return answer, mine | {"referred_by": "Georg", "version": case.version, "since-deadline": read_at}


def test_of_two_values_both_are_shown_with_who_and_everything_typed(conflict, case):
    answer, _again = conflict
    text = words(answer)

    assert answer.status_code == 409
    assert "One field was changed by somebody else meanwhile. deadline. Choose which one stays" in text
    assert "Marc Manager changed this while you were typing:" in text
    assert "Marc Manager, saved 11 Dec" in text
    assert "Yours, not saved 18 Dec" in text
    assert 'value="2026-12-18"' in answer.text
    assert 'value="900"' in answer.text
    assert 'value="Georg"' in answer.text, "what Nora did not touch is fresh"
    assert (case.deadline.isoformat(), case.planned_cost) == ("2026-12-11", None)


def test_in_two_windows_of_one_person_nobody_else_is_named(as_, nora, case):
    read_at = case.version
    for deadline in ("2026-12-11", "2026-12-18"):
        answer = as_(nora).post(
            f"/cases/{case.id}/edit", version=read_at, htmx=True, **facts(deadline=deadline)
        )
    text = words(answer)

    assert "One field was changed by you in another window meanwhile. deadline." in text
    assert "You changed this in another window:" in text
    assert "Saved in the other window 11 Dec" in text


@pytest.mark.parametrize(("kept", "deadline"), [("theirs", "2026-12-11"), ("mine", "2026-12-18")])
def test_the_one_that_was_chosen_stays(conflict, as_, nora, case, kept, deadline):
    _answer, again = conflict
    answer = as_(nora).post(f"/cases/{case.id}/edit", **again | {"keep-deadline": kept})

    assert answer.status_code == 303
    assert (case.deadline.isoformat(), case.planned_cost, case.referred_by) == (deadline, 90_000, "Georg")


def test_nothing_is_lost_until_one_is_chosen(conflict, as_, nora, marc, case):
    _answer, again = conflict
    answer = as_(nora).post(f"/cases/{case.id}/edit", **again)
    assert answer.status_code == 409
    assert "Marc Manager, saved 11 Dec" in words(answer)
    assert case.deadline.isoformat() == "2026-12-11"

    wrong = as_(nora).post(
        f"/cases/{case.id}/edit", **again | {"keep-deadline": "theirs", "planned_cost": "much"}
    )
    assert wrong.status_code == 422
    assert 'value="theirs" required checked' in wrong.text, "the choice is kept with what was typed"

    as_(marc).post(
        f"/cases/{case.id}/edit", version=case.version, **facts(deadline="2026-12-12", referred_by="Georg")
    )
    late = as_(nora).post(f"/cases/{case.id}/edit", **again | {"keep-deadline": "mine"})
    assert late.status_code == 409
    assert "12 Dec" in words(late)


def test_bad_input_in_an_edit_keeps_what_was_typed(as_, nora, case):
    answer = as_(nora).post(
        f"/cases/{case.id}/edit", version=case.version, htmx=True, **facts(name="", probability_typed="120")
    )

    assert answer.status_code == 422
    assert "Write a number from 0 to 100." in words(answer)
    assert 'value="120"' in answer.text
    assert f'name="version" value="{case.version}"' in answer.text


def test_money_and_days_are_written_as_the_reader_writes(as_, nora, case):
    lock(nora)
    nora.edit({"formats": "de_DE"}, by=nora)
    db.session.commit()
    visitor = as_(nora)

    assert 'value="48.200"' in visitor.get(f"/cases/{case.id}/edit").text
    visitor.post(f"/cases/{case.id}/edit", version=case.version, **facts(expected_revenue="52.400,50"))
    assert case.expected_revenue == 5_240_050
