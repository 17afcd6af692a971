"""Pages of partners: what stands on them, and that nothing hidden does."""

import re

import pytest
import sqlalchemy as sa

from app.blueprints.history.telling import PAGE
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.history import lock
from app.domain.lists import Country
from app.domain.partner import Partner
from app.extensions import db
from tests.web.reading import words


@pytest.fixture
def clara(brewery):
    partner = Partner.make(
        "Clara Hofmann", by=SYSTEM, is_company=False, company_id=brewery.id, function="Plant engineer"
    )
    db.session.commit()
    return partner


def test_the_page_tells_who_they_are_and_what_goes_on(as_, nora, case, brewery, clara):
    text = words(as_(nora).get(f"/partners/{brewery.id}"))

    for fact in ("Hofmann Brewery", "Customer", "info@hofmann.example", "Open cases 1",
                 "Flow meters for bottling line 3", "Proposal", "€48,200", "Clara Hofmann Plant engineer",
                 "Nothing is planned with them."):  # fmt: skip
        assert fact in text
    assert "Nora Lindahl created it · Flow meters for bottling line 3" in text
    assert "Holdfast created it · Clara Hofmann" in text, "a company shows its people's history"


def test_what_happened_on_hidden_cases_is_not_in_the_stream(as_, nora, otto, support, case, brewery):
    lock(case)
    case.note("They are about to buy everything.", by=nora)
    db.session.commit()

    text = words(as_(otto).get(f"/partners/{brewery.id}"))
    for secret in ("buy everything", "Flow meters", "48,200", "Nora Lindahl created"):
        assert secret not in text
    assert "Nothing is going on with them that you may see." in text
    assert "buy everything" in words(as_(nora).get(f"/partners/{brewery.id}"))
    assert "buy everything" not in words(as_(otto).get(f"/partners/{brewery.id}/history", htmx=True))


def test_an_operator_sees_the_partners_of_their_calls_only(as_, olga, nora, brewery, clara):
    visitor = as_(olga)
    assert visitor.get(f"/partners/{brewery.id}").status_code == 404
    assert "Hofmann" not in words(visitor.get("/partners/"))

    Call.make("call", "Ring", by=nora, responsible=olga, partner=brewery)
    db.session.commit()

    page = words(visitor.get(f"/partners/{brewery.id}"))
    assert "Hofmann Brewery" in page
    assert "Clara" not in page, "Clara is nobody they call"
    assert visitor.get(f"/partners/{brewery.id}/edit").status_code == 403
    assert visitor.get("/partners/new").status_code == 403
    assert visitor.post(f"/partners/{brewery.id}/notes", text="Rings back on Monday.").status_code == 303
    assert visitor.post(f"/partners/{clara.id}/notes", text="…").status_code == 404


def test_the_list_is_found_by_any_part_of_a_name_whatever_its_accents(as_, nora, brewery):
    Partner.make("Brasserie Müller", by=SYSTEM)
    Partner.make("Anna Muller", by=SYSTEM, is_company=False)
    db.session.commit()
    visitor = as_(nora)

    def names(query):
        return re.findall(r'<td class="main"><a [^>]*>(.*?)</a>', visitor.get(f"/partners/{query}").text)

    assert names("") == ["Anna Muller", "Brasserie Müller", "Hofmann Brewery"]
    assert names("?q=MULL") == ["Anna Muller", "Brasserie Müller"]
    assert names("?q=müller&kind=person") == ["Anna Muller"]
    assert names("?kind=company") == ["Brasserie Müller", "Hofmann Brewery"]
    assert names("?q=%25") == []
    assert "Nobody with “%”" in words(visitor.get("/partners/?q=%25"))
    part = visitor.get("/partners/?q=hof", htmx=True)
    assert "<html" not in part.text
    assert 'id="partners"' in part.text


def test_the_list_goes_on_by_name_a_page_at_a_time(as_, nora, brewery, statements):
    visitor = as_(nora)
    few, _page = statements(visitor, "/partners/")
    for number in range(59):
        Partner.make(f"Partner {number // 2:02}", by=nora, salesperson_id=nora.id, company_id=brewery.id)
    db.session.commit()

    many, page = statements(visitor, "/partners/")
    assert many == few
    onward = re.search(r'href="([^"]*)" rel="next"', page.text)[1].replace("&amp;", "&")
    rest = visitor.get(onward)
    seen = [re.findall(r'/partners/(\d+)">', answer.text) for answer in (page, rest)]
    assert [len(set(each)) for each in seen] == [50, 10]
    assert not set(seen[0]) & set(seen[1])
    assert 'rel="prev"' in rest.text


def test_the_partner_page_asks_as_often_for_long_histories(as_, nora, case, brewery, statements):
    visitor = as_(nora)

    def live(times):
        for number in range(times):
            other = Case.make("opportunity", f"Case {number}", by=nora, team=case.team, partner=brewery)
            other.note("A note.", by=nora)
            lock(brewery)
            brewery.edit({"employees": (brewery.employees or 0) + 1}, by=nora)
        db.session.commit()

    live(1)
    few, _page = statements(visitor, f"/partners/{brewery.id}")
    live(40)
    many, page = statements(visitor, f"/partners/{brewery.id}")
    assert page.text.count('class="ev') == PAGE
    assert many == few


def test_a_new_partner(as_, nora, brewery):
    germany = db.session.scalars(sa.select(Country).where(Country.code == "DE")).one()
    visitor = as_(nora)
    answer = visitor.post("/partners/new", is_company="0", name="Clara Winkler", company_id="Hofmann Brewery",
                          email="clara@hofmann.example", phone="0951 5550", country_id=germany.id,
                          is_prospect="y")  # fmt: skip

    made = db.session.scalars(sa.select(Partner).where(Partner.name == "Clara Winkler")).one()
    assert answer.location == f"/partners/{made.id}"
    assert (made.is_company, made.company, made.is_prospect, made.is_customer) == (
        False,
        brewery,
        True,
        False,
    )
    assert made.phone_e164 == "+499515550"
    assert "Partner created." in words(visitor.get(answer.location))


def test_whoever_may_be_the_same_is_offered_and_never_forced(as_, nora, brewery):
    visitor = as_(nora)
    hint = visitor.get("/partners/likely?name=Hofman+Brewery&email=")
    assert "Do you mean one of these? HB Hofmann Brewery" in words(hint)
    assert "Do you mean" not in words(visitor.get("/partners/likely?name=Fjord&email="))
    assert "Hofmann Brewery" in words(visitor.get("/partners/likely?name=Fjord&email=INFO@hofmann.example"))

    asked = visitor.post("/partners/new", is_company="1", name="Hofman Brewery")
    assert asked.status_code == 422
    assert "Do you mean one of these?" in words(asked)
    assert 'name="anyway"' in asked.text
    assert "Create anyway" in words(asked)
    assert visitor.post("/partners/new", is_company="1", name="Hofman Brewery", anyway="1").status_code == 303


def test_bad_input_keeps_everything_typed(as_, nora):
    for htmx in (False, True):
        answer = as_(nora).post(
            "/partners/new", htmx=htmx, is_company="1", name=" ", email="info@hofman", city="Bamberg"
        )
        assert answer.status_code == 422
        assert "Say who it is." in words(answer)
        assert "2 fields need another look." in words(answer)
        assert 'value="info@hofman"' in answer.text
        assert 'value="Bamberg"' in answer.text


def test_an_edit_with_a_conflict_lets_one_choose(as_, nora, marc, brewery):
    read_at = brewery.version
    sent = {
        "is_company": "1",
        "name": "Hofmann Brewery",
        "email": "info@hofmann.example",
        "city": "",
        "is_customer": "y",
    }
    as_(marc).post(f"/partners/{brewery.id}/edit", version=read_at, **sent | {"city": "Bamberg"})
    visitor = as_(nora)

    answer = visitor.post(
        f"/partners/{brewery.id}/edit", version=read_at, **sent | {"city": "Breda", "name": "Hofmann"}
    )
    assert answer.status_code == 409
    assert "Marc Manager, saved Bamberg" in words(answer)
    assert "Yours, not saved Breda" in words(answer)
    assert (brewery.name, brewery.city) == ("Hofmann Brewery", "Bamberg")

    again = sent | {"city": "Breda", "name": "Hofmann", "version": brewery.version, "since-city": read_at}
    assert visitor.post(f"/partners/{brewery.id}/edit", **again, **{"keep-city": "mine"}).status_code == 303
    assert (brewery.name, brewery.city, brewery.is_customer) == ("Hofmann", "Breda", True)
    assert "city Bamberg → Breda" in words(visitor.get(f"/partners/{brewery.id}"))


def test_nobody_belongs_to_themselves(as_, nora, brewery):
    answer = as_(nora).post(f"/partners/{brewery.id}/edit", is_company="1", name="Hofmann Brewery",
                            company_id=f"#{brewery.id}")  # fmt: skip
    assert answer.status_code == 422
    assert "Nobody belongs to themselves." in words(answer)


def test_archiving_and_undo(as_, nora, brewery):
    visitor = as_(nora)
    answer = visitor.post(f"/partners/{brewery.id}/archive", htmx=True)

    assert answer.status_code == 200
    assert brewery.archived
    assert "Archived." in words(answer)
    assert "Hofmann" not in words(visitor.get("/partners/"))
    undo = re.search(r'hx-post="(/history/\d+/undo)" hx-target="#toasts"', answer.text)[1]
    here = {"HX-Current-URL": f"http://holdfast.example/partners/{brewery.id}"}
    back = visitor.post(undo, htmx=True, headers=here)
    assert back.headers["HX-Retarget"] == f"#partner-{brewery.id}"
    assert not brewery.archived
    assert visitor.post(f"/partners/{brewery.id}/unarchive").status_code == 303


def test_only_who_is_not_referred_to_is_deleted_and_only_by_a_manager(as_, nora, marc, case, brewery):
    assert as_(nora).post(f"/partners/{brewery.id}/deletion").status_code == 403
    refused = as_(marc).post(f"/partners/{brewery.id}/deletion")
    assert refused.status_code == 409
    assert "Archive instead." in words(refused)

    lonely = Partner.make("Lonely", by=SYSTEM)
    db.session.commit()
    visitor = as_(marc)
    assert "Delete" in words(visitor.get(f"/partners/{lonely.id}"))
    assert visitor.post(f"/partners/{lonely.id}/deletion").location == "/partners/"
    assert visitor.get(f"/partners/{lonely.id}").status_code == 404


def test_a_note_about_a_partner(as_, nora, brewery):
    visitor = as_(nora)
    assert visitor.post(f"/partners/{brewery.id}/notes", text="").status_code == 422
    answer = visitor.post(f"/partners/{brewery.id}/notes", text="Family firm.\n\nSince 1871.", htmx=True)
    assert "Nora Lindahl noted" in words(answer)
    assert "<p>Family firm.</p><p>Since 1871.</p>" in answer.text


def test_names_are_offered_while_one_types(as_, nora, olga, brewery):
    Partner.make("Hofmann Brewery", by=SYSTEM, city="Breda")
    Partner.make("Hofgut", by=SYSTEM)
    db.session.commit()

    offered = as_(nora).get("/partners/names?field=partner_id&partner_id=hof").text
    assert '<option value="Hofgut">' in offered
    assert f'<option value="Hofmann Brewery #{brewery.id}">' in offered, "two have this name"
    assert "<option" not in as_(olga).get("/partners/names?field=partner_id&partner_id=hof").text
    assert "<option" not in as_(nora).get("/partners/names?field=partner_id").text


@pytest.mark.parametrize("typed", ["brau", "HOFM", "muller", "Mü", "ofma", "é", "100%"])
def test_a_name_is_offered_by_any_word_and_by_three_letters_of_its_inside(as_, nora, typed):
    Partner.make("Privatbrauerei Hofmann-Müller 100% Café É", by=SYSTEM, city="Bamberg")
    Partner.make("Nothing of it", by=SYSTEM)
    db.session.commit()

    offered = as_(nora).get("/partners/names", query_string={"field": "partner_id", "partner_id": typed}).text
    found = re.findall(r'<option value="([^"]+)">([^<]*)', offered)
    assert [name for name, _hint in found] == ["Privatbrauerei Hofmann-Müller 100% Café É"]
    assert typed.lower() in (found[0][0] + found[0][1]).lower(), "or the browser would hide it"


@pytest.mark.parametrize("typed", ["fm", "an", "zzz", "%", "_"])
def test_two_letters_inside_a_name_offer_nothing(as_, nora, brewery, typed):
    assert "<option" not in as_(nora).get("/partners/names", query_string={"q": typed}).text


def test_a_handful_of_names_is_offered_the_nearest_first(as_, nora):
    for name in [*(f"Hof {n}" for n in range(4)), "Alter Hof", *(f"Bahnhof {n}" for n in range(9))]:
        Partner.make(name, by=SYSTEM)
    db.session.commit()
    offered = as_(nora).get("/partners/names?q=hof").text
    assert re.findall(r'value="([^"]+)"', offered) == [
        *(f"Hof {n}" for n in range(4)), "Alter Hof", *(f"Bahnhof {n}" for n in range(3))
    ]  # fmt: skip
