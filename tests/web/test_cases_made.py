"""Cases are made, and leads become opportunities."""

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import last_set
from tests.web.reading import words


@pytest.fixture
def lead(front_desk, nora):
    """A lead of somebody whom nobody knows yet."""
    made = Case.make(
        "lead", "Pumps", by=nora, team=front_desk, company_name="Serra Water", contact_name="Rita Serra"
    )
    db.session.commit()
    return made


def test_a_new_opportunity_is_open_and_theirs(as_, nora, front_desk, brewery, stages):
    visitor = as_(nora)
    blank = visitor.get("/cases/new?kind=opportunity&name=Pumps")
    assert 'value="Pumps"' in blank.text
    assert f'<option selected value="{front_desk.id}">Front desk' in blank.text

    answer = visitor.post("/cases/new", kind="opportunity", name="Pumps", partner_id="hofmann BREWERY",
                          expected_revenue="1,200.50", currency="EUR", deadline="2026-12-11",
                          team_id=front_desk.id)  # fmt: skip

    made = db.session.scalars(sa.select(Case).where(Case.name == "Pumps")).one()
    assert answer.location == f"/cases/{made.id}"
    assert (made.state, made.responsible, made.team, made.stage) == ("open", nora, front_desk, stages["New"])
    assert (made.partner, made.expected_revenue, made.deadline.isoformat()) == (
        brewery,
        120_050,
        "2026-12-11",
    )
    assert "Opportunity created." in words(visitor.get(answer.location))


def test_bad_input_comes_back_with_everything_typed(as_, nora, front_desk):
    visitor = as_(nora)
    for htmx in (False, True):
        answer = visitor.post("/cases/new", kind="lead", name="", partner_id="Nobody & Sons", expected_revenue="much",
                              company_name="Fjord AS", email="clara@hofmann", htmx=htmx)  # fmt: skip
        text = words(answer)
        assert answer.status_code == 422
        assert "4 fields need another look." in text
        assert "Say in a line what it is about." in text
        assert "Nobody you know is called “Nobody &amp; Sons”." in text
        for typed in ("Nobody &amp; Sons", "much", "Fjord AS", "clara@hofmann"):
            assert f'value="{typed}"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_partners_of_one_name_are_told_apart_by_number(as_, nora, front_desk, brewery):
    other = Partner.make("Hofmann Brewery", by=SYSTEM, city="Breda")
    db.session.commit()
    visitor = as_(nora)

    answer = visitor.post("/cases/new", kind="lead", name="Pumps", partner_id="Hofmann Brewery")
    assert (
        f"Several are called that: write Hofmann Brewery #{brewery.id}, Hofmann Brewery #{other.id}."
        in words(answer)
    )
    visitor.post("/cases/new", kind="lead", name="Pumps", partner_id=f"Hofmann Brewery #{other.id}")
    assert db.session.scalars(sa.select(Case)).one().partner is other


def test_whom_a_case_came_with_is_made_a_partner(as_, nora, lead):
    visitor = as_(nora)
    page = visitor.get(f"/cases/{lead.id}")
    assert f'action="/cases/{lead.id}/partner"' in page.text
    assert "Create partner" in words(page)

    answer = visitor.post(f"/cases/{lead.id}/partner", htmx=True)

    assert "Serra Water is its partner now." in words(answer)
    assert "Nora Lindahl made Serra Water its partner" in words(answer)
    assert f'action="/cases/{lead.id}/partner"' not in answer.text
    assert (lead.partner.name, lead.contact.name) == ("Serra Water", "Rita Serra")
    assert visitor.post(f"/cases/{lead.id}/partner").status_code == 409
    visitor.post(f"/history/{last_set(lead).id}/undo")
    assert (lead.partner, lead.contact) == (None, None)


@pytest.mark.parametrize("htmx", [True, False])
def test_who_may_be_meant_is_offered_before_a_double_is_made(as_, nora, lead, htmx):
    known = Partner.make("Serra Water Lda.", by=SYSTEM)
    db.session.commit()
    visitor = as_(nora)

    answer = visitor.post(f"/cases/{lead.id}/partner", htmx=htmx)
    assert answer.status_code == 422
    assert "Do you mean one of these?" in words(answer)
    assert f'name="partner_id" value="{known.id}"' in answer.text
    assert lead.partner is None

    visitor.post(f"/cases/{lead.id}/partner", htmx=htmx, partner_id=known.id)
    assert lead.partner is known
    assert lead.contact.company is known


def test_a_partner_is_made_by_who_may_edit_the_case(as_, olga, nora, lead, otto, support):
    lock(lead)
    lead.watch(olga, by=nora)
    db.session.commit()
    assert f"/cases/{lead.id}/partner" not in as_(olga).get(f"/cases/{lead.id}").text
    assert as_(olga).post(f"/cases/{lead.id}/partner").status_code == 403
    assert as_(otto).post(f"/cases/{lead.id}/partner").status_code == 404
    assert as_(nora).post(f"/cases/{lead.id}/partner", partner_id="x").status_code == 422
    assert as_(nora).post(f"/cases/{lead.id}/partner", partner_id=999_999).status_code == 404


def test_what_an_operator_brings_in_is_a_draft_that_they_watch(as_, olga, nora, front_desk):
    visitor = as_(olga)
    assert visitor.get("/cases/new?kind=opportunity").status_code == 403
    assert visitor.get("/cases/new?kind=nonsense").status_code == 404

    answer = visitor.post(
        "/cases/new", kind="lead", name="Wants pumps", contact_name="Clara", team_id=front_desk.id
    )
    made = db.session.scalars(sa.select(Case)).one()
    assert (made.state, made.responsible, made.watchers) == ("draft", nora, [olga])
    assert visitor.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "kind", ["lead", "opportunity", "call", "meeting", "task", "request", "issue", "bug", "claim"]
)
def test_every_kind_is_made_shown_and_edited(as_, nora, front_desk, kind):
    visitor = as_(nora)
    made = visitor.post(
        "/cases/new", kind=kind, name="Something", number="0951 5550", scheduled_at="2026-12-01T10:00"
    )
    assert made.status_code == 303
    assert "Something" in words(visitor.get(made.location))
    assert "Something" in visitor.get(f"{made.location}/edit").text
