"""The frame around every page: the way about, light and dark, keys, what was done."""

import re

import pytest
from flask import render_template_string, session

from app import web
from app.assets.building import ROOT

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def places(page):
    side = page.text[page.text.index('<nav class="side"') : page.text.index('<div class="work">')]
    return re.findall(r"<span>([^<]+)</span></a>", side)


def test_everybody_finds_their_places(as_, nora, ada):
    assert places(as_(nora).get("/more")) == [
        "My day",
        "Pipeline",
        "Cases",
        "Partners",
        "Outbox",
        "Settings",
    ]
    assert places(as_(ada).get("/more")) == [
        "My day",
        "Pipeline",
        "Cases",
        "Partners",
        "Outbox",
        "Rules",
        "People",
        "Lists",
        "Organisation",
        "Worker",
        "Settings",
    ]


def test_the_current_place_is_marked(as_, nora):
    page = as_(nora).get("/cases/")

    assert re.findall(r'title="(\w+)" aria-current="page"', page.text) == ["Cases"]


def test_one_can_skip_to_the_content(as_, nora):
    page = as_(nora).get("/more").text

    assert '<a class="skip" href="#main">' in page
    assert '<main id="main" tabindex="-1">' in page


def test_every_answer_is_guarded(as_, nora):
    for answer in (as_(nora).get("/more"), as_(nora).get("/nothing"), as_(None).get("/sign-in")):
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert {"HX-Request", "HX-Request-Type"} <= set(answer.vary)


@pytest.mark.parametrize("path", ["/more", "/keys", "/search?q=a", "/nothing", "/sign-in"])
def test_no_page_has_inline_scripts_or_styles(as_, nora, path):
    page = as_(None if path == "/sign-in" else nora).get(path).text

    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:|js:", page)


# What `boost.js` hands to htmx, and what says how that is asked and where it goes.
SPEAKS = {f"hx-{method}" for method in ("get", "post", "put", "patch", "delete", "query", "action")}
SAYS_HOW = """
    hx-boost hx-encoding hx-headers hx-include hx-morph-skip hx-partial hx-push-url hx-status hx-swap hx-sync hx-target
    hx-trigger hx-vals
""".split()


def test_htmx_is_told_nothing_that_our_scripts_do_not_hand_on_to_it():
    pages = [path.read_text() for path in (ROOT / "app" / "templates").rglob("*.html")]
    said = {word for page in pages for word in re.findall(r"[\s<]((?:data-)?hx-[a-z-]+)", page)}
    script = (ROOT / "app" / "static" / "js" / "boost.js").read_text()

    assert said <= SPEAKS.union(SAYS_HOW)
    assert all(f"[{word}]" in script for word in SPEAKS)


def test_theme_and_density_stand_in_the_page_from_the_start(as_, nora):
    visitor = as_(nora)
    assert "data-theme" not in root(visitor.get("/more"))

    assert visitor.post("/theme", theme="dark").status_code == 303
    assert 'data-theme="dark"' in root(visitor.get("/more"))

    part = visitor.post("/theme", theme="", htmx=True)
    assert 'value="" aria-pressed="true"' in part.text
    assert "data-theme" not in root(visitor.get("/more"))


def test_a_theme_nobody_knows_is_refused(as_, nora):
    assert as_(nora).post("/theme", theme="pink").status_code == 422
    assert nora.theme is None


def test_the_page_speaks_the_language_it_says(as_, nora):
    visitor = as_(nora)
    nora.language = "de"
    german = visitor.get("/more", headers={"Accept-Language": "de"})

    assert 'lang="de"' in root(german)
    assert "Abmelden" in german.text


def root(page):
    return re.search(r"<html[^>]*>", page.text)[0]


def test_keys_are_a_page_and_a_dialog(as_, nora):
    page, part = as_(nora).get("/keys"), as_(nora).get("/keys", htmx=True)

    assert "<kbd>Ctrl</kbd><kbd>K</kbd>" in page.text
    assert "<html" in page.text
    assert part.text.lstrip().startswith("<crm-dialog>")


def test_keys_can_be_switched_off(as_, nora):
    assert 'data-keys="off"' not in as_(nora).get("/more").text


def test_the_shell_is_for_those_signed_in(as_):
    for path in ("/more", "/keys", "/search"):
        assert as_(None).get(path).status_code == 303


def test_a_page_costs_few_queries(as_, nora, statements):
    asked, _page = statements(as_(nora), "/more")
    assert 0 < asked <= 3


# What routes share


def test_a_record_has_an_id_on_the_page(case):
    assert web.dom_id(case) == f"case-{case.id}"
    assert web.dom_id(case, "history") == f"case-{case.id}-history"


def test_what_was_done_is_said_once_on_the_next_page(app, database):
    with app.test_request_context():
        answer = web.swap("shell/_theme.html", toast="Closed <it>", otherwise="/more")
        app.process_response(answer)

        assert (answer.status_code, answer.location) == (303, "/more")
        assert session["toast"] == {"message": "Closed <it>", "undo": None}
        assert web.pop_toast()["message"] == "Closed <it>"
        assert web.pop_toast() is None


def test_what_was_done_rides_on_the_fragment_of_htmx(app, nora):
    with app.test_request_context(headers={"HX-Request": "true", "HX-Request-Type": "partial"}):
        undoable = type("ChangeSet", (), {"id": 7})
        answer = web.swap("shell/_keys.html", "call-held", toast="Closed <it>", undo=undoable, groups=())

        page = answer.get_data(as_text=True)

        assert answer.headers["HX-Trigger"] == '{"call-held": null}'
        assert '<hx-partial hx-target="#toasts" hx-swap="innerHTML">' in page
        assert "Closed &lt;it&gt;" in page
        assert 'action="/history/7/undo"' in page
        assert web.pop_toast() is None


def test_without_a_fragment_htmx_goes_where_the_form_would(app, database):
    with app.test_request_context(headers={"HX-Request": "true", "HX-Request-Type": "partial"}):
        answer = web.swap(otherwise="/cases/12", toast="Made")

        assert answer.status_code == 204
        assert answer.headers["HX-Location"] == '{"path": "/cases/12", "swap": "outerSync"}'
        assert web.pop_toast()["message"] == "Made"


@pytest.mark.parametrize(
    ("query", "headers", "where"),
    [
        ("?next=/cases/3", {}, "/cases/3"),
        ("?next=//evil.example", {}, "/more"),
        ("", {"Referer": "http://holdfast.example/cases/?q=a"}, "/cases/?q=a"),
        ("", {"Referer": "http://evil.example/cases/"}, "/more"),
        ("", {"HX-Current-URL": "http://holdfast.example/cases/9#x"}, "/cases/9"),
    ],
)
def test_back_is_where_one_was_and_never_elsewhere(app, database, query, headers, where):
    with app.test_request_context(f"/more{query}", headers=headers):
        assert (web.own_path(web.request.args.get("next")) or web.came_from() or "/more") == where


def test_find_answers_404_for_what_is_not_there(app, case, nora, otto):
    with app.test_request_context():
        assert web.find(type(case).visible_to(nora).where(type(case).id == case.id)) is case
        assert web.find(type(case).visible_to(nora).where(type(case).id == case.id), lock=True) is case
        for lock in (False, True):
            with pytest.raises(web.NotFound):
                web.find(type(case).visible_to(otto).where(type(case).id == case.id), lock=lock)


# Macros


def test_an_errors_box_counts_and_links(app, database):
    from flask_wtf import FlaskForm
    from wtforms import EmailField, StringField
    from wtforms.validators import InputRequired

    class Asked(FlaskForm):
        name = StringField("Name", [InputRequired("Say what it is called.")])
        email = EmailField("E-mail", [InputRequired("Say where mail goes.")])

    source = """{% from "shared/forms.html" import field, errors_box %}
        {{ errors_box(form) }}{{ field(form.name, help="As on the card", autofocus=true) }}
        {{ field(form.email, optional=True) }}"""
    with app.test_request_context(method="POST", data={"name": "", "email": "a<b"}):
        form = Asked()
        form.validate()
        page = render_template_string(source, form=form)

    assert "One field needs another look." in page
    assert '<a href="#name"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="name-e"' in page
    assert "Say what it is called." in page
    assert "As on the card" not in page
    assert 'value="a&lt;b"' in page
    assert "<small>optional</small>" in page


def test_marks_have_a_word_for_every_sign(app, case, nora):
    source = """{% from "shared/marks.html" import act_mark, avatar, stars, state, tag %}
        {{ avatar(nora, said=True) }}{{ avatar(none) }}{{ state(case) }}{{ stars(2) }}
        {% for due in dues %}{{ act_mark(due, today) }}{% endfor %}"""
    from datetime import date, timedelta

    today = date(2026, 11, 19)
    dues = [None, today - timedelta(1), today, today + timedelta(1)]
    with app.test_request_context():
        page = render_template_string(source, nora=nora, case=case, dues=dues, today=today)

    assert f'class="avatar hue-{nora.hue}" role="img" aria-label="Nora Lindahl"' in page
    assert 'class="avatar none"' in page
    assert '<span class="state open">Open</span>' in page
    assert 'aria-label="Priority: high"' in page
    assert re.findall(r'class="act (\w+)"', page) == ["none", "overdue", "today", "later"]
