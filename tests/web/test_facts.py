"""Facts of a case, each edited where it stands: what its form asks, what it answers, and who may not."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.blueprints.cases.ties import Near, near
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.history import lock, undo
from app.domain.lists import Product, Tag, WorkingCalendar
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import add, last_set
from tests.web.reading import words


@pytest.fixture
def clara(brewery):
    made = Partner.make(
        "Clara Hofmann", by=SYSTEM, is_company=False, company=brewery, email="clara@old.example"
    )
    db.session.commit()
    return made


def save(visitor, case, name, /, *, htmx=True, version=None, **sent):
    return visitor.post(
        f"/cases/{case.id}/fields/{name}", htmx=htmx, **{name: "", "version": version or case.version, **sent}
    )


def first(cls):
    return db.session.scalars(sa.select(cls).order_by(cls.id).limit(1)).one()


# What is typed, and what it means; what cannot be meant, and the sentence beside it.
GOOD = [
    ("name", {"name": "Six meters"}, "Six meters"),
    ("description", {"description": "Before Christmas."}, "Before Christmas."),
    ("expected_revenue", {"expected_revenue": "€52,400.50", "currency": "EUR"}, 5_240_050),
    ("planned_cost", {"planned_cost": "1,000", "currency": "EUR"}, 100_000),
    ("recurring_revenue", {"recurring_revenue": "1200", "currency": "EUR"}, 120_000),
    ("probability_typed", {"probability_typed": "75 %"}, 75),
    ("deadline", {"deadline": "18/12/2026"}, date(2026, 12, 18)),
    ("deadline", {"deadline": "2026-12-18"}, date(2026, 12, 18)),
    ("email", {"email": "clara@hofmann.example"}, "clara@hofmann.example"),
    ("phone", {"phone": "+49 951 5550 1420"}, "+49 951 5550 1420"),
    ("mobile", {"mobile": "0170 555"}, "0170 555"),
    ("website", {"website": "hofmann.example"}, "hofmann.example"),
    ("company_name", {"company_name": "Hofmann"}, "Hofmann"),
    ("contact_name", {"contact_name": "Clara", "function": "Plant engineer"}, "Clara"),
    ("street", {"street": "Brauergasse 1", "zip": "96047", "city": "Bamberg"}, "Brauergasse 1"),
    ("referred_by", {"referred_by": "Otto"}, "Otto"),
]
BAD = [
    ("name", {"name": " "}, "Say in a line what it is about."),
    ("expected_revenue", {"expected_revenue": "52.400,00", "currency": "EUR"}, "Write an amount such as"),
    ("probability_typed", {"probability_typed": "160"}, "Write a number from 0 to 100."),
    ("deadline", {"deadline": "32/12/2026"}, "Write a day such as 31/12/2026."),
    ("email", {"email": "clara.hofmann"}, "An address has a name, an @ and an end like"),
    ("phone", {"phone": "later"}, "A number has digits"),
    ("partner_id", {"partner_id": "Nobody we know"}, "Nobody you know is called “Nobody we know”."),
    ("parent_id", {"parent_id": "No such case"}, "No case you know is called “No such case”."),
    ("source_id", {"source_id": "999999"}, "Choose one from the list."),
    ("team_id", {"team_id": ""}, "Say which team takes it."),
]


@pytest.mark.parametrize(("name", "sent", "value"), GOOD)
def test_a_fact_is_kept_alone_with_its_line_of_history(as_, nora, case, name, sent, value):
    version = case.version
    answer = save(as_(nora), case, name, **sent)

    assert answer.status_code == 200
    assert getattr(case, name) == value
    assert case.version == version + 1
    assert f'id="case-{case.id}-fact-{name}"' in answer.text
    assert "Nora Lindahl changed" in words(answer)
    assert "<html" not in answer.text
    assert f'id="case-{case.id}-facts"' not in answer.text


@pytest.mark.parametrize(("name", "sent", "value"), GOOD)
def test_the_same_as_a_plain_form(as_, nora, case, name, sent, value):
    visitor = as_(nora)
    page = visitor.get(f"/cases/{case.id}/fields/{name}")
    assert page.text.count(f'action="/cases/{case.id}/fields/{name}"') == 1
    answer = save(visitor, case, name, htmx=False, **sent)

    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert getattr(case, name) == value


@pytest.mark.parametrize(("name", "sent", "sentence"), BAD)
def test_what_cannot_be_meant_stays_with_a_sentence_beside_it(as_, nora, case, name, sent, sentence):
    version = case.version
    for htmx in (True, False):
        answer = save(as_(nora), case, name, htmx=htmx, **sent)

        assert answer.status_code == 422
        assert sentence in words(answer)
        assert 'aria-invalid="true"' in answer.text
        assert sent[name] in answer.text or name.endswith("_id")
    assert case.version == version


@pytest.mark.parametrize(
    "name", sorted({name for name, _sent, _value in GOOD} | {"tags", "watchers", "references"})
)
def test_a_fact_of_a_case_out_of_sight_does_not_exist(as_, support, otto, case, name):
    path = f"/cases/{case.id}/fields/{name}"
    assert as_(otto).get(path).status_code == 404
    assert as_(otto).post(path, **{name: "Mine"}).status_code == 404


def test_facts_that_there_are_not(as_, nora, case, front_desk):
    task = Case.make("task", "Tidy up", by=nora, team=front_desk)
    db.session.commit()
    visitor, none = as_(nora), (
        (case, "weighted"), (case, "outcome"), (task, "phone"), (task, "expected_revenue")
    )  # fmt: skip
    for one, name in none:
        assert visitor.get(f"/cases/{one.id}/fields/{name}").status_code == 404
    assert save(visitor, task, "recurring_revenue", currency="CHF").status_code == 404
    assert task.currency is None or task.currency == "EUR"
    assert as_(nora).post(f"/cases/{case.id}/fields/state", state="done").status_code == 404


def test_leaving_shows_the_fact_as_it_stands(as_, nora, case):
    answer = as_(nora).get(f"/cases/{case.id}/fields/expected_revenue?leave", htmx=True)

    assert "€48,200" in words(answer)
    assert "<form" not in answer.text
    assert "hx-partial" not in answer.text


def test_what_follows_from_a_fact_comes_with_it(as_, nora, case):
    answer = save(as_(nora), case, "expected_revenue", expected_revenue="10,000", currency="EUR")
    assert f'hx-target="#case-{case.id}-fact-weighted"' in answer.text
    assert "€6,000" in words(answer)

    answer = save(as_(nora), case, "probability_typed", probability_typed="50")
    assert "50% typed" in words(answer)
    assert "€5,000" in words(answer)
    answer = save(as_(nora), case, "probability_typed")
    assert "60% as the stage says" in words(answer)
    assert case.probability_typed is None


def test_nothing_different_writes_nothing(as_, nora, case):
    version, lines = case.version, len(case.events())
    answer = save(as_(nora), case, "expected_revenue", expected_revenue="48,200", currency="EUR")

    assert (answer.status_code, case.version, len(case.events())) == (200, version, lines)
    assert "hx-partial" not in answer.text.replace('hx-target="#toasts"', "")


def test_an_edit_sends_few_statements_and_as_many_with_more_data(as_, nora, case):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    visitor, counts = as_(nora), {}
    for round_ in range(3):
        for name, sent in (
            ("deadline", {"deadline": f"2026-12-0{round_ + 1}"}),
            ("expected_revenue", {"expected_revenue": f"{round_ + 1},000", "currency": "EUR"}),
            ("referred_by", {"referred_by": f"Otto {round_}"}),
            ("phone", {"phone": f"+49 951 5550 142{round_}"}),
            ("name", {"name": f"Meters {round_}"}),
        ):
            version = case.version
            sa.event.listen(sa.Engine, "before_cursor_execute", note)
            seen.clear()
            answer = save(visitor, case, name, version=version, **sent)
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
            assert answer.status_code == 200
            counts.setdefault(name, []).append(len(seen))
        for number in range(3):
            lock(case)
            case.note(f"Note {round_} {number}", by=nora)
            Case.make("opportunity", f"Another {round_} {number}", by=nora, team=case.team)
        db.session.commit()
    for name, found in counts.items():
        assert found[1] == found[2] <= 10, (name, found)


# Somebody was quicker


def test_others_changes_to_other_fields_are_no_conflict(as_, nora, marc, case):
    version = case.version
    save(as_(marc), case, "referred_by", referred_by="Marc")
    answer = save(as_(nora), case, "deadline", version=version, deadline="2026-12-18")

    assert answer.status_code == 200
    assert (case.referred_by, case.deadline) == ("Marc", date(2026, 12, 18))


@pytest.mark.parametrize(("keep", "stays"), [("theirs", date(2026, 12, 11)), ("mine", date(2026, 12, 18))])
@pytest.mark.parametrize("htmx", [True, False])
def test_of_two_values_both_are_shown_and_one_is_chosen(as_, nora, marc, case, keep, stays, htmx):
    version = case.version
    save(as_(marc), case, "deadline", deadline="2026-12-11")
    visitor = as_(nora)
    answer = save(visitor, case, "deadline", htmx=htmx, version=version, deadline="18/12/2026")

    assert answer.status_code == 409
    assert "Marc Manager changed deadline while you were typing" in words(answer)
    assert "Marc Manager, saved 11 Dec" in words(answer)
    assert "Yours, not saved 18 Dec" in words(answer)
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    sent.pop("csrf_token")
    sent["keep-deadline"] = keep
    answer = visitor.post(f"/cases/{case.id}/fields/deadline", htmx=htmx, **sent)
    assert answer.status_code == (200 if htmx else 303)
    assert case.deadline == stays


def test_a_conflict_about_who_is_responsible(as_, nora, marc, otto, case):
    version = case.version
    save(as_(marc), case, "responsible_id", responsible_id=marc.id)
    answer = save(as_(nora), case, "responsible_id", version=version, responsible_id=otto.id)
    # Nora watches nothing and lost sight: the case is Marc's, but of a team that is open to her.
    assert answer.status_code == 409
    assert "Marc Manager" in words(answer)
    assert "Otto Brandt" in words(answer)
    assert case.responsible is marc


# Who it is


def test_responsible_and_team_answer_with_the_whole_case(as_, nora, otto, case, support):
    answer = save(as_(nora), case, "responsible_id", responsible_id=otto.id)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, f"#case-{case.id}")
    assert case.responsible is otto
    assert case.watchers == [nora]
    save(as_(nora), case, "team_id", team_id=support.id)
    assert case.team is support


def test_a_partner_is_found_by_name_or_made_in_the_same_act(as_, nora, case):
    other = Partner.make("Kelterei Süß", by=SYSTEM)
    db.session.commit()
    answer = save(as_(nora), case, "partner_id", partner_id="kelterei suss")
    assert case.partner is other
    # The whole page follows: whose history it may show, and what is asked of strangers only.
    assert answer.headers["HX-Retarget"] == f"#case-{case.id}"
    assert "With all of Kelterei Süß" in answer.text

    sets = last_set(case).id
    unknown = save(as_(nora), case, "partner_id", partner_id="Brand New Ltd")
    assert unknown.status_code == 422
    assert 'name="new-partner_id"' in unknown.text
    answer = save(as_(nora), case, "partner_id", **{"partner_id": "Brand New Ltd", "new-partner_id": "1"})
    assert (case.partner.name, case.partner.is_company) == ("Brand New Ltd", True)
    made = last_set(case)
    assert made.id == sets + 1
    save(as_(nora), case, "contact_id", **{"contact_id": "Ann Brand", "new-contact_id": "1"})
    assert (case.contact.name, case.contact.is_company, case.contact.company) == (
        "Ann Brand",
        False,
        case.partner,
    )


def test_who_spoke_for_the_partner_before_does_not_speak_for_another(as_, nora, brewery, case):
    save(as_(nora), case, "contact_id", **{"contact_id": "Clara Hofmann", "new-contact_id": "1"})
    save(as_(nora), case, "phone", phone="+49 951 5550 1420")
    other = Partner.make("Kelterei Süß", by=SYSTEM)
    db.session.commit()

    answer = save(as_(nora), case, "partner_id", partner_id="kelterei suss")
    assert (case.partner, case.contact, case.phone) == (other, None, "+49 951 5550 1420")
    assert "Saved. Clara Hofmann is no longer its contact. It keeps the number or address" in words(answer)

    as_(nora).post(f"/history/{last_set(case).id}/undo")
    assert (case.partner, case.contact.name) == (brewery, "Clara Hofmann")
    # A form without scripts says the same, where it leads to.
    visitor = as_(nora)
    plain = visitor.post(
        f"/cases/{case.id}/fields/partner_id", version=case.version, partner_id="kelterei suss"
    )
    assert "Clara Hofmann is no longer its contact." in words(visitor.get(plain.location))
    as_(nora).post(f"/history/{last_set(case).id}/undo")
    # A person of theirs goes on speaking, whoever of them is named.
    answer = save(as_(nora), case, "partner_id", partner_id="Clara Hofmann")
    assert (case.partner, case.contact) == (case.contact, case.partner)
    assert "no longer" not in words(answer)


def test_the_first_partner_of_a_case_is_no_reason_to_speak_of_another(as_, nora, case):
    save(as_(nora), case, "partner_id", partner_id="")
    save(as_(nora), case, "phone", phone="+49 951 5550 1420")
    answer = save(as_(nora), case, "partner_id", partner_id="Hofmann Brewery")

    assert "Saved." in words(answer)
    assert "came with" not in words(answer)


def test_cents_that_were_typed_are_told(as_, nora, case):
    answer = save(as_(nora), case, "expected_revenue", expected_revenue="1,234.56", currency="EUR")

    assert "€1,234.56" in words(answer)
    assert "€48,200 → €1,234.56" in words(answer)


def test_undoing_takes_back_the_partner_that_was_made_with_it(as_, nora, brewery, case):
    save(as_(nora), case, "partner_id", **{"partner_id": "Brand New Ltd", "new-partner_id": "1"})
    made = case.partner
    as_(nora).post(f"/history/{last_set(case).id}/undo")
    assert (case.partner, made.is_binned) == (brewery, True)


def test_a_conflict_keeps_that_somebody_new_was_meant(as_, nora, marc, case):
    version = case.version
    Partner.make("Kelterei", by=SYSTEM)
    db.session.commit()
    save(as_(marc), case, "partner_id", partner_id="Kelterei")
    answer = save(
        as_(nora), case, "partner_id", version=version, **{"partner_id": "Brand New", "new-partner_id": "1"}
    )

    assert answer.status_code == 409
    assert "Yours, not saved Brand New" in words(answer)
    assert 'name="new-partner_id" value="1"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).where(Partner.name == "Brand New")) == 0


def test_who_edits_a_fact_waits_for_nothing_about_the_partner(as_, nora, case, brewery, clara, asked):
    lock(case)
    case.edit({"partner_id": brewery.id, "contact_id": clara.id}, by=SYSTEM)
    db.session.commit()
    visitor = as_(nora)
    save(visitor, case, "referred_by", referred_by="Marc")
    asked.clear()

    assert save(visitor, case, "referred_by", referred_by="Otto").status_code == 200
    assert "partners" not in " ".join(asked)


def test_the_contact_is_changed_too_if_that_is_asked(as_, nora, case, clara):
    save(as_(nora), case, "contact_id", contact_id="Clara Hofmann")
    visitor = as_(nora)
    assert "Also change it at Clara Hofmann" in words(
        visitor.get(f"/cases/{case.id}/fields/email", htmx=True)
    )

    save(visitor, case, "email", email="one@hofmann.example")
    assert (case.email, clara.email) == ("one@hofmann.example", "clara@old.example")
    save(visitor, case, "email", email="two@hofmann.example", also="1")
    assert (case.email, clara.email) == ("two@hofmann.example", "two@hofmann.example")
    save(visitor, case, "contact_name", contact_name="Clara Hofmann-Beck", function="", also="1")
    assert clara.name == "Clara Hofmann-Beck"
    as_(nora).post(f"/history/{last_set(case).id}/undo")
    assert clara.name == "Clara Hofmann"


# Ties


def test_a_new_tag_is_typed_by_who_may_set_them_up(as_, nora, ada, case):
    assert "New tag" not in words(as_(nora).get(f"/cases/{case.id}/fields/tags", htmx=True))
    assert as_(nora).post(f"/cases/{case.id}/tags", new="Retrofit").status_code == 403

    answer = as_(ada).post(f"/cases/{case.id}/tags", htmx=True, new="Retrofit")
    assert answer.status_code == 200
    assert [tag.name for tag in case.tags] == ["Retrofit"]
    assert f'hx-target="#case-{case.id}-meta"' in answer.text
    as_(ada).post(f"/cases/{case.id}/tags", new="Retrofit")
    assert db.session.scalar(sa.select(sa.func.count()).where(Tag.name == "Retrofit")) == 1


def test_copies_go_to_addresses_outside(as_, nora, case):
    visitor = as_(nora)
    bad = visitor.post(f"/cases/{case.id}/watchers", htmx=True, address="clara")
    assert (bad.status_code, 'value="clara"' in bad.text) == (422, True)
    answer = visitor.post(f"/cases/{case.id}/watchers", htmx=True, address="Clara@hofmann.example")
    assert "Clara@hofmann.example gets copies." in words(answer)
    assert "clara@hofmann.example" in words(visitor.get(f"/cases/{case.id}"))
    assert (
        visitor.post(f"/cases/{case.id}/copies/removal", address="clara@hofmann.example").status_code == 303
    )
    assert case.addresses == []


def test_ties_show_on_both_and_are_cut_from_either(as_, nora, case, brewery, front_desk):
    other = Case.make("issue", "The pump is loud", by=nora, team=front_desk)
    add(Product(name="Flow meter MF-300", code="MF-300"))
    visitor = as_(nora)
    for typed in (f"#{other.id}", "hofmann brewery", "Flow meter MF-300"):
        assert visitor.post(f"/cases/{case.id}/references", htmx=True, to=typed).status_code == 200

    page = words(visitor.get(f"/cases/{case.id}"))
    assert "Tied to The pump is loud, Hofmann Brewery, Flow meter MF-300" in page
    assert "Tied to Flow meters for bottling line 3" in words(visitor.get(f"/cases/{other.id}"))
    theirs = visitor.get(f"/partners/{brewery.id}")
    assert "Tied to Flow meters for bottling line 3" in words(theirs)
    assert f"/cases/{case.id}/references/partner/{brewery.id}/removal" in theirs.text
    assert visitor.post(f"/cases/{case.id}/references/case/{other.id}/removal").status_code == 303
    assert [link.record_kind for link in case.references if link.record_kind == "case"] == []
    assert "untied it from The pump is loud" in words(visitor.get(f"/cases/{case.id}"))
    assert visitor.post(f"/cases/{case.id}/references", to=f"#{case.id}").status_code == 422
    assert visitor.post(f"/cases/{case.id}/references", to="Nothing like it").status_code == 422


def test_parts_and_ties_stand_apart_and_are_cut_by_who_may_edit_them(as_, nora, olga, case, front_desk):
    part = Case.make("task", "Measure the line", by=nora, team=front_desk, parent_id=case.id)
    about = Case.make("issue", "The pump is loud", by=nora, team=front_desk)
    call = Call.make("call", "Ring them", by=nora, team=front_desk, about=about, responsible=olga)
    db.session.commit()
    lock(about)
    about.refer_to(case, by=nora)
    db.session.commit()

    assert near(case, nora) == [Near(part.id, part.name, True, True), Near(about.id, about.name, False, True)]
    assert near(case, olga) == [Near(about.id, about.name, False, False)]
    page = as_(nora).get(f"/cases/{case.id}")
    assert "Parts Measure the line" in words(page)
    assert "Tied to The pump is loud" in words(page)
    assert near(call, nora) == []


def test_ties_to_cases_out_of_sight_are_not_told(as_, nora, otto, marc, case, support):
    hidden = Case.make("issue", "A secret matter", by=otto, team=support)
    db.session.commit()
    lock(case)
    case.refer_to(hidden, by=marc)
    db.session.commit()

    assert "A secret matter" not in words(as_(nora).get(f"/cases/{case.id}")).partition("History")[0]
    assert as_(nora).post(f"/cases/{case.id}/references", to=f"#{hidden.id}").status_code == 422
    assert "A secret matter" not in as_(nora).get("/cases/names?field=to&to=secret&among=all").text


def test_a_case_is_part_of_another_and_never_of_itself(as_, nora, case, front_desk):
    whole = Case.make("opportunity", "All of the brewery", by=nora, team=front_desk)
    db.session.commit()
    visitor = as_(nora)
    save(visitor, case, "parent_id", parent_id=f"#{whole.id}")
    assert case.parent is whole
    assert "Parts Flow meters for bottling line 3" in words(visitor.get(f"/cases/{whole.id}"))
    circle = save(visitor, whole, "parent_id", parent_id=f"#{case.id}")
    assert (circle.status_code, "That would put it below itself." in words(circle)) == (422, True)


# In one's own way of writing


def test_days_and_money_as_a_german_writes_them(as_, nora, case):
    lock(nora)
    nora.edit({"formats": "de"}, by=nora)
    db.session.commit()
    visitor = as_(nora)
    save(visitor, case, "deadline", deadline="18.12.2026")
    save(visitor, case, "expected_revenue", expected_revenue="52.400,50 €", currency="EUR")

    assert (case.deadline, case.expected_revenue) == (date(2026, 12, 18), 5_240_050)
    assert 'value="18.12.2026"' in visitor.get(f"/cases/{case.id}/fields/deadline", htmx=True).text
    assert 'value="52.400,50"' in visitor.get(f"/cases/{case.id}/fields/expected_revenue", htmx=True).text
    wrong = save(visitor, case, "deadline", deadline="Weihnachten")
    assert "31.12.2026" in words(wrong)


def test_a_day_and_a_time_as_one_writes_them(as_, nora, case, front_desk):
    meeting = Case.make("meeting", "On site", by=nora, team=front_desk)
    db.session.commit()
    save(
        as_(nora),
        meeting,
        "scheduled_at",
        scheduled_at="18/12/2026 15:30",
        scheduled_end_at="18/12/2026 16:00",
    )
    assert meeting.scheduled_at == datetime(2026, 12, 18, 15, 30, tzinfo=UTC)
    wrong = save(as_(nora), meeting, "scheduled_at", scheduled_at="18/12/2026", scheduled_end_at="")
    assert "Write a day and a time such as 31/12/2026 15:30." in words(wrong)


# Stages and wins


def test_what_a_stage_asks_for_is_asked_in_place(as_, nora, case, stages):
    lock(stages["Negotiation"])
    stages["Negotiation"].edit({"required_fields": ["deadline"]}, by=SYSTEM)
    db.session.commit()
    visitor = as_(nora)
    for htmx in (True, False):
        asked = visitor.post(f"/cases/{case.id}/stage", htmx=htmx, stage=stages["Negotiation"].id)
        assert (asked.status_code, "Move to Negotiation" in words(asked)) == (422, True)
    assert (
        f'hx-target="#case-{case.id}"'
        in visitor.post(f"/cases/{case.id}/stage", htmx=True, stage=stages["Negotiation"].id).text
    )
    sent = {"stage": stages["Negotiation"].id, "deadline": "2026-12-18"}
    assert visitor.post(f"/cases/{case.id}/stage", htmx=True, **sent).status_code == 200
    assert (case.stage.name, case.deadline) == ("Negotiation", date(2026, 12, 18))


def test_what_the_won_stage_asks_for_is_asked_of_who_presses_won(as_, nora, case, stages):
    lock(stages["Won"])
    stages["Won"].edit({"required_fields": ["deadline"]}, by=SYSTEM)
    db.session.commit()
    visitor = as_(nora)
    assert visitor.post(f"/cases/{case.id}/win", htmx=True).status_code == 422
    assert case.outcome == "none"
    assert visitor.post(f"/cases/{case.id}/win", htmx=True, deadline="2026-12-18").status_code == 200
    assert case.outcome == "won"


def test_the_best_win_of_the_month_is_said_once(as_, nora, case, front_desk):
    small = Case.make("opportunity", "Spare parts", by=nora, team=front_desk, expected_revenue=100_00)
    db.session.commit()
    visitor = as_(nora)
    first = words(visitor.post(f"/cases/{case.id}/win", htmx=True))
    assert "Won. Best of the month: Flow meters for bottling line 3, €48,200." in first
    assert "Best of the month" not in words(visitor.post(f"/cases/{small.id}/win", htmx=True))
    visitor.post(f"/cases/{case.id}/reopening")
    assert "Best of the month" not in words(visitor.post(f"/cases/{case.id}/win", htmx=True))


def test_the_first_win_of_a_team_is_said(as_, nora, case):
    lock(case)
    case.edit({"expected_revenue": None}, by=nora)
    db.session.commit()
    answer = as_(nora).post(f"/cases/{case.id}/win", htmx=True)
    assert "The first win of Front desk." in words(answer)
    assert 'class="i joy" viewBox="0 0 24 24"' in answer.text.partition('hx-target="#toasts"')[2]


# Beside it


def test_the_cases_beside_it_are_those_of_the_list_one_came_from(as_, nora, case, front_desk, statements):
    others = [Case.make("opportunity", f"Case {name}", by=nora, team=front_desk) for name in "ABC"]
    db.session.commit()
    visitor = as_(nora)
    origin = {"Referer": "http://holdfast.example/cases/?q=Case&sort=name"}
    page = visitor.get(f"/cases/{others[1].id}", headers=origin)
    before, after = re.findall(r'<a class="btn ghost icon s" href="([^"]+)" data-key="[KJ]"', page.text)
    assert before.startswith(f"/cases/{others[0].id}?from=")
    assert after.startswith(f"/cases/{others[2].id}?from=")
    last = visitor.get(after.replace("&amp;", "&"))
    assert f'href="/cases/{others[1].id}?from=' in last.text
    assert 'data-key="J"' not in last.text
    assert 'data-key="K"' not in visitor.get(f"/cases/{others[1].id}").text
    counts = []
    for number in range(3):
        counts.append(statements(visitor, after.replace("&amp;", "&"))[0])
        Case.make("opportunity", f"Case D{number}", by=nora, team=front_desk)
        db.session.commit()
    assert counts[0] == counts[1] == counts[2]


def test_on_a_board_they_are_the_cards_above_and_below(as_, nora, case, front_desk, stages):
    lower = Case.make("opportunity", "Lower", by=nora, team=front_desk, stage=stages["Proposal"])
    db.session.commit()
    board = {"Referer": "http://holdfast.example/pipeline/?all=1"}
    page = as_(nora).get(f"/cases/{case.id}", headers=board)
    hrefs = re.findall(r'href="(/cases/\d+)\?from=', page.text)
    assert hrefs == [f"/cases/{lower.id}"]
    boosted = as_(nora).get(
        f"/cases/{case.id}", headers={"HX-Request": "true", "HX-Current-URL": board["Referer"]}
    )
    assert boosted.headers["HX-Push-Url"].startswith(f"/cases/{case.id}?from=")
    assert as_(nora).get(f"/cases/{case.id}?from=https://elsewhere.example/").status_code == 200


# How long it took


def test_how_long_it_took_stands_among_the_facts(as_, nora, ada, front_desk):
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    with clock.stopped_at(monday):
        case = Case.make("request", "Slow pump", by=SYSTEM, team=front_desk)
        db.session.commit()
        assert "Taken up after" not in shown(as_(nora), case)
    for hours, does in [
        (0.75, lambda: case.open(by=nora)),
        (2.5, lambda: case.log("It will come.", by=nora)),
        (26, lambda: case.close(by=nora)),
    ]:
        with clock.stopped_at(monday + timedelta(hours=hours)):
            lock(case)
            does()
            db.session.commit()
    assert "Taken up after 45 min Answered after 2.5 h Closed after 26 h" in shown(as_(nora), case)

    office = WorkingCalendar.make(
        by=ada, name="Mornings", zone="UTC", hours={str(day): [[540, 720]] for day in range(5)}
    )
    lock(front_desk)
    front_desk.edit({"calendar_id": office.id}, by=ada)
    db.session.commit()
    assert (
        "Taken up after 45 min of working time Answered after 2.5 h of working time"
        " Closed after 5 h of working time"
    ) in shown(as_(nora), case)


def test_what_took_long_is_told_in_days_and_what_nobody_asked_has_no_answer(as_, nora, case):
    for days, words_of_theirs in [(1, None), (2, True), (12, False)]:
        with clock.stopped_at(case.created_at + timedelta(days=days)):
            lock(case)
            case.log("…", by=nora, awaits_answer=bool(words_of_theirs))
            db.session.commit()
        if days == 1:
            assert "Answered after" not in shown(as_(nora), case)
            undo(last_set(case), by=nora)
            db.session.commit()
    assert "Answered after 10 days" in shown(as_(nora), case)


def test_what_was_taken_up_at_once_took_no_time_worth_saying(as_, nora, case):
    assert "Taken up after" not in shown(as_(nora), case)


def shown(visitor, case):
    """The facts that can be seen."""
    page = visitor.get(f"/cases/{case.id}")
    facts = page.text[page.text.index('class="facts"') : page.text.index('class="history"')]
    page.data = re.sub(r'<div class="fact[^"]*"[^>]* hidden>.*?</div>', "", facts, flags=re.DOTALL)
    return words(page)


# Another currency


def in_yen(as_, nora, case):
    lock(case)
    case.edit({"planned_cost": 100_00, "recurring_revenue": 12_34}, by=nora)
    db.session.commit()
    return save(as_(nora), case, "expected_revenue", expected_revenue="50,000", currency="JPY")


def test_other_amounts_keep_their_figure_in_another_currency(as_, nora, case):
    assert "JP¥100" in words(in_yen(as_, nora, case))
    assert (case.expected_revenue, case.planned_cost, case.recurring_revenue) == (50_000, 100, 12)

    undo(last_set(case), by=nora)
    db.session.commit()
    assert (case.currency, case.expected_revenue, case.planned_cost) == ("EUR", 48_200_00, 100_00)
    assert case.recurring_revenue == 12_34


def test_what_is_stated_along_with_the_currency_is_what_it_is(nora, case):
    lock(case)
    case.edit({"planned_cost": 100_00}, by=nora)
    case.edit({"planned_cost": 100_00, "currency": "JPY"}, by=nora)
    db.session.commit()
    assert (case.planned_cost, case.expected_revenue) == (100_00, 48_200)


def test_a_partners_amount_keeps_its_figure_too(nora, brewery):
    lock(brewery)
    brewery.edit({"annual_revenue": 5_000_00, "currency": "EUR"}, by=nora)
    brewery.edit({"currency": "JPY"}, by=nora)
    assert brewery.annual_revenue == 5_000
    brewery.edit({"currency": "USD"}, by=nora)
    assert brewery.annual_revenue == 5_000_00


def test_old_lines_say_amounts_in_the_currency_of_their_day(as_, nora, case):
    save(as_(nora), case, "expected_revenue", expected_revenue="49,000", currency="EUR")
    in_yen(as_, nora, case)
    save(as_(nora), case, "expected_revenue", expected_revenue="60,000", currency="JPY")

    history = words(as_(nora).get(f"/cases/{case.id}?show=log"))
    for told in ("€48,200 → €49,000", "€49,000 → JP¥50,000", "€100 → JP¥100", "JP¥50,000 → JP¥60,000"):
        assert told in history, told

    for change_set in [event.change_set for event in case.events(limit=2)]:
        undo(change_set, by=nora)
    db.session.commit()
    assert case.currency == "EUR"
    again = words(as_(nora).get(f"/cases/{case.id}?show=log"))
    for told in ("€48,200 → €49,000", "€49,000 → JP¥50,000", "JP¥50,000 → JP¥60,000"):
        assert told in again, told
