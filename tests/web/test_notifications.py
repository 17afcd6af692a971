"""The bell and the page behind it, and what people choose to be told."""

import re

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.history import lock
from app.domain.lists import ActivityType
from app.domain.notification import MOST_COUNTED, TYPES, Notification, NotificationChoice
from app.domain.notification.choosing import Ways
from app.extensions import db


@pytest.fixture
def mention(case, nora, otto):
    """Nora writes something to Otto."""

    def write(text="@Otto the flange?"):
        lock(case)
        event = case.note(text, by=nora)
        db.session.commit()
        return event

    return write


def bell(page):
    """What the bell on a page says, and its mark."""
    return re.search(r'aria-label="(Notifications[^"]*)"', page.text)[1], re.search(
        r'data-mark="(\d+-\d+)"', page.text
    )[1]


def rows(page):
    """Headline of each row, and whether it is read."""
    found = re.findall(r'<li class="told( unread)?".*?<b>(.*?)</b>', page.text, re.DOTALL)
    return [(headline, not unread) for unread, headline in found]


def newest(user):
    query = sa.select(Notification).where(Notification.user_id == user.id).order_by(Notification.id.desc())
    return db.session.scalars(query).first()


# The bell


def test_the_bell_counts_what_is_unread_on_every_page(as_, otto, mention):
    visitor = as_(otto)
    assert bell(visitor.get("/"))[0] == "Notifications"
    mention()
    for path in ("/", "/pipeline/", "/settings/"):
        assert bell(visitor.get(path))[0] == "Notifications, 1 unread"


def test_it_answers_only_when_it_shows_something_else(as_, otto, mention):
    visitor = as_(otto)
    _label, mark = bell(visitor.get("/"))
    assert visitor.get(f"/notifications/bell?bell={mark}", htmx=True).status_code == 204
    mention()
    rung = visitor.get(f"/notifications/bell?bell={mark}", htmx=True)

    assert (rung.status_code, bell(rung)[0]) == (200, "Notifications, 1 unread")
    assert "<html" not in rung.text
    assert visitor.get(f"/notifications/bell?bell={bell(rung)[1]}", htmx=True).status_code == 204


def test_one_read_and_one_new_ring_too(as_, otto, mention):
    visitor = as_(otto)
    mention()
    _label, mark = bell(visitor.get("/"))
    newest(otto).read()
    db.session.commit()
    mention()

    assert visitor.get(f"/notifications/bell?bell={mark}", htmx=True).status_code == 200


def test_a_board_asks_for_both_at_once(as_, otto, mention):
    visitor = as_(otto)
    page = visitor.get("/pipeline/?responsible=me")
    marks = re.findall(r'<header [^>]*data-column="([^"]+)" data-mark="([^"]+)"', page.text)
    token = re.search(r'data-token="([^"]+)"', page.text)[1]
    asked = f"/pipeline/changes?responsible=me&marks={','.join(map(':'.join, marks))}&since={token}"

    assert visitor.get(f"{asked}&bell={bell(page)[1]}", htmx=True).status_code == 204
    mention()
    answer = visitor.get(f"{asked}&bell={bell(page)[1]}", htmx=True)
    assert answer.status_code == 200
    assert re.findall('hx-target="([^"]+)"', answer.text) == ["#bell"]
    assert bell(answer)[0] == "Notifications, 1 unread"


def test_nobody_counts_beyond_what_they_read(as_, otto):
    for number in range(MOST_COUNTED + 2):
        Notification.tell("imported", [otto.id], name=f"{number}.csv", made=1, changed=0, failed=0)
    db.session.commit()
    page = as_(otto).get("/")

    assert bell(page)[0] == "Notifications, more than 99 unread"
    assert '<span class="n" aria-hidden="true">99+</span>' in page.text


def test_the_bell_is_one_statement_however_much_there_is(as_, otto, mention, statements):
    visitor = as_(otto)
    few, _page = statements(visitor, "/notifications/bell")
    for _ in range(5):
        mention()
    many, _page = statements(visitor, "/notifications/bell")

    assert many == few == 2  # who asks, and how much is unread


def test_the_bell_knows_what_one_may_from_the_moment_that_it_changes(as_, case, nora, marc, ada):
    lock(case)
    kind = db.session.scalars(sa.select(ActivityType)).first()
    Activity.plan(case, kind, "Ring Clara", by=nora, user=marc)
    db.session.commit()
    visitor = as_(marc)
    assert bell(visitor.get("/"))[0] == "Notifications, 1 unread"

    lock(marc)
    marc.give_role("operator", by=ada)
    db.session.commit()
    assert bell(visitor.get("/"))[0] == "Notifications"


# The page


def test_the_page_says_who_what_and_where(as_, otto, case, mention):
    event = mention()
    page = as_(otto).get("/notifications/")

    assert rows(page) == [("Nora Lindahl mentioned you.", False)]
    assert f'href="/cases/{case.id}#event-{event.id}"' in page.text
    assert f"{case.name} · @Otto the flange?" in page.text


def test_what_was_written_is_only_text(as_, otto, mention):
    mention("@Otto <script>alert(1)</script>")

    assert "<script>alert" not in as_(otto).get("/notifications/").text


def test_an_empty_page_says_what_it_is_for(as_, otto):
    assert "Nothing yet" in as_(otto).get("/notifications/").text
    assert "Nothing unread" in as_(otto).get("/notifications/?unread=1").text


@pytest.mark.parametrize("htmx", [False, True])
def test_one_is_read_and_unread(as_, otto, mention, htmx):
    mention()
    visitor, path = as_(otto), f"/notifications/{newest(otto).id}"
    for act, is_read in (("reading", True), ("unreading", False)):
        answer = visitor.post(f"{path}/{act}", htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
        assert (newest(otto).read_at is not None) is is_read
        if htmx:
            assert rows(answer) == [("Nora Lindahl mentioned you.", is_read)]
            assert bell(answer)[0] == ("Notifications" if is_read else "Notifications, 1 unread")


@pytest.mark.parametrize("htmx", [False, True])
def test_all_are_read_and_the_way_back_stands_beside_it(as_, otto, mention, htmx):
    mention(), mention()
    visitor = as_(otto)
    page = visitor.post("/notifications/reading", htmx=htmx)
    if not htmx:
        page = visitor.get(page.location)
    assert [is_read for _headline, is_read in rows(page)] == [True, True]
    assert "All is marked read." in page.text

    read = re.search(r'name="read" value="([^"]+)"', page.text)[1]
    back = visitor.post("/notifications/unreading", htmx=htmx, read=read)
    assert [is_read for _headline, is_read in rows(back if htmx else visitor.get(back.location))] == [
        False,
        False,
    ]


def test_an_instant_that_is_none_is_bad_input(as_, otto):
    for read in ("", "yesterday", "2026-11-26T12:00:00"):
        assert as_(otto).post("/notifications/unreading", read=read).status_code == 422


def test_only_what_is_unread(as_, otto, mention):
    mention("@Otto first")
    newest(otto).read()
    mention("@Otto second")

    assert "first" not in as_(otto).get("/notifications/?unread=1").text
    assert "second" in as_(otto).get("/notifications/?unread=1").text


def test_page_by_page_there_and_back(as_, otto):
    for number in range(65):
        Notification.tell("imported", [otto.id], name=f"{number}.csv", made=1, changed=0, failed=0)
    db.session.commit()
    visitor, path, seen = as_(otto), "/notifications/", []
    while path:
        page = visitor.get(path)
        seen.append([int(re.search(r"of (\d+)\.csv", headline)[1]) for headline, _ in rows(page)])
        older, newer = (re.search(rf'href="([^"]+)" rel="{rel}"', page.text) for rel in ("next", "prev"))
        path = older and older[1]
    assert [number for each in seen for number in each] == list(range(64, -1, -1))
    assert [
        int(re.search(r"of (\d+)\.csv", headline)[1]) for headline, _ in rows(visitor.get(newer[1]))
    ] == seen[1]


def test_it_asks_as_often_for_many_as_for_one(as_, nora, otto, support, statements):
    def be_told(times):
        for number in range(times):
            Case.make("task", f"Task {number}", by=nora, team=support, responsible=otto)
        db.session.commit()

    be_told(1)
    few, _page = statements(as_(otto), "/notifications/")
    be_told(5)
    many, page = statements(as_(otto), "/notifications/")

    assert len(rows(page)) == 6
    assert many == few


def test_what_is_anothers_does_not_exist(as_, otto, marc, mention):
    mention()
    path = f"/notifications/{newest(otto).id}/reading"

    assert as_(marc).post(path).status_code == 404
    assert newest(otto).read_at is None
    assert rows(as_(marc).get("/notifications/")) == []


def test_where_each_kind_leads(as_, otto):
    Notification.tell("due", [otto.id], day=clock.today(), overdue=0, today=2)
    Notification.tell(
        "mail failed", [otto.id], about=("message", 7), what="Offer", to="clara@hofmann.example"
    )
    Notification.tell("rule paused", [otto.id], about=("rule", 7), rule="Thank")
    db.session.commit()
    page = as_(otto).get("/notifications/").text

    assert re.findall(r'class="two" href="([^"]+)"', page) == ["/rules/7/log", "/outbox/7", "/"]
    assert "Your rule “Thank”" in page


# What one chooses


def test_the_table_shows_what_is_usual_and_keeps_what_is_ticked(as_, otto):
    visitor = as_(otto)
    page = visitor.get("/settings/").text
    ticked = re.findall(r'name="(\w+)" value="([^"]+)"[^>]*checked', page)
    assert {name for column, name in ticked if column == "by_mail"} == {
        name for name, ways in TYPES.items() if ways.by_mail
    }

    answer = visitor.post(
        "/settings/notifications", in_page=["said"], by_mail=["said"], in_digest=["due", "said"]
    )
    assert (answer.status_code, answer.location) == (303, "/settings/")
    assert NotificationChoice.of(otto) == dict.fromkeys(TYPES, Ways(False, False, False)) | {
        "said": Ways(True, True, True)
    }
    assert (
        len(
            re.findall(
                r'value="[^"]+"[^>]*checked',
                re.search(r'id="told".*?</form>', visitor.get("/settings/").text, re.DOTALL)[0],
            )
        )
        == 3
    )


def test_the_table_stands_in_place_for_htmx(as_, otto):
    answer = as_(otto).post("/settings/notifications", htmx=True, in_page=list(TYPES))

    assert answer.status_code == 200
    assert 'id="told"' in answer.text
    assert "You are told so from now on." in answer.text
