"""What others do to a case while somebody looks at its page."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _

from app.blueprints.cases import bp
from app.blueprints.cases.page import CasePage
from app.blueprints.history.telling import PAGE, Telling
from app.blueprints.notifications.bell import rung
from app.domain.asking import ask
from app.domain.case import Case
from app.domain.history import Event, EventRow
from app.web import find_known, me, row_id


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
    """What looks different now than on the page that asks: nothing, or its parts and its new lines; and the bell."""
    bell, now = rung(), Seen.now(case_id)
    seen = Seen(*(request.args.get(name, type=row_id, default=0) for name in Seen._fields))
    told, news = render_template("notifications/bell.swap.html", bell=bell) if bell else "", {}
    if seen.version != now.version or 0 < seen.newest < now.newest:
        case = find_known(Case, case_id)
        case.load_links()
        telling = since(seen.newest, case)
        told += render_template(
            "cases/changes.swap.html", case=case, page=CasePage(case, me()), telling=telling
        )
        news = {"say": said(telling)} if telling is not None else {}
    return make_response(told, 200 if told else 204, {"HX-Trigger": json.dumps(news)} if news else {})


def since(newest: int, case: Case) -> Telling | None:
    """The lines that are newer than one; none where the page that asks shows others than the newest."""
    if not newest:
        return None
    lines = EventRow.newest(case.told_here, Event.id > newest, limit=PAGE + 1, with_about=False)
    return Telling(lines, me(), case) if lines else None


def said(telling: Telling) -> str:
    """Who was at it, for those who listen."""
    names = dict.fromkeys(event.who for event in telling.events if event.change_set.actor_id != me().id)
    return _("Changed by %(names)s.", names=", ".join(names)) if names else ""
