"""What people set for themselves: name and language, password, browsers."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.blueprints.settings.agents import agent_name
from app.domain import password
from app.domain.history.records import ChangeSet
from app.domain.sign_in import SignIn
from app.extensions import db
from tests.conftest import PASSWORD
from tests.web.reading import words

CHOSEN = "seven green bottles"
TYPED = {
    "name": "Nora L.",
    "language": "de",
    "formats": "de_CH",
    "zone": "Europe/Helsinki",
    "density": "compact",
    "signature": "Nora Lindahl\nLindqvist Instruments",
}


def settings_of(user):
    return {name: getattr(user, name) for name in (*TYPED, "has_keys")}


def test_my_day_by_mail_is_chosen_and_given_up(as_, nora):
    visitor = as_(nora)
    assert "My day by mail" in words(visitor.get("/settings/"))
    for sent, kept in (("7", 7), ("", None), ("5", 5)):
        visitor.post("/settings/profile", **TYPED | {"language": "en"}, digest_hour=sent)
        assert nora.digest_hour == kept
    assert visitor.post("/settings/profile", **TYPED, digest_hour="25").status_code == 422


def change_sets():
    return db.session.scalar(sa.select(sa.func.count()).select_from(ChangeSet))


# Name and language


def test_a_plain_form_saves_and_comes_back(as_, nora):
    visitor = as_(nora)
    answer = visitor.post("/settings/profile", **TYPED)

    assert (answer.status_code, answer.location) == (303, "/settings/")
    assert settings_of(nora) == {**TYPED, "has_keys": False}
    page = visitor.get("/settings/").text
    assert 'lang="de"' in page
    assert 'data-density="compact"' in page
    assert 'value="Nora L."' in page


def test_htmx_loads_the_page_anew_as_its_language_may_have_changed(as_, nora):
    answer = as_(nora).post("/settings/profile", htmx=True, **TYPED)

    assert answer.status_code == 204
    assert '"/settings/"' in answer.headers["HX-Location"]


def test_what_is_saved_can_be_taken_back(as_, nora):
    visitor = as_(nora)
    visitor.post("/settings/profile", **TYPED)

    made = db.session.scalars(sa.select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()
    assert (
        f"/{made.id}/"
        in re.search(r"<crm-toast.*?</crm-toast>", visitor.get("/settings/").text, re.DOTALL)[0]
    )
    assert (made.actor_id, made.events[-1].action) == (nora.id, "edited")


def test_what_is_as_usual_is_kept_as_nothing(as_, nora):
    as_(nora).post(
        "/settings/profile",
        name=nora.name,
        language="",
        formats="",
        zone="",
        density="",
        signature=" ",
        has_keys="y",
    )

    assert settings_of(nora) == dict.fromkeys(TYPED) | {"name": "Nora Lindahl", "has_keys": True}


def test_nothing_different_is_nothing_done(as_, nora):
    visitor = as_(nora)
    visitor.post("/settings/profile", **TYPED)
    before = change_sets()
    visitor.post("/settings/profile", **TYPED)

    assert change_sets() == before
    assert "<crm-toast" in visitor.get("/settings/").text


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    "bad",
    [
        {"name": " "},
        {"name": "n" * 201},
        {"language": "tlh"},
        {"formats": "xx_XX"},
        {"zone": "Middle/Earth"},
        {"density": "none"},
        {"signature": "s" * 5001},
    ],
)
def test_what_cannot_be_is_asked_again_with_everything_typed(as_, nora, bad, htmx):
    before = settings_of(nora)
    answer = as_(nora).post("/settings/profile", htmx=htmx, **{**TYPED, "signature": "Kind regards"} | bad)

    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text
    if "signature" not in bad:
        assert "Kind regards" in answer.text
    assert ("<html" in answer.text) is not htmx
    assert settings_of(nora) == before


def test_nobody_else_can_be_set_here(as_, nora, otto):
    before = (nora.email, nora.role, nora.password_hash, settings_of(otto))
    as_(nora).post(
        "/settings/profile",
        **TYPED,
        id=otto.id,
        user_id=otto.id,
        email="evil@holdfast.example",
        role="administrator",
        password_hash="x",
        deactivated_at="",
    )

    assert (nora.email, nora.role, nora.password_hash, settings_of(otto)) == before


def test_two_tabs_do_not_overwrite_each_other(as_, nora):
    visitor = as_(nora)
    read_at = nora.version
    visitor.post("/settings/profile", **TYPED, version=read_at)

    mine = TYPED | {"name": "Nora Elin Lindahl", "language": "", "signature": "Kind regards"}
    late = visitor.post("/settings/profile", **mine, version=read_at)

    assert late.status_code == 409
    assert nora.name == "Nora L."
    for one_of_both in ("Nora L.", "Nora Elin Lindahl"):
        assert f"<b>{one_of_both}</b>" in late.text
    assert "Kind regards" in late.text

    chosen = re.findall(r'name="(since-\w+)" value="(\d+)"', late.text)
    assert [name for name, _version in chosen] == ["since-name", "since-signature"]
    version = re.search(r'name="version" value="(\d+)"', late.text)[1]
    keep = {"keep-name": "mine", "keep-signature": "theirs", "version": version}
    assert visitor.post("/settings/profile", **mine, **dict(chosen), **keep).status_code == 303
    assert (nora.name, nora.signature, nora.language) == ("Nora Elin Lindahl", TYPED["signature"], None)


def test_the_choice_stands_in_place(as_, nora):
    visitor = as_(nora)
    read_at = nora.version
    visitor.post("/settings/profile", **TYPED, version=read_at)
    late = visitor.post("/settings/profile", htmx=True, **TYPED | {"name": "Elin"}, version=read_at)

    assert late.status_code == 409
    assert late.text.lstrip().startswith('<section class="panel" id="profile">')
    assert 'hx-status:409="target:#profile swap:outerMorph"' in late.text


def test_a_name_is_only_text(as_, nora):
    visitor = as_(nora)
    visitor.post(
        "/settings/profile", **TYPED | {"name": '"><script>alert(1)</script>', "signature": "</textarea><b>"}
    )
    page = visitor.get("/settings/").text

    assert "<script>alert" not in page
    assert "</textarea><b>" not in page


# Password


def test_a_new_password_ends_every_other_sign_in(as_, nora):
    here, there = as_(nora), as_(nora)
    answer = here.post("/settings/password", current=PASSWORD, password=CHOSEN)

    assert (answer.status_code, answer.location) == (303, "/settings/")
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 303
    assert as_().post("/sign-in", email=nora.email, password=PASSWORD).status_code == 422
    assert as_().post("/sign-in", email=nora.email, password=CHOSEN).status_code == 303


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current": "incorrect horse", "password": CHOSEN}, "This is not the password that you have now."),
        ({"current": PASSWORD, "password": "short"}, "at least 10 characters"),
        ({"current": PASSWORD, "password": ""}, "Choose a password."),
        ({"current": "", "password": CHOSEN}, "Type the password that you have now."),
    ],
)
def test_a_password_is_asked_again(as_, nora, typed, said, htmx):
    kept = nora.password_hash
    answer = as_(nora).post("/settings/password", htmx=htmx, **typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert CHOSEN not in answer.text
    assert ("<html" in answer.text) is not htmx
    assert nora.password_hash == kept


def test_whoever_found_an_open_browser_cannot_guess_for_long(as_, nora):
    visitor = as_(nora)
    for _ in range(10):
        visitor.post("/settings/password", current="incorrect horse", password=CHOSEN)

    assert visitor.post("/settings/password", current=PASSWORD, password=CHOSEN).status_code == 429
    assert visitor.post("/settings/password", htmx=True, current=PASSWORD, password=CHOSEN).status_code == 429


def test_no_password_is_looked_at_or_hashed_in_a_transaction(as_, nora, monkeypatch):
    visitor, open_ = as_(nora), []

    def note(answer):
        return lambda *typed: open_.append(db.session().in_transaction()) or answer

    monkeypatch.setattr(password, "matches", note(True))
    monkeypatch.setattr(password, "hash_password", note("hash"))
    visitor.post("/settings/password", current=PASSWORD, password=CHOSEN)

    assert open_ == [False, False]


# Browsers


def test_own_browsers_are_listed_and_no_others(as_, nora, otto):
    SignIn.begin(
        nora,
        address="192.0.2.1",
        agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    )
    SignIn.begin(otto, address="192.0.2.2", agent="<script>")
    db.session.commit()
    page = as_(nora).get("/settings/").text

    assert "Firefox on Linux" in page
    assert "192.0.2.1" in page
    assert "192.0.2.2" not in page
    assert page.count("/ending") == 2 * 2 + 2


@pytest.mark.parametrize("htmx", [False, True])
def test_one_browser_is_signed_out_from_another(as_, nora, htmx):
    here, there = as_(nora), as_(nora)
    _this, that = sorted(SignIn.of(nora), key=lambda each: each.id)
    answer = here.post(f"/settings/sign-ins/{that.id}/ending", htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    assert there.get("/settings/").status_code == 303
    assert here.get("/settings/").status_code == 200


@pytest.mark.parametrize("htmx", [False, True])
def test_ending_this_one_is_signing_out(as_, nora, htmx):
    here = as_(nora)
    (this,) = SignIn.of(nora)
    answer = here.post(f"/settings/sign-ins/{this.id}/ending", htmx=htmx)

    assert "/sign-in" in (answer.headers["HX-Location"] if htmx else answer.location)
    assert here.get("/settings/").status_code == 303


def test_all_others_at_once(as_, nora, otto):
    here, there, his = as_(nora), as_(nora), as_(otto)
    answer = here.post("/settings/sign-ins/ending", htmx=True)

    assert "Signed out in 1 other browser." in answer.text
    assert [each.get("/settings/").status_code for each in (here, there, his)] == [200, 303, 200]


def test_anothers_browser_does_not_exist(as_, nora, otto):
    as_(otto)
    (his,) = SignIn.of(otto)
    visitor = as_(nora)

    assert visitor.post(f"/settings/sign-ins/{his.id}/ending").status_code == 404
    assert visitor.post(f"/settings/sign-ins/{his.id + 10**9}/ending").status_code == 404
    assert his.ended_at is None


def test_what_ended_is_not_listed(as_, nora):
    with clock.stopped_at(clock.now() - timedelta(days=31)):
        SignIn.begin(nora)
    db.session.commit()
    as_(nora)

    assert len(SignIn.of(nora)) == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_called_as_its_owner_calls_it(app, agent, name):
    with app.test_request_context():
        assert agent_name(agent) == name


# Who may


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/settings/"),
        ("POST", "/settings/profile"),
        ("POST", "/settings/password"),
        ("POST", "/settings/sign-ins/1/ending"),
        ("POST", "/settings/sign-ins/ending"),
    ],
)
def test_settings_are_for_staff(as_, ines, method, path):
    assert as_().open(path, method=method).status_code == 303
    assert as_().open(path, method=method, htmx=True).status_code == 401
    assert as_(ines).open(path, method=method).status_code == 404
