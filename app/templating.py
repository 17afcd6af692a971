"""Jinja, without work that is the same on every page."""

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class Templates(Environment):
    """Every `{% from … import … %}` compares the names that all templates know with those of its own file.

    As a chain of two dictionaries that took a tenth of a page; few templates have names of their own to chain.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class Holdfast(Flask):
    """The application that `create_app()` fills."""

    jinja_environment = Templates
