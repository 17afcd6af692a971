"""Who gets copies takes themselves off, with a link and one button, and without an account."""

import re
from datetime import timedelta

import pytest

from app import clock
from app.domain.actor import SYSTEM
from app.domain.history import lock
from app.extensions import db
from tests.domain.test_writing import messages

CLARA = "clara@hofmann.example"


@pytest.fixture
def link(case, nora):
    """What stood in the copy that Clara got."""
    lock(case)
    case.copy_to(CLARA, by=nora)
    case.write_mail("They left today.", by=nora, to=[("Ines", "ines@hofmann.example")])
    db.session.commit()
    copy = messages(case)[1]
    assert [each.address for each in copy.recipients] == [CLARA]
    return re.search(r"http://127.0.0.1:8000(/copies/\S+)", copy.text)[1]


def test_looking_at_the_page_changes_nothing_and_its_button_takes_them_off(as_, case, link, nora):
    stranger = as_(None)

    page = stranger.get(link)
    assert page.status_code == 200
    assert CLARA in page.text
    assert [each.address for each in case.addresses] == [CLARA]

    answer = stranger.post(re.search(r'action="(/copies/[^"]+)"', page.text)[1])
    assert (answer.status_code, "You get no more copies" in answer.text) == (200, True)
    assert case.addresses == []
    line = case.events(limit=1)[0]
    assert (line.action, line.who) == ("left", CLARA)
    assert f"{CLARA} wants no more copies" in re.sub("<[^>]+>", "", as_(nora).get(f"/cases/{case.id}").text)


def test_what_was_still_to_go_to_them_does_not(as_, case, link):
    as_(None).post(link)

    first, copy = messages(case)
    assert (first.state, copy.state) == ("waiting", "recalled")


def test_a_link_that_was_used_takes_nobody_off(as_, case, link, nora):
    stranger = as_(None)
    stranger.post(link)

    used, made_up = stranger.post(link), stranger.post("/copies/nothing")
    assert (used.status_code, made_up.status_code) == (404, 404)
    assert "takes nobody off" in used.text
    assert stranger.get(link).status_code == 404


def test_who_makes_up_a_link_makes_nobody_wait(as_, case, link, locks):
    stranger = as_(None)
    locks.clear()
    assert stranger.post(link[:-1] + ("b" if link.endswith("a") else "a")).status_code == 404
    assert "cases" not in locks

    assert stranger.post(link).status_code == 200
    assert "cases" in locks


def test_it_is_not_tried_without_end(as_, link):
    stranger = as_(None)
    answers = [stranger.post(f"/copies/nothing{n}").status_code for n in range(61)]

    assert answers == [404] * 60 + [429]
    with clock.stopped_at(clock.now() + timedelta(minutes=16)):
        assert stranger.post(link).status_code == 200


def test_without_an_address_of_ours_no_link_is_written(case, nora, app, monkeypatch):
    settings = app.config["SETTINGS"]
    monkeypatch.setitem(app.config, "SETTINGS", type(settings)(**{**vars(settings), "host": "0.0.0.0"}))
    lock(case)
    case.copy_to(CLARA, by=SYSTEM)
    case.write_mail("They left today.", by=nora, to=[("Ines", "ines@hofmann.example")])

    assert "get no more" not in messages(case)[1].text
