"""Pages of cases: what stands on them, who may do what, and what every act answers; their history and their list."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.blueprints.history.telling import PAGE
from app.domain.actor import SYSTEM
from app.domain.call import Call
from app.domain.case import Case
from app.domain.history import act, lock
from app.domain.listed import Relinked
from app.domain.lists import Channel, Tag
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import add, last_set
from tests.web.reading import words

# Each act: its address, what it sends, what is said, and how the case stands afterwards.
ACTS = [
    ("waiting", {}, "Waits for the other side.", {"state": "pending"}),
    ("win", {}, "Won.", {"state": "done", "outcome": "won"}),
    ("cancellation", {}, "Cancelled.", {"state": "cancelled"}),
    ("reset", {}, "A draft again.", {"state": "draft"}),
    ("archive", {}, "Archived.", {"archived": True}),
    ("priority", {"priority": "3"}, "Priority changed.", {"priority": 3}),
]


def test_the_page_tells_the_facts_under_their_headings(as_, nora, case):
    text = words(as_(nora).get(f"/cases/{case.id}"))

    for fact in ("Worth Revenue €48,200", "Probability 60% as the stage says", "Weighted €28,920", "Add a deadline",
                 "Responsible NL Nora Lindahl", "Team Front desk", "Partner HB Hofmann Brewery"):  # fmt: skip
        assert fact in text
    assert "Nora Lindahl created it" in text


def test_a_case_comes_into_sight_with_a_team_and_goes_with_it(as_, ada, otto, case, front_desk):
    visitor = as_(otto)
    assert visitor.get(f"/cases/{case.id}").status_code == 404

    for ticked, unticked, status in (([otto], [], 200), ([], [otto], 404)):
        lock(front_desk)
        front_desk.edit({"members": Relinked(ticked, unticked)}, by=ada)
        db.session.commit()
        assert visitor.get(f"/cases/{case.id}").status_code == status
        assert visitor.post(f"/cases/{case.id}/priority", priority="1").status_code == (
            303 if status == 200 else 404
        )


def test_a_part_is_the_very_part_of_the_page(as_, nora, case):
    page, part = (as_(nora).get(f"/cases/{case.id}", htmx=htmx) for htmx in (False, True))

    assert part.text.startswith("\n" if part.text.startswith("\n") else "<div")
    assert "<html" not in part.text
    assert f'id="case-{case.id}"' in part.text
    assert f'id="case-{case.id}"' in page.text


@pytest.mark.parametrize(("address", "fields", "said", "becomes"), ACTS)
def test_an_act_as_a_plain_form(as_, nora, case, address, fields, said, becomes):
    visitor = as_(nora)
    answer = visitor.post(f"/cases/{case.id}/{address}", **fields)

    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert {name: getattr(case, name) for name in becomes} == becomes
    page = visitor.get(answer.location)
    assert said in words(page)
    assert f"/history/{last_set(case).id}/undo" in page.text


@pytest.mark.parametrize(("address", "fields", "said", "becomes"), ACTS)
def test_an_act_by_htmx_answers_with_the_whole_case_and_undo(as_, nora, case, address, fields, said, becomes):
    answer = as_(nora).post(f"/cases/{case.id}/{address}", htmx=True, **fields)

    assert answer.status_code == 200
    assert {name: getattr(case, name) for name in becomes} == becomes
    assert f'id="case-{case.id}"' in answer.text
    assert "<html" not in answer.text
    assert said in words(answer)
    assert '<hx-partial hx-target="#toasts"' in answer.text
    assert "case-changed" in answer.headers["HX-Trigger"]


@pytest.mark.parametrize(("address", "fields", "said", "becomes"), ACTS)
def test_an_act_on_a_case_out_of_sight_finds_nothing(
    as_, support, otto, case, address, fields, said, becomes
):
    before = case.version
    for case_id in (case.id, 999_999):
        assert as_(otto).post(f"/cases/{case_id}/{address}", **fields).status_code == 404
    assert case.version == before


def test_an_operator_sees_the_case_of_their_call_and_may_not_close_it(as_, olga, case, nora):
    Call.make("call", "Ring about the meters", by=nora, responsible=olga, about=case)
    db.session.commit()
    visitor = as_(olga)

    assert "Won" not in words(visitor.get(f"/cases/{case.id}")).replace("Negotiation Won", "")
    answer = visitor.post(f"/cases/{case.id}/win")
    assert answer.status_code == 403
    assert "this act belongs to somebody else" in words(answer)
    assert case.outcome == "none"
    assert visitor.post(f"/cases/{case.id}/notes", text="They will order.").status_code == 303


def test_what_is_not_possible_now_is_refused_with_a_sentence(as_, nora, case):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/cancellation")

    plain, part = (visitor.post(f"/cases/{case.id}/win", htmx=htmx) for htmx in (False, True))

    assert (plain.status_code, part.status_code) == (409, 409)
    for answer in (plain, part):
        assert "A closed case is reopened before it is won." in words(answer)
    assert case.state == "cancelled"


def test_doing_it_twice_is_harmless_and_offers_no_undo(as_, nora, case):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/win")
    version, count = case.version, len(case.events())

    answer = visitor.post(f"/cases/{case.id}/win", htmx=True)

    assert (answer.status_code, case.version, len(case.events())) == (200, version, count)
    assert "/undo" not in answer.text.partition('<hx-partial hx-target="#toasts"')[2]


@pytest.mark.parametrize(
    ("address", "field", "value", "said"),
    [
        ("handover", "team_id", lambda case: case.team_id, "Front desk has it already."),
        ("assignment", "user_id", lambda case: case.responsible_id, "Nora Lindahl has it already."),
        ("stage", "stage", lambda case: case.stage_id, "It is in Proposal already."),
        ("priority", "priority", lambda case: case.priority, "Nothing was different."),
    ],
)
def test_what_was_so_already_is_not_said_to_be_done(as_, nora, case, address, field, value, said):
    lines = len(case.events())
    answer = as_(nora).post(f"/cases/{case.id}/{address}", htmx=True, **{field: value(case)})

    toast = answer.text.partition('<hx-partial hx-target="#toasts"')[2]
    assert (answer.status_code, said in toast, "/undo" in toast) == (200, True, False)
    assert len(case.events()) == lines


def test_a_case_in_a_pipeline_is_won_or_lost_not_just_closed(as_, nora, case):
    answer = as_(nora).post(f"/cases/{case.id}/closure")

    assert answer.status_code == 409
    assert "Say whether it was won or lost." in words(answer)


def test_an_issue_is_closed(as_, nora, front_desk):
    issue = Case.make("issue", "The pump is loud", by=nora, team=front_desk)
    db.session.commit()

    assert "Close" in words(as_(nora).get(f"/cases/{issue.id}"))
    assert as_(nora).post(f"/cases/{issue.id}/closure").status_code == 303
    assert (issue.state, issue.outcome) == ("done", "none")


def test_losing_asks_why_in_its_place(as_, nora, case, too_expensive):
    visitor = as_(nora)
    box = visitor.get(f"/cases/{case.id}/loss", htmx=True)
    assert "Why was it lost?" in words(box)
    assert "Too expensive" in words(box)
    assert "<html" not in box.text
    assert "Why was it lost?" in words(visitor.get(f"/cases/{case.id}/loss"))

    without = visitor.post(f"/cases/{case.id}/loss", htmx=True, words="They were kind about it.")
    assert without.status_code == 422
    assert "Say why it was lost." in words(without)
    assert "They were kind about it." in without.text
    assert case.outcome == "none"

    answer = visitor.post(f"/cases/{case.id}/loss", reason_id=too_expensive.id, words="By a third.")
    assert answer.status_code == 303
    page = words(visitor.get(f"/cases/{case.id}"))
    assert "Nora Lindahl marked it lost: Too expensive" in page
    assert "By a third." in page
    assert "Restore" in page


def test_a_stage_that_was_only_passed_through_says_nothing_of_days(as_, nora, case, stages):
    """As one that it was won in by mistake."""
    lock(case)
    case.win(by=nora)
    case.reopen(by=nora)
    case.move_to(stages["Proposal"], by=nora)
    db.session.commit()
    bar = re.search(r'<ol class="stages".*?</ol>', as_(nora).get(f"/cases/{case.id}").text, re.DOTALL)[0]
    assert re.findall(r"(\w+)<small>(\d+ d)</small>", bar) == [("Proposal", "0 d")]


def test_a_stage_is_a_button_and_a_won_stage_wins(as_, nora, case, stages):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/stage", stage=stages["Negotiation"].id)
    assert case.stage.name == "Negotiation"
    page = words(visitor.get(f"/cases/{case.id}"))
    assert "moved it from Proposal to Negotiation, probability 60% → 80%" in page

    visitor.post(f"/cases/{case.id}/stage", stage=stages["Won"].id, htmx=True)
    assert case.outcome == "won"
    assert visitor.post(f"/cases/{case.id}/stage", stage="").status_code == 422
    assert visitor.post(f"/cases/{case.id}/stage", stage=999_999).status_code == 404


def test_handing_over_leaves_one_watching(as_, nora, otto, case, support, headquarters):
    visitor = as_(nora)
    assert visitor.post(f"/cases/{case.id}/assignment", user_id=otto.id).status_code == 303
    assert (case.responsible.name, case.watchers) == ("Otto Brandt", [nora])
    assert "assigned it to Otto Brandt" in words(visitor.get(f"/cases/{case.id}"))

    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}/handover"}
    answer = visitor.post(f"/cases/{case.id}/handover", team_id=support.id, htmx=True, headers=here)
    assert case.team.name == "Support"
    assert "Handed over to Support. Nobody there answers for it yet." in words(answer)
    # It was asked on a page of its own, which now is that of the case.
    assert answer.headers["HX-Replace-Url"] == f"/cases/{case.id}"
    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}/mails/new"}
    answer = visitor.post(f"/cases/{case.id}/watching", htmx=True, headers=here)
    assert "HX-Replace-Url" not in answer.headers
    assert visitor.post(f"/cases/{case.id}/escalation").status_code == 303
    assert case.team is headquarters
    refused = visitor.post(f"/cases/{case.id}/escalation")
    assert (refused.status_code, "Headquarters has no team above it." in words(refused)) == (409, True)
    assert visitor.post(f"/cases/{case.id}/assignment", user_id="999").status_code == 422


def test_a_plain_form_hands_over_too(as_, nora, case, support):
    answer = as_(nora).post(f"/cases/{case.id}/handover", team_id=support.id)

    assert (answer.status_code, answer.location, case.team) == (303, f"/cases/{case.id}", support)


def test_who_loses_sight_by_an_act_is_led_to_the_list(as_, nora, otto, case, support):
    lock(case)
    case.watch(otto, by=SYSTEM)
    db.session.commit()

    answer = as_(otto).post(f"/cases/{case.id}/watchers/{otto.id}/removal")
    assert answer.location == "/cases/"
    answer = as_(nora).post(f"/cases/{case.id}/watchers", user_id=otto.id, htmx=True)
    assert answer.status_code == 200
    assert "Otto Brandt watches it." in words(answer)
    part = as_(otto).post(f"/cases/{case.id}/watchers/{otto.id}/removal", htmx=True)
    assert part.status_code == 204
    assert '"/cases/"' in part.headers["HX-Location"]


def test_tags_are_added_and_taken_away(as_, nora, case):
    tag = Tag(name="Key account")
    add(tag)
    visitor = as_(nora)

    assert "Key account" in words(visitor.get(f"/cases/{case.id}/fields/tags", htmx=True))
    assert visitor.post(f"/cases/{case.id}/tags", tag_id=tag.id).status_code == 303
    assert case.tags == [tag]
    assert "added the tag Key account" in words(visitor.get(f"/cases/{case.id}"))
    assert visitor.post(f"/cases/{case.id}/tags", tag_id="").status_code == 422
    assert visitor.post(f"/cases/{case.id}/tags/{tag.id}/removal").status_code == 303
    assert case.tags == []
    assert visitor.post(f"/cases/{case.id}/tags/999999/removal").status_code == 404


def test_only_who_may_delete_deletes_and_undo_brings_it_back(as_, nora, marc, front_desk):
    draft = Case.make("issue", "Never mind", by=SYSTEM, team=front_desk)
    db.session.commit()

    assert as_(nora).post(f"/cases/{draft.id}/deletion").status_code == 403
    visitor = as_(marc)
    answer = visitor.post(f"/cases/{draft.id}/deletion")
    assert answer.location == "/cases/"
    assert visitor.get(f"/cases/{draft.id}").status_code == 404
    made = last_set(draft)
    assert f"/history/{made.id}/undo" in visitor.get("/cases/").text
    visitor.post(f"/history/{made.id}/undo")
    assert "Never mind" in words(visitor.get(f"/cases/{draft.id}"))


def test_a_case_that_was_opened_is_not_deleted(as_, marc, case):
    answer = as_(marc).post(f"/cases/{case.id}/deletion")
    assert answer.status_code == 409
    assert "cancelled or archived, not deleted" in words(answer)


def test_a_note_is_for_colleagues_and_a_word_exchanged_has_a_channel(as_, nora, case):
    phone = db.session.scalars(sa.select(Channel).where(Channel.name == "Phone")).one()
    visitor = as_(nora)

    visitor.post(f"/cases/{case.id}/notes", text="Budget is <b>approved</b>.")
    answer = visitor.post(
        f"/cases/{case.id}/notes", htmx=True, kind="word", text="They want six.", channel_id=phone.id
    )

    assert [event.action for event in case.events(limit=2)] == ["communicated", "noted"]
    assert "Budget is &lt;b&gt;approved&lt;/b&gt;." in answer.text
    assert "exchanged a word with the other side Phone" in words(answer)
    empty = visitor.post(f"/cases/{case.id}/notes", text="  ", htmx=True)
    assert empty.status_code == 422
    assert "Write something down first." in words(empty)


def test_a_call_is_one_record_with_its_case(as_, nora, otto, support, case):
    call = Call.make("call", "Ring Clara", by=nora)
    db.session.commit()

    answer = as_(nora).get(f"/calls/{call.id}")
    assert (answer.status_code, answer.location) == (301, f"/cases/{call.id}")
    assert as_(nora).get(f"/calls/{case.id}").status_code == 404
    assert as_(otto).get(f"/calls/{call.id}").status_code == 404


# History


def test_history_is_grouped_by_day_and_told_in_words(as_, nora, case):
    with clock.stopped_at(clock.now() - timedelta(days=1)):
        lock(case)
        case.edit({"expected_revenue": 5_240_000, "probability_typed": 70}, by=nora)
        db.session.commit()
    text = words(as_(nora).get(f"/cases/{case.id}"))

    assert "Today, " in text
    assert "Yesterday, " in text
    assert "Nora Lindahl changed revenue €48,200 → €52,400, typed probability nothing → 70%" in text


def test_history_comes_a_page_at_a_time(as_, nora, case):
    lock(case)
    for number in range(PAGE + 10):
        case.note(f"Note {number}.", by=nora)
    db.session.commit()
    visitor = as_(nora)
    page = visitor.get(f"/cases/{case.id}")
    assert f"Note {PAGE + 9}." in page.text
    assert "Note 9." not in page.text

    more = re.search(r'hx-get="(/cases/\d+/history\?show=all&amp;before=\d+&amp;day=[\d-]+)"', page.text)[
        1
    ].replace("&amp;", "&")
    rest = visitor.get(more, htmx=True)
    assert "Note 9." in rest.text
    assert "Note 10." not in rest.text
    assert "created it" in words(rest)
    assert 'class="day"' not in rest.text, "the heading of the day stands already above"
    plain = re.search(r'href="(/cases/\d+\?show=all&amp;before=\d+)"', page.text)[1].replace("&amp;", "&")
    assert "Note 9." in visitor.get(plain).text


def test_a_name_that_is_out_of_sight_is_out_of_sight_in_history_too(as_, olga, nora, case, brewery):
    Call.make("call", "Ring", by=nora, responsible=olga, about=case)
    secret = Partner.make("Secret Springs", by=SYSTEM)
    lock(case)
    case.edit({"partner_id": secret.id}, by=nora)
    case.edit({"partner_id": brewery.id}, by=nora)
    db.session.commit()

    assert "Secret Springs" in words(as_(nora).get(f"/cases/{case.id}"))
    text = words(as_(olga).get(f"/cases/{case.id}"))
    assert "Secret Springs" not in text
    assert "another partner" in text


@pytest.mark.parametrize("who", ["nora", "marc"])
def test_the_case_page_asks_as_often_with_300_lines_as_with_3(
    request, as_, who, nora, case, stages, statements
):
    reader = as_(request.getfixturevalue(who))
    tag = Tag(name="Retrofit")
    add(tag)
    lock(case)

    def live(times):
        for number in range(times):
            case.note(f"Note {number}.", by=nora)
            case.edit({"planned_cost": (case.planned_cost or 0) + 100}, by=nora)
            case.tag(tag, by=nora)
            case.untag(tag, by=nora)
        db.session.commit()
        lock(case)

    live(1)
    few, page = statements(reader, f"/cases/{case.id}")
    live(75)
    many, page = statements(reader, f"/cases/{case.id}")
    assert page.text.count('class="ev') == PAGE
    assert many == few


def test_the_list_asks_as_often_for_many_as_for_few(as_, nora, case, front_desk, brewery, statements):
    visitor = as_(nora)
    few, _page = statements(visitor, "/cases/")
    for number in range(30):
        Case.make("opportunity", f"Case {number}", by=nora, team=front_desk, partner=brewery)
    db.session.commit()
    many, page = statements(visitor, "/cases/")
    assert "Case 29" in page.text
    assert many == few


def test_the_list_says_what_its_cases_say_now(as_, nora, case):
    """Lines are kept drawn; each follows its case, and its reader's day and language."""
    visitor, now, today = as_(nora), clock.now(), Organisation.current().today()
    lock(case)
    case.edit({"deadline": today + timedelta(days=1)}, by=nora)
    db.session.commit()
    says = "Flow meters for bottling line 3 Hofmann Brewery €48,200 Open Proposal Tomorrow"
    assert says in words(visitor.get("/cases/"))

    lock(case)
    case.edit({"name": "Flow meters for both lines", "expected_revenue": 5_240_000}, by=nora)
    db.session.commit()
    says = "Flow meters for both lines Hofmann Brewery €52,400 Open Proposal Tomorrow"
    assert says in words(visitor.get("/cases/"))

    with clock.stopped_at(now + timedelta(days=1)):
        assert says.replace("Tomorrow", "Today") in words(visitor.get("/cases/"))

    lock(nora)
    nora.edit({"language": "de"}, by=nora)
    db.session.commit()
    assert "Flow meters for both lines Hofmann Brewery 52.400 €" in words(visitor.get("/cases/"))


def test_the_list_follows_the_day_and_who_is_in_which_team(as_, nora, otto, front_desk, case):
    visitor, now = as_(nora), clock.now()
    lock(case)
    case.edit({"deadline": Organisation.current().today()}, by=nora)
    db.session.commit()
    assert case.name not in visitor.get("/cases/?deadline=overdue").text
    with clock.stopped_at(now + timedelta(days=1)):
        assert case.name in visitor.get("/cases/?deadline=overdue").text

    other = as_(otto)
    assert case.name not in other.get("/cases/?all=1").text
    lock(front_desk)
    with act("edited", front_desk, by=SYSTEM):
        front_desk.members.append(otto)
    db.session.commit()
    page = words(other.get("/cases/?all=1"))
    assert case.name in page
    assert "1 case " in page


def test_a_partner_that_one_may_not_know_of_has_no_name_anywhere(as_, olga, nora, case, brewery, statements):
    """Olga sees the cases since she watches them, and their partner only if a call of hers is with them."""

    def watched(name, **facts):
        made = Case.make("lead", name, by=nora, team=case.team, **facts)
        made.watch(olga, by=nora)
        db.session.commit()
        return made

    watched("Pumps one", partner=brewery, contact_name="Clara of the brewery")
    visitor = as_(olga)
    one, page = statements(visitor, "/cases/")
    assert "Pumps one" in words(page)
    assert "Clara of the brewery" in words(page)
    for path in ("/cases/", "/search?q=pumps", "/"):
        assert "Hofmann Brewery" not in words(visitor.get(path))
    for n in range(3):
        partner = Partner.make(f"Secret Springs {n}", by=SYSTEM)
        watched(f"Pumps {n}", partner=partner)
    many, page = statements(visitor, "/cases/")
    assert "Secret Springs" not in words(page)
    assert many == one

    call = Case.make("call", "Ring", by=nora, team=case.team, partner=brewery, responsible=olga)
    db.session.commit()
    assert call.responsible is olga
    assert "Hofmann Brewery" in words(visitor.get("/cases/"))
    assert "Secret Springs" not in words(visitor.get("/cases/"))


def test_the_list_shows_what_is_open_a_page_at_a_time(as_, nora, otto, support, front_desk, case):
    assert "No case is open" in words(as_(otto).get("/cases/"))
    lock(case)
    case.cancel(by=nora)
    for number in range(51):
        Case.make("task", f"Task {number}.", by=nora, team=front_desk)
    db.session.commit()
    visitor = as_(nora)
    page = visitor.get("/cases/")
    assert "Task 50." in page.text
    assert "Task 0." not in page.text
    assert case.name not in page.text
    older = re.search(r'href="(/cases/\?[^"]*after=[^"]*)" rel="next"', page.text)[1].replace("&amp;", "&")
    assert "Task 0." in visitor.get(older).text
    assert case.name in visitor.get(older.replace("all=1", "state=all")).text
