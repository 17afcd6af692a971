"""What people type, and what is understood by it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel import Locale, numbers
from flask import g
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app import clock
from app.blueprints.cases.forms import CaseForm
from app.blueprints.forms import (
    MOST_MINOR,
    DayField,
    EmailField,
    Form,
    InstantField,
    LineField,
    ListField,
    MoneyField,
    PhoneField,
    WholeField,
    read_money,
    read_number,
    write_money,
    write_number,
)
from app.domain.history import lock
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from app.i18n import WRITINGS

EN, DE, FR = Locale.parse("en_GB"), Locale.parse("de_DE"), Locale.parse("fr_FR")


@given(
    minor=st.integers(-MOST_MINOR, MOST_MINOR),
    currency=st.sampled_from(["EUR", "USD", "CHF", "SEK", "JPY", "KWD"]),
    writing=st.sampled_from(WRITINGS),
)
def test_an_amount_that_was_written_is_read_again(minor, currency, writing):
    locale = Locale.parse(writing)
    assert read_money(write_money(minor, currency, locale), currency, locale) == minor


@given(
    minor=st.integers(0, MOST_MINOR),
    currency=st.sampled_from(["EUR", "CHF", "SEK", "JPY"]),
    writing=st.sampled_from(WRITINGS),
)
def test_an_amount_with_its_symbol_is_read_as_well(minor, currency, writing):
    locale = Locale.parse(writing)
    places = numbers.get_currency_precision(currency)
    shown = numbers.format_currency(Decimal(minor).scaleb(-places), currency, locale=locale)
    assert read_money(shown, currency, locale) == minor


@given(value=st.decimals(-(10**12), 10**12, places=3), writing=st.sampled_from(WRITINGS))
def test_a_number_that_was_written_is_read_again(value, writing):
    locale = Locale.parse(writing)
    assert read_number(write_number(value, locale, 3), locale) == value


@given(typed=st.text(max_size=40), writing=st.sampled_from(WRITINGS))
def test_whatever_is_typed_is_a_number_or_refused(typed, writing):
    try:
        value = read_number(typed, Locale.parse(writing))
    except ValueError:
        return
    assert value.is_finite()


@pytest.mark.parametrize(
    ("typed", "locale", "minor"),
    [
        ("48,200", EN, 4_820_000),
        ("48.200", DE, 4_820_000),
        ("48 200", FR, 4_820_000),
        ("48 200,5", DE, 4_820_050),
        ("€48,200.50", EN, 4_820_050),
        ("48.200,50 €", DE, 4_820_050),
        ("EUR 12", EN, 1_200),
        ("eur12", EN, 1_200),
        (".5", EN, 50),
        ("−7", EN, -700),
        ("48'200", Locale.parse("de_CH"), 4_820_000),
    ],
)
def test_amounts_as_people_type_them(typed, locale, minor):
    assert read_money(typed, "EUR", locale) == minor


@pytest.mark.parametrize(
    ("typed", "locale"),
    [
        ("1,23", EN),
        ("1.23", DE),
        ("48.20.0", EN),
        ("12,3456", DE),
        ("", EN),
        ("a lot", EN),
        ("1e5", EN),
        ("--1", EN),
    ],
)
def test_what_could_mean_two_things_is_not_guessed_at(typed, locale):
    with pytest.raises(ValueError):
        read_money(typed, "EUR", locale)


class Everything(Form):
    money = MoneyField("Money")
    whole = WholeField("Whole", most=100)
    day = DayField("Day")
    instant = InstantField("Instant")
    email = EmailField("E-mail")
    phone = PhoneField("Phone")
    line = LineField("Line")


@pytest.fixture
def sent(app, nora):
    """A form as somebody sent it, with settings of their own."""
    contexts = []

    def send(form=Everything, formats=None, zone=None, **fields):
        context = app.test_request_context(method="POST")
        context.push()
        contexts.append(context)
        g._login_user = User(id=nora.id, name="Nora", role="salesperson", formats=formats, zone=zone)
        return form(MultiDict(fields))

    yield send
    for context in reversed(contexts):
        context.pop()


def test_a_form_is_read_in_the_writing_of_its_reader(sent):
    form = sent(
        formats="de_DE", zone="Europe/Berlin", money="1.234,50", day="31.12.2026", instant="2026-07-01T10:42"
    )

    assert form.validate()
    assert form.money.data == 123_450
    assert form.day.data == date(2026, 12, 31)
    assert form.instant.data == datetime(2026, 7, 1, 8, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "formats", "understood"),
    [
        ("15 Mar 2027", "en_GB", date(2027, 3, 15)),
        ("15 march 2027", "en_GB", date(2027, 3, 15)),
        ("Mar 15, 2027", "en_US", date(2027, 3, 15)),
        ("15. Mar. 2027", "en_GB", date(2027, 3, 15)),
        ("18 Dec", "en_GB", date(2026, 12, 18)),
        ("2 Nov", "en_GB", date(2027, 11, 2)),
        ("tomorrow", "en_GB", date(2026, 11, 21)),
        ("02/03/2027", "en_GB", date(2027, 3, 2)),
        ("2027-03-02", "en_GB", date(2027, 3, 2)),
    ],
)
def test_a_day_may_be_typed_as_pages_say_it(sent, typed, formats, understood):
    with clock.stopped_at(datetime(2026, 11, 20, 9, tzinfo=UTC)):
        form = sent(formats=formats, day=typed)
        form.validate()

        assert form.day.data == understood


@pytest.mark.parametrize("typed", ["30 Feb 2027", "15 Foo 2027", "Mar", "15 Mar 27", "next friday"])
def test_what_is_no_day_is_asked_again(sent, typed):
    form = sent(formats="en_GB", day=typed)

    assert not form.validate()
    assert form.day.errors == ["Write a day such as 31/12/2026."]


def test_what_could_not_be_read_stays_as_it_was_typed_with_what_would_be_right(sent):
    form = sent(
        formats="de_DE", money="ganz viel", whole="101", day="2026-02-30", email="info@hofmann", phone="later"
    )

    assert not form.validate()
    assert form.money._value() == "ganz viel"
    assert form.money.errors == ["Write an amount such as 48.200,50; EUR has 2 digits after the point."]
    assert form.whole.errors == ["Write a number from 0 to 100."]
    assert form.day.errors == ["Write a day such as 31.12.26."]
    assert form.email.errors == ["An address has a name, an @ and an end like .com: info@hofmann.example"]
    assert form.phone.errors == ["A number has digits, such as +49 951 5550 1400."]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("money", "-1", "An amount is not less than nothing."),
        ("money", "99999999999999999", "That is more than can be kept."),
        ("whole", "1.5", "Write a whole number, such as 60."),
        ("whole", "9" * 50, "Write a number from 0 to 100."),
        ("day", "0001-01-01", "Write a day such as 31/12/2026."),
        ("instant", "2026-13-01T10:00", "Write a day and a time such as 2026-12-31 15:30."),
        ("instant", "2026-12-01T10:00+02:00", "Write a day and a time such as 2026-12-31 15:30."),
    ],
)
def test_out_of_bounds(sent, field, typed, sentence):
    form = sent(**{field: typed})
    assert not form.validate()
    assert form[field].errors == [sentence]


def test_amounts_follow_the_currency_beside_them(sent):
    form = sent(
        CaseForm.without("partner_id", "contact_id"), name="Meters", expected_revenue="1.5", currency="JPY"
    )

    assert not form.validate()
    assert form.expected_revenue.errors == ["Write an amount such as 48,200, without a point."]


def test_only_what_was_sent_counts_and_nothing_is_none(sent):
    form = sent(line="  two   words\0 ", money="")

    assert form.validate()
    assert form.values == {"line": "two   words", "money": None}


class Choosing(Form):
    team_id = ListField("Team", Team)


def test_a_list_is_drawn_with_what_it_offers_now(sent, front_desk, support):
    form = sent(Choosing)
    every = str(form.team_id())
    assert "Front desk" in every
    assert "Support" in every

    form.team_id.offer(tuple(each for each in form.team_id.offered if each[0] == support.id))
    assert "Front desk" not in form.team_id()
    assert "Support" in form.team_id()
    assert str(sent(Choosing).team_id()) == every


def test_what_can_no_longer_be_chosen_is_drawn_where_it_was(sent, ada, front_desk, support):
    lock(support)
    support.archive(by=ada)
    db.session.commit()
    form = sent(Choosing)
    assert "Support" not in form.team_id()
    form.team_id.process_data(support.id)
    assert f'<option selected value="{support.id}">Support</option>' in form.team_id()
    assert "Support" not in sent(Choosing).team_id()
