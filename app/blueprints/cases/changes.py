"""What others do to a case while somebody looks at its page."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _

from app.blueprints.cases import bp
from app.blueprints.cases.page import CasePage
from app.blueprints.history.telling import PAGE
from app.blueprints.notifications.bell import rung
from app.domain.asking import ask
from app.domain.case import Case
from app.domain.history import Event, EventRow
from app.web import find_known, is_partial, me, row_id, see_other

# How a line tells that others were taken back or stand again.
UNDOINGS = frozenset({"undone", "redone"})


class Seen(NamedTuple):
    """How far somebody has seen a case: its version, and the newest line of its history."""

    version: int
    newest: int

    @classmethod
    def now(cls, case_id: int) -> Seen:
        """How far it is; 404 for who may not know of it."""

        def put() -> sa.Select[int, Any]:
            newest = sa.select(sa.func.max(Event.id)).where(Event.case_id == Case.id).scalar_subquery()
            known = Case.visible_to(me()).where(Case.id == sa.bindparam("case_id"))
            return known.with_only_columns(Case.version, sa.func.coalesce(newest, 0))

        found = ask(me().question("seen", put), case_id=case_id)
        return cls._make(found[0]) if found else abort(404)


@bp.get("/<int:case_id>/changes")
def changes(case_id: int) -> Response:
    """What looks different now than on the page that asks: nothing, or its parts and its new lines; and the bell.

    To pin a line is no change of the case: it is seen with whatever changes next.
    """
    if not is_partial():
        return see_other(url_for(".show", case_id=case_id))
    bell, now = rung(), Seen.now(case_id)
    seen = Seen(*(request.args.get(name, type=row_id, default=0) for name in Seen._fields))
    parts = [render_template("notifications/bell.swap.html", bell=bell)] if bell else []
    said = ""
    if seen != now:
        case = find_known(Case, case_id)
        case.load_links()
        page = CasePage(case, me())
        lines = since(seen.newest, case)
        parts.append(render_template("cases/changes.swap.html", **changed(page, lines, now)))
        said = who_changed(lines)
    answer = make_response("".join(parts), 200 if parts else 204)
    if said:
        answer.headers["HX-Trigger"] = json.dumps({"say": said})
    return answer


def since(newest: int, case: Case, *where: sa.ColumnElement[bool]) -> list[EventRow]:
    """The lines that are newer than one; one more than a page of them, if there are so many."""
    return EventRow.newest(case.told_here, Event.id > newest, *where, limit=PAGE + 1, with_about=False)


def changed(page: CasePage, lines: list[EventRow], now: Seen) -> dict[str, Any]:
    """What the fragments need; of one kind of lines, where that is looked at.

    Where something was taken back older lines look different, too, and with all of a partner others stand between.
    """
    look, newest = page.look, max((line.id for line in lines), default=now.newest)
    is_whole = len(lines) > PAGE or any(line.action in UNDOINGS for line in lines)
    is_whole = is_whole or (look.with_partner and bool(lines))
    told = [] if is_whole else lines
    if look.kind and told:
        told = since(min(line.id for line in lines) - 1, page.case, *look.narrows)
    telling = page.told(told) if told else None
    return {"case": page.case, "page": page, "telling": telling, "is_whole": is_whole, "newest": newest}


def who_changed(lines: list[EventRow]) -> str:
    """Who was at it, for those who listen; nobody, if that was the reader."""
    names = dict.fromkeys(line.who for line in lines if line.change_set.actor_id != me().id)
    return _("Changed by %(names)s.", names=", ".join(names)) if names else ""
