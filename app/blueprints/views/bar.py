"""The bar over a board or list: which view it is, what it leaves out, and how to keep it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from app.blueprints.views.asked import Asked, args_of
from app.blueprints.views.forms import ViewForm
from app.blueprints.views.shelf import PLACES, opens, saved_views
from app.blueprints.views.words import Chip, chips, warnings
from app.domain.case.filtering import CaseFilter
from app.domain.saved_view import Kept
from app.keeping import Drawn, drawn_for
from app.web import me

# The forms that were drawn lately, with a place for the token of whoever reads them.
drawn_view_forms: Drawn[str] = Drawn()


class Bar:
    """What is asked for, in words and links; the same for the board and for the list."""

    def __init__(self, asked: Asked, *, is_board: bool) -> None:
        self.asked, self.is_board = asked, is_board

    @property
    def filter(self) -> CaseFilter:
        return self.asked.filter

    @property
    def place_name(self) -> str:
        return "board" if self.is_board else "list"

    @property
    def place(self) -> str:
        return PLACES[self.place_name]

    @property
    def query(self) -> str:
        """What is kept when it is saved: a view is no part of itself."""
        return self.asked.but(view=None).query

    @property
    def fields(self) -> list[tuple[str, str]]:
        return self.asked.pairs

    def address(self, asked: CaseFilter) -> str:
        return f"{self.place}?{self.asked.but(filter=asked).query}"

    @cached_property
    def chips(self) -> list[Chip]:
        return chips(self.filter, self.address, of_one_kind=self.is_board)

    @property
    def warnings(self) -> list[str]:
        return warnings(self.filter)

    @property
    def view(self) -> Kept | None:
        return self.asked.view

    @property
    def views(self) -> list[Kept]:
        return saved_views()

    def opens(self, view: Kept) -> str:
        """Where a saved view is opened as this place shows things."""
        return opens(view, self.place)

    @property
    def view_name(self) -> str:
        if self.view is not None:
            return self.view.name
        if self.is_mine:
            return _("My cases")
        if self.narrowed == {"team": ["led"]}:
            return _("Cases of my teams")
        return _("Cases") if self.narrowed else _("All cases")

    @property
    def narrowed(self) -> dict[str, list[str]]:
        """What is asked for besides the kind."""
        return {name: values for name, values in self.filter.args.items() if name != "kind"}

    @property
    def is_changed(self) -> bool:
        """Is something else asked for than the saved view does?"""
        if self.view is None:
            return False
        parse = Asked.for_board if self.is_board else Asked.for_list
        kept = parse(args_of(self.view.query), me())
        return (kept.filter.args, kept.by, kept.sort) != (self.filter.args, self.asked.by, self.asked.sort)

    @property
    def save_href(self) -> str | None:
        """Where a changed view of one's own is kept as it is now."""
        if self.view is None or self.view.user_id != me().id:
            return None
        return url_for("views.update", view_id=self.view.id)

    @property
    def keep_href(self) -> str:
        return url_for("views.create")

    @property
    def keeping(self) -> Markup:
        """The form that keeps what is shown as a view: the same as long as the same is shown."""
        says = {"query": self.query, "place": self.place_name}

        def draw() -> str:
            return render_template("views/_edit.html", form=ViewForm(formdata=None), view=None, **says)

        look = str(get_locale()), request.script_root
        return drawn_for(drawn_view_forms, (*says.values(), *look), draw)

    @property
    def is_default(self) -> bool:
        return self.view is not None and self.view.is_default

    @property
    def filter_href(self) -> str:
        return f"{url_for('pipeline.filter')}?{urlencode([*self.fields, ('place', self.place_name)])}"

    @property
    def mine_href(self) -> str:
        return f"{self.place}?responsible=me"

    @property
    def is_mine(self) -> bool:
        return self.view is None and self.narrowed == {"responsible": ["me"]}

    @property
    def reset_href(self) -> str:
        return f"{self.place}?all=1"

    @property
    def board_href(self) -> str:
        return f"/pipeline/?{self.asked.but(filter=self.for_place('current')).query}"

    @property
    def list_href(self) -> str:
        return f"/cases/?{self.asked.but(filter=self.for_place('open')).query}"

    def for_place(self, usual_state: str) -> CaseFilter:
        """The same filter where another state is usual: what was usual stays so."""
        asked = self.filter
        if asked.given.get("state") is None or asked.state == asked.usual_state:
            return replace(asked.without("state"), usual_state=usual_state)
        return replace(asked, usual_state=usual_state)
