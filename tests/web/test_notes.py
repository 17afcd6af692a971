"""Writing on cases and partners by their pages: notes, files, names, drafts, pins, and which lines are shown."""

import io
import re
from datetime import date

import pytest
import sqlalchemy as sa

from app import clock
from app.blueprints.history.telling import PAGE
from app.domain.activity import Activity
from app.domain.draft import Draft
from app.domain.file import Attachment
from app.domain.history import ChangeSet, Event, lock
from app.domain.lists import ActivityType, Channel
from app.extensions import db
from tests.web.reading import words

PNG = b"\x89PNG\r\n\x1a\n" + b"rest of a picture"
MARKUP = "<img src=x onerror=alert(1)> & \"quotes\" 'too'"


def noted(case, text, by):
    lock(case)
    event = case.note(text, by=by)
    db.session.commit()
    return event


def sent(*files):
    return [(io.BytesIO(content), name) for name, content in files]


def stored_words(answer):
    return re.findall(r'name="stored" value="([^"]+)"', answer.text)


# Notes


def test_a_long_note_is_folded(as_, nora, case):
    noted(case, "Short.", nora)
    noted(case, "Word after word. " * 5000, nora)
    noted(case, "\n".join(f"Line {n}" for n in range(40)), nora)

    page = as_(nora).get(f"/cases/{case.id}").text
    assert page.count('<details class="fold">') == 2
    assert page.count("<p>Short.</p>") == 1


def test_addresses_of_pages_in_a_note_lead_there(as_, nora, otto, case):
    text = 'See https://ostsee.example/a?b=1&c="2" (or www.holm.example), @Otto. Not ftp://x.example or javascript://x.'
    as_(nora).post(f"/cases/{case.id}/notes", htmx=True, text=f"{text} https://m.example/@Otto/1")

    page = as_(nora).get(f"/cases/{case.id}").text
    ways = re.findall(r'<a href="([^"]+)" rel="noopener noreferrer" target="_blank">([^<]+)</a>', page)
    assert ways == [
        ("https://ostsee.example/a?b=1&amp;c=", "https://ostsee.example/a?b=1&amp;c="),
        ("https://www.holm.example", "www.holm.example"),
        ("https://m.example/@Otto/1", "https://m.example/@Otto/1"),
    ]
    assert "(or <a href" in page
    assert page.count('<b class="mention">@Otto</b>') == 1


def test_a_note_that_names_somebody_says_what_that_did(as_, nora, otto, support, case):
    answer = as_(nora).post(f"/cases/{case.id}/notes", htmx=True, text="@Otto can we?")

    assert "Whom it names watches this case now." in words(answer)
    assert '<b class="mention">@Otto</b> can we?' in answer.text
    assert as_(otto).get(f"/cases/{case.id}").status_code == 200


def test_markup_stays_text_in_every_field(as_, nora, otto, case):
    visitor = as_(nora)
    answer = visitor.post(f"/cases/{case.id}/notes", htmx=True, text=f"@Otto {MARKUP}")
    assert "<img src=x" not in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt; &amp;" in answer.text

    visitor.post(f"/cases/{case.id}/drafts/note", text=f"</textarea>{MARKUP}")
    assert "</textarea><img" not in visitor.get(f"/cases/{case.id}").text

    otto.name = "Otto"
    answer = visitor.open(
        "/notes/files", method="POST", htmx=True, data={"file": sent((f"{MARKUP}.txt", b"1"))}
    )
    assert "<img" not in answer.text


def test_a_note_and_a_word_about_a_partner(as_, nora, brewery):
    phone = db.session.scalars(sa.select(Channel).where(Channel.name == "Phone")).one()
    visitor = as_(nora)
    visitor.post(f"/partners/{brewery.id}/notes", text="They moved.", channel_id=phone.id)
    answer = visitor.post(
        f"/partners/{brewery.id}/notes", htmx=True, kind="word", text="They rang.", channel_id=phone.id
    )

    said, note = brewery.stream(nora, limit=2)
    assert (said.action, said.channel_id, note.action, note.channel_id) == (
        "communicated",
        phone.id,
        "noted",
        None,
    )
    assert "exchanged a word with the other side Phone" in words(answer)


def test_bad_input_leaves_all_of_it(as_, nora, case):
    part = as_(nora).post(f"/cases/{case.id}/notes", htmx=True, text="Kept", kind="word", channel_id="999")

    assert part.status_code == 422
    assert part.text.lstrip().startswith('<form class="words"')
    assert "Kept</textarea>" in part.text
    assert "Choose one from the list." in words(part)
    page = as_(nora).post(f"/cases/{case.id}/notes", text="Kept", kind="word", channel_id="999")
    assert "Kept</textarea>" in page.text
    assert "<html" in page.text
    assert re.search(r'value="word"[^>]* checked', page.text)


# Files of a note


def test_files_go_up_first_and_hang_on_the_note_then(as_, nora, case):
    visitor = as_(nora)
    both = sent(("../line 3.png", PNG), ("empty.pdf", b""))
    answer = visitor.open("/notes/files", method="POST", htmx=True, data={"file": both})
    assert answer.status_code == 422
    assert "empty.pdf: This file is empty." in words(answer)
    (word,) = stored_words(answer)

    page = visitor.post(f"/cases/{case.id}/notes", htmx=True, text="", stored=word)

    attachment = db.session.scalars(sa.select(Attachment)).one()
    assert (attachment.name, attachment.event.action) == ("line 3.png", "noted")
    (picture,) = re.findall(r'<img src="([^"]+)" alt="line 3.png"', page.text)
    shown = visitor.get(picture)
    assert shown.data == PNG
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_without_scripts_files_come_with_the_note_and_what_is_wrong_stands_beside(as_, nora, case):
    visitor = as_(nora)
    data = {"text": "See", "file": sent(("plan.txt", b"plan"), ("empty.pdf", b""))}
    page = visitor.open(f"/cases/{case.id}/notes", method="POST", data=data)
    assert page.status_code == 422
    assert "empty.pdf: This file is empty." in words(page)
    assert "plan.txt" in words(page)

    again = visitor.post(f"/cases/{case.id}/notes", text="See", stored=stored_words(page))
    assert again.status_code == 303
    assert [each.name for each in Attachment.on(case)] == ["plan.txt"]


def test_a_word_for_a_file_is_its_senders_alone(as_, nora, marc, case):
    answer = as_(nora).open("/notes/files", method="POST", data={"file": sent(("a.txt", b"a"))})
    (word,) = stored_words(answer)

    as_(marc).post(f"/cases/{case.id}/notes", text="Mine?", stored=word)
    as_(nora).post(f"/cases/{case.id}/notes", text="Forged?", stored=f"{word}x")

    assert Attachment.on(case) == []


def test_more_files_than_go_at_once(as_, nora, case):
    many = [(f"{number}.txt", str(number).encode()) for number in range(21)]
    data = {"text": "All of it", "file": sent(*many)}
    page = as_(nora).open(f"/cases/{case.id}/notes", method="POST", data=data)
    assert page.status_code == 422
    assert "Up to 20 files go at once." in words(page)


# Colleagues


def test_colleagues_are_offered_by_the_beginning_of_any_word(as_, nora, otto, ines):
    answer = as_(nora).get("/notes/colleagues?typed=bra")
    assert re.findall(r'data-written="([^"]+)"', answer.text) == ["Otto Brandt"]
    assert "Ines" not in as_(nora).get("/notes/colleagues?typed=").text, "nobody from outside"


# Drafts


def test_a_draft_is_there_again_until_the_note_is_written(as_, nora, marc, case):
    visitor = as_(nora)
    assert visitor.post(f"/cases/{case.id}/drafts/note", text="Half a sen", once="k").status_code == 204

    assert ">Half a sen</textarea>" in as_(nora).get(f"/cases/{case.id}").text, "on another device"
    assert "Half a sen" not in as_(marc).get(f"/cases/{case.id}").text

    visitor.post(f"/cases/{case.id}/notes", text="Half a sentence.", once="k")
    assert Draft.of(nora, case) == {}
    visitor.post(f"/cases/{case.id}/drafts/note", text="Half a sentence", once="k")
    assert Draft.of(nora, case) == {}, "what comes late is no draft"


def test_what_another_person_typed_before_is_not_kept_as_ones_own(as_, nora, marc, case):
    typed = {"text": "For Nora's eyes", "user": nora.id}
    assert as_(marc).post(f"/cases/{case.id}/drafts/note", **typed).status_code == 204
    assert Draft.of(marc, case) == {}

    as_(nora).post(f"/cases/{case.id}/drafts/note", **typed)
    assert Draft.of(nora, case) == {"note": "For Nora's eyes"}


def test_a_note_that_was_refused_leaves_its_draft(as_, nora, case):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/drafts/note", text="Half")
    visitor.post(f"/cases/{case.id}/notes", text="Half", kind="word", channel_id="999")
    assert Draft.of(nora, case) == {"note": "Half"}


def test_the_words_of_a_loss_and_of_a_plan_are_kept_too(as_, nora, case, too_expensive):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/drafts/loss", text="Next year")
    visitor.post(f"/cases/{case.id}/drafts/plan", text="Ring Clara")
    assert "Next year</textarea>" in visitor.get(f"/cases/{case.id}/loss").text
    for place in ("activities", "activities?alone="):
        assert 'value="Ring Clara"' in visitor.get(f"/cases/{case.id}/{place}", htmx=True).text

    kind = db.session.scalars(sa.select(ActivityType.id)).first()
    visitor.post(f"/cases/{case.id}/activities", type_id=kind, what="Ring Clara")
    visitor.post(f"/cases/{case.id}/loss", reason_id=too_expensive.id, words="Next year")
    assert Draft.of(nora, case) == {}


def test_there_are_drafts_of_known_fields_only(as_, nora, case):
    assert as_(nora).post(f"/cases/{case.id}/drafts/everything", text="x").status_code == 404


# Pins


def test_a_pinned_note_stands_on_top_once(as_, nora, case):
    event = noted(case, "The budget is 50k.", nora)
    for number in range(PAGE):
        noted(case, f"Note {number}.", nora)
    visitor = as_(nora)
    here = {"HX-Current-URL": f"http://holdfast.example/cases/{case.id}"}

    page = visitor.post(f"/notes/{event.id}/pin", htmx=True, headers=here)

    assert "Pinned on top." in words(page)
    top, rest = page.text.split('class="stream pinned"')[1].split('class="day"', 1)
    assert "The budget is 50k." in top
    assert "Pinned" in words(page)
    assert page.text.count("The budget is 50k.") == 1
    assert rest.count('class="ev') == PAGE
    older = visitor.get(f"/cases/{case.id}/history?show=all&before={event.id + 1}", htmx=True)
    assert "50k" not in older.text

    visitor.post(f"/notes/{event.id}/unpin", htmx=True, headers=here)
    assert 'class="stream pinned"' not in visitor.get(f"/cases/{case.id}").text


def test_what_is_no_note_cannot_be_pinned(as_, nora, case):
    made = case.events()[-1]
    assert as_(nora).post(f"/notes/{made.id}/pin").status_code == 404


# Which lines are shown


@pytest.fixture
def lively(case, nora):
    """One line of each kind."""
    phone = db.session.scalars(sa.select(Channel).where(Channel.name == "Phone")).one()
    kind = db.session.scalars(sa.select(ActivityType)).first()
    lock(case)
    case.note("A note.", by=nora)
    case.log("A talk.", by=nora, channel_id=phone.id)
    Activity.plan(case, kind, "A step", by=nora, due_on=date(2026, 12, 1))
    case.edit({"name": "Renamed"}, by=nora)
    db.session.commit()
    return case


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("notes", ["noted"]),
        ("words", ["communicated"]),
        ("activities", ["planned"]),
        ("mail", []),
        ("log", ["edited", "created"]),
        ("all", ["edited", "planned", "communicated", "noted", "created"]),
        ("nonsense", ["edited", "planned", "communicated", "noted", "created"]),
    ],
)
def test_lines_of_one_kind(as_, nora, lively, kind, told):
    events = {event.id: event.action for event in lively.events()}
    for path in (f"/cases/{lively.id}?show={kind}", f"/cases/{lively.id}/history?show={kind}"):
        for htmx in (False, True):
            page = as_(nora).get(path, htmx=htmx)
            shown = [events[int(each)] for each in re.findall(r'id="event-(\d+)"', page.text)]
            assert shown == told, path
    if not told:
        assert "Nothing of this kind has happened yet." in words(page)


def test_an_act_is_answered_with_what_was_being_looked_at(as_, nora, lively):
    here = {"HX-Current-URL": f"http://holdfast.example/cases/{lively.id}?show=activities"}
    page = as_(nora).post(f"/cases/{lively.id}/notes", htmx=True, headers=here, text="Another")
    assert 'show=activities" hx-get' in page.text
    assert re.search(r'show=activities"[^>]* aria-current="true"', page.text)
    assert "Another" not in page.text.partition('class="stream"')[2]


def test_the_partners_lines_come_along_if_one_wishes(as_, nora, otto, support, case, brewery):
    lock(brewery)
    brewery.note("A family firm.", by=nora)
    db.session.commit()
    assert "A family firm." not in as_(nora).get(f"/cases/{case.id}").text

    page = as_(nora).get(f"/cases/{case.id}?show=notes&partner=1")
    assert "A family firm." in page.text
    assert "created it" not in words(page)


def test_a_pinned_line_of_the_partner_stays_among_theirs(as_, nora, case, brewery):
    noted(brewery, "Ask for Clara.", nora).pin()
    db.session.commit()
    assert "Ask for Clara." in words(as_(nora).get(f"/cases/{case.id}?partner=1&show=all"))


def test_what_is_pinned_stands_on_top_of_its_own_kind_only(as_, nora, case):
    noted(case, "Budget is approved.", nora).pin()
    db.session.commit()
    visitor = as_(nora)
    assert "Budget is approved." in words(visitor.get(f"/cases/{case.id}?show=notes"))
    assert "Budget is approved." not in words(visitor.get(f"/cases/{case.id}?show=words"))


def test_whoever_may_not_know_of_the_partner_has_no_switch(as_, olga, nora, case, brewery, world_call):
    page = as_(olga).get(f"/cases/{case.id}?partner=1")
    assert page.status_code == 200
    assert "With all of" not in words(page)


@pytest.fixture
def world_call(case, olga, nora, front_desk):
    """Olga calls about the case, and about nobody."""
    from app.domain.call import Call

    Call.make("call", "Ring them", by=nora, team=front_desk, about=case, responsible=olga)
    db.session.commit()


def test_a_line_says_whose_the_case_was(as_, marc, nora, case, support):
    noted(case, "When it was ours.", nora)
    lock(case)
    case.hand_to_team(support, by=nora)
    db.session.commit()

    page = as_(marc).get(f"/cases/{case.id}?show=notes")
    assert "Nora Lindahl noted Front desk" in words(page)


# Who waits for whom


def test_the_other_side_waits_for_an_answer_until_it_gets_one(as_, nora, case):
    visitor = as_(nora)
    sent = {"kind": "word", "text": "When does it come?", "awaits_answer": "y"}
    answer = visitor.post(f"/cases/{case.id}/notes", htmx=True, **sent)
    assert "exchanged a word with the other side from them" in words(answer)
    assert case.unanswered_since is not None
    visitor.post(f"/cases/{case.id}/notes", kind="note", text="Who knows?", awaits_answer="y")
    assert case.unanswered_since is not None, "a note for colleagues answers nobody"
    visitor.post(f"/cases/{case.id}/notes", kind="word", text="On Thursday.")
    assert case.unanswered_since is None


# As quick with much as with little


def test_ten_thousand_lines_take_no_more_statements(as_, nora, otto, case, statements):
    noted(case, "@Otto look", nora).pin()
    db.session.commit()
    visitor = as_(nora)
    views = ["", "?show=notes", "?show=log", "?show=words", "?partner=1", "?show=mail&partner=1"]
    few = {view: statements(visitor, f"/cases/{case.id}{view}")[0] for view in views}
    made = ChangeSet(kind="act", actor_kind="user", actor_id=nora.id, actor_name=nora.name, at=clock.now())
    db.session.add(made)
    db.session.flush()
    row = {"change_set_id": made.id, "case_id": case.id, "action": "noted", "at": clock.now(), "body": "x"}
    db.session.execute(sa.insert(Event.__table__), [{**row, "details": {}} for _ in range(10_000)])
    db.session.commit()

    many = {view: statements(visitor, f"/cases/{case.id}{view}")[0] for view in views}

    assert all(many[view] <= few[view] for view in views), (few, many)
    assert few[""] <= 22


def test_pins_and_files_of_many_notes_take_no_more_statements(as_, nora, otto, case, statements):
    visitor = as_(nora)

    def write(times):
        for number in range(times):
            data = {"text": f"@Otto {number}", "file": sent((f"{number}.txt", str(number).encode()))}
            visitor.open(f"/cases/{case.id}/notes", method="POST", data=data)
            case.events(Event.is_words, limit=1)[0].pin()
            db.session.commit()

    write(2)
    few, _page = statements(visitor, f"/cases/{case.id}")
    write(6)
    many, page = statements(visitor, f"/cases/{case.id}")
    assert page.text.count('class="file" href') >= 8
    assert many == few


# The box for writing


def box_on(visitor, path):
    """The box as it stands but for what each form has anew, and the key that only its form carries."""
    box = re.search(r"<crm-compose.*?</crm-compose>", visitor.get(path).text, re.DOTALL)[0]
    key = re.search(r'name="once" value="([^"]+)"', box)[1]
    # A token tells the second it was given out in.
    return re.sub(r'name="(once|csrf_token)" value="[^"]+"', r'name="\1"', box), key


def test_an_empty_box_is_the_one_that_is_drawn_around_what_waits_in_it(as_, nora, case):
    visitor, path = as_(nora), f"/cases/{case.id}"
    box, key = box_on(visitor, path)
    assert key != box_on(visitor, path)[1]

    Draft.keep(nora, case, "note", "Half a word")
    db.session.commit()
    kept, _key = box_on(visitor, path)
    assert ">Half a word</textarea>" in kept
    assert kept.replace("Half a word", "").replace(">Draft kept</small>", "></small>", 1) == box


def test_an_empty_box_offers_what_the_lists_hold_now(as_, nora, case, brewery):
    visitor, path = as_(nora), f"/partners/{brewery.id}"
    assert "Telegram" not in box_on(visitor, path)[0]
    Channel.make(by=nora, name="Telegram")
    db.session.commit()
    assert "Telegram" in box_on(visitor, path)[0]
    assert f"/cases/{case.id}/mail" in box_on(visitor, f"/cases/{case.id}")[0]
    assert "/mail/new" not in box_on(visitor, path)[0]
