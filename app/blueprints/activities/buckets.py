"""Steps by how pressing they are, the same wherever they stand."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from flask import get_template_attribute, request
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.domain.activity import Activity
from app.domain.board.cards import Named
from app.i18n import local_today, writing
from app.keeping import Drawn, drawn_for
from app.marks import icons
from app.web import stands_for

BUCKETS: dict[str, LazyString] = {"overdue": _("Overdue"), "today": _("Today"), "planned": _("Planned")}

# The lines that were read lately, with a place for the token of whoever reads them.
drawn_lines: Drawn[str] = Drawn()


@stands_for(Activity)
class Step(NamedTuple):
    """What the line of a step says; two that say the same are the same."""

    id: int
    what: str
    icon: str
    due_on: date
    is_late: bool
    # What it is on, where that is not plain: its kind, id and name.
    about: tuple[str, int, str] | None
    # Whose it is, where it may be anybody's.
    user: Named | None
    shows_user: bool
    may: bool
    target: str
    back: str | None


def in_buckets(steps: list[Activity], today: date) -> list[tuple[str, LazyString, list[Activity]]]:
    """Overdue, today and planned: each that has any, with its heading. The steps come by their days."""
    found = groupby(steps, key=lambda step: step.bucket(today))
    return [(name, BUCKETS[name], list(each)) for name, each in found]


def step_line(
    step: Activity, today: date, *, target: str, may: bool, about: bool | str = False, back: str | None = None
) -> Markup:
    """A step as a line. Most were drawn a moment ago, and say what they said then."""
    is_named = about is True or (bool(about) and step.case_id is not None)
    shows_user = not is_named
    line = Step(
        step.id,
        step.what,
        step.type.icon,
        step.due_on,
        step.due_on < today,
        named(step) if is_named else None,
        Named(step.user.id, step.user.name) if shows_user and step.user is not None else None,
        shows_user,
        may,
        target,
        back,
    )
    look = str(get_locale()), str(writing()), local_today(), icons(), request.script_root
    draw = get_template_attribute("activities/_step.html", "step")
    return drawn_for(drawn_lines, (look, line), lambda: draw(line))


def named(step: Activity) -> tuple[str, int, str]:
    """The case or partner that a step is on."""
    about: Any = step.case or step.partner
    return about.record_kind, about.id, about.name
