"""Steps by how pressing they are, the same wherever they stand."""

from datetime import date
from itertools import groupby

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from app.domain.activity import Activity

BUCKETS: dict[str, LazyString] = {"overdue": _("Overdue"), "today": _("Today"), "planned": _("Planned")}


def in_buckets(steps: list[Activity], today: date) -> list[tuple[str, LazyString, list[Activity]]]:
    """Overdue, today and planned: each that has any, with its heading. The steps come by their days."""
    found = groupby(steps, key=lambda step: step.bucket(today))
    return [(name, BUCKETS[name], list(each)) for name, each in found]
