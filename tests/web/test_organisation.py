"""The administrator's page of the organisation."""

import re

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.history import lock
from app.domain.message import Message
from app.domain.organisation import Organisation
from app.domain.secrets import unseal
from app.extensions import db
from app.mail.server import MailServer

FACTS = {
    "name": "Lindqvist Instruments",
    "currency": "SEK",
    "country": "",
    "zone": "Europe/Berlin",
    "language": "de",
}
SERVER = {"sender": "us@holdfast.example", "host": "mail.example", "port": "", "security": "starttls"}


@pytest.fixture
def organisation(database):
    return db.session.scalars(sa.select(Organisation)).one()


def changed_by_another(organisation, **values):
    lock(organisation)
    organisation.edit(values, by=SYSTEM)
    db.session.commit()


def fields_of(answer):
    """What the form in an answer would send as it stands."""
    texts = re.findall(r'<input(?=[^>]*type="(?:text|email|number|hidden)")[^>]*>', answer.text)
    sent = {
        name[1]: value[1]
        for each in texts
        if (name := re.search(r' name="([^"]+)"', each)) and (value := re.search(r' value="([^"]*)"', each))
    }
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', answer.text, re.DOTALL
    ):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        sent[name] = chosen[1] if chosen else ""
    return sent | dict(re.findall(r'<input checked[^>]* name="([^"]+)"[^>]* value="([^"]*)"', answer.text))


def test_only_administrators_find_it(as_, marc, nora, olga, ines):
    for user in (marc, nora, olga):
        assert as_(user).get("/organisation/").status_code == 403
        assert as_(user).post("/organisation/", **FACTS).status_code == 403
        assert as_(user).post("/organisation/mail-server", **SERVER).status_code == 403
        assert as_(user).post("/organisation/test-mail").status_code == 403
    assert as_(ines).get("/organisation/").status_code == 404
    assert db.session.scalars(sa.select(Organisation.name)).one() != FACTS["name"]


def test_name_and_customs(as_, ada, organisation):
    answer = as_(ada).post("/organisation/", **FACTS)

    assert (answer.status_code, answer.location) == (303, "/organisation/")
    assert {name: getattr(organisation, name) for name in FACTS} == FACTS | {"country": None}


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"zone": "Mars/Olympus"}, {"language": "tlh"}, {"currency": "XXX"}, {"name": "x" * 300}],
)
def test_what_cannot_be_is_asked_again(as_, ada, organisation, wrong):
    answer = as_(ada).post("/organisation/", htmx=True, **(FACTS | wrong))

    assert answer.status_code == 422
    assert "needs another look" in answer.text
    assert organisation.name != FACTS["name"]


def test_two_who_change_the_same_see_both(as_, ada, organisation):
    read_at = organisation.version
    changed_by_another(organisation, name="Theirs")

    answer = as_(ada).post("/organisation/", htmx=True, **FACTS, version=read_at)

    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Lindqvist Instruments" in answer.text
    assert organisation.name == "Theirs"

    chosen = {"version": organisation.version, "since-name": read_at, "keep-name": "mine"}
    as_(ada).post("/organisation/", **FACTS, **chosen)
    assert organisation.name == "Lindqvist Instruments"


def test_who_keeps_their_own_undoes_nothing_else_of_the_other(as_, ada, organisation):
    read_at, mine = organisation.version, {name: getattr(organisation, name) or "" for name in FACTS}
    changed_by_another(organisation, name="Theirs", zone="Europe/Paris")
    visitor = as_(ada)

    answer = visitor.post("/organisation/", htmx=True, **(mine | {"name": "Mine"}), version=read_at)

    assert answer.status_code == 409
    visitor.post("/organisation/", **(fields_of(answer) | {"name": "Mine", "keep-name": "mine"}))
    assert (organisation.name, organisation.zone) == ("Mine", "Europe/Paris")


def test_a_mail_server(as_, ada, organisation):
    as_(ada).post("/organisation/mail-server", **SERVER, user="us", password="hush hush")

    assert organisation.smtp_url == "smtp://us@mail.example:587?starttls=1"
    assert organisation.mail_from == "us@holdfast.example"
    assert unseal(organisation.smtp_password) == "hush hush"
    assert MailServer.current() == MailServer("mail.example", 587, "starttls", "us", "hush hush")
    page = as_(ada).get("/organisation/").text
    assert "mail.example" in page
    assert "hush" not in page


def test_a_password_stays_until_another_is_typed(as_, ada, organisation):
    as_(ada).post("/organisation/mail-server", **SERVER, user="us", password="hush hush")
    as_(ada).post("/organisation/mail-server", **(SERVER | {"port": "2525"}), user="us", password="")

    assert MailServer.current() == MailServer("mail.example", 2525, "starttls", "us", "hush hush")


def test_another_server_is_not_told_the_password_of_the_first(as_, ada, organisation):
    as_(ada).post("/organisation/mail-server", **SERVER, user="us", password="hush hush")
    answer = as_(ada).post(
        "/organisation/mail-server",
        htmx=True,
        **(SERVER | {"host": "mail.evil.example"}),
        user="us",
        password="",
    )

    assert answer.status_code == 422
    assert MailServer.current().host == "mail.example"


def test_without_a_server_mail_is_kept(as_, ada, organisation):
    as_(ada).post("/organisation/mail-server", **SERVER, user="us", password="hush hush")
    as_(ada).post("/organisation/mail-server", **(SERVER | {"host": ""}))

    assert (organisation.smtp_url, organisation.smtp_password, MailServer.current()) == (None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "a b"},
        {"host": "x\r\ny"},
        {"port": "99999"},
        {"port": "x"},
        {"sender": ""},
        {"sender": "us"},
        {"security": "hope"},
    ],
)
def test_a_mail_server_that_cannot_be(as_, ada, organisation, wrong):
    answer = as_(ada).post("/organisation/mail-server", htmx=True, **(SERVER | wrong))

    assert answer.status_code == 422
    assert organisation.smtp_url is None


def test_two_who_set_different_servers_see_both(as_, ada, organisation):
    read_at = organisation.version
    changed_by_another(organisation, smtp_url="smtp://theirs.example:25")

    answer = as_(ada).post("/organisation/mail-server", htmx=True, **SERVER, version=read_at)

    assert answer.status_code == 409
    assert "theirs.example" in answer.text
    assert "mail.example" in answer.text
    assert organisation.smtp_url == "smtp://theirs.example:25"


def test_who_keeps_their_own_server_leaves_the_others_sender(as_, ada, organisation):
    visitor = as_(ada)
    visitor.post("/organisation/mail-server", **SERVER)
    read_at = organisation.version
    changed_by_another(organisation, mail_from="theirs@holdfast.example", smtp_url="smtp://theirs.example:25")

    mine = SERVER | {"host": "mine.example"}
    answer = visitor.post("/organisation/mail-server", htmx=True, **mine, version=read_at)

    assert answer.status_code == 409
    visitor.post("/organisation/mail-server", **fields_of(answer))
    assert organisation.smtp_url == "smtp://mine.example:587?starttls=1"
    assert organisation.mail_from == "theirs@holdfast.example"


def test_what_the_environment_says_is_fixed(as_, ada, organisation, monkeypatch):
    monkeypatch.setattr(MailServer, "fixed", classmethod(lambda cls: cls.at("smtp://fixed.example:25")))

    page = as_(ada).get("/organisation/").text
    as_(ada).post("/organisation/mail-server", **SERVER)

    assert "fixed.example:25" in page
    assert 'name="host"' not in page
    assert organisation.smtp_url is None
    assert organisation.mail_from == "us@holdfast.example"


def test_a_test_mail_goes_to_who_asks_for_it(as_, ada):
    answer = as_(ada).post("/organisation/test-mail")

    message = db.session.scalars(sa.select(Message)).one()
    assert answer.location == f"/outbox/{message.id}"
    assert message.to_line == ada.name
    assert as_(ada).get(answer.location).status_code == 200


def test_kept_mail_is_tried_as_soon_as_there_is_a_server(as_, ada, run_jobs):
    as_(ada).post("/organisation/test-mail")
    run_jobs()
    message = db.session.scalars(sa.select(Message)).one()
    assert message.job.run_at > message.created_at

    as_(ada).post("/organisation/mail-server", **SERVER)

    assert message.job.error is None
