"""Lists set up in the pages: added to, edited where they stand, put in order, archived and deleted."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from app.blueprints.lists.kinds import KINDS
from app.domain.activity_plan import ActivityPlan
from app.domain.case import Case
from app.domain.history import ChangeSet, lock
from app.domain.listed import Listed
from app.domain.lists import (
    ActivityType,
    Category,
    Country,
    Currency,
    CurrencyRate,
    Holiday,
    Industry,
    LostReason,
    PartnerTag,
    Product,
    Tag,
    WorkingCalendar,
)
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.extensions import db
from tests.conftest import add
from tests.web.reading import words


def one(cls, **facts):
    return db.session.scalars(sa.select(cls).filter_by(**facts)).one()


def names(cls):
    query = sa.select(cls.name).where(~cls.archived, cls.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(cls.sequence, cls.id)))


def undo_last(visitor):
    last = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    return visitor.post(f"/history/{last}/undo")


@pytest.fixture
def tags(database):
    return [Tag.make(by=_system(), name=name) for name in ("Retrofit", "Nordics", "Export")]


def _system():
    from app.domain.actor import SYSTEM

    return SYSTEM


# Who


def test_every_list_is_a_page_with_the_number_of_its_entries(as_, ada, tags, stages):
    db.session.commit()
    overview = words(as_(ada).get("/lists/"))

    assert "Tags Words that any number of cases carry. 3" in overview
    assert f"left to right; of some teams, or with none named of all. {len(stages)}" in overview
    for name, kind in KINDS.items():
        answer = as_(ada).get(f"/lists/{name}/")
        assert answer.status_code == 200
        assert f"<h1>{kind.title}</h1>" in answer.text


def test_operators_and_salespeople_find_no_lists(as_, nora, olga, ines, tags):
    db.session.commit()
    for user in (nora, olga):
        visitor = as_(user)
        assert "/lists/" not in visitor.get("/").text
        for path in ("/lists/", "/lists/tags/", f"/lists/tags/{tags[0].id}/name"):
            assert visitor.get(path).status_code == 403
        assert visitor.post("/lists/tags/", name="Theirs").status_code == 403
        assert visitor.post(f"/lists/tags/{tags[0].id}/deletion").status_code == 403
    assert as_(ines).get("/lists/tags/").status_code == 404
    assert names(Tag) == ["Retrofit", "Nordics", "Export"]


def test_a_manager_sets_up_the_teams_they_lead_and_their_stages(as_, marc, otto, front_desk, stages):
    far = Team(name="Far away", leader=otto)
    ours, theirs = Stage(name="Ours", teams=[front_desk]), Stage(name="Theirs", teams=[far])
    add(far, ours, theirs)
    visitor = as_(marc)

    assert 'href="/lists/"' in visitor.get("/").text
    assert visitor.post(f"/lists/teams/{front_desk.id}/code", code="DESK").status_code == 303
    assert visitor.post(f"/lists/stages/{ours.id}/name", name="Our own").status_code == 303
    for path in (f"teams/{far.id}/code", f"stages/{theirs.id}/name", f"stages/{stages['New'].id}/name"):
        assert visitor.get(f"/lists/{path}").status_code == 403
        assert visitor.post(f"/lists/{path}", code="X", name="X").status_code == 403
    assert visitor.post(f"/lists/stages/{theirs.id}/deletion").status_code == 403
    assert visitor.post(f"/lists/stages/{theirs.id}/position", above="0").status_code == 403
    assert (front_desk.code, ours.name, far.code, theirs.name) == ("DESK", "Our own", None, "Theirs")


def test_a_manager_makes_teams_below_their_own_and_stages_of_these(as_, marc, headquarters, otto):
    far = Team(name="Far away", leader=otto)
    add(far)
    visitor = as_(marc)

    for parent in ("", far.id):
        answer = visitor.post("/lists/teams/", htmx=True, name="Wished for", parent_id=parent)
        assert answer.status_code == 422
        assert "Choose among the teams that you lead." in answer.text
    answer = visitor.post("/lists/stages/", htmx=True, name="For all", kind="lead", probability="5", teams="")
    assert (answer.status_code, "Choose among the teams that you lead." in answer.text) == (422, True)

    assert visitor.post("/lists/teams/", name="New desk", parent_id=headquarters.id).status_code == 303
    desk = one(Team, name="New desk")
    assert desk.parent is headquarters
    visitor.post("/lists/stages/", name="First", kind="lead", probability="5", teams=["", desk.id])
    assert one(Stage, name="First").teams == [desk]


# Adding


def test_one_more_and_the_form_is_ready_for_the_next(as_, ada, tags):
    db.session.commit()
    answer = as_(ada).post("/lists/tags/", htmx=True, name="Brewery")

    assert answer.status_code == 200
    assert names(Tag) == ["Retrofit", "Nordics", "Export", "Brewery"]
    assert re.search(r'<form [^>]*id="new-entry"', answer.text)
    assert re.search(r'<input autofocus[^>]* name="name"[^>]*value="">', answer.text)
    assert "Added." in answer.text
    assert undo_last(as_(ada)).status_code == 303
    assert names(Tag) == ["Retrofit", "Nordics", "Export"]


def test_without_scripts_one_returns_to_the_foot(as_, ada):
    answer = as_(ada).post("/lists/tags/", name="Brewery")

    assert (answer.status_code, answer.location) == (303, "/lists/tags/#new-entry")


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("tags", {"name": ""}, "Say what it is called."),
        ("tags", {"name": "x" * 121}, "up to 120 characters"),
        (
            "stages",
            {"name": "X", "kind": "opportunity", "probability": "101"},
            "Write a number from 0 to 100.",
        ),
        ("stages", {"name": "X", "kind": "dream", "probability": "1"}, "Not a valid choice"),
        ("products", {"name": "X", "price": "a lot", "currency": "EUR"}, "Write an amount such as"),
        ("currencies", {"name": "X", "code": "E1", "symbol": "x"}, "a code of three letters"),
        ("currencies", {"name": "X", "code": "EUR", "symbol": "x"}, "has this already."),
        ("lost-reasons", {"name": "too EXPENSIVE"}, "“Too expensive” is there already."),
        ("countries", {"name": "X", "code": "1"}, "a code of two letters"),
        ("rates", {"currency_code": "USD", "valid_from": "2026-01-01", "rate": "0"}, "Write a rate such as"),
        ("rates", {"currency_code": "USD", "valid_from": "", "rate": "1"}, "Say from which day on."),
        ("holidays", {"name": "X", "day": "32.1.", "calendar_id": ""}, "Write a day such as"),
        ("plans", {"name": "X", "months": "0"}, "Write a number from 1 to 120."),
    ],
)
def test_what_cannot_be_is_asked_again_with_all_that_was_typed(as_, ada, name, typed, sentence):
    cls = KINDS[name].cls
    before = db.session.scalar(sa.select(sa.func.count()).select_from(cls))
    answer = as_(ada).post(f"/lists/{name}/", htmx=True, **typed)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert f'value="{typed["name"]}"' in answer.text if "name" in typed else True
    assert db.session.scalar(sa.select(sa.func.count()).select_from(cls)) == before
    assert as_(ada).post(f"/lists/{name}/", **typed).status_code == 422


def test_two_entries_of_one_name_are_one_too_many_and_an_archived_one_is_said_to_be(as_, ada):
    Tag.make(by=ada, name="Retrofit")
    kept = Tag.make(by=ada, name="Tender")
    db.session.commit()
    visitor = as_(ada)
    renamed = visitor.post(f"/lists/tags/{kept.id}/name", htmx=True, name="retrofit", version=kept.version)
    assert (renamed.status_code, "“Retrofit” is there already." in words(renamed)) == (422, True)
    lock(kept)
    kept.archive(by=ada)
    db.session.commit()

    assert "“Tender” is there, archived." in words(visitor.post("/lists/tags/", htmx=True, name="tender"))
    lock(kept)
    kept.delete(by=ada)
    db.session.commit()
    assert visitor.post("/lists/tags/", name="tender").status_code == 303


def test_products_rates_holidays_and_countries(as_, ada):
    visitor = as_(ada)
    visitor.post("/lists/products/", name="Flow meter", code="FM-1", price="1,280.50", currency="USD")
    visitor.post("/lists/rates/", currency_code="USD", valid_from="2026-01-01", rate="0.9245")
    visitor.post("/lists/countries/", name="Vanuatu", code="vu")
    calendar = db.session.scalars(sa.select(WorkingCalendar)).one()
    visitor.post("/lists/holidays/", name="New year", day="2027-01-01", calendar_id=calendar.id)
    visitor.post("/lists/currencies/", name="Kina", code="pgk", symbol="K")

    product = one(Product, name="Flow meter")
    assert (product.code, product.price, product.currency) == ("FM-1", 128_050, "USD")
    assert "$1,280.50" in words(visitor.get("/lists/products/"))
    assert str(one(CurrencyRate, currency_code="USD").rate) == "0.9245"
    assert one(Country, name="Vanuatu").code == "VU"
    assert one(Holiday, name="New year").day == date(2027, 1, 1)
    assert one(Currency, name="Kina").digits == 2


def test_a_plan_is_put_together_from_steps(as_, ada):
    visitor = as_(ada)
    visitor.post("/lists/step-plans/", name="After the fair")
    plan, call = one(ActivityPlan, name="After the fair"), one(ActivityType, name="Call")
    for name, days in (("Write to them", "1"), ("Announce us", "\u22123")):
        visitor.post(
            "/lists/plan-steps/", name=name, plan_id=plan.id, type_id=call.id, days=days, who="responsible"
        )

    text = words(visitor.get("/lists/plan-steps/"))
    first, second = (
        text.index(f"{each} Call whoever is responsible")
        for each in ("Announce us After the fair −3", "Write to them After the fair 1")
    )
    assert first < second
    assert "2 steps of plans" in words(visitor.get("/lists/step-plans/"))
    wrong = visitor.post(
        "/lists/plan-steps/", name="Nobody", plan_id=plan.id, type_id=call.id, days="x", who="me"
    )
    assert wrong.status_code == 422
    visitor.post(f"/lists/activity-types/{call.id}/plans_next", plans_next="y", version=call.version)
    assert call.plans_next


def test_a_type_of_activities_is_due_within_ten_years(as_, ada):
    visitor = as_(ada)
    call = one(ActivityType, name="Call")
    answer = visitor.post(f"/lists/activity-types/{call.id}/days", days="2000000000", version=call.version)
    assert answer.status_code == 422
    visitor.post(f"/lists/activity-types/{call.id}/days", days="3650", version=call.version)
    db.session.expire_all()
    assert call.days == 3650


def test_what_was_deleted_comes_back_under_its_code(as_, ada):
    visitor = as_(ada)
    visitor.post("/lists/products/", name="Old name", code="FM-1", price="", currency="EUR")
    product = one(Product, code="FM-1")
    visitor.post(f"/lists/products/{product.id}/deletion")
    answer = visitor.post("/lists/products/", name="New name", code="FM-1", price="", currency="EUR")

    assert answer.status_code == 303
    assert (one(Product, code="FM-1").name, product.is_binned) == ("New name", False)


# Editing where it stands


def test_a_field_is_edited_where_it_stands(as_, ada, stages):
    stage, visitor = stages["Proposal"], as_(ada)
    here = f"/lists/stages/{stage.id}/stale_days"

    asked = visitor.get(here, htmx=True)
    assert re.search(r'<input autofocus class="input" id="in-stage-\d+-stale_days"', asked.text)
    assert f'name="version" value="{stage.version}"' in asked.text
    assert "<form" not in visitor.get(f"{here}?leave", htmx=True).text
    answer = visitor.post(here, htmx=True, stale_days="12", version=stage.version)

    assert answer.status_code == 200
    assert ">12</a>" in answer.text
    assert "Saved." in answer.text
    assert stage.stale_days == 12
    undo_last(visitor)
    assert stage.stale_days is None


def test_without_scripts_the_page_holds_the_form(as_, ada, stages):
    stage, visitor = stages["Proposal"], as_(ada)

    page = visitor.get(f"/lists/stages/{stage.id}/stale_days").text
    assert "<h1>Stages</h1>" in page
    assert f'action="/lists/stages/{stage.id}/stale_days"' in page
    answer = visitor.post(f"/lists/stages/{stage.id}/stale_days", stale_days="12", version=stage.version)
    assert (answer.status_code, answer.location) == (303, "/lists/stages/")
    page = visitor.get(f"/lists/stages/{stage.id}/explanation").text
    assert f"<h1>{stage.name}</h1>" in page
    answer = visitor.post(f"/lists/stages/{stage.id}/explanation", explanation="They have our price.")
    assert answer.location == f"/lists/stages/{stage.id}"
    assert "They have our price." in visitor.get(answer.location).text


def test_what_was_typed_wrong_is_still_there(as_, ada, stages):
    here = f"/lists/stages/{stages['Proposal'].id}/probability"
    for htmx in (True, False):
        answer = as_(ada).post(here, htmx=htmx, probability="a lot")
        assert answer.status_code == 422
        assert 'value="a lot"' in answer.text
        assert "Write a whole number, such as 60." in answer.text
    assert stages["Proposal"].probability == 60


def test_two_who_edit_one_field_see_both_values(as_, ada, marc, tags):
    db.session.commit()
    tag, read_at = tags[0], tags[0].version
    lock(tag)
    tag.edit({"name": "Theirs"}, by=marc)
    db.session.commit()
    visitor, here = as_(ada), f"/lists/tags/{tag.id}/name"

    answer = visitor.post(here, htmx=True, name="Mine", version=read_at)

    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text
    assert "Marc Manager" in answer.text
    plain = visitor.post(here, name="Mine", version=read_at)
    assert (plain.status_code, "Which name stays?" in plain.text) == (409, True)
    assert tag.name == "Theirs"
    again = {"version": tag.version, "since-name": read_at, "keep-name": "mine"}
    assert visitor.post(here, name="Mine", **again).status_code == 303
    assert tag.name == "Mine"


def test_members_are_ticked_and_those_of_others_stay(as_, ada, marc, nora, otto, front_desk):
    here = f"/lists/teams/{front_desk.id}/members"
    visitor = as_(ada)
    asked = visitor.get(here, htmx=True).text
    assert f'name="members-was" value="{nora.id}"' in asked
    as_(marc).post(here, **{"members": "", "members-was": [nora.id]})
    assert front_desk.members == []
    visitor.post(here, **{"members": ["", nora.id, otto.id], "members-was": [nora.id]})

    assert front_desk.members == [otto]
    undo_last(visitor)
    assert front_desk.members == []


def test_a_team_moves_with_all_below_it(as_, ada, headquarters, front_desk, support):
    visitor = as_(ada)
    answer = visitor.post(f"/lists/teams/{headquarters.id}/parent_id", htmx=True, parent_id=support.id)
    assert answer.status_code == 422
    assert "Support stands below this team." in words(answer)

    answer = visitor.post(f"/lists/teams/{front_desk.id}/parent_id", parent_id=support.id)
    assert answer.status_code == 303
    assert front_desk.path == f"/{headquarters.id}/{support.id}/"
    answer = visitor.post(f"/lists/teams/{support.id}/parent_id", parent_id="")
    assert answer.status_code == 303, words(answer)
    assert (support.path, front_desk.path) == ("/", f"/{support.id}/")
    undo_last(visitor)
    assert front_desk.path == f"/{headquarters.id}/{support.id}/"


def test_a_branch_of_tags_is_not_put_below_itself(as_, ada):
    trade = PartnerTag.make(by=ada, name="Food")
    part = PartnerTag.make(by=ada, name="Breweries", parent_id=trade.id)
    db.session.commit()
    answer = as_(ada).post(f"/lists/partner-tags/{trade.id}/parent_id", htmx=True, parent_id=part.id)

    assert answer.status_code == 422
    assert "That would put it below itself." in answer.text


def test_a_stage_with_cases_keeps_its_kind(as_, ada, case, stages):
    for field, value in (("kind", "lead"), ("is_won", "y")):
        answer = as_(ada).post(f"/lists/stages/{case.stage_id}/{field}", htmx=True, **{field: value})
        assert answer.status_code == 422
        assert "There are cases in this stage." in answer.text
    answer = as_(ada).post(f"/lists/stages/{stages['Won'].id}/probability", htmx=True, probability="90")
    assert (answer.status_code, "won stage are certain" in answer.text) == (422, True)
    as_(ada).post(f"/lists/stages/{stages['New'].id}/is_won", is_won="y")
    assert (stages["New"].is_won, stages["New"].probability) == (True, 100)


def test_hours_of_a_week(as_, ada):
    calendar = db.session.scalars(sa.select(WorkingCalendar)).one()
    here = f"/lists/calendars/{calendar.id}/hours"
    typed = ["9-12, 13:30–17", "9:00–17:00", "", "", "", "", ""]
    assert as_(ada).post(here, hours=typed).status_code == 303
    assert calendar.hours == {"0": [[540, 720], [810, 1020]], "1": [[540, 1020]]}
    assert "Mon 9:00–12:00, 13:30–17:00; Tue 9:00–17:00" in words(as_(ada).get("/lists/calendars/"))
    answer = as_(ada).post(here, htmx=True, hours=["17-9", *typed[1:]])
    assert (answer.status_code, 'value="17-9"' in answer.text) == (422, True)


def test_what_is_known_by_a_code_keeps_it(as_, ada):
    euro = one(Currency, code="EUR")
    assert as_(ada).get(f"/lists/currencies/{euro.id}/code").status_code == 404
    assert as_(ada).post(f"/lists/currencies/{euro.id}/code", code="USD").status_code == 404


# Order


def test_an_entry_is_put_below_another(as_, ada, tags):
    db.session.commit()
    visitor = as_(ada)
    answer = visitor.post(f"/lists/tags/{tags[2].id}/position", htmx=True, above=tags[0].id)

    assert answer.status_code == 200
    assert names(Tag) == ["Retrofit", "Export", "Nordics"]
    assert "“Export” is number 2 of 3 now." in answer.text
    assert visitor.post(f"/lists/tags/{tags[2].id}/position", above="0").location == "/lists/tags/"
    assert names(Tag) == ["Export", "Retrofit", "Nordics"]
    undo_last(visitor)
    assert names(Tag) == ["Retrofit", "Export", "Nordics"]


def test_a_move_locks_all_that_is_in_this_order_at_once(as_, ada, tags, locks):
    visitor = as_(ada)
    locks.clear()
    visitor.post(f"/lists/tags/{tags[2].id}/position", above=tags[0].id)

    assert locks == ["tags"]


def test_the_buttons_of_a_row_say_what_a_drag_says(as_, ada, tags):
    db.session.commit()
    page = as_(ada).get("/lists/tags/").text
    up = dict(
        re.findall(r'class="btn ghost icon s up" name="above" value="(\d+)" aria-label="Move (\w+) up"', page)
    )
    down = dict(
        re.findall(
            r'class="btn ghost icon s down" name="above" value="(\d+)" aria-label="Move (\w+) down"', page
        )
    )

    assert up == {"0": "Nordics", str(tags[0].id): "Export"}
    assert down == {str(tags[1].id): "Retrofit", str(tags[2].id): "Nordics"}


def test_an_entry_is_not_put_among_others(as_, ada, stages, front_desk, support, headquarters):
    lead = Stage.make(by=ada, name="Fresh", kind="lead", probability=5)
    db.session.commit()
    answer = as_(ada).post(f"/lists/stages/{lead.id}/position", above=stages["New"].id)
    assert answer.status_code == 409
    answer = as_(ada).post(f"/lists/teams/{support.id}/position", above=headquarters.id)
    assert answer.status_code == 409
    assert as_(ada).post("/lists/rates/1/position", above="0").status_code == 404


# Archived, deleted, used


def test_used_by_leads_to_exactly_these(as_, ada, case, stages, brewery):
    industry = one(Industry, name="Energy")
    lock(brewery)
    brewery.edit({"industry_id": industry.id}, by=ada)
    add(Partner(name="Elsewhere"))
    db.session.commit()
    visitor = as_(ada)

    assert (
        f'href="/cases/?stage={case.stage_id}&amp;state=all">1 case</a>' in visitor.get("/lists/stages/").text
    )
    page = visitor.get("/lists/industries/").text
    assert f'href="/partners/?industry={industry.id}">1 partner</a>' in page
    found = words(visitor.get(f"/partners/?industry={industry.id}"))
    assert "Hofmann Brewery" in found
    assert "Elsewhere" not in found
    assert "Industry Energy" in found


def test_partners_of_a_branch_are_found_by_its_trunk(as_, ada, brewery):
    trade = PartnerTag.make(by=ada, name="Food")
    part = PartnerTag.make(by=ada, name="Breweries", parent_id=trade.id)
    lock(brewery)
    brewery.edit({}, by=ada)
    with_tag(brewery, part, ada)
    page = as_(ada).get("/lists/partner-tags/").text

    for tag in (trade, part):
        assert f'href="/partners/?tag={tag.id}">1 partner</a>' in page
        assert "Hofmann Brewery" in as_(ada).get(f"/partners/?tag={tag.id}").text


def with_tag(partner, tag, by):
    from app.domain.history import act

    lock(partner)
    with act("tagged", partner, by=by):
        partner.tags.append(tag)
    db.session.commit()


def test_counts_go_no_further_than_anybody_counts(as_, ada, case, monkeypatch):
    monkeypatch.setattr("app.blueprints.lists.uses.MOST", 1)
    Case.make("opportunity", "Another", by=ada, team=case.team)
    db.session.commit()

    assert "more than 1 cases" in words(as_(ada).get("/lists/teams/"))


def test_a_manager_counts_what_they_may_see(as_, marc, ada, case, stages):
    far = Team(name="Far away")
    add(far)
    Case.make("opportunity", "Not for Marc", by=ada, team=far, stage=stages["Proposal"])
    db.session.commit()
    stage = Stage(name="Ours", teams=[case.team])
    add(stage)

    assert ">1 case</a>" in as_(marc).get("/lists/stages/").text
    assert ">2 cases</a>" in as_(ada).get("/lists/stages/").text


def test_what_is_used_is_archived_and_not_deleted(as_, ada, case, too_expensive):
    lock(case)
    case.lose(by=ada, reason=too_expensive)
    db.session.commit()
    visitor, here = as_(ada), f"/lists/lost-reasons/{too_expensive.id}"
    page = visitor.get("/lists/lost-reasons/").text

    assert "Archive Too expensive" in page
    assert "Delete Too expensive" not in page
    assert "Delete No answer" in page
    answer = visitor.post(f"{here}/deletion", htmx=True)
    assert (answer.status_code, "Archive it instead." in answer.text) == (409, True)
    answer = visitor.post(f"{here}/archive", htmx=True)
    assert (answer.status_code, "is archived: it stays where it is used." in answer.text) == (200, True)
    assert "Too expensive" not in names(LostReason)
    assert "Offer Too expensive again" in visitor.get("/lists/lost-reasons/?view=archived").text
    assert "Too expensive" in visitor.get(f"/cases/{case.id}").text
    visitor.post(f"{here}/unarchive", view="archived")
    assert "Too expensive" in names(LostReason)


def test_what_nothing_names_is_deleted_and_comes_back(as_, ada, tags):
    db.session.commit()
    visitor = as_(ada)
    answer = visitor.post(f"/lists/tags/{tags[1].id}/deletion")

    assert (answer.status_code, answer.location) == (303, "/lists/tags/")
    assert names(Tag) == ["Retrofit", "Export"]
    assert visitor.get(f"/lists/tags/{tags[1].id}/name").status_code == 404
    undo_last(visitor)
    assert names(Tag) == ["Retrofit", "Nordics", "Export"]


def test_the_making_of_what_is_used_by_now_is_not_taken_back(as_, ada, case):
    visitor = as_(ada)
    visitor.post("/lists/tags/", name="Brewery")
    made = db.session.scalar(sa.select(sa.func.max(ChangeSet.id)))
    lock(case)
    case.tag(one(Tag, name="Brewery"), by=ada)
    db.session.commit()

    assert visitor.post(f"/history/{made}/undo").status_code == 409
    assert names(Tag) == ["Brewery"]


# A constant number of statements


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_page_asks_as_much_for_one_entry_as_for_many(as_, ada, marc, name, statements, front_desk, case):
    kind, visitor = KINDS[name], as_(ada)
    few, _answer = statements(visitor, f"/lists/{name}/")
    for n in range(12):
        more_of(kind, n, ada, marc, front_desk)
    db.session.commit()
    many, answer = statements(visitor, f"/lists/{name}/")

    assert "Many 11" in answer.text or not issubclass(kind.cls, Listed)
    # The first of a sort may bring one more question along, such as that for the names of what it refers to.
    for n in range(12, 24):
        more_of(kind, n, ada, marc, front_desk)
    db.session.commit()
    assert statements(visitor, f"/lists/{name}/")[0] == many
    assert many <= few + 3


def more_of(kind, n, ada, marc, team):
    calendar = db.session.scalar(sa.select(WorkingCalendar.id))
    facts = {
        "teams": {"parent_id": team.id, "leader_id": marc.id, "members": [ada, marc]},
        "stages": {"probability": n, "teams": [team]},
        "categories": {"team_id": team.id},
        "currencies": {"code": f"X{chr(65 + n)}X", "symbol": "x"},
        "countries": {"code": f"{chr(65 + n)}!"},
        "regions": {"country_id": db.session.scalar(sa.select(Country.id))},
        "holidays": {"day": date(2027, 1, 1 + n), "calendar_id": calendar},
        "mail-templates": {"subject": f"{n}", "text": "Hello", "team_id": team.id},
    }.get(kind.name, {})
    if kind.name == "plan-steps":
        plan, call = ActivityPlan.make(by=ada, name=f"Plan {n}"), one(ActivityType, name="Call")
        facts = {"plan_id": plan.id, "type_id": call.id, "days": n, "who": "me"}
    if kind.name == "rates":
        kind.cls.make(by=ada, currency_code="USD", valid_from=date(2027, 1, 1 + n), rate=1)
    else:
        kind.cls.make(by=ada, name=f"Many {n}", **facts)


def test_long_lists_have_pages_and_every_entry_can_go_up(as_, ada, monkeypatch):
    monkeypatch.setattr("app.blueprints.lists.page.A_PAGE", 3)
    made = [Product.make(by=ada, name=f"Product {n}") for n in range(8)]
    db.session.commit()
    page = as_(ada).get("/lists/products/?page=2").text

    assert [f"Product {n}" for n in range(8) if f"Move Product {n} up" in page] == [
        f"Product {n}" for n in (3, 4, 5)
    ]
    assert f'value="{made[1].id}" aria-label="Move Product 3 up"' in page
    assert re.search(rf'<tr id="product-{made[3].id}"[^>]* data-above="{made[2].id}"', page)
    assert f'value="{made[6].id}" aria-label="Move Product 5 down"' in page
    assert "6 of 8" in page
    answer = as_(ada).post("/lists/products/", htmx=True, name="Product 8", price="", currency="EUR")
    assert [n for n in range(9) if f"Delete Product {n}" in answer.text] == [6, 7, 8]
    assert (
        as_(ada).post(f"/lists/products/{made[4].id}/archive", page="2").location == "/lists/products/?page=2"
    )


def test_categories_give_their_percentage(as_, ada):
    category = Category.make(by=ada, name="Warranty", probability=10)
    db.session.commit()
    as_(ada).post(f"/lists/categories/{category.id}/probability", probability="")
    assert category.probability is None
