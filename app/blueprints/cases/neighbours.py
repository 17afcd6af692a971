"""The case before and the one after, on the list or board that one came from."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.blueprints.cases.listing import Listing
from app.blueprints.pipeline.showing import ShownBoard
from app.blueprints.views.asked import Asked
from app.domain.case import Case
from app.web import came_from, me, own_path


@dataclass(frozen=True)
class Neighbours:
    """Links to the cases beside this one, and the address of what they stand on."""

    origin: str
    before: str | None
    after: str | None

    @property
    def is_board(self) -> bool:
        return self.origin.startswith(url_for("pipeline.index"))


def neighbours_of(case: Case) -> Neighbours | None:
    """As the address of the page says, else as the browser says where one was; None if that was no list."""
    origin = own_path(request.args.get("from")) or came_from() or ""
    place = urlsplit(origin)
    args = MultiDict(parse_qsl(place.query))
    if place.path == url_for("cases.index"):
        ids = beside_on_list(case, args)
    elif place.path == url_for("pipeline.index"):
        ids = ShownBoard(Asked.for_board(args, me())).board.beside(case.id)
    else:
        return None
    before, after = (
        f"{url_for('cases.show', case_id=id_)}?{urlencode({'from': origin})}" if id_ is not None else None
        for id_ in ids
    )
    return Neighbours(origin, before, after)


def beside_on_list(case: Case, args: MultiDict[str, str]) -> tuple[int | None, int | None]:
    """The same filter and order as the list, a page of one that ends here and one that begins here."""
    place = {"after": str(case.id), "before": str(case.id)}
    kept = {name: args.getlist(name) for name in args if name not in place}
    before = Listing(MultiDict({**kept, "before": place["before"]})).nearest
    after = Listing(MultiDict({**kept, "after": place["after"]})).nearest
    return before, after
