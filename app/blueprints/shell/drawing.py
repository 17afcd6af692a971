"""What stands around the work, drawn once for as long as it says the same."""

from typing import Any

from flask import render_template, request
from flask_babel import get_locale
from markupsafe import Markup

from app.blueprints.shell.navigation import navigation
from app.blueprints.views.shelf import saved_views
from app.i18n import organisation
from app.keeping import Drawn
from app.marks import icons
from app.web import me

drawn: Drawn[Markup] = Drawn()


class Around:
    """The way about beside the work and below it, and the palette that opens over it."""

    def __init__(self) -> None:
        self.look = str(get_locale()), request.script_root, icons()
        self.entries = navigation()
        self.views = saved_views()

    @property
    def says(self) -> tuple[Any, ...]:
        """All that the ways say: what there is, who goes and where they are."""
        places = tuple((each.endpoint, each.is_current) for each in self.entries)
        asked = request.args.get("view")
        view = next((each.id for each in self.views if str(each.id) == asked), None)
        here = request.endpoint == "shell.more", view
        return (me().id, me().name, organisation().name, places, tuple(self.views), here)

    @property
    def side(self) -> Markup:
        return self.part("shell/_side.html", self.says)

    @property
    def tabs(self) -> Markup:
        return self.part("shell/_tabs.html", self.says)

    @property
    def palette(self) -> Markup:
        return self.part("search/_palette.html")

    def part(self, template: str, says: tuple[Any, ...] = ()) -> Markup:
        def draw() -> Markup:
            return Markup(render_template(template, entries=self.entries, views=self.views))  # noqa: S704

        return drawn.get((template, self.look, says), draw)
