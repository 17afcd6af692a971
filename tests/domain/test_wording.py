"""Texts with fields of a case in them: filled, checked before they are kept, and nothing that runs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import wording
from app.domain.actor import SYSTEM
from app.domain.errors import Refused
from app.domain.history import lock
from app.extensions import db


@pytest.fixture
def told(case, nora):
    """`told(text)`: this text about the case, as Nora writes it."""
    return lambda text, **more: wording.fill(text, case, user=nora, **more)


def test_fields_say_what_the_case_says(told, case):
    assert told("Dear {{ partner.name }}, {{case.name}} is due {{ case.deadline }}.").text == (
        f"Dear {case.partner.name}, Flow meters for bottling line 3 is due ⟨case.deadline⟩."
    )
    lock(case)
    case.edit({"deadline": date(2026, 12, 24)}, by=SYSTEM)
    db.session.commit()
    assert told("{{ case.deadline }}", language="de").text == "24.12.2026"
    assert told("{{ case.expected_revenue }}", language="de").text == "48.200,00\xa0€"
    assert told("{{ user.name }} of {{ team.name }}").text == f"Nora Lindahl of {case.team.name}"


def test_the_page_of_a_case_has_an_address_in_the_worker_too(told, case):
    assert told("{{ case.address }}").text == f"http://127.0.0.1:8000/cases/{case.id}"


def test_what_is_empty_leaves_a_gap_or_takes_the_words_after_its_bar(told):
    filled = told("By {{ case.deadline }}, {{ case.category | a matter }}, {{ case.category | }}.")
    assert filled.text == "By ⟨case.deadline⟩, a matter, ."
    assert filled.gaps == ("case.deadline",)


@pytest.mark.parametrize("name", sorted(wording.FIELDS))
def test_each_field_can_be_told_of_each_case(told, name):
    wording.check(f"{{{{ {name} }}}}")
    filled = told(f"{{{{ {name} }}}}")
    assert (name in filled.gaps) == (filled.text == f"⟨{name}⟩")


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7*7 }}",
        "{{ config }}",
        "{{ case.__class__ }}",
        "{{ case.name.__class__ }}",
        "{{ user.password_hash }}",
        "{{ case['name'] }}",
        "{% for x in range(1000000000) %}x{% endfor %}",
        "{# nothing #}",
        "{{ case.name",
        "}}",
        "{{}}",
        "{{ }}",
        "x" * 100_001,
    ],
)
def test_what_no_case_can_fill_is_refused_before_it_is_kept_and_runs_nowhere(told, text):
    with pytest.raises(Refused):
        wording.check(text)
    assert "49" not in told(text).text
    assert "<class" not in told(text).text


@given(text=st.text(alphabet="{}%#| .abcsename", max_size=60))
def test_any_text_is_told_or_refused(text):
    try:
        wording.check(text)
    except Refused:
        return
    assert not wording.BRACES.search(wording.FIELD.sub("", text))


def test_a_value_is_never_read_as_a_field(told, case):
    lock(case)
    case.edit({"name": "{{ user.email }}"}, by=SYSTEM)
    db.session.commit()
    assert told("{{ case.name }}").text == "{{ user.email }}"
