"""What goes wrong, and how it is said: to a browser, and to htmx (the Answers of the model)."""

import logging
import re
import sqlite3
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from flask import abort, render_template

from app import clock
from app.domain.errors import Clash, EditConflict, NotTheirs, Refused, TooOften
from app.domain.history.locking import locked_keys
from app.extensions import db
from app.web import own_path
from tests.conftest import last_set

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
OWN = {"Origin": "http://holdfast.example", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def answering(app, monkeypatch):
    """Let the page /more answer with what a function does."""

    def with_what(function):
        monkeypatch.setitem(app.view_functions, "shell.more", function)
        monkeypatch.setitem(app.view_functions, "shell.theme", function)

    return with_what


@pytest.fixture
def guarded(app, monkeypatch):
    """As in life, forms need their token."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def as_in_life(app, monkeypatch):
    """What a test would see as an exception becomes an answer, as it does for people."""
    monkeypatch.setitem(app.config, "TESTING", False)


def raiser(error):
    def view():
        raise error

    return view


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


# Not signed in


def test_a_stranger_is_asked_to_sign_in_and_comes_back(as_):
    answer = as_(None).get("/search?q=a%26b")

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/search?q%3Da%2526b"


def test_a_strangers_form_comes_back_to_its_page(as_):
    answer = as_(None).post("/theme", headers={"Referer": "http://holdfast.example/more"})

    assert answer.location == "/sign-in?next=/more"


def test_a_form_from_elsewhere_brings_nobody_anywhere(as_):
    answer = as_(None).post("/theme", headers={"Referer": "http://evil.example/more"})

    assert answer.location == "/sign-in"


@pytest.mark.parametrize("kind", ["partial", "full"])
def test_htmx_gets_the_sign_in_dialog_with_a_fresh_token(as_, kind):
    answer = as_(None).get("/more", headers={"HX-Request": "true", "HX-Request-Type": kind})

    assert answer.status_code == 401
    assert "<crm-dialog" in answer.text
    assert "<html" not in answer.text
    assert answer.headers["X-CSRFToken"]


# Stale tokens


def test_a_stale_token_gives_the_form_back_filled(as_, nora, guarded, app):
    visitor = signed_in_with_token(as_, nora)

    answer = visitor.open(
        "/theme",
        method="POST",
        data={
            "csrf_token": "old",
            "theme": ["dark", "light"],
            "note": "Two\r\nlines <b>",
            "empty": "",
            "password": "secret words",
            "new_password": "other words",
        },
        headers=OWN,
    )

    assert answer.status_code == 400
    assert 'action="/theme"' in answer.text
    assert answer.text.count('name="theme"') == 2
    assert 'name="note" value="Two\r\nlines &lt;b&gt;"' in answer.text
    assert "<dd>Two\r\nlines &lt;b&gt;</dd>" in answer.text
    assert 'name="empty" value=""' in answer.text
    assert "secret words" not in answer.text
    assert "other words" not in answer.text
    assert answer.text.count('type="password"') == 2
    assert "Everything you typed is still here" in answer.text
    assert visitor.post("/theme", csrf_token=token_of(answer), theme="dark", headers=OWN).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://holdfast.example.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://holdfast.example"},
        {"Referer": "http://evil.example/holdfast.example"},
        {},
    ],
)
def test_a_form_of_another_site_does_not_come_back_fresh(as_, nora, guarded, headers):
    answer = signed_in_with_token(as_, nora).post("/theme", theme="dark", headers=headers)

    assert answer.status_code == 400
    assert "csrf_token" not in answer.text
    assert 'value="dark"' not in answer.text


def test_a_stale_token_sent_by_htmx_gets_a_fresh_one_that_works(as_, nora, guarded):
    visitor = signed_in_with_token(as_, nora)

    stale = visitor.post("/theme", htmx=True, theme="dark", headers={"X-CSRFToken": "old"})
    fresh = {"X-CSRFToken": stale.headers["X-CSRFToken"]}

    assert stale.status_code == 400
    assert visitor.post("/theme", htmx=True, theme="dark", headers=fresh).status_code == 200


def test_signed_out_in_the_meantime_is_a_matter_of_signing_in_not_of_tokens(as_, guarded):
    assert as_(None).post("/theme", theme="dark", headers=OWN).status_code == 303
    assert as_(None).post("/theme", htmx=True, theme="dark").status_code == 401


def signed_in_with_token(as_, user):
    visitor = as_(None)
    page = visitor.get("/sign-in")
    fields = {"email": user.email, "password": "correct horse battery", "csrf_token": token_of(page)}
    assert visitor.post("/sign-in", **fields, headers=OWN).status_code == 303
    return visitor


# Nothing is here


def test_missing_and_unknown_are_the_same_page(as_, nora, answering):
    visitor = as_(nora)
    unknown = visitor.get("/no-such-page")
    answering(lambda: abort(404, "Case 12 is not yours."))
    invisible = visitor.get("/more")

    assert unknown.status_code == invisible.status_code == 404
    assert without_current(unknown.data) == without_current(invisible.data)
    assert b"csrf" not in unknown.data.lower()


def test_missing_is_one_sentence_for_htmx(as_, nora):
    answer = as_(nora).get("/no-such-page", htmx=True)

    assert answer.status_code == 404
    assert "<html" not in answer.text
    assert "not yours to see" in answer.text


def without_current(page):
    return page.replace(b' aria-current="page"', b"")


# Refusals


@pytest.mark.parametrize(
    ("what", "status", "sentence"),
    [
        (
            raiser(Refused("Front desk has no team <above> it.")),
            409,
            "Front desk has no team &lt;above&gt; it.",
        ),
        (lambda: abort(403), 403, "belongs to somebody else"),
        (lambda: abort(403, "Only who leads the team may."), 403, "Only who leads the team may."),
        (lambda: abort(409), 409, "has changed in the meantime"),
        (lambda: abort(413), 413, "up to 25 MB"),
        (lambda: abort(422), 422, "could not be read"),
    ],
)
def test_a_refusal_is_a_sentence(as_, nora, answering, what, status, sentence):
    answering(what)
    page = as_(nora).post("/theme")
    part = as_(nora).post("/theme", htmx=True)

    assert page.status_code == part.status_code == status
    assert sentence in page.text
    assert sentence in part.text
    assert "<html" in page.text
    assert "<html" not in part.text


def test_too_often_says_when_again(as_, nora, answering):
    from werkzeug.exceptions import TooManyRequests

    answering(raiser(TooManyRequests(retry_after=150)))
    answer = as_(nora).post("/theme")

    assert answer.status_code == 429
    assert "Try again in 3 minutes." in answer.text
    assert answer.headers["Retry-After"] == "150"


def test_what_the_domain_finds_too_often_says_when_again(as_, nora, answering):
    answering(raiser(TooOften(clock.now() + timedelta(seconds=150))))
    page, part = as_(nora).post("/theme"), as_(nora).post("/theme", htmx=True)

    assert page.status_code == part.status_code == 429
    assert page.headers["Retry-After"]
    assert "Try again in 3 minutes." in part.text


def test_what_is_somebody_elses_to_do_is_said_in_its_own_words(as_, nora, answering):
    answering(raiser(NotTheirs("Only Marc may.")))
    answer = as_(nora).post("/theme")

    assert answer.status_code == 403
    assert "Only Marc may." in answer.text


def test_an_edit_that_clashes_names_who_was_quicker(as_, nora, answering):
    clash = Clash("deadline", None, None, "Otto Brandt", clock.now())
    answering(raiser(EditConflict(None, [clash, clash])))
    answer = as_(nora).post("/theme")

    assert answer.status_code == 409
    assert "Otto Brandt changed this in the meantime." in answer.text


def test_a_wrong_method_names_the_right_ones(as_, nora):
    answer = as_(nora).get("/theme")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


# Our fault


def test_a_failure_has_a_number_that_the_log_knows(as_, nora, answering, as_in_life, caplog):
    answering(raiser(RuntimeError("boom")))
    with caplog.at_level(logging.ERROR):
        answer = as_(nora).get("/more")
    number = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", answer.text)[0]

    assert answer.status_code == 500
    assert "boom" not in answer.text
    record = next(one for one in caplog.records if number in one.getMessage())
    assert record.exc_info[1].args == ("boom",)


def test_a_failure_tells_htmx_the_number_too(as_, nora, answering, as_in_life):
    answering(raiser(RuntimeError("boom")))
    answer = as_(nora).post("/theme", htmx=True)

    assert answer.status_code == 500
    assert re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", answer.text)
    assert "<html" not in answer.text


def test_numbers_stand_on_failures_only(as_, nora):
    assert not re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", as_(nora).get("/no-such-page").text)


def test_a_failing_error_page_is_still_an_answer(as_, nora, answering, as_in_life, app, monkeypatch):
    def broken():
        raise RuntimeError("the database is gone")

    answering(broken)
    monkeypatch.setitem(app.jinja_env.globals, "organisation", broken)
    answer = as_(nora).get("/more")

    assert answer.status_code == 500
    assert re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", answer.text)


@pytest.mark.parametrize(
    "cause", [sqlite3.OperationalError("database is locked"), psycopg.errors.LockNotAvailable("busy")]
)
def test_a_busy_database_says_to_come_back_soon(as_, nora, answering, as_in_life, cause):
    answering(raiser(sa.exc.OperationalError("UPDATE", {}, cause)))
    page, part = as_(nora).post("/theme"), as_(nora).post("/theme", htmx=True)

    assert page.status_code == part.status_code == 503
    assert page.headers["Retry-After"] == "2"
    assert "Busy for a moment" in page.text
    assert "Nothing was changed" in part.text
    assert "locked" not in page.text


def test_what_was_half_done_is_rolled_back(as_, nora, answering):
    def half():
        from app.domain.history import lock
        from app.extensions import db

        user = db.session.get(type(nora), nora.id)
        lock(user)
        user.edit({"theme": "dark"}, by=user)
        raise Refused("No.")

    answering(half)

    assert as_(nora).post("/theme").status_code == 409
    assert nora.theme is None


# Own paths


@pytest.mark.parametrize(
    "path", ["/", "/cases/12", "/cases/?q=a&page=2", "/search?q=%23", "/a//b", "/ü", "/x:y"]
)
def test_paths_of_our_own_are_taken(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None, "", "cases", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil",
        "https://evil.example", "https:/evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
        "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil", "/\x00", "/\x7f",
        "/\u2028x", "/\u00a0x", "/a\\b", "/a\r\nSet-Cookie: x=1", "http:evil.example", "?next=x", "#x", ".//evil",
    ],
)  # fmt: skip
def test_anything_else_is_not(path):
    assert own_path(path) is None


def test_nothing_is_locked_while_a_form_is_written_anew(as_, nora, case, monkeypatch):
    visitor, held = as_(nora), []

    def watched(*args, **context):
        held.append(set(locked_keys(db.session())))
        return render_template(*args, **context)

    monkeypatch.setattr("app.web.render_template", watched)

    assert visitor.post(f"/cases/{case.id}/edit", name="").status_code == 422
    assert held == [set()]


def test_a_page_that_is_no_address_is_not_led_back_to(as_, nora, case):
    visitor = as_(nora)
    visitor.post(f"/cases/{case.id}/waiting")

    answer = visitor.post(f"/history/{last_set(case).id}/undo", headers={"Referer": "http://[x"})

    assert (answer.status_code, answer.location) == (303, "/")


# Numbers that no row has


@pytest.mark.parametrize("path", ["/cases/{n}", "/partners/{n}", "/calls/{n}", "/outbox/{n}", "/files/{n}/x"])
def test_a_number_beyond_all_numbers_names_nothing(as_, nora, path):
    answer = as_(nora).get(path.format(n=2**63))

    assert answer.status_code == 404
    assert "Nothing is here" in answer.text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/cases/?before={n}", "Flow meters for bottling line 3"),
        ("/partners/?after={n}", "Hofmann Brewery"),
        ("/cases/new?partner_id={n}", 'name="partner_id" type="text" value=""'),
    ],
)
def test_a_number_beyond_all_numbers_in_an_address_is_none(as_, nora, case, path, shown):
    assert shown in as_(nora).get(path.format(n=2**63)).text


def test_a_version_beyond_all_numbers_is_the_present_one(as_, nora, case):
    answer = as_(nora).post(
        f"/cases/{case.id}/edit", **{"name": "Levels", "version": 2**63, "since-name": 2**63}
    )

    assert answer.location == f"/cases/{case.id}"
    assert case.name == "Levels"
