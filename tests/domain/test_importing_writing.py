"""Dates and numbers are written in many ways; a whole column says in which, or is asked about."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.importing.writing import DATES, Forms, Marks, Unclear, day_in, number_in

DAYS = st.dates(date(1950, 1, 1), date(2049, 12, 31))


def form_of(*texts):
    forms = Forms("when")
    for text in texts:
        forms.see(text)
    return forms.found()


def mark_of(*texts):
    marks = Marks("worth")
    for text in texts:
        marks.see(text)
    return marks.found()


@given(days=st.lists(DAYS, min_size=1, max_size=20), form=st.sampled_from(sorted(DATES)))
def test_a_column_is_read_as_it_was_written_or_not_at_all(app, days, form):
    """Whatever form is found, it gives the days back; where two would give different ones, somebody is asked."""
    assume("%y" not in form or all(1969 <= day.year <= 2068 for day in days))
    texts = [day.strftime(form) for day in days]
    with app.app_context():
        try:
            found = form_of(*texts)
        except Unclear:
            return
    assert [day_in(text, found) for text in texts] == days


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["10/20/2016", "1/2/2017"], "%m/%d/%Y"),
        (["20/10/2016", "1/2/2017"], "%d/%m/%Y"),
        (["31/02/2017", "3/4/2017", "28/2/2017"], "%d/%m/%Y"),
        (["1.2.2017"], "%d.%m.%Y"),
        (["2017-02-01T10:30:00+01:00", "2017-02-02 11:00"], "%Y-%m-%d"),
        (["1 Feb 2017"], "%d %b %Y"),
        (["3/3/2017"], "%m/%d/%Y"),
        (["nonsense"], None),
        ([], None),
    ],
)
def test_the_form_that_reads_most_of_a_column_is_its_form(texts, form):
    assert form_of(*texts) == form


def test_day_first_or_month_first_is_asked(app):
    with app.app_context(), pytest.raises(Unclear, match=r"month/day/year .* or day/month/year"):
        form_of("1/2/2017", "3/4/2017")


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234,56"], ","),
        (["1,234.56"], "."),
        (["1.234.567"], ","),
        (["1.234", "1,5"], ","),
        (["0.125"], "."),
        (["€ 12,50"], ","),
        (["1 234,50 kr"], ","),
        (["12"], "."),
    ],
)
def test_the_decimal_mark_is_found(texts, mark):
    assert mark_of(*texts) == mark


def test_thousands_or_decimals_is_asked(app):
    with app.app_context(), pytest.raises(Unclear, match=r"“1.234” in worth"):
        mark_of("1.234", "12")


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1.234,56", ",", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("−1 234,50 €", ",", "-1234.50"),
        ("CHF 1'234.50", ".", "1234.50"),
        ("$4,821", ".", "4821"),
        (".5", ".", "0.5"),
        ("1,23", ".", None),
        ("1.2.3", ".", None),
        ("twelve", ".", None),
        ("NaN", ".", None),
        ("", ".", None),
    ],
)
def test_numbers_as_people_write_them(text, mark, number):
    assert number_in(text, mark) == (Decimal(number) if number else None)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15),
    st.sampled_from([(",", "."), (".", ",")]),
)
def test_a_number_with_its_thousands_is_itself(number, signs):
    mark, thousands = signs
    text = f"{number:,.2f}".translate(str.maketrans({",": thousands, ".": mark}))

    assert number_in(text, mark) == number
