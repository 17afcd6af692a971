"""The keys that work on every page. Those of one page stand on its buttons (`data-key`) and join by themselves."""

from flask_babel import lazy_gettext as _

KEYS = (
    (
        _("Anywhere"),
        (
            ("/", _("Search or jump to")),
            ("Ctrl K", _("Search or jump to, also while typing")),
            ("?", _("All keys of this page")),
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
