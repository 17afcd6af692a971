"""The asset step: what it makes of our sources, when it does nothing, and how the result is served."""

import gzip
import json
import os
import re
import shutil
import time
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import brotli
import pytest
from flask import Flask
from fontTools.ttLib import TTFont

from app import assets as step
from app.assets import building
from app.assets.building import ROOT
from app.assets.files import write
from app.assets.fonts import CUT
from app.assets.icons import ICONS as TABLERS
from app.assets.icons import RENAMED
from app.assets.libraries import INTER, SERVED
from app.blueprints.cases.page import FOREMOST, FURTHER
from app.blueprints.home.page import SIGNS
from app.blueprints.lists.forms import ICONS

CSS = {
    "tokens.css": ":root { --ink: #111; } /* the only colours */\n",
    "app.css": (
        "/* joins */\n@layer base, parts;\n"
        '@import url("base.css") layer(base);\n@import url("marks.css") layer(parts);\n'
    ),
    "base.css": 'body { color: var(--ink); }\n\n  a::before { content: "/* kept */"; }\n',
    "marks.css": ".tag { border: 0; }\n",
}
# What a template asks an icon by: {{ icon("phone") }}, {{ icon("trophy" if one.is_won else "check") }}. What is put
# together at run time ("act-" ~ kind) cannot be read off.
ASKED_ICON = re.compile(r"\bicon\(([^,()]+)")
NAME = re.compile(r"""(?<!== )["']([a-z][a-z0-9-]*)["'](?!\s*\])""")
SVG = "{http://www.w3.org/2000/svg}"
NODES = [["path", {"d": "M5 4h4"}]]


@pytest.fixture
def fetches(monkeypatch):
    """How often npm was asked; instead of it, a folder of small packages."""
    asked = []

    def npm_ci(folder):
        asked.append(folder)
        icons = dict.fromkeys([*TABLERS, *RENAMED.values()], NODES)
        for package, files in SERVED.items():
            for name in files:
                write(folder / "node_modules" / package / name, f"{package} {name}")
        write(folder / "node_modules/@tabler/icons/tabler-nodes-outline.json", json.dumps(icons))
        write(folder / "node_modules/axe-core/axe.min.js", "axe")
        write(folder / "node_modules/htmx.org/dist/htmx.min.js", "var htmx = 4;")

    monkeypatch.setattr(building, "npm_ci", npm_ci)
    monkeypatch.setattr(building, "cut", lambda font, ranges: font + ranges.encode())
    return asked


@pytest.fixture
def checkout(tmp_path, fetches):
    """A checkout with a handful of sources, in which nothing was made yet."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    static = tmp_path / "app" / "static"
    for name, text in CSS.items():
        write(static / "css" / name, text)
    write(static / "js" / "toast.js", "const wait = 10;\n")
    write(static / "js" / "flash.js", "const wait = 5;\n")
    write(static / "js" / "board" / "drag.js", "const lift = 6;\n")
    write(
        static / "icons" / "own.svg",
        '<svg><symbol id="holdfast" viewBox="0 0 16 16"><path d="M8 1"/></symbol></svg>',
    )
    write(static / "icon.svg", "<svg/>")
    po = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Case"\nmsgstr "Vorgang"\n'
    write(tmp_path / "app/translations/de/LC_MESSAGES/messages.po", po)
    return step.Assets(tmp_path)


def made(checkout, name):
    return checkout.static / json.loads(checkout.manifest.read_text())[name]


@pytest.fixture
def app(checkout):
    checkout.build()
    app = Flask("holdfast", static_folder=str(checkout.static))
    step.init_app(app)
    return app


@pytest.fixture
def get(app, checkout):
    def get(name, **headers):
        path = made(checkout, name).relative_to(checkout.static)
        return app.test_client().get(
            f"/static/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return get


def test_a_second_build_finds_nothing_to_do(checkout, fetches):
    assert checkout.build()
    assert not checkout.build()
    assert len(fetches) == 1


def test_looking_whether_anything_changed_takes_no_time_one_notices():
    step.build()
    started = time.perf_counter()

    assert not step.build()
    assert time.perf_counter() - started < 0.03


def test_a_changed_source_gets_a_new_name_without_npm(checkout, fetches):
    checkout.build()
    before = {name: made(checkout, name) for name in ("app.css", "app.js")}
    write(checkout.static / "css" / "marks.css", ".tag { border: 1px solid; }")

    assert checkout.build()
    assert made(checkout, "app.css") != before["app.css"]
    assert "border: 1px solid" in made(checkout, "app.css").read_text()
    assert made(checkout, "app.js") == before["app.js"]
    assert len(fetches) == 1


def test_another_version_in_the_lock_file_is_fetched_to_a_path_of_its_own(checkout, fetches):
    checkout.build()
    lock = json.loads(checkout.lock.read_text())
    lock["packages"]["node_modules/htmx.org"]["version"] = "4.9.9"
    write(checkout.lock, json.dumps(lock))
    checkout.build()

    assert len(fetches) == 2
    assert made(checkout, "htmx.org/LICENSE").parent.name == "htmx.org-4.9.9"
    assert not (checkout.vendor / "htmx.org-4.0.1").exists()


@pytest.mark.parametrize("lost", ["app.css", "inter/inter-latin.woff2"])
def test_what_was_deleted_is_made_again(checkout, lost):
    checkout.build()
    made(checkout, lost).unlink()
    checkout.build()

    assert made(checkout, lost).exists()


def test_styles_come_in_the_order_of_their_layers_with_fonts_and_tokens_outside(checkout):
    checkout.build()
    css = made(checkout, "app.css").read_text()

    assert css.startswith("@layer base, parts;\n@font-face")
    assert re.findall(r":root|@layer \w+ \{", css) == [":root", "@layer base {", "@layer parts {"]
    assert "only colours" not in css
    assert 'content: "/* kept */"' in css


def test_the_fonts_that_the_styles_name_exist(checkout):
    checkout.build()
    css = made(checkout, "app.css")
    named = re.findall(r"url\((\S+)\)", css.read_text())

    assert len(named) == 3
    assert all((css.parent / path).resolve().is_file() for path in named)


def test_a_font_is_cut_to_the_letters_of_europe():
    """A name of one of its languages costs a page 15 kB more, and not 85."""
    step.build()
    fonts = step.Assets()._vendored(INTER)
    letters = {name: TTFont(fonts / name).getBestCmap().keys() for name in ("inter-latin-ext.woff2", *CUT)}
    assert {ord(letter) for letter in "ąćęłńśźżčďěňřšťůžőűğşțĉāēģ"} <= letters["inter-european.woff2"]
    assert letters["inter-european.woff2"] < letters["inter-latin-ext.woff2"]
    assert (fonts / "inter-european.woff2").stat().st_size < 20_000


def test_two_scripts_may_use_one_name_and_a_folder_is_a_group_of_its_own(checkout):
    checkout.build()

    assert (
        made(checkout, "app.js").read_text()
        == '"use strict";\n{\nvar htmx = 4;\n}\n{\nconst wait = 5;\n}\n{\nconst wait = 10;\n}\n'
    )
    assert made(checkout, "board.js").read_text() == '"use strict";\n{\nconst lift = 6;\n}\n'


def test_pages_can_draw_tablers_icons_and_our_own(checkout):
    checkout.build()
    icons = json.loads(made(checkout, "icons.json").read_text())

    assert icons.keys() == {*TABLERS, *RENAMED, "holdfast"}
    assert icons["phone"] == ["0 0 24 24", '<path d="M5 4h4"/>']


def shapes_in(styles):
    """The pictures that styles hold, as documents."""
    return [
        ET.fromstring(unquote(found)) for found in re.findall(r'url\("data:image/svg\+xml,([^"]+)"\)', styles)
    ]


@pytest.mark.parametrize("written", ['url("icon:star-on")', "url('icon:star-on')", "url(icon:star-on)"])
def test_styles_can_cut_a_plane_to_the_shape_of_an_icon(checkout, written):
    write(checkout.static / "css" / "marks.css", f".stars {{ mask: {written}; }}\n")
    checkout.build()
    (shape,) = shapes_in(made(checkout, "app.css").read_text())

    looks = shape.get("viewBox"), shape.get("fill"), shape.get("color"), shape.get("stroke-width")
    assert (shape.tag, *looks) == (f"{SVG}svg", "0 0 24 24", "currentColor", "#fff", "2.25")
    assert [each.get("d") for each in shape] == ["M5 4h4"]


def test_styles_that_name_no_icon_are_not_built(checkout):
    write(checkout.static / "css" / "marks.css", ".stars { mask: url(icon:nothing); }\n")

    with pytest.raises(LookupError, match="nothing"):
        checkout.build()


def test_what_is_cut_out_of_our_own_signs_stays_out_of_their_planes():
    step.build()
    masks = shapes_in(made(step.assets, "app.css").read_text())
    cut = [shape for mask in masks for shape in mask if shape.get("stroke") == "#000"]

    assert len(cut) == 2  # the mark of what is overdue, and that of what is due today
    assert not [shape for mask in masks for shape in mask if "var(" in ET.tostring(shape, "unicode")]


def test_every_icon_that_a_page_names_can_be_drawn():
    step.build()
    drawn = json.loads(made(step.assets, "icons.json").read_text()).keys()
    named = {
        name
        for page in (ROOT / "app" / "templates").rglob("*.html")
        for asked in ASKED_ICON.findall(page.read_text())
        for name in NAME.findall(asked)
        if not name.endswith("-")
    }
    of_acts = {verb.icon for verb in (*FOREMOST, *FURTHER)} | {*SIGNS.values(), *ICONS}

    assert len(named) > 50
    assert named | of_acts <= drawn


def test_translations_are_compiled(checkout):
    checkout.build()
    mo = checkout.root / "app/translations/de/LC_MESSAGES/messages.mo"

    assert b"Vorgang" in mo.read_bytes()


def test_a_licence_lies_beside_everything_of_others(checkout):
    checkout.build()

    assert all((folder / "LICENSE").is_file() for folder in checkout.vendor.iterdir())


def test_the_checker_of_pages_is_never_served(checkout):
    checkout.build()

    assert checkout.axe.read_text() == "axe"
    assert checkout.static not in checkout.axe.parents


def test_old_styles_stay_for_pages_left_open_and_go_after_a_week(checkout):
    checkout.build()
    old = made(checkout, "app.css")
    write(checkout.static / "css" / "tokens.css", ":root { --ink: #222; }")
    checkout.build()
    assert old.exists()

    long_ago = time.time() - 8 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    write(checkout.static / "css" / "tokens.css", ":root { --ink: #333; }")
    checkout.build()

    assert not old.exists()


def test_templates_name_a_file_and_get_its_hashed_path(app, checkout):
    with app.test_request_context():
        path = app.jinja_env.globals["asset"]("app.css")

    assert path == f"/static/{made(checkout, 'app.css').relative_to(checkout.static)}"


def test_without_browser_files_the_error_names_the_command(tmp_path):
    app = Flask("holdfast", static_folder=str(tmp_path))
    step.init_app(app)

    with app.test_request_context(), pytest.raises(RuntimeError, match="make assets"):
        app.jinja_env.globals["asset"]("app.css")


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [("br, gzip", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress), ("identity", None, bytes)],
)
def test_a_file_is_sent_in_the_smallest_form_its_reader_takes(get, checkout, accepted, coding, unpack):
    answer = get("app.css", Accept_Encoding=accepted)

    assert answer.headers.get("Content-Encoding") == coding
    assert answer.content_type == "text/css; charset=utf-8"
    assert answer.vary.as_set() == {"accept-encoding"}
    assert unpack(answer.data) == made(checkout, "app.css").read_bytes()


@pytest.mark.parametrize("name", ["app.css", "app.js", "inter/inter-latin.woff2"])
def test_what_carries_its_version_in_the_path_is_kept_for_ever(get, name):
    kept = get(name).cache_control

    assert (kept.public, kept.max_age, kept.immutable) == (True, 31536000, True)


@pytest.mark.parametrize(
    ("name", "is_hinted"),
    [
        ("Wiśniewska", True),
        ("Ądamska ʼ", True),
        ("Ioniță", True),
        ("Sœur, ısı", False),
        ("Müller, 9 €… −", False),
        ("Σωκράτης", False),
    ],
)
def test_a_page_with_letters_of_the_second_font_asks_for_it_at_once(app, checkout, name, is_hinted):
    app.add_url_rule("/page", "page", lambda: f"\n\n<!doctype html>\n<p>{name}</p>")
    app.add_url_rule("/fragment", "fragment", lambda: f"<p>{name}</p>")
    client = app.test_client()

    font = made(checkout, "inter/inter-european.woff2").relative_to(checkout.static)
    hint = f'</static/{font}>; rel=preload; as=font; type="font/woff2"; crossorigin'
    assert client.get("/page").headers.get("Link") == (hint if is_hinted else None)
    assert "Link" not in client.get("/fragment").headers


def test_what_may_change_under_its_name_is_not(app):
    kept = app.test_client().get("/static/icon.svg").cache_control

    assert not kept.immutable
    assert kept.max_age == 3600


def test_nobody_leaves_the_folder(app):
    assert app.test_client().get("/static/../assets.py").status_code == 404
    assert app.test_client().get("/static/..%2f..%2fpackage.json").status_code == 404
