"""Getting in, being kept out, getting in again: as a page, and in the dialog over a page."""

import re
from contextlib import contextmanager
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask_babel import get_locale

from app import clock
from app.config import Settings
from app.domain import password
from app.domain.history import lock
from app.domain.message import Message
from app.domain.organisation import Organisation
from app.domain.sign_in import SignIn
from app.domain.throttle import Throttle
from app.domain.user import User
from app.extensions import db
from app.mail.letters import language_of
from app.mail.server import MailServer
from tests.conftest import PASSWORD

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
WRONG = "That e-mail and password do not belong together."
CHOSEN = "seven green bottles"


@contextmanager
def after(**passed):
    with clock.stopped_at(NOON + timedelta(**passed)):
        yield


def cookies(answer):
    """What the answer puts into the browser: each cookie whole, by its name."""
    return {each.partition("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}


def is_in(visitor):
    return visitor.get("/keys").status_code == 200


def deactivate(user, by):
    User.locked_with_administrators(user.id).deactivate(by=by)
    db.session.commit()


def letters():
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def link_in(letter):
    return urlsplit(re.search(r"http\S+", letter.text)[0]).path


def plain(page):
    """The page without what differs on every one: its tokens, and the address that was typed."""
    return re.sub(r'(?<=")(Im|Ij)[\w.-]+(?=")|[\w.]+@holdfast.example', "", page)


@pytest.fixture
def guarded(app, monkeypatch):
    """As in life, forms need their token."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def settings(app, monkeypatch):
    """Start the process with other settings."""

    def start(**changed):
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **changed))

    return start


# Signing in


def test_signing_in_leads_to_the_start(as_, nora):
    answer = as_().post("/sign-in", email=" Nora@Holdfast.Example ", password=PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/")


def test_or_to_the_page_that_was_wanted(as_, nora):
    visitor = as_()

    asked = visitor.get(visitor.get("/search?q=a%26b").location)
    wanted = re.search(r'name="next"[^>]* value="([^"]+)"', asked.text)[1]
    answer = visitor.post("/sign-in", email=nora.email, password=PASSWORD, next=wanted.replace("&amp;", "&"))

    assert answer.location == "/search?q=a%26b"


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "evil.example",
        "http:evil.example",
        "///evil.example",
    ],
)
def test_nobody_is_led_elsewhere(as_, nora, wanted):
    assert as_().post("/sign-in", email=nora.email, password=PASSWORD, next=wanted).location == "/"
    assert as_(nora).get("/sign-in", query_string={"next": wanted}).location == "/"


def test_who_is_in_need_not_sign_in(as_, nora):
    assert as_(nora).get("/sign-in?next=/keys").location == "/keys"


def test_the_dialog_signs_in_and_brings_a_new_token(as_, nora):
    answer = as_().post("/sign-in", htmx=True, email=nora.email, password=PASSWORD)

    assert answer.status_code == 204
    assert answer.headers["HX-Trigger"] == f'{{"signed-in": {{"user": {nora.id}}}}}'
    assert answer.headers["X-CSRFToken"]


def test_the_token_of_the_dialog_holds_in_the_new_session(as_, nora, guarded):
    visitor = as_()
    before = visitor.get("/keys", htmx=True)
    stale = before.headers["X-CSRFToken"]

    answer = visitor.post("/sign-in", htmx=True, email=nora.email, password=PASSWORD, csrf_token=stale)
    fresh = answer.headers["X-CSRFToken"]

    assert visitor.post("/theme", htmx=True, theme="dark", headers={"X-CSRFToken": fresh}).status_code == 200
    assert visitor.post("/theme", htmx=True, theme="dark", headers={"X-CSRFToken": stale}).status_code == 400


@pytest.mark.parametrize("htmx", [False, True])
def test_a_wrong_password_is_said_and_the_address_stays(as_, nora, htmx):
    answer = as_().post("/sign-in", htmx=htmx, email=nora.email, password="incorrect horse")

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert f'value="{nora.email}"' in answer.text
    assert "incorrect horse" not in answer.text
    assert ("<html" in answer.text) is not htmx


def test_unknown_closed_and_not_yet_joined_get_the_same_answer(as_, ada, nora, otto):
    deactivate(otto, by=ada)
    priya = User.invite("Priya", "priya@holdfast.example", "operator", by=ada)
    db.session.commit()

    answers = {
        plain(as_().post("/sign-in", email=email, password=typed).text)
        for email, typed in [
            (nora.email, "incorrect horse"),
            (otto.email, PASSWORD),
            (priya.email, PASSWORD),
            (priya.email, "nobody"),
            ("nobody@holdfast.example", PASSWORD),
        ]
    }

    assert len(answers) == 1
    assert WRONG in answers.pop()


def test_a_password_is_looked_at_for_everybody_and_in_no_transaction(as_, nora, monkeypatch):
    looked = []

    def matches(kept, typed):
        looked.append((kept is not None, db.session().in_transaction()))
        return False

    monkeypatch.setattr(password, "matches", matches)
    as_().post("/sign-in", email=nora.email, password=PASSWORD)
    as_().post("/sign-in", email="nobody@holdfast.example", password=PASSWORD)

    assert looked == [(True, False), (False, False)]


@pytest.mark.parametrize("email", ["", "\x00", "x" * 300, "nora@holdfast.example\x00", "' or 1=1; --", "ﬀ@ẞ"])
def test_what_is_no_address_lets_nobody_in(as_, nora, email):
    answer = as_().post("/sign-in", email=email, password="incorrect horse")

    assert answer.status_code == 422
    assert "aria-invalid" in answer.text


def test_nothing_typed_is_nothing_tried(as_, database):
    answer = as_().post("/sign-in")

    assert answer.status_code == 422
    assert "Say with which address you sign in." in answer.text
    assert "Type your password." in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Throttle)) == 0


# Being kept out


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("email", ["nora@holdfast.example", "nobody@holdfast.example"])
def test_ten_tries_on_one_account_are_enough(as_, nora, email, htmx):
    visitor = as_()
    with after():
        for _ in range(10):
            assert visitor.post("/sign-in", email=email, password="incorrect horse").status_code == 422
    with after(minutes=3):
        refused = visitor.post("/sign-in", htmx=htmx, email=email.upper(), password=PASSWORD)

    assert refused.status_code == 429
    assert "Try again in 12 minutes." in refused.text
    assert "Retry-After" in refused.headers


def test_after_a_while_one_may_try_again(as_, nora):
    visitor = as_()
    with after():
        for _ in range(11):
            visitor.post("/sign-in", email=nora.email, password="incorrect horse")
    with after(minutes=15):
        assert visitor.post("/sign-in", email=nora.email, password=PASSWORD).status_code == 303


def test_another_account_is_not_kept_out(as_, nora, otto):
    for _ in range(11):
        as_().post("/sign-in", email=nora.email, password="incorrect horse")

    assert as_().post("/sign-in", email=otto.email, password=PASSWORD).status_code == 303


def test_signing_in_begins_anew(as_, nora):
    visitor = as_()
    for _ in range(3):
        for _ in range(9):
            visitor.post("/sign-in", email=nora.email, password="incorrect horse")
        assert visitor.post("/sign-in", email=nora.email, password=PASSWORD).status_code == 303


def test_fifty_tries_from_one_address_are_enough(as_, nora):
    visitor = as_()
    for number in range(50):
        visitor.post("/sign-in", email=f"{number}@holdfast.example", password="incorrect horse")

    assert visitor.post("/sign-in", email=nora.email, password=PASSWORD).status_code == 429
    elsewhere = visitor.open(
        "/sign-in",
        method="POST",
        data={"email": nora.email, "password": PASSWORD},
        environ_overrides={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert elsewhere.status_code == 303


def test_an_office_that_signs_in_behind_one_address_is_welcome(as_, nora):
    visitor = as_()

    assert {visitor.post("/sign-in", email=nora.email, password=PASSWORD).status_code for _ in range(60)} == {
        303
    }


# Cookies


def test_the_cookie_holds_a_token_and_no_more(as_, nora):
    visitor = as_()
    answer = visitor.post("/sign-in", email=nora.email, password=PASSWORD)

    assert set(cookies(answer)) == {"session"}
    assert "HttpOnly" in cookies(answer)["session"]
    assert "SameSite=Lax" in cookies(answer)["session"]
    with visitor.client.session_transaction() as session:
        assert SignIn.with_token(session["_user_id"]).user.id == nora.id
        assert str(nora.id) not in session.values()


def test_cookies_of_a_public_address_travel_by_https_only(instance):
    flask = Settings(secret_key="x", instance=instance, secure_cookies=True).flask()

    assert flask["SESSION_COOKIE_SECURE"] is flask["REMEMBER_COOKIE_SECURE"] is True


def test_a_device_remembers_for_thirty_days(as_, nora):
    visitor = as_()
    answer = visitor.post("/sign-in", email=nora.email, password=PASSWORD, remember="y")
    remembered = cookies(answer)["remember_token"]
    expires = datetime.strptime(re.search(r"Expires=([^;]+)", remembered)[1], "%a, %d %b %Y %H:%M:%S %Z")

    assert "HttpOnly" in remembered
    assert "SameSite=Lax" in remembered
    assert timedelta(days=29) < expires.replace(tzinfo=UTC) - clock.now() <= timedelta(days=30)
    visitor.client.delete_cookie("session", domain="holdfast.example")
    assert is_in(visitor)


def test_a_remembered_device_is_out_at_once_too(as_, ada, nora):
    visitor = as_()
    visitor.post("/sign-in", email=nora.email, password=PASSWORD, remember="y")
    visitor.client.delete_cookie("session", domain="holdfast.example")

    deactivate(nora, by=ada)
    answer = visitor.get("/keys")

    assert answer.status_code == 303
    assert "remember_token=;" in cookies(answer)["remember_token"]


@pytest.mark.parametrize("forged", ["1|0", "|", "", "nonsense", "1"])
def test_a_forged_cookie_is_a_stranger(as_, nora, forged):
    visitor = as_()
    visitor.client.set_cookie("remember_token", forged, domain="holdfast.example")
    visitor.client.set_cookie("session", forged, domain="holdfast.example")

    assert visitor.get("/keys").status_code == 303


def test_signing_in_opens_a_new_session(as_, nora):
    visitor = as_()
    visitor.get("/sign-in")
    with visitor.client.session_transaction() as session:
        session.update({"planted": "by somebody", "csrf_token": "known to somebody", "_user_id": "planted"})

    visitor.post("/sign-in", email=nora.email, password=PASSWORD)

    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "known to somebody"
        assert session["_user_id"] != "planted"
    assert is_in(visitor)


def test_whoever_signs_in_takes_the_place_of_who_was_in(as_, nora, otto):
    visitor = as_(nora)
    visitor.post("/sign-in", email=otto.email, password=PASSWORD)

    assert SignIn.of(nora) == []
    assert len(SignIn.of(otto)) == 1


# Leaving


def test_signing_out_ends_this_sign_in_only(as_, nora):
    here, there = as_(nora), as_(nora)
    kept = here.client.get_cookie("session", domain="holdfast.example").value

    assert here.post("/sign-out").location == "/sign-in"

    here.client.set_cookie("session", kept, domain="holdfast.example")
    assert not is_in(here)
    assert is_in(there)


def test_signing_out_forgets_the_device(as_, nora):
    visitor = as_()
    visitor.post("/sign-in", email=nora.email, password=PASSWORD, remember="y")
    answer = visitor.post("/sign-out")

    assert "remember_token=;" in cookies(answer)["remember_token"]
    assert not is_in(visitor)


def test_a_stranger_may_sign_out(as_, database):
    assert as_().post("/sign-out").location == "/sign-in"


def test_nobody_is_signed_out_by_a_link(as_, nora):
    visitor = as_(nora)

    assert visitor.get("/sign-out").status_code == 405
    assert is_in(visitor)


def test_a_deactivated_person_is_out_at_the_next_click(as_, ada, nora):
    visitor = as_(nora)
    deactivate(nora, by=ada)

    assert visitor.get("/keys").status_code == 303
    assert visitor.get("/keys", htmx=True).status_code == 401
    assert visitor.post("/theme", htmx=True, theme="dark").status_code == 401


def test_another_role_holds_at_the_next_click(as_, ada, nora):
    visitor = as_(nora)
    User.locked_with_administrators(nora.id).give_role("portal", by=ada)
    db.session.commit()

    assert visitor.get("/keys").status_code == 404


# What a visit leaves behind


def test_who_is_signed_in_is_asked_in_one_query(app, as_, nora):
    visitor, asked = as_(nora), []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *a: asked.append(a[2]))
    try:
        visitor.get("/keys")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)

    assert len([each for each in asked if "sign_ins" in each or "users" in each]) == 1


def test_a_visit_is_noted_every_five_minutes(as_, nora):
    with after():
        visitor = as_(nora)
    with after(minutes=4):
        visitor.get("/keys")
    assert seen(nora) == NOON
    with after(minutes=6):
        visitor.get("/keys")
    assert seen(nora) == NOON + timedelta(minutes=6)


def test_and_only_when_the_answer_is_out(as_, nora):
    with after():
        visitor = as_(nora)
    with after(minutes=6):
        context = Context()
        context.run(clock._fixed.set, clock._fixed.get())
        answer = context.run(visitor.client.get, "/keys")
        assert seen(nora) == NOON
        context.run(answer.close)
    assert seen(nora) == NOON + timedelta(minutes=6)


def seen(user):
    db.session.expire_all()
    (only,) = db.session.scalars(sa.select(SignIn))
    assert user.last_seen_at == only.seen_at
    return only.seen_at


# Portal users


def test_a_portal_user_finds_their_page_and_nothing_else(as_, ines):
    visitor = as_(ines)

    assert visitor.post("/sign-in", email=ines.email, password=PASSWORD).location == "/portal/"
    assert "Nothing is shared with you yet" in visitor.get("/portal/").text
    for path in ("/keys", "/settings/", "/people/", "/search"):
        assert visitor.get(path).status_code == 404, path


def test_staff_have_no_portal(as_, nora):
    assert as_(nora).get("/portal/").status_code == 404
    assert as_().get("/portal/").location == "/sign-in?next=/portal/"


# A password by mail


@pytest.fixture
def posts(monkeypatch):
    """Mail leaves this Holdfast."""
    monkeypatch.setattr(MailServer, "fixed", classmethod(lambda cls: cls.at("smtp://mail.example:25")))


def test_mail_is_promised_where_it_leaves(as_, posts):
    assert "Send me a link by mail" in as_().get("/sign-in").text
    assert "We mail a link to it." in as_().get("/password/forgotten").text
    assert "a link is on its way to it" in as_().get("/password/sent").text


def test_no_mail_is_promised_where_none_leaves(as_, nora):
    assert "by mail" not in as_().get("/sign-in").text
    asked = as_().get("/password/forgotten").text
    assert "cannot send mail yet" in asked
    assert "We mail" not in asked
    pages = [as_().get(as_().post("/password/forgotten", email=email).location).text
             for email in (nora.email, "nobody@holdfast.example")]  # fmt: skip
    assert "an administrator can read it to you" in pages[0]
    assert "on its way" not in pages[0]
    assert plain(pages[0]) == plain(pages[1]), "whoever has an account"
    assert [letter.to_line for letter in letters()] == [nora.name]


def test_a_link_is_mailed_and_lets_in_once(as_, nora):
    elsewhere, visitor = as_(nora), as_()

    assert visitor.post("/password/forgotten", email="NORA@holdfast.example").location == "/password/sent"
    (letter,) = letters()
    assert letter.is_secret
    assert letter.to_line == "Nora Lindahl"
    assert letter.send_at <= clock.now()

    link = link_in(letter)
    assert nora.email in visitor.get(link).text
    answer = visitor.post(link, password=CHOSEN)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(visitor)
    assert not is_in(elsewhere)

    assert as_().post("/sign-in", email=nora.email, password=PASSWORD).status_code == 422
    assert as_().post("/sign-in", email=nora.email, password=CHOSEN).status_code == 303
    again = as_().post(link, password="another good choice")
    assert again.status_code == 404
    assert "This link opens nothing" in again.text


def test_the_answer_does_not_say_who_has_an_account(as_, ada, nora, otto):
    deactivate(otto, by=ada)
    known, closed, unknown = (
        as_().post("/password/forgotten", email=email)
        for email in (nora.email, otto.email, "nobody@holdfast.example")
    )

    assert known.location == closed.location == unknown.location == "/password/sent"
    assert known.data == closed.data == unknown.data
    assert [letter.to_line for letter in letters()] == ["Nora Lindahl"]


@pytest.mark.parametrize("email", ["nora@holdfast.example", "nobody@holdfast.example"])
def test_nobodys_letterbox_is_filled(as_, nora, email):
    answers = [as_().post("/password/forgotten", email=email).status_code for _ in range(5)]

    assert answers == [303, 303, 303, 429, 429]
    assert len(letters()) in {0, 3}


def test_looking_at_a_link_uses_nothing_up(as_, nora):
    as_().post("/password/forgotten", email=nora.email)
    link = link_in(letters()[0])

    for _ in range(3):
        assert as_().get(link).status_code == 200
        assert as_().open(link, method="HEAD").status_code == 200
    assert as_().post(link, password=CHOSEN).status_code == 303


def test_a_link_is_for_two_hours(as_, nora):
    with after():
        as_().post("/password/forgotten", email=nora.email)
    link = link_in(letters()[0])
    with after(hours=2):
        assert as_().get(link).status_code == 404
        assert as_().post(link, password=CHOSEN).status_code == 404


def test_a_newer_link_closes_the_older(as_, nora):
    for _ in range(2):
        as_().post("/password/forgotten", email=nora.email)
    older, newer = (link_in(letter) for letter in letters())

    assert as_().post(older, password=CHOSEN).status_code == 404
    assert as_().post(newer, password=CHOSEN).status_code == 303


def test_a_link_is_bound_to_its_address(as_, ada, nora):
    as_().post("/password/forgotten", email=nora.email)
    lock(nora)
    nora.edit({"email": "nora@elsewhere.example"}, by=ada)
    db.session.commit()

    assert as_().post(link_in(letters()[0]), password=CHOSEN).status_code == 404


def test_a_link_opens_nothing_for_who_was_deactivated(as_, ada, nora):
    as_().post("/password/forgotten", email=nora.email)
    deactivate(nora, by=ada)

    assert as_().post(link_in(letters()[0]), password=CHOSEN).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 3000, "%00", "..%2f", "%F0%9F%92%A9"])
def test_a_guessed_link_opens_nothing(as_, database, token):
    assert as_().get(f"/password/{token}").status_code == 404
    assert as_().post(f"/password/{token}", password=CHOSEN).status_code == 404


@pytest.mark.parametrize(("typed", "said"), [("", "Choose a password."), ("short", "at least 10 characters")])
def test_a_weak_password_is_asked_again_and_the_link_still_holds(as_, nora, typed, said):
    as_().post("/password/forgotten", email=nora.email)
    link = link_in(letters()[0])

    answer = as_().post(link, password=typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert as_().post(link, password=CHOSEN).status_code == 303


def test_who_was_kept_out_comes_in_by_mail(as_, nora):
    for _ in range(11):
        as_().post("/sign-in", email=nora.email, password="incorrect horse")
    as_().post("/password/forgotten", email=nora.email)
    as_().post(link_in(letters()[0]), password=CHOSEN)

    assert as_().post("/sign-in", email=nora.email, password=CHOSEN).status_code == 303


def test_the_address_of_a_link_is_told_to_nobody(as_, nora):
    as_().post("/password/forgotten", email=nora.email)
    answer = as_().get(link_in(letters()[0]))

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_password_is_hashed_in_a_transaction(as_, nora, monkeypatch):
    as_().post("/password/forgotten", email=nora.email)
    open_ = []
    monkeypatch.setattr(
        password, "hash_password", lambda typed: open_.append(db.session().in_transaction()) or "x"
    )
    as_().post(link_in(letters()[0]), password=CHOSEN)

    assert open_ == [False]


def origin_of(letter):
    return re.search(r"(https?://[^/\s]+)/password/", letter.text)[1]


def test_links_name_the_public_address(as_, nora, settings):
    settings(public_url="https://crm.holdfast.example")
    as_().post("/password/forgotten", email=nora.email, headers={"X-Forwarded-Host": "evil.example"})

    assert origin_of(letters()[0]) == "https://crm.holdfast.example"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("localhost:8123", "http://localhost:8123"),
        ("evil.example", "http://127.0.0.1:8000"),
        ("localhost.evil.example", "http://127.0.0.1:8000"),
    ],
)
def test_links_never_name_what_a_stranger_says(as_, nora, monkeypatch, app, asked, named):
    monkeypatch.setitem(app.config, "SERVER_NAME", None)
    as_().post("/password/forgotten", email=nora.email, headers={"Host": asked})

    assert origin_of(letters()[0]) == named


def test_without_a_public_address_no_link_is_mailed(as_, nora, settings):
    settings(host="0.0.0.0")
    known = as_().post("/password/forgotten", email=nora.email)
    unknown = as_().post("/password/forgotten", email="nobody@holdfast.example")

    assert known.status_code == unknown.status_code == 409
    assert "PUBLIC_URL" in known.text
    assert letters() == []


def test_a_letter_is_in_the_language_of_its_reader(as_, nora):
    lock(nora)
    nora.edit({"language": "de"}, by=nora)
    db.session.commit()

    with language_of(nora, Organisation.current()):
        assert str(get_locale()) == "de"


def test_forms_need_their_token(as_, nora, guarded):
    for path in ("/sign-in", "/sign-out", "/password/forgotten", "/password/x"):
        assert as_().post(path, email=nora.email, password=PASSWORD).status_code == 400, path
    assert letters() == []
