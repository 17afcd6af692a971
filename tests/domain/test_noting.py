"""What people write: whom it names, what hangs on it, what stands on top, what is kept while they type."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.domain import housekeeping
from app.domain.case import Case
from app.domain.draft import Draft
from app.domain.errors import Refused
from app.domain.file import Attachment, File
from app.domain.history import Event, EventRow, lock, undo
from app.domain.history.records import MOST_PINNED, pinned_ids
from app.domain.mention import Mention, colleagues_called
from app.domain.user import User
from app.extensions import db
from tests.conftest import add
from tests.plans import plan_of


def written(case, text, by, **more):
    lock(case)
    event = case.note(text, by=by, **more)
    db.session.commit()
    return event


def mentioned(event):
    return set(db.session.scalars(sa.select(Mention.user_id).where(Mention.event_id == event.id)))


def test_whom_a_note_names_watches_the_case_and_so_sees_it(case, nora, otto, support):
    assert not case.is_visible_to(otto)

    event = written(case, "@Otto Brandt can we confirm the flange?", nora)

    assert mentioned(event) == {otto.id}
    assert otto in case.watchers
    assert case.is_visible_to(otto)
    assert [line.action for line in case.events(limit=2)] == ["watched", "noted"]


@pytest.mark.parametrize(
    "text",
    ["@otto brandt, please", "@Otto please", "Ask (@OTTO)", "x @Otto.", "@Otto\n\n@otto"],
)
def test_the_ways_to_name_a_colleague(case, nora, otto, text):
    assert mentioned(written(case, text, nora)) == {otto.id}


@pytest.mark.parametrize(
    "text", ["Otto Brandt", "@Ottokar", "info@otto.example", "@@Otto", "@", "@Ines Carvalho", "@ Otto"]
)
def test_what_names_nobody(case, nora, otto, ines, text):
    event = written(case, text, nora)

    assert mentioned(event) == set()
    assert case.watchers == []


def test_a_first_name_that_two_have_names_neither(case, nora, otto):
    other = User(name="Otto Lang", email="lang@holdfast.example", role="salesperson")
    add(other)

    assert mentioned(written(case, "@Otto?", nora)) == set()
    assert mentioned(written(case, "@Otto Lang and @Otto Brandt", nora)) == {otto.id, other.id}


def test_of_two_with_one_name_the_number_says_who(case, nora, otto):
    twin = User(name="Otto Brandt", email="twin@holdfast.example", role="salesperson")
    add(twin)

    assert mentioned(written(case, "@Otto Brandt?", nora)) == set()
    offered = [how for _id, _name, how in colleagues_called("bran", 8)]
    assert offered == [f"Otto Brandt #{otto.id}", f"Otto Brandt #{twin.id}"]
    assert mentioned(written(case, f"@{offered[1]}: yours", nora)) == {twin.id}


def test_a_note_about_a_partner_names_only_who_may_know_of_them(brewery, nora, otto, olga):
    lock(brewery)
    event = brewery.note("@Otto and @Olga", by=nora)
    db.session.commit()

    assert mentioned(event) == {otto.id}


def test_undoing_a_note_takes_the_watcher_and_its_files_along(case, nora, otto):
    file = File.store(io.BytesIO(b"a layout"))
    event = written(case, "@Otto look", nora, files=[("../layout.txt", file)])
    attachment = db.session.scalars(sa.select(Attachment)).one()
    assert (attachment.name, attachment.event) == ("layout.txt", event)

    undo(event.change_set, by=nora)
    db.session.commit()

    assert case.watchers == []
    assert attachment.is_binned


def test_a_word_exchanged_is_contact_with_them_a_note_is_not(brewery, nora):
    lock(brewery)
    brewery.note("They moved.", by=nora)
    assert brewery.last_contact_at is None
    brewery.log("They called about it.", by=nora)
    assert brewery.last_contact_at is not None


def test_a_word_with_a_partner_that_is_taken_back_was_no_contact(brewery, nora):
    words = []
    for text in ("They called about it.", "They called again."):
        lock(brewery)
        words.append(brewery.log(text, by=nora))
        db.session.commit()

    undo(words[1].change_set, by=nora)
    assert brewery.last_contact_at == words[0].at
    undo(words[0].change_set, by=nora)
    db.session.commit()
    assert brewery.last_contact_at is None


def test_a_note_is_pinned_and_taken_off(case, nora):
    event = written(case, "The budget is 50k.", nora)
    lines = len(case.events())

    event.pin()
    event.pin()
    assert pinned_on(case) == [event.id]
    event.unpin()
    assert pinned_on(case) == []
    assert len(case.events()) == lines, "a pin is no act on the case"


def pinned_on(case):
    db.session.flush()
    return [row.id for row in EventRow.pinned_among(case.told_here)]


def test_what_is_pinned_is_found_without_reading_all_lines(case):
    assert "ix_events_pinned_case_id" in plan_of(pinned_ids(Event.case_id == case.id))


def test_none_is_lost_where_more_are_pinned_than_are_shown_on_top(case, nora):
    """As when two cases with their pins become one."""
    pinned = [written(case, f"Line {number}", nora) for number in range(MOST_PINNED + 1)]
    for number, event in enumerate(pinned):
        event.pinned_at = clock.now() + timedelta(seconds=number)
    db.session.commit()
    db.session.flush()
    assert {event.id for event in pinned} <= {row.id for row in EventRow.opening(case.id, 25)}


def test_only_words_are_pinned_and_not_everything(case, nora):
    with pytest.raises(Refused, match="Only what somebody wrote"):
        case.events()[0].pin()
    for number in range(MOST_PINNED):
        written(case, f"Note {number}", nora).pin()
    with pytest.raises(Refused, match="20 lines are pinned already"):
        written(case, "One more", nora).pin()


def test_a_draft_is_its_writers_alone(case, nora, otto):
    Draft.keep(nora, case, "note", "Half a sen")
    Draft.keep(nora, case, "note", "Half a sentence\0")
    Draft.keep(otto, case, "note", "Another")
    Draft.keep(nora, case, "loss", "Too dear")

    assert Draft.of(nora, case) == {"note": "Half a sentence", "loss": "Too dear"}
    assert Draft.of(otto, case) == {"note": "Another"}


def test_no_words_are_no_draft(case, nora):
    Draft.keep(nora, case, "note", "Something")
    Draft.keep(nora, case, "note", "  ")

    assert Draft.of(nora, case) == {}


def test_drafts_of_case_1_are_not_those_of_case_12(case, nora):
    others = [Case.make("task", f"Task {number}", by=nora) for number in range(12)]
    for other in others:
        Draft.keep(nora, other, "note", other.name)

    assert Draft.of(nora, case) == {}
    assert Draft.of(nora, others[3]) == {"note": "Task 3"}


def test_housekeeping_forgets_drafts_after_30_days(case, nora):
    Draft.keep(nora, case, "note", "Old")
    Draft.keep(nora, case, "loss", "Young")
    db.session.execute(
        sa.update(Draft).where(Draft.text == "Old").values(updated_at=clock.now() - timedelta(days=31))
    )
    db.session.commit()

    housekeeping.tidy()

    assert Draft.of(nora, case) == {"loss": "Young"}
