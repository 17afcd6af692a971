"""The two signs that every page shows dozens of: written once each, and then only looked up."""

from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from app.i18n import hue, initials
from app.words import word

ICON = Markup('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>')
PICTURE = Markup('<span class="avatar {}"{}>{}</span>')
SAID = Markup(' role="img" aria-label="{0}" title="{0}"')
UNSAID = Markup(' aria-hidden="true"')


def init_app(app: Flask) -> None:
    """Lend them to `shared/marks.html`, where templates find all signs."""
    asset: Any = app.jinja_env.globals["asset"]

    def icon(name: str, kind: str = "") -> Markup:
        return drawn(asset("icons.svg"), name, kind)

    app.jinja_env.globals.update(drawn_icon=icon, drawn_avatar=avatar)


def sprite() -> str:
    """Where all icons are: another address, once one of them is another."""
    asset: Any = current_app.jinja_env.globals["asset"]
    return str(asset("icons.svg"))


@lru_cache(maxsize=1024)
def drawn(sprite: str, name: str, kind: str) -> Markup:
    return ICON.format(f" {kind}" if kind else "", sprite, name)


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
