"""What rules do: they hand cases out, write, remind, and leave in peace who wants no mail."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import lock
from app.domain.listed import Relinked
from app.domain.lists import Category
from app.domain.message import Message
from app.domain.replying import ReplyTo
from app.domain.rules.ready_made import add_ready_made
from app.extensions import db
from tests.conftest import add
from tests.rules import CALLED, acted, called, rule_of


def test_members_get_cases_in_turn_and_by_their_load(ada, case, nora, otto, front_desk):
    lock(front_desk)
    front_desk.edit({"members": Relinked([otto], [])}, by=ada)
    rule_of(ada, triggers=[{"key": "communicated"}], actions=[{"key": "in_turn"}])
    db.session.commit()
    given = []
    for _ in range(4):
        called(case, nora)
        given.append(case.responsible)

    assert given == [nora, otto, nora, otto]


def test_a_case_goes_to_whoever_has_the_fewest(ada, case, nora, otto, front_desk):
    lock(front_desk)
    front_desk.edit({"members": Relinked([otto], [])}, by=ada)
    Case.make("task", "One more for Otto", by=otto, team=front_desk)
    Case.make("task", "Another for Otto", by=otto, team=front_desk)
    Case.make("task", "One for Nora", by=nora, team=front_desk)
    rule_of(ada, triggers=CALLED, actions=[{"key": "least_loaded"}])
    lock(case)
    case.assign(otto, by=SYSTEM)
    db.session.commit()

    called(case, nora)

    assert case.responsible is nora


def test_with_nobody_to_assign_it_stays_and_says_so(ada, case, nora, front_desk):
    lock(front_desk)
    front_desk.edit({"members": Relinked([], [nora])}, by=ada)
    rule_of(ada, triggers=CALLED, actions=[{"key": "in_turn"}])

    called(case, nora)

    assert case.responsible is nora
    assert case.history[-1].details == {"error": "Nobody of team Front desk can be given cases."}


def test_mail_goes_to_each_once_and_says_what_the_case_says(ada, case, nora, brewery):
    hostile = "{{ config }} <b>x</b>\r\nBcc: all@holdfast.example"
    lock(case)
    case.edit({"name": hostile}, by=nora)
    case.copy_to("Info@Hofmann.example", by=nora)
    rule_of(
        ada,
        triggers=CALLED,
        actions=[
            {
                "key": "mail",
                "to": ["partner", "watchers", "addresses"],
                "addresses": "info@hofmann.example",
                "subject": "On {{ case.name }}",
                "text": "{{ case.name }} {{ case.email | by word of mouth }}",
            }
        ],
    )

    called(case, nora)

    (mail,) = db.session.scalars(sa.select(Message))
    assert [each.address for each in mail.recipients] == ["info@hofmann.example"]
    assert mail.subject == f"[#{case.id}] On {{{{ config }}}} <b>x</b> Bcc: all@holdfast.example"
    assert mail.text.startswith("{{ config }} <b>x</b>")
    assert mail.text.endswith("by word of mouth")
    assert mail.event.case is case


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_rule_reminds_the_responsible_as_a_colleague_would(ada, case, nora, language):
    lock(nora)
    nora.edit({"language": language}, by=ada)
    rule = rule_of(ada, triggers=CALLED, actions=[{"key": "remind_responsible"}])

    called(case, nora)
    lock(case)
    by_ada = case.remind_responsible(by=ada)

    by_rule = db.session.scalars(sa.select(Message).order_by(Message.id)).first()
    assert by_rule.subject.startswith({"en": "Reminder: [#", "de": "Erinnerung: [#"}[language])
    assert by_rule.text.startswith("They called")
    assert (by_rule.subject, by_rule.text) == (by_ada.subject, by_ada.text)
    assert ReplyTo.read(by_rule.reply_to) == ReplyTo(case.id, user_id=nora.id)
    assert acted(case) == ["mail reminder"]
    (letter,) = rule.try_on(case).letters
    assert letter.subject == by_rule.subject


def test_a_rule_reminds_the_other_side_as_a_colleague_would(ada, case, nora, otto, brewery):
    lock(case)
    case.watch(otto, by=nora)
    text = "Well, {{ partner.name }}?"
    rule = rule_of(ada, triggers=CALLED, actions=[{"key": "remind_partner", "text": text}])

    called(case, nora)

    (message,) = db.session.scalars(sa.select(Message))  # and no copies of it
    (recipient,) = message.recipients
    assert (recipient.name, recipient.address) == ("Hofmann Brewery", "info@hofmann.example")
    assert (message.subject, message.text) == (
        f"Reminder: [#{case.id}] {case.name}",
        "Well, Hofmann Brewery?",
    )
    assert ReplyTo.read(message.reply_to) == ReplyTo(case.id, recipient_id=recipient.id)
    assert acted(case) == ["mail reminder"]
    (letter,) = rule.rehearse(days=1).hits[-1].letters
    assert (letter.to, letter.subject, letter.text) == (
        (("Hofmann Brewery", "info@hofmann.example"),),
        message.subject,
        message.text,
    )


@pytest.mark.parametrize(
    "mark", [{"do_not_mail": True}, {"mail_bounced_at": datetime(2026, 1, 1, tzinfo=UTC)}]
)
def test_rules_write_to_nobody_who_does_not_want_it_or_cannot_be_reached(ada, case, nora, brewery, mark):
    lock(brewery)
    brewery.edit(mark, by=ada)
    to = {"to": ["partner", "addresses"], "addresses": "Info@hofmann.example, b@other.example"}
    rule_of(
        ada,
        triggers=CALLED,
        actions=[{"key": "mail", "subject": "x", "text": "y", **to}, {"key": "remind_partner", "text": "z"}],
    )

    called(case, nora)

    messages = db.session.scalars(sa.select(Message)).all()
    assert [each.address for message in messages for each in message.recipients] == ["b@other.example"]
    assert acted(case) == ["mail planned"]


def test_thanks_go_once_to_whoever_wrote(ada, front_desk):
    rule = next(rule for rule in add_ready_made(by=ada) if rule.ready_made == "thanks")
    lock(rule)
    rule.switch_on(by=ada)
    Case.make(
        "request", "A leak", by=SYSTEM, team=front_desk, email="ines@other.example", contact_name="Ines"
    )
    Case.make("request", "Another", by=SYSTEM, team=front_desk)
    db.session.commit()

    (mail,) = db.session.scalars(sa.select(Message))
    assert [each.address for each in mail.recipients] == ["ines@other.example"]
    assert mail.subject.endswith("] We have received: A leak")
    assert mail.text.startswith("Hello Ines,")


def test_cases_are_routed_by_their_category(ada, front_desk, support):
    add(Category(name="Repair", team_id=support.id))
    rule = next(rule for rule in add_ready_made(by=ada) if rule.ready_made == "routing")
    lock(rule)
    rule.switch_on(by=ada)
    category = db.session.scalars(sa.select(Category).where(Category.name == "Repair")).one()
    case = Case.make("request", "A leak", by=SYSTEM, team=front_desk, category=category)
    db.session.commit()

    assert case.team is support
