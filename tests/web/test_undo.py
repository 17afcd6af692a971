"""Undo and redo from the pages: what is taken back, what stays and why, and who may."""

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.actor import SYSTEM, Actor
from app.domain.case import Case
from app.domain.history import ChangeSet, Event, act, change_set, just_told, lock, reactions
from app.domain.lists import Channel, Tag
from app.domain.message import Message
from app.extensions import db
from tests.conftest import add, last_set
from tests.web.reading import words


@pytest.fixture
def moved(case, nora, stages):
    """Nora moved her case to Negotiation."""
    lock(case)
    case.move_to(stages["Negotiation"], by=nora)
    db.session.commit()
    return last_set(case)


def test_undo_stands_on_the_line_and_takes_the_act_back(as_, nora, case, moved):
    visitor = as_(nora)
    assert f'action="/history/{moved.id}/undo"' in visitor.get(f"/cases/{case.id}").text

    answer = visitor.post(
        f"/history/{moved.id}/undo", headers={"Referer": f"http://holdfast.example/cases/{case.id}"}
    )

    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert case.stage.name == "Proposal"
    page = visitor.get(answer.location)
    text = words(page)
    assert "Taken back: the move." in text
    assert "Nora Lindahl took back the move, stage Negotiation → Proposal" in text
    assert f'action="/history/{moved.id}/undo"' not in page.text
    assert f'action="/history/{moved.id}/redo"' in page.text


def test_by_htmx_the_page_that_one_is_on_answers(as_, nora, case, moved):
    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}?from=board"}
    answer = as_(nora).post(f"/history/{moved.id}/undo", htmx=True, headers=here)

    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == f"#case-{case.id}"
    assert answer.headers["HX-Reswap"] == "outerMorph"
    assert re.search(r'aria-current="step"[^>]*>Proposal', answer.text)
    assert "Taken back: the move." in answer.text


def test_from_any_other_page_one_stays_there(as_, nora, case, moved):
    here = {"HX-Current-URL": "http://holdfast.example/partners/?q=hof"}
    answer = as_(nora).post(f"/history/{moved.id}/undo", htmx=True, headers=here)

    assert answer.status_code == 204
    assert '"/partners/?q=hof"' in answer.headers["HX-Location"]


def test_what_was_undone_is_done_again(as_, nora, case, moved):
    visitor = as_(nora)
    visitor.post(f"/history/{moved.id}/undo")
    visitor.post(f"/history/{moved.id}/redo")

    assert case.stage.name == "Negotiation"
    text = words(visitor.get(f"/cases/{case.id}"))
    assert "Done again: the move." in text
    assert "Nora Lindahl did again: the move" in text
    refused = visitor.post(f"/history/{moved.id}/redo")
    assert (refused.status_code, "This was not undone." in words(refused)) == (409, True)


def test_undoing_a_making_puts_it_into_the_bin_and_leads_away(as_, nora, front_desk):
    visitor = as_(nora)
    made = visitor.post("/cases/new", kind="task", name="Never mind")
    case = db.session.scalars(sa.select(Case)).one()
    here = {"Referer": f"http://holdfast.example{made.location}"}

    answer = visitor.post(f"/history/{last_set(case).id}/undo", headers=here)

    assert answer.location == "/cases/"
    assert visitor.get(made.location).status_code == 404
    assert "Taken back: the creation." in words(visitor.get("/cases/"))


def test_what_somebody_set_since_stays_and_is_named(as_, nora, marc, case):
    lock(case)
    with change_set("act", by=nora):
        case.edit({"planned_cost": 90_000, "referred_by": "Clara"}, by=nora)
    db.session.commit()
    edited = last_set(case)
    lock(case)
    case.edit({"referred_by": "Georg"}, by=marc)
    db.session.commit()

    answer = as_(nora).post(f"/history/{edited.id}/undo", htmx=True)

    assert (case.planned_cost, case.referred_by) == (None, "Georg")
    assert answer.status_code == 204
    said = words(as_(marc).get(f"/cases/{case.id}"))
    assert "Nora Lindahl took back the edit, planned cost €900 → nothing" in said


def test_a_verb_in_the_way_of_another_is_refused_as_one_with_a_name(as_, nora, marc, case, stages, moved):
    lock(case)
    case.move_to(stages["Qualified"], by=marc)
    db.session.commit()

    answer = as_(nora).post(f"/history/{moved.id}/undo")

    assert answer.status_code == 409
    text = words(answer)
    assert "Marc Manager changed this since (" in text
    assert "so it stays: stage. Nothing was taken back." in text
    assert case.stage.name == "Qualified"


class Thanks:
    """A rule that thanks for the order, and tags."""

    def __init__(self, tag):
        self.tag = tag

    def as_actor(self):
        return Actor("rule", 1, "Thank for the order")

    def wants(self, event):
        return event.action == "won"

    def follow(self, event):
        event.case.tag(self.tag, by=self)
        with act("mail planned", event.case, by=self) as line:
            Message.send(
                [("Clara", "clara@hofmann.example")],
                "Thanks",
                "…",
                sender="desk@holdfast.example",
                event=line,
            )


@pytest.fixture
def thanked(case, nora):
    tag = Tag(name="Customer")
    add(tag)
    rules = lambda: [Thanks(tag)]  # noqa: E731
    reactions.append(rules)
    lock(case)
    case.win(by=nora)
    db.session.commit()
    yield db.session.scalars(sa.select(ChangeSet).join(Event).where(Event.action == "won")).one()
    reactions.remove(rules)


def test_what_a_rule_did_is_signed_and_says_why(as_, nora, case, thanked):
    text = words(as_(nora).get(f"/cases/{case.id}"))

    assert "Thank for the order added the tag Customer" in text
    assert "Because Nora Lindahl marked it won." in text


def test_what_an_act_and_its_rules_told_is_at_hand(thanked):
    assert [event.action for event in just_told()] == ["mail planned", "tagged", "won"]


def test_undoing_the_cause_takes_the_rules_acts_back_with_it(as_, nora, case, thanked):
    visitor = as_(nora)
    visitor.post(f"/history/{thanked.id}/undo")

    assert (case.state, case.tags) == ("open", [])
    assert db.session.scalars(sa.select(Message.state)).one() == "recalled"
    page = visitor.get(f"/cases/{case.id}").text
    assert len(re.findall(r'action="/history/\d+/redo"', page)) == 1, "the rule's comes back with its cause"


def test_mail_that_has_gone_is_named(as_, nora, case, thanked):
    message = db.session.scalars(sa.select(Message)).one()
    message.state = "sent"
    db.session.commit()
    visitor = as_(nora)
    visitor.post(f"/history/{thanked.id}/undo")

    assert "The mail to Clara has gone." in words(visitor.get(f"/cases/{case.id}"))


def test_others_acts_are_taken_back_by_who_leads_the_team(as_, marc, nora, otto, case, moved, front_desk):
    lock(case)
    case.watch(otto, by=nora)
    db.session.commit()

    refused = as_(otto).post(f"/history/{moved.id}/undo")
    assert refused.status_code == 403
    assert "Only the person who did this, or who leads the team, can undo it." in words(refused)
    assert f"/history/{moved.id}/undo" not in as_(otto).get(f"/cases/{case.id}").text
    assert f"/history/{moved.id}/undo" in as_(marc).get(f"/cases/{case.id}").text
    assert as_(marc).post(f"/history/{moved.id}/undo").status_code == 303


def test_an_act_out_of_sight_is_not_there(as_, otto, support, case, moved):
    here, nowhere = as_(otto).post(f"/history/{moved.id}/undo"), as_(otto).post("/history/999999/undo")
    assert (here.status_code, nowhere.status_code) == (404, 404)
    assert case.stage.name == "Negotiation"


def test_after_thirty_days_it_is_history(as_, nora, case, stages):
    with clock.stopped_at(clock.now() - timedelta(days=31)):
        lock(case)
        case.move_to(stages["Negotiation"], by=nora)
        db.session.commit()
    old = last_set(case)

    assert f"/history/{old.id}/undo" not in as_(nora).get(f"/cases/{case.id}").text
    answer = as_(nora).post(f"/history/{old.id}/undo")
    assert (answer.status_code, "more than 30 days old" in words(answer)) == (409, True)


def test_a_line_that_changed_nothing_offers_nothing(as_, nora, case):
    lock(case)
    with act("mail recalled", case, by=nora, details={"what": "Thanks"}):
        pass
    db.session.commit()
    assert f"/history/{last_set(case).id}/undo" not in as_(nora).get(f"/cases/{case.id}").text


@pytest.mark.parametrize("page", ["notes", "mails"])
def test_what_came_with_a_file_is_taken_back_in_one_line(as_, nora, case, page):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/notes", text="…")  # so that there is an older line
    fields = {"text": "Our offer.", "to": "ines@hofmann.example", "file": [(io.BytesIO(b"1"), "offer.txt")]}
    visitor.open(f"/cases/{case.id}/{page}", method="POST", data=fields)
    visitor.post(f"/history/{last_set(case).id}/undo")

    said = words(visitor.get(f"/cases/{case.id}"))
    assert said.count("took back the") == 1
    assert "the record" not in said
    assert "offer.txt" not in said.partition("Files")[2].partition("History")[0]


@pytest.mark.parametrize("channel", ["", "letter"])
def test_what_one_wrote_is_struck_out_and_written_again(as_, nora, case, channel):
    visitor = as_(nora)
    kind = (
        {"kind": "word", "channel_id": db.session.scalars(sa.select(Channel.id)).first()} if channel else {}
    )
    answer = visitor.post(f"/cases/{case.id}/notes", htmx=True, text="Wrong customer.", **kind)
    undo = f"/history/{last_set(case).id}/undo"
    assert undo in answer.text.partition('<hx-partial hx-target="#toasts"')[2]

    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}"}
    answer = visitor.post(undo, htmx=True, headers=here)

    word = "the word exchanged" if channel else "the note"
    assert f"Taken back: {word}." in words(answer)
    assert f"Nora Lindahl took back {word}" in words(answer)
    assert 'class="body struck"><p>Wrong customer.' in answer.text
    assert undo not in answer.text
    again = visitor.post(undo)
    assert (again.status_code, "This has been undone already." in words(again)) == (409, True)

    answer = visitor.post(undo.replace("undo", "redo"), htmx=True, headers=here)
    assert f"Done again: {word}." in words(answer)
    assert 'class="body struck"' not in answer.text
    assert undo in answer.text


def test_a_note_about_a_partner_is_taken_back(as_, nora, brewery):
    visitor = as_(nora)
    visitor.post(f"/partners/{brewery.id}/notes", text="Moves in May.")
    undo = re.search(r"/history/\d+/undo", visitor.get(f"/partners/{brewery.id}").text)[0]

    assert visitor.post(undo).status_code == 303
    page = visitor.get(f"/partners/{brewery.id}")
    assert 'class="body struck"><p>Moves in May.' in page.text
    assert "Taken back: the note." in words(page)


def test_others_notes_are_theirs(as_, nora, otto, olga, marc, case):
    lock(case)
    case.watch(otto, by=nora)
    case.note("Mine.", by=nora)
    db.session.commit()
    undo = f"/history/{last_set(case).id}/undo"

    assert undo not in as_(otto).get(f"/cases/{case.id}").text
    assert as_(otto).post(undo).status_code == 403
    assert undo in as_(marc).get(f"/cases/{case.id}").text


def test_undo_stands_only_where_something_could_be_taken_back(as_, nora, case, stages, moved, statements):
    visitor = as_(nora)
    undo = f"/history/{moved.id}/undo"
    before, page = statements(visitor, f"/cases/{case.id}")
    assert undo in page.text

    lock(case)
    case.move_to(stages["Qualified"], by=nora)
    db.session.commit()
    newer = last_set(case)
    after, page = statements(visitor, f"/cases/{case.id}")
    assert undo not in page.text, "the stage was set again since"
    assert f"/history/{newer.id}/undo" in page.text
    assert after == before

    visitor.post(f"/history/{newer.id}/undo")
    page = visitor.get(f"/cases/{case.id}").text
    assert undo in page, "the later move is taken back"
    visitor.post(undo)
    page = visitor.get(f"/cases/{case.id}").text
    assert undo.replace("undo", "redo") in page


def test_an_edit_is_offered_while_one_of_its_fields_stands(as_, nora, case):
    def edit(**values):
        lock(case)
        case.edit(values, by=nora)
        db.session.commit()
        return f"/history/{last_set(case).id}/undo"

    both = edit(referred_by="Clara", planned_cost=90_000)
    edit(referred_by="Georg")
    assert both in as_(nora).get(f"/cases/{case.id}").text
    edit(planned_cost=80_000)
    assert both not in as_(nora).get(f"/cases/{case.id}").text


def test_a_making_is_not_offered_once_others_worked_on_it(as_, nora, marc, case):
    made = f"/history/{last_set(case).id}/undo"
    assert made in as_(nora).get(f"/cases/{case.id}").text
    lock(case)
    case.edit({"referred_by": "Clara"}, by=nora)
    db.session.commit()
    assert made in as_(nora).get(f"/cases/{case.id}").text, "their own edits go with it"
    lock(case)
    case.edit({"referred_by": "Georg"}, by=marc)
    db.session.commit()
    assert made not in as_(nora).get(f"/cases/{case.id}").text


def test_a_step_that_somebody_planned_is_taken_back_by_the_leader(as_, nora, marc, olga, case):
    from app.domain.activity import Activity
    from app.domain.lists import ActivityType

    lock(case)
    with clock.stopped_at(clock.now() - timedelta(days=2)):
        Activity.plan(
            case, db.session.scalars(sa.select(ActivityType)).first(), "Ring Clara", by=nora, user=nora
        )
        db.session.commit()
    planned = last_set(case)

    for who in (nora, marc):
        assert f"/history/{planned.id}/undo" in as_(who).get(f"/cases/{case.id}").text
    assert as_(marc).post(f"/history/{planned.id}/undo").status_code == 303
    assert case.activities == []
    assert case.next_activity_on is None


def test_imported_lines_name_their_actor(as_, nora, case):
    lock(case)
    case.edit({"referred_by": "the import"}, by=SYSTEM)
    db.session.commit()
    assert "Holdfast changed referred by nothing → the import" in words(as_(nora).get(f"/cases/{case.id}"))


def test_what_changed_very_much_is_taken_back_by_a_job(as_, ada, marc, front_desk, run_jobs):
    from app.domain.history import write_many

    many = write_many("import", by=ada)
    ids = many.make(
        Case, [{"name": f"Case {n}", "team_id": front_desk.id} for n in range(201)], action="imported"
    )
    db.session.commit()
    address = f"/history/{many.change_set_id}/undo"

    assert address in as_(ada).get(f"/cases/{ids[0]}").text
    assert address not in as_(marc).get(f"/cases/{ids[0]}").text
    refused = as_(marc).post(address)
    assert (refused.status_code, "taken back by an administrator" in words(refused)) == (403, True)

    visitor = as_(ada)
    assert visitor.post(address).status_code == 303
    assert "This is being taken back" in words(visitor.get("/"))
    run_jobs()

    assert db.session.scalar(sa.select(sa.func.count()).where(Case.deleted_at.is_(None))) == 0
