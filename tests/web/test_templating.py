"""What templates put into a page."""

from markupsafe import Markup

WRITTEN = """{% macro bold(what) %}<b>{{ what }}</b>{% endmacro -%}
{{ typed }} {{ safe }} {{ number }} {{ bold(typed) }} {{ nobody -}}
{% if typed %} {{ typed if number else safe }}{% endif -%}
{% for each in [typed, safe] %} {{ loop.index }}{{ each }}{% endfor -%}
{% set kept %}{{ typed }}{% endset %} {{ kept }}{% autoescape false %} {{ typed }}{% endautoescape %}"""


def test_what_was_typed_is_escaped_once_and_what_is_safe_stays(app):
    with app.test_request_context():
        page = app.jinja_env.from_string(WRITTEN).render(typed="<i>&", safe=Markup("<hr>"), number=2)

    assert page == (
        "&lt;i&gt;&amp; <hr> 2 <b>&lt;i&gt;&amp;</b>  &lt;i&gt;&amp; 1&lt;i&gt;&amp; 2<hr> &lt;i&gt;&amp; <i>&"
    )
