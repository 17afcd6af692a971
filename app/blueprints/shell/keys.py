"""The keys that work on every page. Those of one page stand on its buttons (`data-key`) and join by themselves."""

from typing import Any

from flask_babel import lazy_gettext as _

KEYS = (
    (
        _("Anywhere"),
        (
            ("/", _("Search or jump to")),
            ("Ctrl K", _("Search or jump to, also while typing")),
            ("?", _("All keys of this page")),
            ("G N", _("Notifications")),
            ("Z", _("Undo what was just done")),
            ("Esc", _("Leave what is open")),
        ),
    ),
    (
        _("In a form"),
        (("Ctrl ↵", _("Save or send")),),
    ),
    (
        _("In a list"),
        (
            ("J", _("Next")),
            ("K", _("Previous")),
            ("↵", _("Open what is chosen")),
        ),
    ),
)
CARD_KEYS = (
    _("On a card of the pipeline"),
    (
        ("← ↑ ↓ →", _("Walk the cards")),
        ("Space", _("Lift it, carry it with the arrows, put it down")),
        (">", _("Move it to the next column")),
        ("S", _("Move it to another column")),
        ("A", _("Assign it")),
        ("P", _("Plan the next step")),
        ("W", _("Mark it won")),
        ("L", _("Mark it lost")),
        ("E", _("Archive it")),
        ("0 – 3", _("Set its priority")),
    ),
)


DAY_KEYS = (
    _("On what waits for you"),
    (
        ("D", _("It is done")),
        ("P", _("Plan what comes next")),
        ("T", _("Telephone")),
    ),
)


def keys_on(page: str | None) -> tuple[Any, ...]:
    """The keys of a page: on the pipeline also those of its cards, on one's day those of its rows."""
    path = (page or "").partition("?")[0]
    if path == "/":
        return (DAY_KEYS, *KEYS)
    return (CARD_KEYS, *KEYS) if path.startswith("/pipeline/") else KEYS
