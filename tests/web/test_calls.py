"""A call and its case are one record: one address, one place on the page."""

from app.domain.case import Case
from app.extensions import db


def test_an_act_on_a_call_finds_its_place_on_the_page(as_, nora, front_desk):
    call = Case.make("call", "Ring Clara", by=nora, team=front_desk, number="+49 951 5550 1420")
    db.session.commit()
    page = as_(nora).get(f"/cases/{call.id}")
    answer = as_(nora).post(f"/cases/{call.id}/archive", htmx=True)

    assert f'id="case-{call.id}"' in page.text
    assert f"case-{call.id}" in answer.text
    assert f"call-{call.id}" not in page.text + answer.text
