"""The administrator's page: who may sign in, and as what."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from app import clock
from app.domain.history import undo
from app.domain.history.records import ChangeSet
from app.domain.message import Message
from app.domain.sign_in import Pass, SignIn
from app.domain.user import User
from app.extensions import db
from tests.conftest import add

CHOSEN = "seven green bottles"
PRIYA = {"name": "Priya Nair", "email": "priya@holdfast.example", "role": "salesperson"}


def letters():
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def link_in(letter):
    return urlsplit(re.search(r"http\S+", letter.text)[0]).path


def everybody():
    return set(db.session.scalars(sa.select(User.name)))


def last_change_set():
    return db.session.scalars(sa.select(ChangeSet).order_by(ChangeSet.id.desc()).limit(1)).one()


def rows(page):
    return re.findall(r'<td class="main"><a[^>]*>([^<]+)', page)


# The list


def test_everybody_of_ours_is_listed_by_name(as_, ada, nora, otto, ines, front_desk):
    page = as_(ada).get("/people/").text

    assert rows(page) == ["Ada Admin", "Marc Manager", "Nora Lindahl", "Otto Brandt"]
    assert "Front desk" in page
    assert nora.email in page


def test_portal_users_and_those_who_left_stand_apart(as_, ada, nora, ines):
    User.locked_with_administrators(nora.id).deactivate(by=ada)
    db.session.commit()
    visitor = as_(ada)

    assert rows(visitor.get("/people/").text) == ["Ada Admin"]
    assert rows(visitor.get("/people/?view=portal").text) == ["Ines Carvalho"]
    assert rows(visitor.get("/people/?view=deactivated").text) == ["Nora Lindahl"]


@pytest.mark.parametrize("query", ["view=nonsense", "page=0", "page=-1", "page=x", "view=%00"])
def test_what_a_list_cannot_be_asked_is_the_list(as_, ada, query):
    assert rows(as_(ada).get(f"/people/?{query}").text) == ["Ada Admin"]


def test_beyond_the_last_page_is_nobody(as_, ada):
    assert as_(ada).get(f"/people/?page={10**9}").status_code == 200


def test_a_long_list_has_pages(as_, ada):
    add(*(User(name=f"Person {n:03}", email=f"p{n}@holdfast.example", role="operator") for n in range(120)))
    visitor = as_(ada)
    first, second = (visitor.get(f"/people/?page={page}").text for page in (1, 2))

    assert len(rows(first) + rows(second)) == len(set(rows(first) + rows(second))) == 121
    assert "1–100 of 121" in first
    assert "101–121 of 121" in second


def test_three_are_as_quick_to_list_as_one(as_, ada, statements):
    visitor = as_(ada)
    add(User(name="Partner", email="p@brewery.example", role="portal"))
    one, _page = statements(visitor, "/people/?view=portal")
    add(*(User(name=f"Partner {n}", email=f"p{n}@brewery.example", role="portal") for n in range(2)))

    three, page = statements(visitor, "/people/?view=portal")

    assert page.text.count("@brewery.example") == 3
    assert three == one


# Inviting


def test_an_invited_person_gets_a_link_and_comes_in(as_, ada):
    answer = as_(ada).post("/people/", **PRIYA)

    assert (answer.status_code, answer.location) == (303, "/people/")
    (letter,) = letters()
    assert letter.is_secret
    assert letter.subject == "Ada Admin invites you to Holdfast"
    guest = as_()
    assert guest.post(link_in(letter), password=CHOSEN).status_code == 303
    assert guest.get("/keys").status_code == 200
    assert as_().post("/sign-in", email=PRIYA["email"], password=CHOSEN).status_code == 303
    assert as_().post(link_in(letter), password="another good choice").status_code == 404


def test_htmx_goes_to_the_list_where_undo_waits(as_, ada):
    visitor = as_(ada)
    answer = visitor.post("/people/", htmx=True, **PRIYA)

    assert answer.status_code == 204
    assert '"/people/"' in answer.headers["HX-Location"]
    toast = re.search(r"<crm-toast.*?</crm-toast>", visitor.get("/people/").text, re.DOTALL)[0]
    assert "Priya Nair is invited." in toast
    assert f"/{last_change_set().id}/" in toast


def test_an_invitation_taken_back_is_not_mailed(as_, ada):
    as_(ada).post("/people/", **PRIYA)
    (letter,) = letters()
    undo(last_change_set(), by=ada)
    db.session.commit()

    assert letter.state == "recalled"
    assert as_().get(link_in(letter)).status_code == 404
    assert rows(as_(ada).get("/people/").text) == ["Ada Admin"]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"name": ""}, "Say what they are called."),
        ({"name": "n" * 201}, "200"),
        ({"email": ""}, "Say where to send the invitation."),
        ({"email": "priya"}, "An address has a name, an @"),
        ({"email": "priya@holdfast.example\r\nBcc: evil@evil.example"}, "An address has a name, an @"),
        ({"email": "ADA@holdfast.example"}, "Ada Admin has this address already."),
        ({"role": "owner"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_asked_again_with_everything_typed(as_, ada, bad, said, htmx):
    before = everybody()
    answer = as_(ada).post("/people/", htmx=htmx, **PRIYA | bad)

    assert answer.status_code == 422
    assert said in answer.text
    for name, value in (PRIYA | bad).items():
        if name != "role" and name not in bad:
            assert f'value="{value}"' in answer.text
    assert ("<html" in answer.text) is not htmx
    assert everybody() == before
    assert letters() == []


def test_nobody_is_invited_where_no_link_can_be_mailed(as_, ada, app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], host="0.0.0.0"))
    answer = as_(ada).post("/people/", **PRIYA)

    assert answer.status_code == 409
    assert "PUBLIC_URL" in answer.text
    assert everybody() == {"Ada Admin"}


@pytest.mark.parametrize("htmx", [False, True])
def test_without_a_mail_server_the_link_is_handed_over(as_, ada, htmx):
    visitor = as_(ada)
    visitor.post("/people/", **PRIYA)
    assert "No mail server is set, so the letter is kept." in visitor.get("/people/").text
    priya = User.with_email(PRIYA["email"])
    assert "their invitation is kept here" in visitor.get(f"/people/{priya.id}").text

    answer = visitor.post(f"/people/{priya.id}/invitation", htmx=htmx)

    link = urlsplit(re.search(r'id="way-in" readonly value="([^"]+)"', answer.text)[1]).path
    assert link == link_in(letters()[-1])
    assert link not in visitor.get(f"/people/{priya.id}").text
    assert as_().post(link, password=CHOSEN).status_code == 303


def test_whoever_lost_the_letter_gets_another(as_, ada, monkeypatch):
    monkeypatch.setattr("app.mail.server.MailServer.current", lambda: "mail.example:25")
    visitor = as_(ada)
    visitor.post("/people/", **PRIYA)
    priya = User.with_email(PRIYA["email"])
    answer = visitor.post(f"/people/{priya.id}/invitation", htmx=True)

    assert "Priya Nair gets a new link by mail." in answer.text
    older, newer = letters()
    assert as_().post(link_in(older), password=CHOSEN).status_code == 404
    assert as_().post(link_in(newer), password=CHOSEN).status_code == 303


def test_whoever_joined_needs_no_invitation(as_, ada, nora):
    assert as_(ada).post(f"/people/{nora.id}/invitation").status_code == 409
    assert letters() == []


# Roles and ends


@pytest.mark.parametrize("htmx", [False, True])
def test_a_role_is_given_and_holds_at_the_next_click(as_, ada, nora, htmx):
    hers = as_(nora)
    assert hers.get("/people/").status_code == 403
    answer = as_(ada).post(f"/people/{nora.id}/role", htmx=htmx, role="administrator")

    assert answer.status_code == (200 if htmx else 303)
    if htmx:
        assert "Nora Lindahl has the role Administrator now." in answer.text
        assert f"/{last_change_set().id}/" in answer.text
    assert hers.get("/people/").status_code == 200


@pytest.mark.parametrize("role", ["", "owner", "ADMINISTRATOR", None])
def test_there_are_five_roles(as_, ada, nora, role):
    typed = {} if role is None else {"role": role}
    answer = as_(ada).post(f"/people/{nora.id}/role", **typed)

    assert nora.role == "salesperson"
    assert answer.status_code == 422


@pytest.mark.parametrize("htmx", [False, True])
def test_a_deactivated_person_is_out_and_may_come_back(as_, ada, nora, htmx):
    hers, visitor = as_(nora), as_(ada)
    answer = visitor.post(f"/people/{nora.id}/deactivation", htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    assert hers.get("/keys").status_code == 303
    assert as_().post("/sign-in", email=nora.email, password="correct horse battery").status_code == 422

    visitor.post(f"/people/{nora.id}/reactivation", htmx=htmx)
    assert hers.get("/keys").status_code == 303
    assert as_(nora).get("/keys").status_code == 200


def test_the_toast_takes_a_deactivation_back(as_, ada, nora):
    answer = as_(ada).post(f"/people/{nora.id}/deactivation", htmx=True)
    assert f"/{last_change_set().id}/" in answer.text

    undo(last_change_set(), by=ada)
    db.session.commit()
    assert nora.is_active


def test_nothing_done_offers_no_undo(as_, ada, nora):
    answer = as_(ada).post(f"/people/{nora.id}/role", htmx=True, role="salesperson")

    assert "had this role already" in answer.text
    assert "Undo" not in answer.text


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(("act", "typed"), [("deactivation", {}), ("role", {"role": "operator"})])
def test_nobody_shuts_themselves_out(as_, ada, act, typed, htmx):
    answer = as_(ada).post(f"/people/{ada.id}/{act}", htmx=htmx, **typed)

    assert answer.status_code == 409
    assert "You cannot" in answer.text
    assert (ada.role, ada.is_active) == ("administrator", True)


def test_an_administrator_who_was_shut_out_shuts_nobody_out(as_, ada, marc):
    User.locked_with_administrators(marc.id).give_role("administrator", by=ada)
    db.session.commit()
    his, hers = as_(marc), as_(ada)
    his.post(f"/people/{ada.id}/deactivation")

    assert hers.post(f"/people/{marc.id}/deactivation").status_code == 303
    assert (ada.is_active, marc.is_active) == (False, True)


def test_ones_own_page_has_no_buttons(as_, ada):
    page = as_(ada).get(f"/people/{ada.id}").text

    assert f"/people/{ada.id}/deactivation" not in page
    assert "This is you" in page


def test_last_here_is_told(as_, ada, nora):
    visitor = as_(ada)
    assert "Never" in visitor.get(f"/people/{nora.id}").text
    SignIn.begin(nora)
    db.session.commit()

    assert "Never" not in visitor.get(f"/people/{nora.id}").text
    assert nora.last_seen_at <= clock.now()


def test_a_name_is_only_text(as_, ada):
    visitor = as_(ada)
    visitor.post("/people/", **PRIYA | {"name": "<script>alert(1)</script>\r\nBcc: evil@evil.example"})

    assert "<script>alert" not in visitor.get("/people/").text
    (letter,) = letters()
    assert "\n" not in letter.recipients[0].name


# Who may

PLACES = [
    ("GET", "/people/"),
    ("GET", "/people/new"),
    ("POST", "/people/"),
    ("GET", "/people/{}"),
    ("POST", "/people/{}/role"),
    ("POST", "/people/{}/deactivation"),
    ("POST", "/people/{}/reactivation"),
    ("POST", "/people/{}/invitation"),
]


@pytest.mark.parametrize(("method", "path"), PLACES)
def test_people_are_for_who_administers(as_, ada, marc, nora, olga, ines, method, path):
    path, before = path.format(nora.id), everybody()
    typed = {"data": PRIYA} if method == "POST" else {}

    assert as_().open(path, method=method, **typed).status_code == 303
    assert as_().open(path, method=method, htmx=True, **typed).status_code == 401
    assert as_(ines).open(path, method=method, **typed).status_code == 404
    for user in (marc, nora, olga):
        assert as_(user).open(path, method=method, **typed).status_code == 403
    assert everybody() == before
    assert (nora.role, nora.is_active) == ("salesperson", True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Pass)) == 0


@pytest.mark.parametrize(("method", "path"), [each for each in PLACES if "{}" in each[1]])
def test_who_does_not_exist_is_not_found(as_, ada, method, path):
    typed = {"data": {"role": "operator"}} if method == "POST" else {}

    assert as_(ada).open(path.format(10**9), method=method, **typed).status_code == 404
