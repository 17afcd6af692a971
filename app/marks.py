"""The two signs that every page shows dozens of: written once each, and then only looked up.

An icon is drawn where it stands. Out of a file that all pages share, it would be a page of its own for Chromium to
load, and a copy of each icon to make: a tenth of the time that a board took.
"""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from app.i18n import hue, initials
from app.words import word

ICON = Markup('<svg class="{}" viewBox="{}" aria-hidden="true">{}</svg>')
PICTURE = Markup('<span class="avatar {}"{}>{}</span>')
SAID = Markup(' role="img" aria-label="{0}" title="{0}"')
UNSAID = Markup(' aria-hidden="true"')


def init_app(app: Flask) -> None:
    """Lend them to `shared/marks.html`, where templates find all signs."""
    app.jinja_env.globals.update(drawn_icon=icon, drawn_avatar=avatar)


def icons() -> str:
    """Where all icons are: another path, once one of them is another."""
    manifest: Any = current_app.extensions["assets"]
    return str(manifest["icons.json"])


def icon(name: str, kind: str = "", look: str = "i") -> Markup:
    return drawn(icons(), name, f"{look} {kind}".rstrip())


@lru_cache(maxsize=1024)
def drawn(path: str, name: str, look: str) -> Markup:
    # The type of a step keeps the name of its icon: one that is no more is no reason to show no page.
    box, shapes = icons_at(path).get(name, ("0 0 24 24", ""))
    return ICON.format(look, box, Markup(shapes))  # noqa: S704  (drawn by Tabler and by us)


@cache
def icons_at(path: str) -> dict[str, tuple[str, str]]:
    """The box and the shapes of each icon, by name."""
    return json.loads((Path(str(current_app.static_folder)) / path).read_bytes())


def avatar(who: Any, size: str = "", said: bool = False) -> Markup:
    """The picture of a user or partner; nobody has one too."""
    if not who:
        return picture(None, str(word("Nobody")), False, size, said)
    return picture(who.id, who.name, bool(getattr(who, "is_company", False)), size, said)


@lru_cache(maxsize=8192)
def picture(id_: int | None, name: str, is_firm: bool, size: str, said: bool) -> Markup:
    looks = " ".join(filter(None, ("none" if id_ is None else hue(id_), "firm" if is_firm else "", size)))
    return PICTURE.format(
        looks, SAID.format(name) if said else UNSAID, "–" if id_ is None else initials(name)
    )
